/** Warnings before a client's data is removed, and the settings about what is kept. */
import { storedRetentionSettings, warningsOf, type RetentionSettings } from '../domain/retention.js';
import type { Actor } from '../domain/roles.js';
import { appendAudit } from './audit.js';
import { lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { queueMail } from './mail/queue.js';
import { partyOf } from './records.js';
import { tierOf } from './tiers.js';

/** A warning that is later than this says so. */
const lateAfterMs = 15 * 60_000;
/** Most managers that are told. */
const mostPeople = 200;

type Kept = { readonly stage: string; readonly purgeAt: Date | null; readonly stageChangedAt: Date; readonly purgeSetAt: Date | null };

/** When managers are warned of the client's end, those that have passed included. */
export async function warningTimes(context: StoreContext, client: ClientKey, row: Kept): Promise<Date[]> {
  return (await warnings(context, client, row)).map(({ at }) => at);
}

/** When the next warning of the client's end is due; null when there is none. */
export async function nextWarning(context: StoreContext, client: ClientKey, now: Date): Promise<Date | null> {
  const row = await context.db.client.findFirst({ where: { id: client.clientId, tenantId: client.tenantId } });
  return (row && (await warnings(context, client, row)).find(({ at }) => at > now)?.at) ?? null;
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
      const facts = {
        secondsLeft: Math.round((row.purgeAt.getTime() - now.getTime()) / 1_000),
        late: now.getTime() - due.at.getTime() > lateAfterMs,
        purgeAt: row.purgeAt.toISOString(),
        end: row.stage === 'deleted' ? ('deletion' as const) : ('retention' as const),
      };
      const dedupeKey = `retention/${client.clientId}/${row.purgeAt.toISOString()}/${due.secondsBefore}`;
      for (const to of await managers(context, client.tenantId)) await queueMail(context, { ...ofClient(client), to, template: 'retention_warning', facts, dedupeKey: `${dedupeKey}/${to}` });
    }
    return { warnAt: all.find(({ at }) => at > now)?.at ?? null };
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

async function managers(context: StoreContext, tenantId: string): Promise<string[]> {
  const active = { tenantId, active: true, clientId: null };
  for (const role of ['manager', 'administrator']) {
    const found = await context.db.user.findMany({ where: { ...active, roles: { has: role } }, select: { id: true }, take: mostPeople });
    if (found.length > 0) return found.map(({ id }) => id);
  }
  return [];
}
