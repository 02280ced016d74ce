import { roleWords, type InternalRole } from '../domain/roles.js';
import type { Store } from './context.js';
import { newId } from './ids.js';
import { createUser } from './people.js';
import { ensureTiers } from './tiers.js';
import { issueToken } from './tokens.js';

/** A demo tenant with one person for each internal role, as `demo-users.json` keeps it. */
export interface DemoTenant {
  readonly id: string;
  readonly name: string;
  readonly tier: 'standard' | 'demo';
  readonly users: readonly { role: InternalRole; name: string; email: string; token: string }[];
}

const day = 24 * 3600;

const people: readonly { role: InternalRole; firstName: string; lastName: string }[] = [
  { role: 'administrator', firstName: 'Ada', lastName: 'Moreno' },
  { role: 'manager', firstName: 'Maya', lastName: 'Lindqvist' },
  { role: 'sales_rep', firstName: 'Sam', lastName: 'Okafor' },
  { role: 'onboarding_engineer', firstName: 'Erik', lastName: 'Tanaka' },
];

/**
 * Makes the demo tenants: one as a customer has it, one whose retention is seconds. Their tokens hold for a year.
 * Call it on an empty database; `isSeeded` tells.
 */
export async function seedDemoTenants(store: Store): Promise<DemoTenant[]> {
  await ensureTiers(store);
  return [
    await seedTenant(store, 'Harbor Managed IT', 'standard', 'harbor.example'),
    await seedTenant(store, 'Harbor Managed IT (quick demo)', 'demo', 'quick.harbor.example'),
  ];
}

export async function isSeeded(store: Store): Promise<boolean> {
  return (await store.db.tenant.count()) > 0;
}

async function seedTenant(store: Store, name: string, tier: DemoTenant['tier'], domain: string): Promise<DemoTenant> {
  const id = newId();
  await store.vault.createKey({ tenantId: id, clientId: null });
  await store.db.tenant.create({ data: { id, name, tierId: tier } });
  const expiresAt = new Date(Date.now() + 365 * day * 1000);
  const users = [];
  for (const { role, firstName, lastName } of people) {
    const email = `${firstName.toLowerCase()}@${domain}`;
    const user = await createUser(store, { tenantId: id, roles: [role], firstName, lastName, email, scope: null });
    const token = await issueToken(store, user, { label: `demo ${roleWords[role]}`, expiresAt });
    users.push({ role, name: `${firstName} ${lastName}`, email, token });
  }
  return { id, name, tier, users };
}
