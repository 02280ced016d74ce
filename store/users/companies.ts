import type { StoreContext } from '../context.js';

/** Names of a tenant's clients by id. Those that are being removed have none any more. */
export async function companyNames(context: StoreContext, tenantId: string, clientIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await context.db.record.findMany({
    where: { tenantId, clientId: { in: [...clientIds] }, kind: 'company', client: { stage: { not: 'purged' } } },
    select: { id: true, clientId: true, content: true },
  });
  const names = await Promise.all(
    rows.map(async ({ id, clientId, content }) => {
      const { company } = await context.vault.openJson<{ company: string | null }>({ tenantId, clientId }, { table: 'Record', row: id, field: 'content' }, content);
      return [clientId, company ?? ''] as const;
    }),
  );
  return new Map(names);
}
