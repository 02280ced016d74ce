import type { KindName, Section } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { notFound, Refusal } from '../errors.js';

/** How long a file that is being imported is kept. */
export const importLifeMs = 24 * 60 * 60 * 1000;

/** Files that one person may have open at a client: each is up to 50 MB. */
export const openImportLimit = 10;

export type ImportState = 'receiving' | 'ready' | 'done';

/** An import as its owner sees it. `content` is what the API keeps of it, sealed. */
export interface StoredImport<C> {
  readonly id: string;
  readonly kind: KindName;
  readonly section: Section;
  readonly state: ImportState;
  readonly revision: number;
  readonly run: string | null;
  readonly dataVersion: number | null;
  readonly fileHash: string | null;
  readonly content: C;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const place = (id: string) => ({ table: 'Import', row: id, field: 'content' });

/**
 * Begins an import. The same id again takes the place of one that broke off; one that is still coming in, or has come in, stays.
 * @returns whether it was begun
 */
export async function beginImport(context: StoreContext, client: ClientKey, actor: Actor, begun: { id: string; kind: KindName; section: Section; lifeMs?: number }): Promise<boolean> {
  const own = { ...ofClient(client), createdBy: actor.userId };
  const now = Date.now();
  const open = await context.db.import.count({ where: { ...own, state: { not: 'done' }, expiresAt: { gt: new Date(now) }, id: { not: begun.id } } });
  if (open >= openImportLimit) throw new Refusal('limit_reached', `You have ${open} imports open at this client; carry them out or remove them first`);
  // A file of 50 MB that takes longer than this broke off.
  const brokenOff = new Date(now - 5 * 60_000);
  await removeImports(context, { ...own, id: begun.id, state: 'receiving', createdAt: { lt: brokenOff } });
  const { count } = await context.db.import.createMany({
    data: [{ ...own, id: begun.id, kind: begun.kind, section: begun.section, expiresAt: new Date(now + (begun.lifeMs ?? importLifeMs)) }],
    skipDuplicates: true,
  });
  return count === 1;
}

/** An import of the actor's own; anybody else's is not there. @throws {Refusal} not_found also once it has expired */
export async function getImport<C>(context: StoreContext, client: ClientKey, actor: Actor, section: Section, id: string): Promise<StoredImport<C>> {
  const row = await context.db.import.findFirst({ where: { ...ofClient(client), id, section, createdBy: actor.userId, expiresAt: { gt: new Date() } } });
  if (!row?.content) throw notFound('import; a file is kept for 24 hours');
  return {
    ...row,
    kind: row.kind as KindName,
    section: row.section as Section,
    state: row.state as ImportState,
    content: await context.vault.openJson<C>(client, place(id), row.content),
  };
}

/** The actor's imports at a client in one section, newest first; never more than are allowed open, and those that are done. */
export async function listImports(context: StoreContext, client: ClientKey, actor: Actor, section: Section): Promise<{ id: string; kind: KindName; state: ImportState; createdAt: Date; expiresAt: Date }[]> {
  const rows = await context.db.import.findMany({
    where: { ...ofClient(client), section, createdBy: actor.userId, expiresAt: { gt: new Date() } },
    orderBy: { id: 'desc' },
    take: 100,
    select: { id: true, kind: true, state: true, createdAt: true, expiresAt: true },
  });
  return rows.map((row) => ({ ...row, kind: row.kind as KindName, state: row.state as ImportState }));
}

/** What stands in the row of an import while it comes in, in clear; null when there is none. */
export async function peekImport(context: StoreContext, client: ClientKey, actor: Actor, id: string): Promise<{ state: ImportState; fileHash: string | null } | null> {
  const row = await context.db.import.findFirst({ where: { ...ofClient(client), id, createdBy: actor.userId }, select: { state: true, fileHash: true } });
  return row && { state: row.state as ImportState, fileHash: row.fileHash };
}

/** Puts a new state of an import in force. @throws {Refusal} when somebody else changed it since `revision` */
export async function saveImport<C>(
  context: StoreContext,
  client: ClientKey,
  id: string,
  revision: number,
  change: { content: C; run: string | null; dataVersion: number; fileHash?: string },
): Promise<void> {
  const { content, ...columns } = change;
  const { count } = await context.db.import.updateMany({
    where: { ...ofClient(client), id, revision, state: { not: 'done' } },
    data: { ...columns, content: await context.vault.sealJson(client, place(id), content), state: 'ready', revision: revision + 1 },
  });
  if (count === 0) throw new Refusal('stale_version', 'The import was changed or carried out meanwhile; look at it again');
}

/** Removes an import with everything that was kept for it. */
export async function removeImport(context: StoreContext, client: ClientKey, actor: Actor, id: string): Promise<void> {
  await removeImports(context, { ...ofClient(client), createdBy: actor.userId, id });
}

/** Removes imports whose time is over. @returns how many */
export async function removeExpiredImports(context: StoreContext, now: Date): Promise<number> {
  return removeImports(context, { expiresAt: { lte: now } });
}

type Where = NonNullable<NonNullable<Parameters<StoreContext['db']['import']['findMany']>[0]>['where']>;

async function removeImports(context: StoreContext, where: Where): Promise<number> {
  const imports = await context.db.import.findMany({ where, select: { id: true }, take: 100 });
  for (const { id } of imports) {
    await dropStaged(context, id, null);
    await dropChunks(context, id, null);
    await context.db.import.deleteMany({ where: { id } });
  }
  return imports.length;
}

/** Removes what was worked out, but for one run. */
export async function dropStaged(context: StoreContext, importId: string, keepRun: string | null): Promise<void> {
  await context.db.importBlock.deleteMany({ where: { importId, ...(keepRun === null ? {} : { run: { not: keepRun } }) } });
}

/** Removes what a run that is carried out has written; its bad rows stay, to be corrected. */
export async function dropApplied(context: StoreContext, importId: string): Promise<void> {
  await context.db.importBlock.deleteMany({ where: { importId, action: { not: 'bad' } } });
}

/** Removes parts of a file, but for those that are named. */
export async function dropChunks(context: StoreContext, importId: string, keep: readonly string[] | null): Promise<void> {
  await context.db.importChunk.deleteMany({ where: { importId, ...(keep ? { part: { notIn: [...keep] } } : {}) } });
}
