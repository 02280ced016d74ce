/** What the sweep reads of clients, and what it notes of its findings. */
import { comesBackAfter, type SweepKind, type SweepOutcome } from '../domain/sweep.js';
import type { Stage } from '../domain/stages.js';
import { appendAudit } from './audit.js';
import { clientRow, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { newId } from './ids.js';
import { tellOfSweep } from './mail/sweep.js';

/** How long findings and runs are kept. */
const keptMs = 90 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;

export interface SweptClient extends ClientKey {
  readonly stage: Stage;
  readonly purgeAt: Date | null;
  readonly changedAt: Date;
  readonly deletedAt: Date | null;
}

const columns = { id: true, tenantId: true, stage: true, purgeAt: true, stageChangedAt: true, lastActivityAt: true, purgeSetAt: true, deletedAt: true } as const;
type Row = { id: string; tenantId: string; stage: string; purgeAt: Date | null; stageChangedAt: Date; lastActivityAt: Date; purgeSetAt: Date | null; deletedAt: Date | null };

/** Clients of all tenants in the order of their ids. */
export async function clientsToSweep(store: Store, after: string | null, limit: number): Promise<SweptClient[]> {
  const rows = await store.db.client.findMany({ ...(after ? { where: { id: { gt: after } } } : {}), orderBy: { id: 'asc' }, take: limit, select: columns });
  return rows.map(swept);
}

/** One of them as it is now, or null when it is gone. */
export async function clientToSweep(store: Store, client: ClientKey): Promise<SweptClient | null> {
  const row = await store.db.client.findFirst({ where: clientRow(client), select: columns });
  return row && swept(row);
}

function swept(row: Row): SweptClient {
  const changes = [row.stageChangedAt, row.lastActivityAt, row.purgeSetAt].map((at) => at?.getTime() ?? 0);
  return { tenantId: row.tenantId, clientId: row.id, stage: row.stage as Stage, purgeAt: row.purgeAt, changedAt: new Date(Math.max(...changes)), deletedAt: row.deletedAt };
}

/** Which of these clients are in the database. */
export async function knownClients(store: Store, clientIds: readonly string[]): Promise<Set<string>> {
  const rows = await store.db.client.findMany({ where: { id: { in: [...clientIds] } }, select: { id: true } });
  return new Set(rows.map(({ id }) => id));
}

/** Whether the database has such a tenant. */
export async function knownTenant(store: Store, tenantId: string): Promise<boolean> {
  return (await store.db.tenant.count({ where: { id: tenantId } })) > 0;
}

/** The export run that the database has as running, or null. */
export async function runningExport(store: Store, client: ClientKey): Promise<string | null> {
  const row = await store.db.export.findFirst({ where: { ...ofClient(client), state: 'running' }, orderBy: { number: 'desc' }, select: { id: true } });
  return row?.id ?? null;
}

/** Parks a client whose export is not even in the books, so that a person can go on with it. */
export async function parkLostExport(store: Store, client: ClientKey): Promise<void> {
  await store.db.client.updateMany({ where: { ...clientRow(client), stage: 'exporting' }, data: { stage: 'export_blocked', stageChangedAt: new Date() } });
}

/** Previews that were begun before that time and have not ended, the oldest first. */
export async function buildingPreviews(store: Store, before: Date, limit: number): Promise<(ClientKey & { previewId: string })[]> {
  const rows = await store.db.preview.findMany({ where: { state: 'building', createdAt: { lt: before } }, orderBy: { id: 'asc' }, take: limit, select: { id: true, tenantId: true, clientId: true } });
  return rows.map(({ id, ...client }) => ({ ...client, previewId: id }));
}

/** Downloads that were asked for before that time and are not built, the oldest first. */
export async function buildingDownloads(store: Store, before: Date, limit: number): Promise<(ClientKey & { downloadId: string })[]> {
  const rows = await store.db.download.findMany({ where: { state: 'building', createdAt: { lt: before } }, orderBy: { id: 'asc' }, take: limit, select: { id: true, tenantId: true, clientId: true } });
  return rows.map(({ id, ...client }) => ({ ...client, downloadId: id }));
}

export async function beginSweep(store: Store): Promise<string> {
  const id = newId();
  await store.db.sweepRun.create({ data: { id } });
  return id;
}

export interface Found {
  readonly runId: string;
  readonly tenantId: string;
  /** Null for a client that is gone. */
  readonly clientId: string | null;
  readonly kind: SweepKind;
}

/**
 * Notes what was mended, with its line in the audit chain.
 * @returns whether the same was mended so often within a day that somebody should look at it
 */
export async function noteMended(store: Store, found: Found, now = new Date()): Promise<boolean> {
  const { runId, tenantId, clientId, kind } = found;
  return inTransaction(store, async (context) => {
    await context.db.sweepFinding.create({ data: { id: newId(), runId, tenantId, clientId, kind, outcome: 'mended', foundAt: now, seenAt: now } });
    await appendAudit(context, { tenantId, clientId, actorId: null, party: 'system', action: `sweep.${kind}`, details: null });
    const often = await context.db.sweepFinding.count({ where: { tenantId, clientId, kind, outcome: 'mended', foundAt: { gt: new Date(now.getTime() - dayMs) } } });
    return clientId !== null && often >= comesBackAfter;
  });
}

/** Notes what a person should look at; found again it is the same line. */
export async function noteReported(store: Store, { runId, tenantId, clientId, kind }: Found, now = new Date()): Promise<void> {
  const open = { tenantId, clientId, kind, outcome: 'reported', settledAt: null } as const;
  const { count } = await store.db.sweepFinding.updateMany({ where: { ...open, runId: { not: runId } }, data: { runId, seenAt: now, times: { increment: 1 } } });
  if (count > 0 || (await store.db.sweepFinding.count({ where: open })) > 0) return;
  await store.db.sweepFinding.create({ data: { id: newId(), runId, tenantId, clientId, kind, outcome: 'reported', foundAt: now, seenAt: now } });
}

export interface SweepCounts {
  readonly clients: number;
  readonly mended: number;
  readonly reported: number;
  readonly cleared: Readonly<Record<string, number>>;
}

/** Closes a run: what it did not see any more is settled, and Administrators are told of what is left, at most once a day. */
export async function endSweep(store: Store, runId: string, counts: SweepCounts, now = new Date()): Promise<void> {
  await inTransaction(store, async (context) => {
    await context.db.sweepFinding.updateMany({ where: { outcome: 'reported', settledAt: null, runId: { not: runId } }, data: { settledAt: now } });
    await context.db.sweepRun.update({ where: { id: runId }, data: { ...counts, cleared: { ...counts.cleared }, finishedAt: now } });
    const before = new Date(now.getTime() - keptMs);
    await context.db.sweepFinding.deleteMany({ where: { seenAt: { lt: before } } });
    await context.db.sweepRun.deleteMany({ where: { startedAt: { lt: before } } });
  });
  const open = await store.db.sweepFinding.groupBy({ by: ['tenantId'], where: { outcome: 'reported', settledAt: null }, _count: true });
  for (const { tenantId, _count: count } of open) await inTransaction(store, (context) => tellOfSweep(context, tenantId, count, now));
}

export interface SweepFindingView {
  readonly id: string;
  readonly clientId: string | null;
  readonly kind: SweepKind;
  readonly outcome: SweepOutcome;
  readonly foundAt: Date;
  readonly seenAt: Date;
  readonly times: number;
  readonly settledAt: Date | null;
}

/** What the sweep found in a tenant, newest first. `open`: only what a person should look at now. */
export async function listSweepFindings(context: StoreContext, tenantId: string, which: 'open' | 'all', page: { limit: number; after: string | null }): Promise<SweepFindingView[]> {
  const rows = await context.db.sweepFinding.findMany({
    where: { tenantId, ...(which === 'open' ? { outcome: 'reported', settledAt: null } : {}), ...(page.after ? { id: { lt: page.after } } : {}) },
    orderBy: { id: 'desc' },
    take: page.limit,
    omit: { tenantId: true, runId: true },
  });
  return rows as SweepFindingView[];
}

/** The last sweep that came to its end, or null. */
export async function lastSweep(context: StoreContext): Promise<{ startedAt: Date; finishedAt: Date; clients: number } | null> {
  const row = await context.db.sweepRun.findFirst({ where: { finishedAt: { not: null } }, orderBy: { startedAt: 'desc' } });
  return row && { startedAt: row.startedAt, finishedAt: row.finishedAt!, clients: row.clients };
}
