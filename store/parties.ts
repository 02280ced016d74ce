import type { KindName } from '../domain/kinds/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { createUser, findExternalUser, getUser, type User } from './people.js';
import { getSingle } from './records.js';
import { inviteByMail } from './sign-in/links.js';

/** Most people of a section that one step invites. */
const mostPeople = 50;

export type ExternalSection = 'accounting' | 'msp';

/** Who fills in each external section, and the form that names them. */
export const parties = {
  accounting: { role: 'accountant', contact: 'accounting-contact' },
  msp: { role: 'msp', contact: 'current-msp' },
} as const satisfies Record<ExternalSection, { role: 'accountant' | 'msp'; contact: KindName }>;

/**
 * The external person of the section, made from the contact on file at the first time; null while the contact has no name
 * or mail address.
 */
export async function partyUser(context: StoreContext, client: ClientKey, section: ExternalSection): Promise<User | null> {
  const { role, contact } = parties[section];
  const { firstName, lastName, email } = (await getSingle(context, client, contact))?.content ?? {};
  if (typeof email !== 'string' || typeof firstName !== 'string' || typeof lastName !== 'string') return null;
  const { tenantId, clientId } = ofClient(client);
  const known = await findExternalUser(context, { tenantId, clientId, section, email });
  if (known) return known;
  return createUser(context, { tenantId, roles: [role], firstName, lastName, email, scope: { clientId, section } });
}

/**
 * Invites the section's external people by mail: the contact on file, and whoever else was let in for it. A corrected contact
 * is another person, who is invited as well.
 */
export async function inviteParty(context: StoreContext, client: ClientKey, section: ExternalSection): Promise<void> {
  await partyUser(context, client, section);
  const people = await context.db.user.findMany({ where: { ...ofClient(client), section, active: true }, orderBy: { id: 'asc' }, select: { id: true }, take: mostPeople });
  for (const { id } of people) await inviteByMail(context, await getUser(context, client.tenantId, id));
}
