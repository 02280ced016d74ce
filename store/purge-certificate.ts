/** What is kept as proof of a removal, and how it is checked. */
import { createHash } from 'node:crypto';
import type { StoreContext } from './context.js';

/** Proof of removal: what, how many, when, by which rule. Counts, ids and times only. */
export interface PurgeCertificate {
  readonly clientId: string;
  readonly tenantId: string;
  /** `retention` (the time after an export), `deletion` (the time to restore), with words after it where two people ended it at once, or words where a backup had brought it back. */
  readonly policy: string;
  /** The end by which it was due, ISO 8601; null where nobody knows any more. */
  readonly dueAt: string | null;
  /** Records by kind, such as `site`. */
  readonly records: Readonly<Record<string, number>>;
  /** Rows by table, records and their files' chunks included. */
  readonly removed: Readonly<Record<string, number>>;
  readonly keyDestroyedAt: string;
  readonly finishedAt: string;
  /** Longest life of backups of the key store, in days, as it was set then; null where it was not set. */
  readonly keyBackupDays: number | null;
  /** From then on no backup can bring anything back, ISO 8601; null where `keyBackupDays` is. */
  readonly erasedEverywhereAt: string | null;
  /** SHA-256 over all other members as JSON with the names of members in order, without blanks. */
  readonly sha256: string;
}

const dayMs = 24 * 3_600_000;

/** When nothing can be read any more, backups of keys included; null where nobody has said how long those are kept. */
export function erasureHorizon(removedAt: Date, keyBackupDays: number | undefined): Date | null {
  return keyBackupDays === undefined ? null : new Date(removedAt.getTime() + keyBackupDays * dayMs);
}

export function certify(facts: Omit<PurgeCertificate, 'sha256'>): PurgeCertificate {
  return { ...facts, sha256: digestOf(facts) };
}

function digestOf(facts: Omit<PurgeCertificate, 'sha256'>): string {
  return createHash('sha256').update(inOrder(facts)).digest('hex');
}

/** JSON that does not depend on the order in which a database gives members back. */
function inOrder(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${inOrder(member)}`).join(',')}}`;
}

/** A certificate that is not what the audit chain says of it. */
export interface CertificateFault {
  readonly clientId: string;
  readonly reason: string;
}

const portion = 500;
const mostFaults = 100;

/**
 * Compares every removal in a tenant's audit chain with its certificate. The chain holds the certificate's SHA-256, so one that was
 * changed, made up or taken away shows.
 * @returns how many were compared, and at most 100 faults
 */
export async function verifyCertificates(context: Pick<StoreContext, 'db'>, tenantId: string): Promise<{ certificates: number; faults: readonly CertificateFault[] }> {
  const faults: CertificateFault[] = [];
  let certificates = 0;
  for (let after = 0; ; ) {
    const entries = await context.db.auditEntry.findMany({ where: { tenantId, action: 'client.purged', sequence: { gt: after } }, orderBy: { sequence: 'asc' }, take: portion, select: { sequence: true, clientId: true, content: true } });
    const ids = entries.flatMap(({ clientId }) => clientId ?? []);
    const [newest, removals, records] = await Promise.all([
      lastDigests(context, tenantId, ids),
      context.db.removal.findMany({ where: { tenantId, clientId: { in: ids } } }),
      context.db.exportRecord.findMany({ where: { tenantId, clientId: { in: ids } }, select: { clientId: true, certificate: true } }),
    ]);
    for (const { clientId, content } of entries) {
      // A client that a backup brought back was removed again: its last entry counts.
      const last = newest.get(clientId!);
      if (!content || last !== Buffer.from(content).toString('hex')) continue;
      certificates += 1;
      const kept = removals.find((one) => one.clientId === clientId)?.certificate as PurgeCertificate | undefined;
      const copy = records.find((one) => one.clientId === clientId)?.certificate as PurgeCertificate | null | undefined;
      const reason = faultOf(kept, last) ?? (copy === undefined ? null : faultOf(copy ?? undefined, last));
      if (reason && faults.length < mostFaults) faults.push({ clientId: clientId!, reason });
    }
    if (entries.length < portion) break;
    after = entries.at(-1)!.sequence;
  }
  const madeUp = await context.db.$queryRaw<{ clientId: string }[]>`
    SELECT "clientId"::text FROM "Removal" r WHERE "tenantId" = ${tenantId}::uuid
    AND NOT EXISTS (SELECT 1 FROM "AuditEntry" e WHERE e."tenantId" = r."tenantId" AND e."clientId" = r."clientId" AND e."action" = 'client.purged') LIMIT ${mostFaults}`;
  faults.push(...madeUp.map(({ clientId }) => ({ clientId, reason: 'the audit chain knows of no such removal' })));
  return { certificates, faults: faults.slice(0, mostFaults) };
}

async function lastDigests(context: Pick<StoreContext, 'db'>, tenantId: string, clientIds: readonly string[]): Promise<Map<string, string>> {
  const entries = await context.db.auditEntry.findMany({ where: { tenantId, clientId: { in: [...clientIds] }, action: 'client.purged' }, orderBy: { sequence: 'asc' }, select: { clientId: true, content: true } });
  return new Map(entries.flatMap(({ clientId, content }) => (content ? [[clientId!, Buffer.from(content).toString('hex')] as const] : [])));
}

function faultOf(certificate: PurgeCertificate | undefined, chained: string): string | null {
  if (!certificate) return 'the certificate of its removal is gone';
  const { sha256, ...facts } = certificate;
  if (digestOf(facts) !== sha256) return 'the certificate of its removal was changed';
  return sha256 === chained ? null : 'the certificate of its removal is not the one that the audit chain names';
}
