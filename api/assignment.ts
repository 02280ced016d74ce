import { roleWords, type Actor, type InternalRole } from '../domain/roles.js';
import { hasInternalUser, type Assignment, type Store } from '../store/index.js';
import { Problem, type FieldFault } from './problem.js';

type People = { readonly [K in keyof Assignment]?: Assignment[K] | undefined };

const seats: Readonly<Record<keyof Assignment, InternalRole>> = {
  engineerId: 'onboarding_engineer',
  managerId: 'manager',
  salesRepId: 'sales_rep',
};

/** Refuses people who are not of the tenant, or not of the role that the seat needs: they could not sign off later. */
export async function checkAssignment(store: Store, tenantId: string, people: People): Promise<void> {
  const errors: FieldFault[] = [];
  for (const [seat, role] of Object.entries(seats) as [keyof Assignment, InternalRole][]) {
    const userId = people[seat];
    if (userId && !(await hasInternalUser(store, tenantId, userId, [role]))) {
      errors.push({ field: seat, message: `must be an active user with the role ${roleWords[role]}` });
    }
  }
  if (errors.length > 0) throw new Problem('invalid', 'Somebody cannot be assigned; see errors', { errors });
}

/** Who a new client starts with: as asked; a sales rep who names nobody for sales takes it themselves. */
export function assigned(actor: Actor, people: People): Assignment {
  const own = actor.roles.includes('sales_rep') ? actor.userId : null;
  return {
    engineerId: people.engineerId ?? null,
    managerId: people.managerId ?? null,
    salesRepId: people.salesRepId === undefined ? own : people.salesRepId,
  };
}
