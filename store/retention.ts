/** Warnings before a client's data is removed, and the settings about what is kept. */
import { lateAfterMs, storedRetentionSettings, warningsOf, type RetentionSettings } from '../domain/retention.js';
import type { Actor } from '../domain/roles.js';
import { appendAudit } from './audit.js';
import { clientRow, lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { queueMail } from './mail/queue.js';
import { partyOf } from './records.js';
import { tierOf } from './tiers.js';

/** Most managers that are told. */
const mostPeople = 200;

type Kept = { readonly stage: string; readonly purgeAt: Date | null; readonly stageChangedAt: Date; readonly purgeSetAt: Date | null };

/** When managers are warned of the client's end, those that have passed included. */
export async function warningTimes(context: StoreContext, client: ClientKey, row: Kept): Promise<Date[]> {
  return (await warnings(context, client, row)).map(({ at }) => at);
}

/**
 * When the next warning of the client's end is due; null when there is none. One that has passed and that nobody was told of
 * is the next one.
 */
export async function nextWarning(context: StoreContext, client: ClientKey, now: Date): Promise<Date | null> {
  const row = await context.db.client.findFirst({ where: clientRow(client) });
  if (!row?.purgeAt) return null;
  const all = await warnings(context, client, row);
  const last = all.filter(({ at }) => at <= now).at(-1);
  if (last && row.purgeAt > now && !(await isQueued(context, client, `${endKey(client, row.purgeAt)}/${last.secondsBefore}/`))) return last.at;
  return all.find(({ at }) => at > now)?.at ?? null;
}

/**
 * Queues the warnings that are due: of several that were missed only the last one, and no warning twice, whoever asks and how
 * often. All managers hear, and the administrators where there is no manager.
 * @returns when to ask again
 */
export async function warnOfRetention(store: Store, client: ClientKey, now: Date): Promise<{ warnAt: Date | null }> {
  return inTransaction(store, async (context) => {
    const row = await lockClient(context, client);
    const all = await warnings(context, client, row);
    const due = all.filter(({ at }) => at <= now).at(-1);
    if (due && row.purgeAt && row.purgeAt > now) {
      const late = now.getTime() - due.at.getTime() > lateAfterMs;
      await tell(context, client, await managers(context, client.tenantId), { stage: row.stage, purgeAt: row.purgeAt, secondsBefore: due.secondsBefore, late, now });
    }
    return { warnAt: all.find(({ at }) => at > now)?.at ?? null };
  });
}

/**
 * For an end that has come although nobody was told of any of its warnings, since nothing ran when they were due: moves it as far
 * ahead as the last warning is early, and tells. Of the end that is set so no further warning is due, so it is not moved again.
 * An end without warnings stays: a removal at once, a time shorter than the shortest warning. So does one that nobody is there to be told of.
 * @returns the end that holds, or null when it was not moved
 */
export async function moveUnwarnedEnd(store: Store, client: ClientKey, now: Date): Promise<Date | null> {
  return inTransaction(store, async (context) => {
    const row = await lockClient(context, client);
    // Somebody was quicker, here or by a decision.
    if (!row.purgeAt || row.purgeAt > now) return row.purgeAt;
    const last = (await warnings(context, client, row)).at(-1);
    if (!last || (await isQueued(context, client, `${endKey(client, row.purgeAt)}/`, 'withheld'))) return null;
    const people = await managers(context, client.tenantId);
    if (people.length === 0) return null;
    const purgeAt = new Date(now.getTime() + last.secondsBefore * 1_000);
    await context.db.client.update({ where: { id: client.clientId }, data: { purgeAt, purgeSetAt: now } });
    if (row.stage === 'retention') await context.db.exportRecord.updateMany({ where: ofClient(client), data: { purgeAt } });
    const details = { from: row.purgeAt.toISOString(), to: purgeAt.toISOString() };
    await appendAudit(context, { ...ofClient(client), actorId: null, party: 'system', action: 'retention.moved_for_warning', details });
    await tell(context, client, people, { stage: row.stage, purgeAt, secondsBefore: last.secondsBefore, late: true, now });
    return purgeAt;
  });
}

/** What the tenant has set about what is kept. */
export async function readRetentionSettings(context: StoreContext, tenantId: string): Promise<RetentionSettings> {
  const { settings } = await context.db.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { settings: true } });
  return storedRetentionSettings.parse(settings);
}

/** Clients that are kept already keep their end; it can be moved one by one. */
export async function changeRetentionSettings(store: Store, actor: Actor, settings: RetentionSettings): Promise<void> {
  const { tenantId, userId } = actor;
  await inTransaction(store, async (context) => {
    await context.db.$executeRaw`UPDATE "Tenant" SET "settings" = "settings" || ${JSON.stringify(settings)}::jsonb WHERE "id" = ${tenantId}::uuid`;
    await appendAudit(context, { tenantId, clientId: null, actorId: userId, party: partyOf(actor), action: 'settings.retention_changed', details: { ...settings } });
  });
}

async function warnings(context: StoreContext, client: ClientKey, row: Kept) {
  if (!row.purgeAt || (row.stage !== 'retention' && row.stage !== 'deleted')) return [];
  const { warningSeconds } = await tierOf(context, client.tenantId);
  return warningsOf(row.purgeAt, warningSeconds, new Date(Math.max(row.stageChangedAt.getTime(), row.purgeSetAt?.getTime() ?? 0)));
}

/** What is told of one end begins with it. */
const endKey = ({ clientId }: ClientKey, purgeAt: Date) => `retention/${clientId}/${purgeAt.toISOString()}`;

/** @param but the state of a mail that does not count */
async function isQueued(context: StoreContext, client: ClientKey, key: string, but?: 'withheld'): Promise<boolean> {
  return (await context.db.mail.count({ where: { ...ofClient(client), template: 'retention_warning', dedupeKey: { startsWith: key }, ...(but ? { state: { not: but } } : {}) } })) > 0;
}

interface ToldEnd {
  readonly stage: string;
  readonly purgeAt: Date;
  readonly secondsBefore: number;
  readonly late: boolean;
  readonly now: Date;
}

async function tell(context: StoreContext, client: ClientKey, people: readonly string[], { stage, purgeAt, secondsBefore, late, now }: ToldEnd): Promise<void> {
  const secondsLeft = Math.round((purgeAt.getTime() - now.getTime()) / 1_000);
  const facts = { secondsLeft, late, purgeAt: purgeAt.toISOString(), end: stage === 'deleted' ? ('deletion' as const) : ('retention' as const) };
  for (const to of people) await queueMail(context, { ...ofClient(client), to, template: 'retention_warning', facts, dedupeKey: `${endKey(client, purgeAt)}/${secondsBefore}/${to}` });
}

async function managers(context: StoreContext, tenantId: string): Promise<string[]> {
  const active = { tenantId, active: true, clientId: null };
  for (const role of ['manager', 'administrator']) {
    const found = await context.db.user.findMany({ where: { ...active, roles: { has: role } }, select: { id: true }, take: mostPeople });
    if (found.length > 0) return found.map(({ id }) => id);
  }
  return [];
}
