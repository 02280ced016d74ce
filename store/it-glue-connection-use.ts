import { connectionReasons } from '../domain/block-reasons.js';
import { lapsesAt, nearLapseBefore, stateAfter, type ConnectionState, type ConnectionTest, type PasswordAccess } from '../domain/it-glue-connection.js';
import { Prisma } from '../prisma/generated/client.js';
import { appendAudit } from './audit.js';
import type { ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { lockConnection } from './it-glue-connection.js';
import { tellOfRefusedKey } from './mail/connection.js';

/** Most connections or exports that one look gives; the next look gives the rest. */
const most = 1_000;

/**
 * Notes what a test found, unless the connection was changed meanwhile.
 * @returns the state that the connection has now, or null when it is another one or gone
 */
export async function noteTest(store: Store, tenantId: string, version: number, test: ConnectionTest): Promise<ConnectionState | null> {
  return inTransaction(store, async (context) => {
    const row = await lockConnection(context, tenantId);
    if (row.version !== version || row.state === 'none') return null;
    const state = stateAfter(test.result, row.state as ConnectionState);
    const passwordAccess = test.passwords === 'unknown' ? row.passwordAccess : test.passwords;
    await context.db.itGlueConnection.update({ where: { tenantId }, data: { state, passwordAccess, lastTestedAt: new Date(), lastTest: { ...test } } });
    if (state === 'refused' && row.state !== 'refused') await tellRefused(context, row);
    return state;
  });
}

/**
 * Notes that IT Glue did not accept the key of that version.
 * @returns whether it is still the tenant's key; if not, a newer one may be tried
 */
export async function noteRefused(store: Store, tenantId: string, version: number): Promise<'current' | 'replaced'> {
  return inTransaction(store, async (context) => {
    const row = await lockConnection(context, tenantId);
    if (row.state === 'none') return 'current';
    if (row.version !== version) return 'replaced';
    if (row.state === 'refused') return 'current';
    await context.db.itGlueConnection.update({ where: { tenantId }, data: { state: 'refused' } });
    await tellRefused(context, row);
    return 'current';
  });
}

async function tellRefused(context: StoreContext, { tenantId, version, keyEnding }: { tenantId: string; version: number; keyEnding: string | null }): Promise<void> {
  await appendAudit(context, { tenantId, clientId: null, actorId: null, party: 'system', action: 'it_glue_connection.refused', details: { keyEnding } });
  await tellOfRefusedKey(context, tenantId, version);
}

/** Notes that the key was used. Right to the hour: an export sends thousands of requests. */
export async function noteUsed(store: Store, tenantId: string, version: number, at: Date): Promise<void> {
  const before = new Date(at.getTime() - 3_600_000);
  await store.db.itGlueConnection.updateMany({
    where: { tenantId, version, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: before } }] },
    data: { lastUsedAt: at },
  });
}

/** Notes what an export learned about the key. */
export async function notePasswordAccess(store: Store, tenantId: string, version: number, passwordAccess: PasswordAccess): Promise<void> {
  await store.db.itGlueConnection.updateMany({ where: { tenantId, version }, data: { passwordAccess } });
}

/** Whether the tenant's connection works as far as is known; read under a lock, so that no test ends between this and the commit. */
export async function connectionWorks(context: StoreContext, tenantId: string): Promise<boolean> {
  const rows = await context.db.$queryRaw<{ state: string }[]>`SELECT "state" FROM "ItGlueConnection" WHERE "tenantId" = ${tenantId}::uuid FOR SHARE`;
  return rows[0]?.state === 'working';
}

/** An export `e` of a client `c` that waits for the connection: its client's last one. */
const isParked = Prisma.sql`c."stage" = 'export_blocked' AND e."state" = 'blocked' AND e."blockedBy" IN (${Prisma.join([...connectionReasons])})
  AND e."number" = (SELECT max(l."number") FROM "Export" l WHERE l."clientId" = e."clientId")`;

