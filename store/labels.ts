import { kindOf, type KindName } from '../domain/kinds/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { openContent } from './records/row.js';

/** The title of each record by id; a record that is gone is left out. */
export async function getLabels(context: StoreContext, client: ClientKey, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await context.db.record.findMany({
    where: { ...ofClient(client), id: { in: [...new Set(ids)] } },
    select: { id: true, kind: true, content: true },
  });
  const labels = await Promise.all(
    rows.map(async (row) => {
      const content = await openContent(context, client, row);
      return [row.id, kindOf(row.kind as KindName).title(content as never)] as const;
    }),
  );
  return new Map(labels);
}
