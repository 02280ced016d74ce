/** Rows that nobody needs any more: answers kept for repetitions, ended sign-ins, uploads that broke off. */
import type { Store } from './context.js';
import { removeExpiredDownloads } from './downloads/downloads.js';
import { forgetOldRequests } from './idempotency.js';
import { removeExpiredImports } from './imports/imports.js';

const portion = 500;
/** Most rows of one table that one call removes: the rest goes with the next one. */
const most = 20_000;
const hour = 3_600_000;
const day = 24 * hour;

/** What is removed, and how long after it was made or ran out. */
const rules = [
  { name: 'session', table: 'Session', where: '"endsAt" < $1', afterMs: 30 * day },
  { name: 'mailCode', table: 'MailCode', where: '"expiresAt" < $1', afterMs: day },
  { name: 'oneTimeToken', table: 'OneTimeToken', where: '"expiresAt" < $1', afterMs: 30 * day },
  { name: 'oidcSignIn', table: 'OidcSignIn', where: '"expiresAt" < $1', afterMs: hour },
] as const;

/**
 * Removes what has run out. Safe beside everything else: nothing of it can be reached any more.
 * @param alive told after each portion
 * @returns how many rows (files of the key store: `keyFile`) went, by table
 */
export async function clearLeftovers(store: Store, now: Date, alive: () => void): Promise<Record<string, number>> {
  const cleared: Record<string, number> = {};
  const count = (name: string, rows: number) => {
    if (rows > 0) cleared[name] = (cleared[name] ?? 0) + rows;
    alive();
  };
  for (const { name, table, where, afterMs } of rules) {
    const before = new Date(now.getTime() - afterMs);
    await inPortions(() => removeSome(store, table, where, before), portion, (rows) => count(name, rows));
  }
  await inPortions(() => removeSome(store, 'AttachmentChunk', brokenUpload, idBefore(new Date(now.getTime() - day))), portion, (rows) => count('attachmentChunk', rows));
  await inPortions(() => forgetOldRequests(store, now), 1, (rows) => count('idempotencyKey', rows));
  await inPortions(() => removeExpiredImports(store, now), 1, (rows) => count('import', rows));
  await inPortions(() => removeExpiredDownloads(store, now), 1, (rows) => count('download', rows));
  count('keyFile', await store.vault.tidyKeys(new Date(now.getTime() - hour)));
  return cleared;
}

/** Chunks of an upload that was never closed (index -1 closes it). Its id tells when it began. */
const brokenUpload = `"upload" < $1::uuid AND NOT EXISTS (SELECT 1 FROM "AttachmentChunk" c WHERE c."recordId" = t."recordId" AND c."upload" = t."upload" AND c."index" = -1)`;

async function inPortions(remove: () => Promise<number>, whole: number, count: (rows: number) => void): Promise<void> {
  for (let removed = 0; removed < most; ) {
    const rows = await remove();
    count(rows);
    removed += rows;
    if (rows < whole) return;
  }
}

function removeSome(store: Store, table: string, where: string, bound: Date | string): Promise<number> {
  return store.db.$executeRawUnsafe(`DELETE FROM "${table}" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "${table}" t WHERE ${where} LIMIT ${portion}))`, bound);
}

/** The smallest id of that millisecond (UUID version 7 begins with the time). */
function idBefore(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