/** Exports of a tenant that wait for a connection that works, and for nothing else. */
export async function parkedExports(store: Store, tenantId: string): Promise<(ClientKey & { readonly exportId: string })[]> {
  return store.db.$queryRaw<(ClientKey & { exportId: string })[]>`
    SELECT e."tenantId", e."clientId", e."id" AS "exportId"
    FROM "Export" e JOIN "Client" c ON c."id" = e."clientId" AND c."tenantId" = e."tenantId"
    WHERE e."tenantId" = ${tenantId}::uuid AND ${isParked}
    ORDER BY e."finishedAt" LIMIT ${most}`;
}

/** Connections that are not refused although exports wait for them: a test was missed, or its end. */
export async function connectionsWaitedFor(store: Store): Promise<{ tenantId: string; version: number; keySetBy: string }[]> {
  return store.db.$queryRaw<{ tenantId: string; version: number; keySetBy: string }[]>`
    SELECT DISTINCT i."tenantId", i."version", i."keySetBy"
    FROM "ItGlueConnection" i JOIN "Client" c ON c."tenantId" = i."tenantId" JOIN "Export" e ON e."clientId" = c."id"
    WHERE i."state" IN ('untested', 'working') AND ${isParked} LIMIT ${most}`;
}

/** An organization of ours that an unfinished export of the tenant has created, or null: a new key must open the same account. */
export async function unfinishedOrganization(store: Store, tenantId: string): Promise<string | null> {
  const rows = await store.db.$queryRaw<{ itGlueId: string }[]>`
    SELECT l."itGlueId" FROM "LedgerEntry" l JOIN "Client" c ON c."id" = l."clientId" AND c."tenantId" = l."tenantId"
    WHERE l."tenantId" = ${tenantId}::uuid AND c."stage" IN ('exporting', 'export_blocked') AND l."resource" = 'organization' AND l."itGlueId" IS NOT NULL
    ORDER BY l."settledAt" DESC LIMIT 1`;
  return rows[0]?.itGlueId ?? null;
}

/** The IT Glue id of a password that an export of the tenant has created, or null: it tells whether the key may read values. */
export async function exportedPassword(store: Store, tenantId: string): Promise<string | null> {
  // One that was created without its value tells nothing of another key.
  const rows = await store.db.$queryRaw<{ itGlueId: string }[]>`
    SELECT "itGlueId" FROM "LedgerEntry"
    WHERE "tenantId" = ${tenantId}::uuid AND "resource" = 'password' AND "state" = 'created' AND "itGlueId" IS NOT NULL
      AND ("problems" IS NULL OR "problems" = '[]'::jsonb)
    ORDER BY "settledAt" DESC LIMIT 1`;
  return rows[0]?.itGlueId ?? null;
}

/** A connection whose key lapses soon because nobody has used it. */
export interface LapsingConnection {
  readonly tenantId: string;
  readonly version: number;
  readonly keyEnding: string;
  readonly keySetAt: Date;
  readonly lastUsedAt: Date | null;
  readonly lapsesAt: Date;
}

/** Connections that were not used for 75 days and more: IT Glue revokes a key after 90. */
export async function connectionsNearLapse(store: Store, now: Date): Promise<LapsingConnection[]> {
  const before = nearLapseBefore(now);
  const rows = await store.db.itGlueConnection.findMany({
    where: { state: { in: ['untested', 'working'] }, OR: [{ lastUsedAt: { lte: before } }, { lastUsedAt: null, keySetAt: { lte: before } }] },
    select: { tenantId: true, version: true, keyEnding: true, keySetAt: true, lastUsedAt: true },
    orderBy: { tenantId: 'asc' },
    take: most,
  });
  return rows.map(({ tenantId, version, keyEnding, keySetAt, lastUsedAt }) => ({
    tenantId,
    version,
    keyEnding: keyEnding ?? '',
    keySetAt: keySetAt!,
    lastUsedAt,
    lapsesAt: lapsesAt({ keySetAt: keySetAt!, lastUsedAt }),
  }));
}
