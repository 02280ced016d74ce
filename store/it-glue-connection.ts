import type { ConnectionRegion, ConnectionState, ConnectionTest, PasswordAccess } from '../domain/it-glue-connection.js';
import { Prisma, type ItGlueConnection } from '../prisma/generated/client.js';
import { appendAudit } from './audit.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { Refusal } from './errors.js';

/** A tenant's connection as people see it: without the key. */
export interface ConnectionView {
  readonly version: number;
  readonly state: ConnectionState;
  readonly region: ConnectionRegion;
  readonly webUrl: string | null;
  /** Last four characters of the key. */
  readonly keyEnding: string;
  readonly keySetBy: string;
  readonly keySetAt: Date;
  readonly lastTestedAt: Date | null;
  readonly lastTest: ConnectionTest | null;
  readonly passwordAccess: PasswordAccess;
  /** Right to the hour. */
  readonly lastUsedAt: Date | null;
}

/** What a worker needs to use it. */
export interface SealedConnection extends ConnectionView {
  readonly sealedKey: Uint8Array;
}

/** What a sealed key is bound to: in another tenant's row, or for another address, it does not open. */
export const connectionPlace = (tenantId: string, region: ConnectionRegion): readonly string[] => ['ItGlueConnection', tenantId, region];

/** The tenant's connection, or null. */
export async function findConnection(context: StoreContext, tenantId: string): Promise<SealedConnection | null> {
  const row = await context.db.itGlueConnection.findUnique({ where: { tenantId } });
  return row && sealedView(row);
}

/** Counts every change of the tenant's connection; 0 before the first one. */
export async function connectionVersion(context: StoreContext, tenantId: string): Promise<number> {
  const row = await context.db.itGlueConnection.findUnique({ where: { tenantId }, select: { version: true } });
  return row?.version ?? 0;
}

function sealedView(row: ItGlueConnection): SealedConnection | null {
  const { sealedKey, keyEnding, keySetBy, keySetAt } = row;
  if (row.state === 'none' || !sealedKey || !keyEnding || !keySetBy || !keySetAt) return null;
  return {
    version: row.version,
    state: row.state as ConnectionState,
    region: row.region as ConnectionRegion,
    webUrl: row.webUrl,
    keyEnding,
    keySetBy,
    keySetAt,
    lastTestedAt: row.lastTestedAt,
    lastTest: row.lastTest as unknown as ConnectionTest | null,
    passwordAccess: row.passwordAccess as PasswordAccess,
    lastUsedAt: row.lastUsedAt,
    sealedKey,
  };
}

export interface ConnectionChange {
  readonly region: ConnectionRegion;
  /** Undefined: as it is while the region stays, else none. */
  readonly webUrl: string | null | undefined;
  /** A new key, sealed for `connectionPlace`; null keeps the one that is there. */
  readonly key: { readonly sealed: Uint8Array<ArrayBuffer>; readonly ending: string } | null;
  /** The version that the person saw; null when there was no connection. */
  readonly seen: number | null;
}

interface Person {
  readonly tenantId: string;
  readonly userId: string;
}

/**
 * Sets or changes the tenant's connection. A new key is untested; one that is kept stays what it was.
 * @throws {Refusal} `stale_version`, or `invalid` when a key is needed
 */
export async function putConnection(store: Store, { tenantId, userId }: Person, change: ConnectionChange): Promise<ConnectionView> {
  return inTransaction(store, async (context) => {
    const row = await lockConnection(context, tenantId);
    refuseStale(row, change.seen);
    const moved = row.region !== change.region;
    if (!change.key && (row.state === 'none' || moved)) {
      const message = row.state === 'none' ? 'is needed' : 'is needed again: a key belongs to one region';
      throw new Refusal('invalid', 'The connection cannot be kept without an API key', [{ field: 'apiKey', message }]);
    }
    const kept = moved || row.state === 'none' ? null : row.webUrl;
    const webUrl = change.webUrl === undefined ? kept : change.webUrl;
    if (moved && row.version > 0) await forgetAccount(context, tenantId);
    const updated = await context.db.itGlueConnection.update({
      where: { tenantId },
      data: {
        version: { increment: 1 },
        region: change.region,
        webUrl,
        updatedAt: new Date(),
        ...(change.key && { ...noKey, state: 'untested', sealedKey: change.key.sealed, keyEnding: change.key.ending, keySetBy: userId, keySetAt: new Date() }),
      },
    });
    const fields = [moved && 'region', row.webUrl !== webUrl && 'webUrl', change.key && 'apiKey'].filter(Boolean);
    const details = { fields, region: change.region, webUrl, keyEnding: updated.keyEnding };
    await appendAudit(context, { tenantId, clientId: null, actorId: userId, party: 'internal', action: 'it_glue_connection.set', details });
    return sealedView(updated)!;
  });
}

/** Takes the connection away: running exports of the tenant wait for a new one. @throws {Refusal} `not_found`, `stale_version` */
export async function removeConnection(store: Store, { tenantId, userId }: Person, seen: number): Promise<void> {
  await inTransaction(store, async (context) => {
    const row = await lockConnection(context, tenantId);
    if (row.state === 'none') throw new Refusal('not_found', 'There is no IT Glue connection');
    refuseStale(row, seen);
    await context.db.itGlueConnection.update({ where: { tenantId }, data: { ...noKey, version: { increment: 1 }, state: 'none', updatedAt: new Date() } });
    const details = { region: row.region, keyEnding: row.keyEnding };
    await appendAudit(context, { tenantId, clientId: null, actorId: userId, party: 'internal', action: 'it_glue_connection.removed', details });
  });
}

const noKey = {
  sealedKey: null,
  keyEnding: null,
  keySetBy: null,
  keySetAt: null,
  lastTestedAt: null,
  lastTest: Prisma.DbNull,
  passwordAccess: 'unknown',
  lastUsedAt: null,
} as const;

function refuseStale(row: ItGlueConnection, seen: number | null): void {
  if (row.state === 'none' ? seen === null || seen === row.version : seen === row.version) return;
  throw new Refusal('stale_version', 'The connection was changed meanwhile; look at it again');
}

/** What is remembered of an account by its ids means nothing in another one. */
async function forgetAccount(context: StoreContext, tenantId: string): Promise<void> {
  await context.db.sharedName.deleteMany({ where: { tenantId } });
  await context.db.catalogue.deleteMany({ where: { tenantId } });
}

/** The tenant's row, made first where there is none, locked to the end of the transaction. */
export async function lockConnection(context: StoreContext, tenantId: string): Promise<ItGlueConnection> {
  await context.db.itGlueConnection.createMany({ data: [{ tenantId }], skipDuplicates: true });
  await context.db.$queryRaw`SELECT 1 FROM "ItGlueConnection" WHERE "tenantId" = ${tenantId}::uuid FOR UPDATE`;
  return context.db.itGlueConnection.findUniqueOrThrow({ where: { tenantId } });
}
