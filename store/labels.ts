import { kindOf, type Content, type KindName } from '../domain/kinds/index.js';
import type { StoreContext } from './context.js';
import type { ClientKey } from './records.js';

/** The title of each record by id; a record that is gone is left out. */
export async function getLabels(context: StoreContext, client: ClientKey, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await context.db.record.findMany({
    where: { ...client, id: { in: [...new Set(ids)] } },
    select: { id: true, kind: true, content: true },
  });
  const labels = await Promise.all(
    rows.map(async (row) => {
      const content = await context.vault.openJson<Content>(client, { table: 'Record', row: row.id, field: 'content' }, row.content);
      return [row.id, kindOf(row.kind as KindName).title(content as never)] as const;
    }),
  );
  return new Map(labels);
}
