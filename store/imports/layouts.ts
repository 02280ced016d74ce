import type { KindName } from '../../domain/kinds/index.js';
import type { StoreContext } from '../context.js';

/** Kinds of files that a tenant's choices are remembered for; the least used goes first. */
const rememberedLimit = 1_000;

/** What was said about the columns of a file with that header before, or null. */
export async function rememberedColumns<C>(context: StoreContext, tenantId: string, kind: KindName, header: string): Promise<C | null> {
  const row = await context.db.importLayout.findUnique({ where: { tenantId_kind_headerHash: { tenantId, kind, headerHash: hashOf(context, tenantId, header) } } });
  return (row?.columns as C | undefined) ?? null;
}

/** Remembers what was said about the columns of a file with that header. `columns` holds positions and names of fields, nothing of the file. */
export async function rememberColumns(context: StoreContext, tenantId: string, kind: KindName, header: string, columns: readonly object[]): Promise<void> {
  const headerHash = hashOf(context, tenantId, header);
  const columnsJson = columns as object as never;
  await context.db.importLayout.upsert({
    where: { tenantId_kind_headerHash: { tenantId, kind, headerHash } },
    create: { tenantId, kind, headerHash, columns: columnsJson },
    update: { columns: columnsJson, usedAt: new Date() },
  });
  const old = await context.db.importLayout.findMany({ where: { tenantId }, orderBy: { usedAt: 'desc' }, skip: rememberedLimit, take: 100 });
  for (const { kind: oldKind, headerHash: oldHash } of old) await context.db.importLayout.deleteMany({ where: { tenantId, kind: oldKind, headerHash: oldHash } });
}

const hashOf = (context: StoreContext, tenantId: string, header: string) => context.vault.nameHash(`import header|${tenantId}`, header);
