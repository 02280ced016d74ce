import { getExportRecord, listExportRecords, placeOf } from '../../store/index.js';
import { readPlace, writePlace } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { namesOf, peopleOf } from '../reports/finished.js';
import { clientParams, pageOf, pageQuery } from '../schemas/common.js';
import { exportRecordSchema, finishedFilter, finishedQuery, shownExportRecord } from '../schemas/export-record.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

export async function exportRecordRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  const config = { operation: 'export_record.read' } as const;

  app.get(
    '/export-records',
    {
      config,
      schema: {
        ...words('listExportRecords', 'History', 'Records of export', 'What stays of each client after its data is gone. The latest export first.'),
        querystring: pageQuery.extend(finishedQuery.shape),
        response: { 200: pageOf(exportRecordSchema), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const { limit, cursor, ...looked } = query;
      const rows = await listExportRecords(store, actor.tenantId, finishedFilter(looked), { limit: limit + 1, after: readPlace('export-records', cursor) });
      const items = rows.slice(0, limit);
      const names = await namesOf(store, actor.tenantId, items.flatMap(peopleOf));
      return { items: items.map((row) => shownExportRecord(row, names)), nextCursor: rows.length > limit ? writePlace('export-records', placeOf(items.at(-1)!)) : null };
    },
  );

  app.get(
    '/export-records/:clientId',
    {
      // The record outlives its client.
      config: { ...config, client: 'checked_by_handler' },
      schema: { ...words('getExportRecord', 'History', 'The record of export of a client'), params: clientParams, response: { 200: exportRecordSchema, ...problems('forbidden', 'not_found') } },
    },
    async (request) => {
      const row = await getExportRecord(store, clientOf(request));
      return shownExportRecord(row, await namesOf(store, request.actor.tenantId, peopleOf(row)));
    },
  );
}
