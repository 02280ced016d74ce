import { kindOf, type KindName } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { stageWords, type Stage } from '../domain/stages.js';
import { appendAudit } from './audit.js';
import { clientRow, getClientRow, ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { Refusal } from './errors.js';
import { createUser, findExternalUser, getUser, mailHash, sealPerson, type PersonalData, type User } from './people.js';
import { changeWithin, getSingle } from './records.js';
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

/** From here on no section is opened again, and nobody invited: the form says what was exported. */
const exported: readonly Stage[] = ['exporting', 'export_blocked', 'retention', 'purged'];

/**
 * Writes a corrected name and address into the form that names the external person, so that the next approval finds them there
 * instead of a stranger. Does nothing where the form names somebody else by now. The approval of the form's section stays; the
 * client's data has a new version. The caller has locked the client.
 * @throws {Refusal} `wrong_stage` where people have signed off on the form, or its client is deleted
 */
export async function correctContact(context: StoreContext, actor: Actor, user: User, personal: PersonalData): Promise<void> {
  const { tenantId, clientId, section } = user;
  if (!clientId || !section) return;
  const client = { tenantId, clientId };
  const stage = (await getClientRow(context, client)).stage as Stage;
  if (exported.includes(stage)) return;
  const kind = kindOf(parties[section].contact);
  const form = await getSingle(context, client, kind.name);
  const named = form?.content['email'];
  if (!form || typeof named !== 'string' || mailHash(context, tenantId, named) !== mailHash(context, tenantId, user.email)) return;
  const names = (['firstName', 'lastName', 'email'] as const).filter((name) => personal[name] !== user[name]);
  const fields = Object.fromEntries(names.filter((name) => personal[name] !== form.content[name]).map((name) => [name, personal[name]]));
  if (Object.keys(fields).length === 0) return;
  if (stage === 'deleted') throw new Refusal('wrong_stage', `${kind.label} names this person, and its client is deleted; restore the client first`);
  if (stage === 'ready' || (await context.db.signOff.count({ where: ofClient(client) })) > 0) {
    throw new Refusal('wrong_stage', `${kind.label} names this person, and was signed off (${stageWords[stage]}); withdraw the sign-off or reset a section first`);
  }
  await changeWithin(context, client, actor, kind, form.id, { version: form.version, fields, references: {} });
  const now = new Date();
  await context.db.client.updateMany({ where: clientRow(client), data: { version: { increment: 1 }, updatedAt: now, lastActivityAt: now } });
}
