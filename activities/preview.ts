import { cancellationSignal } from '@temporalio/activity';
import type { StoredRecord } from '../store/index.js';
import { allRecords, boundTo, fillPreview, getClientRow, saveCatalogue, type ClientKey } from '../store/index.js';
import { atItGlue } from './at-it-glue.js';
import type { Dependencies } from './dependencies.js';
import { buildPreviewOf } from './preview/build.js';
import { readCatalogue } from './spelling/catalogue.js';
import { whileAlive } from './while-alive.js';

export type { Preview } from './preview/build.js';

export function previewActivities(deps: Dependencies) {
  return {
    /** Reads the account's makes and models and keeps them for look-up while typing. */
    async refreshCatalogue({ tenantId }: { tenantId: string }): Promise<{ entries: number }> {
      return whileAlive(async () => {
        const catalogue = await atItGlue(deps, tenantId, ({ target }) => readCatalogue(target.api, cancellationSignal()));
        await saveCatalogue(deps.store, tenantId, catalogue);
        return { entries: catalogue.length };
      });
    },

    /** Reads the client and the account's lists, works out what would be created, and keeps the answer. Writes nothing to IT Glue. */
    async buildPreview({ previewId, ...client }: ClientKey & { previewId: string }): Promise<void> {
      await whileAlive(async () => {
        const { version } = await getClientRow(deps.store, client);
        const records: StoredRecord[] = [];
        for await (const record of allRecords(deps.store, client)) records.push(record);
        const content = await atItGlue(deps, client.tenantId, (connected) => buildPreviewOf({ ...deps, ...connected }, client, records, cancellationSignal()));
        await fillPreview(deps.store, client, previewId, version, content, boundTo(records));
      });
    },
  };
}
