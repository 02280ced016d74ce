import type { StoreContext } from '../context.js';
import { openContent } from '../records/row.js';
import type { Vault } from '../vault/vault.js';

/** How long an opened name is remembered: as long as the vault keeps the key that opens it. */
const rememberedMs = 60_000;
const rememberedNames = 50_000;

interface Remembered {
  readonly version: number;
  readonly name: string;
  readonly until: number;
}

// One memory a vault: a name is only ever shown with the row of a client that is there, so a purged one is not.
const memories = new WeakMap<Vault, Map<string, Remembered>>();

/**
 * Names of a tenant's clients by id. Those that are being removed have none any more. Lists of thousands are searched by name
 * at every key stroke, so an opened name is remembered until its record changes, for a minute at most.
 */
export async function companyNames(context: StoreContext, tenantId: string, clientIds: readonly string[]): Promise<Map<string, string>> {
  const memory = memories.get(context.vault) ?? new Map<string, Remembered>();
  memories.set(context.vault, memory);
  const now = Date.now();
  const rows = await context.db.$queryRaw<{ id: string; clientId: string; version: number }[]>`
    SELECT r."id", r."clientId", r."version" FROM "Client" c JOIN "Record" r ON r."clientId" = c."id" AND r."kind" = 'company'
    WHERE c."tenantId" = ${tenantId}::uuid AND c."stage" <> 'purged' AND c."id" = ANY(${[...clientIds]}::uuid[])`;
  const known = (row: { id: string; version: number }) => {
    const one = memory.get(row.id);
    return one && one.version === row.version && one.until > now ? one : undefined;
  };
  const names = new Map<string, string>();
  const closed = rows.filter((row) => {
    const one = known(row);
    if (one) names.set(row.clientId, one.name);
    return !one;
  });
  const contents = await context.db.record.findMany({ where: { tenantId, id: { in: closed.map((row) => row.id) } }, select: { id: true, clientId: true, kind: true, version: true, content: true } });
  await Promise.all(
    contents.map(async ({ id, clientId, kind, version, content }) => {
      const company = (await openContent(context, { tenantId, clientId }, { id, kind, content }))['company'] as string | null;
      if (memory.size >= rememberedNames) memory.delete(memory.keys().next().value!);
      memory.set(id, { version, name: company ?? '', until: now + rememberedMs });
      names.set(clientId, company ?? '');
    }),
  );
  return names;
}
