import type { StoreContext } from './context.js';

/** A tenant's plan: how long data is kept, and what it may use. */
export interface Tier {
  readonly retentionSeconds: number;
  readonly restoreSeconds: number;
  readonly languageModel: boolean;
}

export async function tierOf(context: StoreContext, tenantId: string): Promise<Tier> {
  const { tier } = await context.db.tenant.findUniqueOrThrow({ where: { id: tenantId }, include: { tier: true } });
  return tier;
}
