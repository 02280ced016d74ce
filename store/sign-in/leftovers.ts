import type { StoreContext } from '../context.js';
import { keptMs } from '../sessions/policy.js';

/** Used and expired links, steps and codes say nothing to anybody after a day. */
const worthlessAfterMs = 24 * 3_600_000;

/**
 * Removes links, steps and codes that ended long ago, and sessions that ended so long ago that nobody asks for them.
 * @returns how many rows; at most `limit` of each kind at a time
 */
export async function forgetOldSignIns(context: StoreContext, now: Date, limit = 1_000): Promise<number> {
  const worthless = new Date(now.getTime() - worthlessAfterMs);
  const forgotten = new Date(now.getTime() - keptMs);
  const { db } = context;
  return (
    (await db.$executeRaw`DELETE FROM "OneTimeToken" WHERE "id" IN (SELECT "id" FROM "OneTimeToken" WHERE "expiresAt" < ${worthless} LIMIT ${limit})`) +
    (await db.$executeRaw`DELETE FROM "MailCode" WHERE "id" IN (SELECT "id" FROM "MailCode" WHERE "expiresAt" < ${worthless} LIMIT ${limit})`) +
    (await db.$executeRaw`DELETE FROM "Session" WHERE "id" IN (SELECT "id" FROM "Session" WHERE "endsAt" < ${forgotten} LIMIT ${limit})`)
  );
}
