import { appendAudit } from './audit.js';
import { inTransaction, type Store } from './context.js';
import { Refusal } from './errors.js';
import { newId } from './ids.js';
import { createUser, getUser, type PersonalData, type User } from './people.js';
import { issueOneTime, type OneTime } from './sign-in/one-time.js';
import { internalPeopleOf } from './sign-in/passwords.js';
import { removeSecondFactor } from './sign-in/second-factor.js';
import { ensureTiers } from './tiers.js';

export interface NewTenant {
  readonly tenantId: string;
  readonly administrator: User;
  /** The Administrator's way to their first password. */
  readonly setUp: OneTime;
}

/**
 * Makes a tenant with its first Administrator. For the operator's command: nothing in the API makes tenants.
 * @throws {Refusal} `not_found` when there is no such tier
 */
export async function createTenant(store: Store, tenant: { name: string; tierId: string; administrator: PersonalData }): Promise<NewTenant> {
  await ensureTiers(store);
  if (!(await store.db.tier.findUnique({ where: { id: tenant.tierId } }))) {
    const tiers = await store.db.tier.findMany({ select: { id: true }, orderBy: { id: 'asc' }, take: 100 });
    throw new Refusal('not_found', `There is no tier ${tenant.tierId}; there are: ${tiers.map(({ id }) => id).join(', ')}`);
  }
  const tenantId = newId();
  // The key comes first: a key without a tenant is harmless.
  await store.vault.createKey({ tenantId, clientId: null });
  return inTransaction(store, async (context) => {
    await context.db.tenant.create({ data: { id: tenantId, name: tenant.name, tierId: tenant.tierId } });
    const administrator = await createUser(context, { ...tenant.administrator, tenantId, roles: ['administrator'], scope: null });
    const setUp = await issueOneTime(context, administrator, 'invitation');
    await appendAudit(context, { tenantId, clientId: null, actorId: null, party: 'system', action: 'tenant.created', details: { administrator: administrator.id } });
    return { tenantId, administrator, setUp };
  });
}

/**
 * A new way in for an internal person, handed over by the operator: for an Administrator whose link ran out, or where no mail
 * goes out. It is noted in the audit chain.
 * @throws {Refusal} when nobody active has that address, or people of several tenants and none is named
 */
export async function operatorLink(store: Store, email: string, tenantId?: string, secondFactor: 'kept' | 'reset' = 'kept'): Promise<{ user: User; setUp: OneTime }> {
  const people = await internalPeopleOf(store, email, tenantId);
  if (people.length === 0) throw new Refusal('not_found', 'No active internal person has that mail address');
  if (people.length > 1) throw new Refusal('invalid', `The address is known to several tenants; name one of: ${people.map((one) => one.tenantId).join(', ')}`);
  return inTransaction(store, async (context) => {
    const user = await getUser(context, people[0]!.tenantId, people[0]!.id);
    if (secondFactor === 'reset') await removeSecondFactor(context, user);
    const setUp = await issueOneTime(context, user, 'invitation');
    await appendAudit(context, { tenantId: user.tenantId, clientId: null, actorId: null, party: 'system', action: 'user.operator_link', details: { userId: user.id, secondFactor } });
    return { user, setUp };
  });
}
