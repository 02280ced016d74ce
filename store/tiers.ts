import { storedRetentionSettings } from '../domain/retention.js';
import type { StoreContext } from './context.js';

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

/** Plans that there are from the start. `demo` keeps data for seconds, to show a purge. An operator may change their rows. */
const firstTiers = [
  { id: 'standard', name: 'Standard', retentionSeconds: 30 * day, restoreSeconds: 30 * day },
  { id: 'demo', name: 'Demo', retentionSeconds: 20, restoreSeconds: 60, warningSeconds: [15, 10, 5] },
];

/** Makes the plans that are not there yet. */
export async function ensureTiers(context: StoreContext): Promise<void> {
  for (const tier of firstTiers) await context.db.tier.upsert({ where: { id: tier.id }, create: tier, update: {} });
}
