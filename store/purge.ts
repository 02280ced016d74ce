import { Prisma } from '../prisma/generated/client.js';
import { appendAudit } from './audit.js';
import { clientRow, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { notFound, Refusal } from './errors.js';
import { objectPrefix } from './files/keys.js';
import { certify, erasureHorizon } from './purge-certificate.js';
import { nameAfterPurge } from './onboardings/record.js';
import { moveUnwarnedEnd } from './retention.js';
import { endAccess } from './sessions/end.js';

/** Rows removed at one go: small enough that other clients' requests pass in between. */
const chunkRows = 500;

/**
 * Whether the client's time is really over: asked right before the purge, since the date may have been moved meanwhile. An end that
 * nobody was warned of, since nothing ran, is moved so that they are.
 */
export async function purgeDue(store: Store, client: ClientKey, now: Date): Promise<{ due: boolean; purgeAt: Date | null }> {
  const row = await store.db.client.findFirst({
    where: { ...clientRow(client), stage: { in: ['retention', 'deleted', 'purged'] } },
    select: { stage: true, purgeAt: true },
  });
  if (!row) return { due: false, purgeAt: null };
  const { stage, purgeAt } = row;
  if (stage === 'purged') return { due: true, purgeAt };
  const clock = await earlierClock(store, now);
  if (purgeAt === null || purgeAt > clock) return { due: false, purgeAt };
  const moved = await moveUnwarnedEnd(store, client, clock);
  return moved ? { due: false, purgeAt: moved } : { due: true, purgeAt };
}

/** Of two clocks the one that is behind: when one of them has jumped ahead, nothing is removed too early. */
async function earlierClock({ db }: Store, now: Date): Promise<Date> {
  const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT now() AS now`;
  return row!.now < now ? row!.now : now;
}

/**
 * Closes the client for good, then destroys its data key. From here on nothing that it gave can be read, here or in a backup.
 * @param now this process's clock; the database's must say the same
 * @throws {Refusal} when its time is not over (any more): somebody may have restored it or moved the date since it was asked
 */
export async function destroyClientKey(store: Store, client: ClientKey, now = new Date()): Promise<{ at: Date }> {
  const at = await earlierClock(store, now);
  await store.db.client.updateMany({
    where: { ...clientRow(client), stage: { in: ['retention', 'deleted'] }, purgeAt: { lte: at } },
    data: { stage: 'purged', stageChangedAt: at },
  });
  await purgedRow(store, client);
  await takeInventory(store, client);
  await endAccess(store, { clientId: client.clientId }, 'purged');
  await store.vault.destroyKey(client);
  return { at };
}

/** Nothing of a client is removed before it is closed for good; null for one whose row is gone already. */
async function purgedRow(store: Store, client: ClientKey): Promise<{ purgeInventory: Prisma.JsonValue } | null> {
  const { id, tenantId } = clientRow(client);
  const row = await store.db.client.findUnique({ where: { id }, select: { tenantId: true, stage: true, purgeInventory: true } });
  if (row && row.tenantId !== tenantId) throw notFound('client');
  if (row && row.stage !== 'purged') throw new Refusal('wrong_stage', 'The client is not to be removed now: it was restored, or its end was moved');
  return row;
}

/** In place of a client that is gone. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Tables with rows of a client, those that others refer to last. */
const tables = [
  'importBlock',
  'importChunk',
  'import',
  'downloadChunk',
  'download',
  'attachmentChunk',
  'record',
  'decision',
  'preview',
  'ledgerEntry',
  'exportStep',
  'export',
  'signOff',
  'sectionState',
  'pageMark',
  'remark',
  'questionMessage',
  'question',
  'spellingChoice',
  'wordChoice',
  'mail',
  'reminder',
  'idempotencyKey',
  'session',
  'mailCode',
  'sweepFinding',
] as const;

/**
 * Removes one portion of the client's rows.
 * @param which `counted`: of the tables that its inventory names, which spares most statements; `all` when rows came in after it
 * @returns how many went from which table, and whether more are left
 */
export async function removeRows(store: Store, client: ClientKey, which: 'counted' | 'all' = 'counted'): Promise<{ removed: Record<string, number>; more: boolean }> {
  const { clientId } = ofClient(client);
  const inventory = (await purgedRow(store, client))?.purgeInventory;
  const counted = which === 'counted' ? (inventory as unknown as Inventory | null | undefined)?.rows : undefined;
  const removed: Record<string, number> = {};
  const files = (await store.objects?.removeAll(objectPrefix(client), chunkRows)) ?? 0;
  if (files > 0) removed['object'] = files;
  if (files === chunkRows) return { removed, more: true };
  for (const table of tables.filter((one) => !counted || counted[one])) {
    const count = await removeSome(store, table, clientId);
    if (count > 0) removed[table] = count;
    if (count === chunkRows) return { removed, more: true };
  }
  if (counted && !counted['user']) return { removed, more: false };
  const tokens = await store.db.accessToken.deleteMany({ where: { user: { clientId } } });
  const users = await store.db.user.deleteMany({ where: { clientId } });
  if (tokens.count > 0) removed['accessToken'] = tokens.count;
  if (users.count > 0) removed['user'] = users.count;
  return { removed, more: false };
}

async function removeSome(store: Store, table: (typeof tables)[number], clientId: string): Promise<number> {
  const name = tableName(table);
  return store.db.$executeRawUnsafe(`DELETE FROM ${name} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${name} WHERE "clientId" = $1::uuid LIMIT ${chunkRows}))`, clientId);
}

/** What there is of a client, by table; records and files by kind. */
interface Inventory {
  readonly records: Readonly<Record<string, number>>;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Counts everything of a client in one statement. Taken when it is closed for good and kept until the certificate is written:
 * what was there must not depend on which process removed which part of it.
 */
async function inventoryOf(context: Pick<StoreContext, 'db'>, client: ClientKey): Promise<Inventory> {
  const { clientId } = ofClient(client);
  const counts = tables.map((table) => `SELECT '${table}' AS name, count(*)::int AS count FROM ${tableName(table)} WHERE "clientId" = $1::uuid`);
  const people = [
    `SELECT 'user' AS name, count(*)::int AS count FROM "User" WHERE "clientId" = $1::uuid`,
    `SELECT 'accessToken' AS name, count(*)::int AS count FROM "AccessToken" t JOIN "User" u ON u."id" = t."userId" WHERE u."clientId" = $1::uuid`,
  ];
  const kinds = `SELECT 'record.' || "kind" AS name, count(*)::int AS count FROM "Record" WHERE "clientId" = $1::uuid GROUP BY "kind"`;
  const found = await context.db.$queryRawUnsafe<{ name: string; count: number }[]>([...counts, ...people, kinds].join(' UNION ALL '), clientId);
  const some = found.filter(({ count }) => count > 0);
  return {
    rows: Object.fromEntries(some.filter(({ name }) => !name.startsWith('record.')).map(({ name, count }) => [name, count])),
    records: Object.fromEntries(some.filter(({ name }) => name.startsWith('record.')).map(({ name, count }) => [name.slice('record.'.length), count])),
  };
}

/** Keeps the count of what there is of a client that was closed for good; the first one stands. */
export async function takeInventory(store: Store, client: ClientKey): Promise<void> {
  const inventory = await inventoryOf(store, client);
  await store.db.client.updateMany({ where: { ...clientRow(client), stage: 'purged', purgeInventory: { equals: Prisma.DbNull } }, data: { purgeInventory: { ...inventory } as unknown as Prisma.InputJsonObject } });
}

const tableName = (table: (typeof tables)[number]) => `"${table[0]!.toUpperCase()}${table.slice(1)}"`;

/**
 * Writes the certificate, here and into the record of export, and removes the client's own row. Doing it again changes nothing.
 * @param facts.removed what the steps before removed, for what the inventory does not know (objects of an object storage)
 * @returns false when rows have come in meanwhile: remove them first, then close again
 */
export async function closePurge(
  store: Store,
  client: ClientKey,
  facts: { removed: Readonly<Record<string, number>>; keyDestroyedAt: Date; policy: string },
): Promise<boolean> {
  return inTransaction(store, async (context) => {
    const row = await context.db.client.findFirst({ where: { ...clientRow(client), stage: 'purged' }, select: { purgeInventory: true, purgeAt: true, purgeSetAt: true } });
    if (!row) return true;
    if (Object.keys((await inventoryOf(context, client)).rows).length > 0) return false;
    const inventory = row.purgeInventory as unknown as Inventory | null;
    const { count } = await context.db.client.deleteMany({ where: { ...clientRow(client), stage: 'purged' } });
    if (count === 0) return true;
    // Names that its exports have claimed stay, for those of the tenant's other clients; whose they were does not.
    await context.db.sharedName.updateMany({ where: { tenantId: client.tenantId, claimedBy: client.clientId }, data: { claimedBy: nobody } });
    const finishedAt = new Date();
    const certificate = certify({
      ...ofClient(client),
      policy: endedAtOnce(row) ? `${facts.policy}, ended at once by two people` : facts.policy,
      dueAt: row.purgeAt?.toISOString() ?? null,
      records: inventory?.records ?? {},
      removed: { ...facts.removed, ...inventory?.rows, client: 1 },
      keyDestroyedAt: facts.keyDestroyedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      keyBackupDays: store.keyBackupDays ?? null,
      erasedEverywhereAt: erasureHorizon(facts.keyDestroyedAt, store.keyBackupDays)?.toISOString() ?? null,
    });
    const removal = { tenantId: client.tenantId, removedAt: finishedAt, certificate: { ...certificate } };
    // One that a backup had brought back is removed a second time: the newer certificate stands.
    await context.db.removal.upsert({ where: { clientId: client.clientId }, create: { clientId: client.clientId, ...removal }, update: removal });
    await context.db.exportRecord.updateMany({
      where: { clientId: client.clientId },
      data: { purgedAt: finishedAt, certificate: { ...certificate }, ...(await nameAfterPurge(context, client.tenantId)) },
    });
    await appendAudit(context, {
      tenantId: client.tenantId,
      clientId: client.clientId,
      actorId: null,
      party: 'system',
      action: 'client.purged',
      details: null,
      digest: Buffer.from(certificate.sha256, 'hex'),
    });
    return true;
  });
}

/** Whether its end was the moment in which that was decided: only a confirmed request for a removal at once sets such an end. */
const endedAtOnce = ({ purgeAt, purgeSetAt }: { purgeAt: Date | null; purgeSetAt: Date | null }) => purgeAt !== null && purgeSetAt !== null && purgeSetAt >= purgeAt;

/** Removes and certifies what is left of a client whose key is destroyed, in one go. */
export async function finishPurge(store: Store, client: ClientKey, facts: { keyDestroyedAt: Date; policy: string }): Promise<void> {
  const removed: Record<string, number> = {};
  for (let which: 'counted' | 'all' = 'counted'; ; which = 'all') {
    for (let more = true; more; ) {
      const step = await removeRows(store, client, which);
      for (const [table, count] of Object.entries(step.removed)) removed[table] = (removed[table] ?? 0) + count;
      more = step.more;
    }
    if (await closePurge(store, client, { ...facts, removed })) return;
  }
}
