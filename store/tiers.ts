import { storedRetentionSettings } from '../domain/retention.js';
import { tierDays, type TierDays } from '../domain/tiers.js';
import type { Tier as TierRow } from '../prisma/generated/client.js';
import { appendAudit } from './audit.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { Refusal } from './errors.js';

/** A tenant's plan with what its own settings change: how long data is kept, and what it may use. */
export interface Tier {
  readonly retentionSeconds: number;
  readonly restoreSeconds: number;
  /** How long before the end managers are warned, in seconds. */
  readonly warningSeconds: readonly number[];
  readonly languageModel: boolean;
}

export async function tierOf(context: StoreContext, tenantId: string): Promise<Tier> {
  const { tier, settings } = await context.db.tenant.findUniqueOrThrow({ where: { id: tenantId }, include: { tier: true } });
  const { retentionDays } = storedRetentionSettings.parse(settings);
  return retentionDays === null ? tier : { ...tier, retentionSeconds: retentionDays * day };
}

const day = 24 * 3600;

/** Plans that there are from the start. `demo` keeps data for seconds, to show a purge. An operator may change them (`saveTier`). */
const firstTiers = [
  { id: 'standard', name: 'Standard', retentionSeconds: 30 * day, restoreSeconds: 30 * day },
  { id: 'demo', name: 'Demo', retentionSeconds: 20, restoreSeconds: 60, warningSeconds: [15, 10, 5] },
];

/** Makes the plans that are not there yet. */
export async function ensureTiers(context: StoreContext): Promise<void> {
  for (const tier of firstTiers) await context.db.tier.upsert({ where: { id: tier.id }, create: tier, update: {} });
}

/** All plans, by their ids, with the number of tenants that have each. */
export async function listTiers(context: StoreContext): Promise<(TierRow & { tenants: number })[]> {
  await ensureTiers(context);
  const rows = await context.db.tier.findMany({ orderBy: { id: 'asc' }, take: 100, include: { _count: { select: { tenants: true } } } });
  return rows.map(({ _count, ...tier }) => ({ ...tier, tenants: _count.tenants }));
}

/**
 * Adds a plan, or changes the days of one; what is not given stays as it is. Ends that are set already stay. For the operator's
 * command: noted in the audit chain of every tenant that has the plan.
 * @throws {Refusal} `invalid` naming what is wrong or missing
 */
export async function saveTier(store: Store, id: string, change: Partial<Omit<TierDays, 'id'>>): Promise<'added' | 'changed'> {
  await ensureTiers(store);
  return inTransaction(store, async (context) => {
    const before = await context.db.tier.findUnique({ where: { id }, include: { tenants: { select: { id: true }, orderBy: { id: 'asc' } } } });
    const asked = tierDays.safeParse({ ...(before ? inDays(before) : { warningDays: [10, 5, 1] }), ...change, id });
    if (!asked.success) {
      const problems = asked.error.issues.map(({ path, message }) => ({ field: path.map(String)[0] ?? '', message }));
      throw new Refusal('invalid', `The tier was not saved: ${problems.map(({ field, message }) => `${field} ${message}`).join('; ')}`, problems);
    }
    const { name, retentionDays, restoreDays, warningDays } = asked.data;
    const warningSeconds = [...new Set(warningDays)].sort((a, b) => b - a).map((one) => one * day);
    const after = { name, retentionSeconds: retentionDays * day, restoreSeconds: restoreDays * day, warningSeconds };
    await context.db.tier.upsert({ where: { id }, create: { id, ...after }, update: after });
    for (const tenant of before?.tenants ?? []) {
      await appendAudit(context, { tenantId: tenant.id, clientId: null, actorId: null, party: 'system', action: 'tier.changed', details: { tier: id, before: inDays(before!), after: asked.data } });
    }
    return before ? 'changed' : 'added';
  });
}

const inDays = ({ name, retentionSeconds, restoreSeconds, warningSeconds }: TierRow): Omit<TierDays, 'id'> => ({
  name,
  retentionDays: retentionSeconds / day,
  restoreDays: restoreSeconds / day,
  warningDays: warningSeconds.map((one) => one / day),
});
