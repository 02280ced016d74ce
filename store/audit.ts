import { createHash } from 'node:crypto';
import type { StoreContext } from './context.js';
import { currentOrigin } from './origin.js';
import { KeyGoneError, type Owner } from './vault/vault.js';

/** Which side of the table somebody acts for. `system`: a workflow by itself. */
export type Party = 'internal' | 'client' | 'outgoing_msp' | 'system';

export interface AuditEvent {
  readonly tenantId: string;
  readonly clientId: string | null;
  readonly actorId: string | null;
  readonly party: Party;
  /** What happened, as a stable word such as `record.changed`. */
  readonly action: string;
  /** The particulars; sealed with the client's key, so a purge makes them unreadable and leaves the chain whole. */
  readonly details: Readonly<Record<string, unknown>> | null;
  /** Instead of particulars, for an entry whose key is destroyed: the hash of what it speaks of. */
  readonly digest?: Buffer;
}

export const emptyChain = '0'.repeat(64);

/** Where the network address lies among the sealed particulars: no action has one of that name. */
const addressMember = '@address';

/**
 * Appends to the tenant's chain, with the network address that it was asked for from. Must run in the transaction of the change that it records: both are kept or neither.
 * The lock on the tenant's head row is held to the end of that transaction, which keeps the chain in one line.
 */
export async function appendAudit(context: StoreContext, event: AuditEvent): Promise<void> {
  const [head] = await context.db.$queryRaw<{ sequence: number; hash: string }[]>`
    INSERT INTO "AuditHead" ("tenantId", "sequence", "hash") VALUES (${event.tenantId}::uuid, 0, ${emptyChain})
    ON CONFLICT ("tenantId") DO UPDATE SET "sequence" = "AuditHead"."sequence"
    RETURNING "sequence", "hash"`;
  const sequence = head!.sequence + 1;
  const owner = { tenantId: event.tenantId, clientId: event.clientId };
  const address = event.party === 'system' ? null : currentOrigin();
  const particulars = address === null ? event.details : { ...event.details, [addressMember]: address };
  const content = event.digest
    ? new Uint8Array(event.digest)
    : particulars && (await context.vault.sealJson(owner, { table: 'AuditEntry', row: String(sequence), field: 'content' }, particulars));
  const entry = {
    tenantId: event.tenantId,
    sequence,
    at: new Date(),
    clientId: event.clientId,
    actorId: event.actorId,
    party: event.party,
    action: event.action,
    content,
    previousHash: head!.hash,
  };
  const hash = auditHash(entry);
  const { tenantId, at, clientId, actorId, party, action, previousHash } = entry;
  // One statement for both rows: every save pays for the way to the database and back.
  await context.db.$executeRaw`
    WITH entry AS (
      INSERT INTO "AuditEntry" ("tenantId", "sequence", "at", "clientId", "actorId", "party", "action", "content", "previousHash", "hash")
      VALUES (${tenantId}::uuid, ${sequence}, ${at}, ${clientId}::uuid, ${actorId}::uuid, ${party}, ${action}, ${content}, ${previousHash}, ${hash})
    )
    UPDATE "AuditHead" SET "sequence" = ${sequence}, "hash" = ${hash} WHERE "tenantId" = ${tenantId}::uuid`;
}

export interface HashedEntry {
  readonly tenantId: string;
  readonly sequence: number;
  readonly at: Date;
  readonly clientId: string | null;
  readonly actorId: string | null;
  readonly party: string;
  readonly action: string;
  readonly content: Uint8Array | null;
  readonly previousHash: string;
}

/** SHA-256 over every column of an entry, sealed content included as it lies in the table. */
export function auditHash(entry: HashedEntry): string {
  const head = JSON.stringify([
    entry.tenantId,
    entry.sequence,
    entry.at.toISOString(),
    entry.clientId,
    entry.actorId,
    entry.party,
    entry.action,
    entry.previousHash,
  ]);
  return createHash('sha256').update(head).update('\n').update(entry.content ?? new Uint8Array()).digest('hex');
}

/** An entry in the words that its actor would know, or without particulars when its client was purged. */
export interface ReadableEntry {
  readonly sequence: number;
  readonly at: Date;
  readonly actorId: string | null;
  readonly party: string;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>> | null;
}

/** What is sealed in an entry. */
export interface Particulars {
  readonly details: Readonly<Record<string, unknown>> | null;
  /** The network address that it was asked for from; null for what the service did by itself, and in entries of earlier releases. */
  readonly address: string | null;
}

const noParticulars: Particulars = { details: null, address: null };

/** What is sealed in an entry; nothing when the key that sealed it is destroyed. */
export async function readParticulars(context: StoreContext, owner: Owner, sequence: number, sealed: Uint8Array | null): Promise<Particulars> {
  if (!sealed) return noParticulars;
  try {
    const opened = await context.vault.openJson<Record<string, unknown>>(owner, { table: 'AuditEntry', row: String(sequence), field: 'content' }, sealed);
    const { [addressMember]: address, ...details } = opened;
    return { details: Object.keys(details).length > 0 ? details : null, address: typeof address === 'string' ? address : null };
  } catch (error) {
    if (error instanceof KeyGoneError) return noParticulars;
    throw error;
  }
}

/** The particulars of an entry, or null when there are none or the key that sealed them is destroyed. */
export async function readDetails(context: StoreContext, owner: Owner, sequence: number, sealed: Uint8Array): Promise<Readonly<Record<string, unknown>> | null> {
  return (await readParticulars(context, owner, sequence, sealed)).details;
}

/**
 * Those of the clients whose particulars may still be read. One that is purged is none of them from that very moment: other
 * processes may hold its key in memory for a few seconds more.
 */
export async function readableClients(context: StoreContext, tenantId: string, clientIds: readonly (string | null)[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(clientIds.filter((id) => id !== null))];
  if (ids.length === 0) return new Set();
  const rows = await context.db.client.findMany({ where: { tenantId, id: { in: ids }, stage: { not: 'purged' } }, select: { id: true } });
  return new Set(rows.map(({ id }) => id));
}

/** A client's history, newest first. `before`: the sequence to go on below. */
export async function readActivity(
  context: StoreContext,
  tenantId: string,
  clientId: string,
  page: { limit: number; before: number | null },
): Promise<ReadableEntry[]> {
  const rows = await context.db.auditEntry.findMany({
    where: { tenantId, clientId, ...(page.before === null ? {} : { sequence: { lt: page.before } }) },
    orderBy: { sequence: 'desc' },
    take: page.limit,
  });
  const readable = (await readableClients(context, tenantId, [clientId])).has(clientId);
  return Promise.all(
    rows.map(async (row) => ({
      sequence: row.sequence,
      at: row.at,
      actorId: row.actorId,
      party: row.party,
      action: row.action,
      details: readable && row.content ? await readDetails(context, { tenantId, clientId }, row.sequence, row.content) : null,
    })),
  );
}
