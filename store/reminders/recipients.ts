import type { InactivityCase } from '../../domain/reminders/cases.js';
import type { Role } from '../../domain/roles.js';
import type { Client } from '../../prisma/generated/client.js';
import type { StoreContext } from '../context.js';

/** Most people that one mail goes to, where nobody is assigned and all of a role hear. */
const mostPeople = 50;

/**
 * Ids of the active people who are to act on a client: the assigned one of an internal role, everybody of it where nobody is
 * assigned (or the assigned one left), and the client's own people of an external role.
 */
export async function peopleFor(context: StoreContext, client: Client, role: Role): Promise<string[]> {
  const active = { tenantId: client.tenantId, active: true };
  if (role === 'accountant' || role === 'msp') {
    const section = role === 'accountant' ? 'accounting' : 'msp';
    return ids(await context.db.user.findMany({ where: { ...active, clientId: client.id, section, roles: { has: role } }, select: { id: true }, take: mostPeople }));
  }
  const assigned = assignedTo(client, role);
  const internal = { ...active, clientId: null, roles: { has: role } };
  if (assigned) {
    const found = ids(await context.db.user.findMany({ where: { ...internal, id: assigned }, select: { id: true } }));
    if (found.length > 0) return found;
  }
  return ids(await context.db.user.findMany({ where: internal, orderBy: { id: 'asc' }, select: { id: true }, take: mostPeople }));
}

/** Whom to tell that reminders led to nothing: the manager; where the tenant has none, an administrator. */
export async function managersFor(context: StoreContext, client: Client): Promise<string[]> {
  const managers = await peopleFor(context, client, 'manager');
  return managers.length > 0 ? managers : peopleFor(context, client, 'administrator');
}

/** Who is reminded in a case. */
export const remindedPeople = (context: StoreContext, client: Client, { role }: InactivityCase) => peopleFor(context, client, role);

function assignedTo(client: Client, role: Role): string | null {
  switch (role) {
    case 'onboarding_engineer':
      return client.engineerId;
    case 'manager':
      return client.managerId;
    case 'sales_rep':
      return client.salesRepId;
    default:
      return null;
  }
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
