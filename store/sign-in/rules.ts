import type { StoreContext } from '../context.js';

/** What a tenant asks of its own people when they sign in by password. */
export interface SignInRules {
  readonly requireSecondFactor: boolean;
}

export async function signInRules(context: StoreContext, tenantId: string): Promise<SignInRules> {
  const { settings } = await context.db.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { settings: true } });
  return { requireSecondFactor: (settings as Partial<SignInRules>).requireSecondFactor ?? true };
}

/** Other settings of the tenant stay as they are, also when somebody changes them at the same moment. */
export async function setSignInRules(context: StoreContext, tenantId: string, rules: SignInRules): Promise<void> {
  const change = JSON.stringify({ requireSecondFactor: rules.requireSecondFactor });
  await context.db.$executeRaw`UPDATE "Tenant" SET "settings" = "settings" || ${change}::jsonb WHERE "id" = ${tenantId}::uuid`;
}
