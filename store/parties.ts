import type { KindName } from '../domain/kinds/index.js';
import { appendAudit } from './audit.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { createUser, findExternalUser, getUser, sealPerson, type PersonalData, type User } from './people.js';
import { getSingle } from './records.js';
import { endAccess } from './sessions/end.js';
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
  if (known) return renamed(context, known, { firstName, lastName, email });
  return createUser(context, { tenantId, roles: [role], firstName, lastName, email, scope: { clientId, section } });
}

async function renamed(context: StoreContext, user: User, named: PersonalData): Promise<User> {
  const { firstName, lastName, email } = named;
  if (user.firstName === firstName && user.lastName === lastName && user.email === email) return user;
  await context.db.user.update({ where: { id: user.id }, data: { content: await sealPerson(context, user, named), updatedAt: new Date() } });
  return { ...user, ...named };
}

/**
 * Invites the section's external people by mail: the contact on file, and whoever else was let in for it by hand. Where the
 * contact was corrected, the person whom it named before is shut out: the address may have been a stranger's.
 */
export async function inviteParty(context: StoreContext, client: ClientKey, section: ExternalSection): Promise<void> {
  const contact = await partyUser(context, client, section);
  if (contact) await replaceContact(context, client, section, contact.id);
  const people = await context.db.user.findMany({ where: { ...ofClient(client), section, active: true }, orderBy: { id: 'asc' }, select: { id: true }, take: mostPeople });
  for (const { id } of people) await inviteByMail(context, await getUser(context, client.tenantId, id));
}

async function replaceContact(context: StoreContext, client: ClientKey, section: ExternalSection, contactId: string): Promise<void> {
  const where = { ...ofClient(client), section };
  const former = await context.db.user.findMany({ where: { ...where, contact: 'current', id: { not: contactId } }, select: { id: true } });
  for (const { id } of former) {
    await context.db.user.update({ where: { id }, data: { contact: 'replaced', active: false, updatedAt: new Date() } });
    await endAccess(context, { userId: id }, 'replaced');
    await context.db.mailCode.deleteMany({ where: { userId: id } });
    await appendAudit(context, { ...ofClient(client), actorId: null, party: 'system', action: 'user.replaced', details: { userId: id, section, by: contactId } });
  }
  // Somebody who was shut out by hand stays out.
  await context.db.user.updateMany({ where: { ...where, id: contactId, contact: 'replaced' }, data: { active: true } });
  await context.db.user.updateMany({ where: { ...where, id: contactId }, data: { contact: 'current' } });
}
