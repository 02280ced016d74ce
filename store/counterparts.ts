import type { Section } from '../domain/kinds/index.js';
import type { Role } from '../domain/roles.js';
import type { Party } from './audit.js';
import { getClientRow, ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';

/** Most people of one side that are told of something. */
const most = 50;

/**
 * The people of a party who look after a section of a client: the external people of that section, or of the internal ones
 * who is assigned (sales: sales rep and manager; the others: the engineer, else the manager). Without anybody assigned, all
 * who could be.
 */
export async function counterparts(context: StoreContext, client: ClientKey, section: Section, party: Party): Promise<string[]> {
  if (party !== 'internal') {
    const users = await context.db.user.findMany({ where: { ...ofClient(client), section, active: true }, select: { id: true }, take: most });
    return users.map((user) => user.id);
  }
  const row = await getClientRow(context, client);
  const assigned = section === 'sales' ? [row.salesRepId, row.managerId] : [row.engineerId ?? row.managerId];
  const present = assigned.filter((id) => id !== null);
  if (present.length > 0) return [...new Set(present)];
  return peopleOfRole(context, client.tenantId, section === 'sales' ? 'manager' : 'onboarding_engineer');
}

/** The manager of a client, or all managers while it has none. */
export async function managersOf(context: StoreContext, client: ClientKey): Promise<string[]> {
  const { managerId } = await getClientRow(context, client);
  return managerId ? [managerId] : peopleOfRole(context, client.tenantId, 'manager');
}

async function peopleOfRole(context: StoreContext, tenantId: string, role: Role): Promise<string[]> {
  const users = await context.db.user.findMany({ where: { tenantId, clientId: null, active: true, roles: { has: role } }, select: { id: true }, take: most });
  return users.map((user) => user.id);
}
