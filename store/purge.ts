import { createHash } from 'node:crypto';
import { appendAudit } from './audit.js';
import { clientRow, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store } from './context.js';
import { notFound, Refusal } from './errors.js';
import { objectPrefix } from './files/keys.js';
import type { PurgeCertificate } from './export-records.js';
import { nameAfterPurge } from './onboardings/record.js';
import { endAccess } from './sessions/end.js';

/** Rows removed at one go: small enough that other clients' requests pass in between. */
const chunkRows = 500;

/** Whether the client's time is really over: asked right before the purge, since the date may have been moved meanwhile. */
export async function purgeDue(store: Store, client: ClientKey, now: Date): Promise<{ due: boolean; purgeAt: Date | null }> {
  const row = await store.db.client.findFirst({
    where: { ...clientRow(client), stage: { in: ['retention', 'deleted', 'purged'] } },
    select: { stage: true, purgeAt: true },
  });
  if (!row) return { due: false, purgeAt: null };
  return { due: row.stage === 'purged' || (row.purgeAt !== null && row.purgeAt <= now), purgeAt: row.purgeAt };
}

/**
 * Closes the client for good, then destroys its data key. From here on nothing that it gave can be read, here or in a backup.
 * @throws {Refusal} when its time is not over (any more): somebody may have restored it or moved the date since it was asked
 */
export async function destroyClientKey(store: Store, client: ClientKey): Promise<{ at: Date }> {
  const at = new Date();
  await store.db.client.updateMany({
    where: { ...clientRow(client), stage: { in: ['retention', 'deleted'] }, purgeAt: { lte: at } },
    data: { stage: 'purged', stageChangedAt: at },
  });
  await refuseUnlessPurged(store, client);
  await endAccess(store, { clientId: client.clientId }, 'purged');
  await store.vault.destroyKey(client);
  return { at };
}

/** Nothing of a client is removed before it is closed for good; one whose row is gone already was. */
async function refuseUnlessPurged(store: Store, client: ClientKey): Promise<void> {
  const { id, tenantId } = clientRow(client);
  const row = await store.db.client.findUnique({ where: { id }, select: { tenantId: true, stage: true } });
  if (row && row.tenantId !== tenantId) throw notFound('client');
  if (row && row.stage !== 'purged') throw new Refusal('wrong_stage', 'The client is not to be removed now: it was restored, or its end was moved');
}

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
 * @returns how many went from which table, and whether more are left
 */
export async function removeRows(store: Store, client: ClientKey): Promise<{ removed: Record<string, number>; more: boolean }> {
  const { clientId } = ofClient(client);
  await refuseUnlessPurged(store, client);
  const removed: Record<string, number> = {};
  const files = (await store.objects?.removeAll(objectPrefix(client), chunkRows)) ?? 0;
  if (files > 0) removed['object'] = files;
  if (files === chunkRows) return { removed, more: true };
  for (const table of tables) {
    const count = await removeSome(store, table, clientId);
    if (count > 0) removed[table] = count;
    if (count === chunkRows) return { removed, more: true };
  }
  const tokens = await store.db.accessToken.deleteMany({ where: { user: { clientId } } });
  const users = await store.db.user.deleteMany({ where: { clientId } });
  if (tokens.count > 0) removed['accessToken'] = tokens.count;
  if (users.count > 0) removed['user'] = users.count;
  return { removed, more: false };
}

async function removeSome(store: Store, table: (typeof tables)[number], clientId: string): Promise<number> {
  const name = `"${table[0]!.toUpperCase()}${table.slice(1)}"`;
  return store.db.$executeRawUnsafe(
    `DELETE FROM ${name} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${name} WHERE "clientId" = $1::uuid LIMIT ${chunkRows}))`,
    clientId,
  );
}

/** Writes the certificate into the record of export and removes the client's own row. Doing it again changes nothing. */
export async function closePurge(
  store: Store,
  client: ClientKey,
  facts: { removed: Readonly<Record<string, number>>; keyDestroyedAt: Date; policy: string },
): Promise<void> {
  await inTransaction(store, async (context) => {
    const { count } = await context.db.client.deleteMany({ where: { ...clientRow(client), stage: 'purged' } });
    if (count === 0) return;
    const finishedAt = new Date();
    const body = {
      removed: { ...facts.removed, client: 1 },
      keyDestroyedAt: facts.keyDestroyedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      policy: facts.policy,
    };
    const certificate: PurgeCertificate = { ...body, sha256: createHash('sha256').update(JSON.stringify(body)).digest('hex') };
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
    });
  });
}
