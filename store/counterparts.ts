import type { Section } from '../domain/kinds/index.js';
import type { Party } from './audit.js';
import { getClientRow, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { peopleFor, seatHolders } from './reminders/recipients.js';

/**
 * The active people of a party who look after a section of a client: the external people of that section, or of the internal
 * ones who is assigned (sales: sales rep and manager; the others: the engineer, else the manager). Without anybody assigned, or
 * where they left, all who could be.
 */
export async function counterparts(context: StoreContext, client: ClientKey, section: Section, party: Party): Promise<string[]> {
  const row = await getClientRow(context, client);
  if (party !== 'internal') return peopleFor(context, row, section === 'msp' ? 'msp' : 'accountant');
  const seated = await seatHolders(context, row, section === 'sales' ? ['sales_rep', 'manager'] : ['onboarding_engineer', 'manager']);
  if (seated.length === 0) return peopleFor(context, row, section === 'sales' ? 'manager' : 'onboarding_engineer');
  return section === 'sales' ? seated : seated.slice(0, 1);
}
