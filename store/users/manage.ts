import type { Actor, InternalRole, Role } from '../../domain/roles.js';
import { sectionPhase, stageWords, underWay, type Stage } from '../../domain/stages.js';
import { appendAudit } from '../audit.js';
import { getClientRow, lockClient, type ClientKey } from '../client-row.js';
import { inTransaction, isUniqueViolation, type Store, type StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { clearMailProblem } from '../mail/queue.js';
import { correctContact } from '../parties.js';
import { createUser, getUser, mailHash, sealPerson, type PersonalData, type User } from '../people.js';
import { endAccess, endSessions } from '../sessions/end.js';
import { inviteByMail, removeSecondFactor, voidOneTime } from '../sign-in/index.js';

/** Adds an internal person and mails them how to sign in. */
export async function inviteUser(store: Store, actor: Actor, person: PersonalData & { roles: readonly InternalRole[] }): Promise<User> {
  return unlessTaken(() =>
    inTransaction(store, async (context) => {
      const user = await createUser(context, { ...person, tenantId: actor.tenantId, scope: null });
      await inviteByMail(context, user);
      await note(context, actor, user, 'user.invited', { roles: person.roles });
      return user;
    }),
  );
}

/**
 * Adds an external person for one section of one client. There may be several. The invitation is mailed when the section is under
 * way; before it everybody of it is invited as it begins.
 */
export async function inviteExternal(store: Store, actor: Actor, client: ClientKey, person: PersonalData & { section: 'accounting' | 'msp' }): Promise<User> {
  const { section, ...personal } = person;
  return unlessTaken(() =>
    inTransaction(store, async (context) => {
      const { stage } = await lockClient(context, client);
      if (['deleted', 'purged', 'retention'].includes(stage)) throw new Refusal('wrong_stage', 'Nothing is collected for this client any more');
      const user = await createUser(context, { ...personal, tenantId: client.tenantId, roles: [section === 'msp' ? 'msp' : 'accountant'], scope: { clientId: client.clientId, section } });
      if (underWay(section, stage as Stage)) await inviteByMail(context, user);
      await note(context, actor, user, 'user.invited', { section });
      return user;
    }),
  );
}

export interface UserChange extends Partial<PersonalData> {
  readonly roles?: readonly InternalRole[];
}

/**
 * Changes a person; for the contact whom a form names, the form too.
 * @throws {Refusal} when it would leave the tenant without an Administrator, the address is taken, or the form was signed off
 */
export async function changeUser(store: Store, actor: Actor, userId: string, change: UserChange): Promise<User> {
  return unlessTaken(() =>
    inTransaction(store, async (context) => {
      const { clientId } = await getUser(context, actor.tenantId, userId);
      // Only one of the two: every other change locks the client before anything of its tenant.
      if (clientId) await lockClient(context, { tenantId: actor.tenantId, clientId });
      else await lockPeople(context, actor.tenantId);
      const before = await getUser(context, actor.tenantId, userId);
      const roles: readonly Role[] = change.roles ?? before.roles;
      if (before.external && change.roles) throw new Refusal('invalid', 'An external person has the role of their section', [{ field: 'roles', message: 'cannot be changed' }]);
      if (!roles.includes('administrator')) await keepAnAdministrator(context, actor, before);
      const personal = { firstName: change.firstName ?? before.firstName, lastName: change.lastName ?? before.lastName, email: change.email ?? before.email };
      const { tenantId } = before;
      await correctContact(context, actor, before, personal);
      await context.db.user.update({
        where: { id: userId },
        data: { roles: [...roles], emailHash: mailHash(context, tenantId, personal.email), content: await sealPerson(context, before, personal), updatedAt: new Date() },
      });
      if (mailHash(context, tenantId, personal.email) !== mailHash(context, tenantId, before.email)) await forgetAddress(context, before);
      const fields = Object.keys(change).filter((name) => name !== 'roles');
      await note(context, actor, before, 'user.changed', { fields, ...(change.roles ? { rolesBefore: before.roles, roles } : {}) });
      return getUser(context, tenantId, userId);
    }),
  );
}

/** Shuts a person out at once: sessions, tokens and links end. What they entered and decided stays theirs. */
export async function deactivateUser(store: Store, actor: Actor, userId: string): Promise<User> {
  return inTransaction(store, async (context) => {
    await lockPeople(context, actor.tenantId);
    const user = await getUser(context, actor.tenantId, userId);
    if (!user.active) return user;
    await keepAnAdministrator(context, actor, user);
    await context.db.user.update({ where: { id: userId }, data: { active: false, updatedAt: new Date() } });
    await endAccess(context, { userId }, 'deactivated');
    await voidOneTime(context, userId);
    await note(context, actor, user, 'user.deactivated', null);
    return getUser(context, actor.tenantId, userId);
  });
}

/** Lets a person in again, with the password and second factor they had. Their tokens stay revoked. */
export async function reactivateUser(store: Store, actor: Actor, userId: string): Promise<User> {
  return inTransaction(store, async (context) => {
    const user = await getUser(context, actor.tenantId, userId);
    if (user.active) return user;
    await context.db.user.update({ where: { id: userId }, data: { active: true, updatedAt: new Date() } });
    await note(context, actor, user, 'user.reactivated', null);
    return getUser(context, actor.tenantId, userId);
  });
}

/**
 * Mails the invitation again; the link of the one before stops working.
 * @throws {Refusal} `invalid` when the person is deactivated; `wrong_stage` when an external person could not sign in
 */
export async function resendInvitation(store: Store, actor: Actor, userId: string): Promise<User> {
  return inTransaction(store, async (context) => {
    const user = await getUser(context, actor.tenantId, userId);
    if (!user.active) throw new Refusal('invalid', 'The person is deactivated; reactivate them first');
    await mustBeUnderWay(context, user);
    await clearMailProblem(context, { tenantId: user.tenantId, userId });
    await inviteByMail(context, user);
    await note(context, actor, user, 'user.invited_again', null);
    return user;
  });
}

/** Takes away the second factor of somebody who lost it. They set up a new one at the next sign-in. */
export async function resetSecondFactor(store: Store, actor: Actor, userId: string): Promise<User> {
  return inTransaction(store, async (context) => {
    const user = await getUser(context, actor.tenantId, userId);
    await removeSecondFactor(context, user);
    await endSessions(context, { userId }, 'second_factor_reset');
    await note(context, actor, user, 'second_factor.reset', null);
    return user;
  });
}

/** Ends all sign-ins of a person, who may sign in again: for a lost laptop. API tokens are revoked one by one. */
export async function signOutUser(store: Store, actor: Actor, userId: string): Promise<User> {
  return inTransaction(store, async (context) => {
    const user = await getUser(context, actor.tenantId, userId);
    const count = await endSessions(context, { userId }, 'ended_by_administrator');
    await note(context, actor, user, 'user.signed_out', { count });
    return user;
  });
}

/** Notes that somebody may try again after too many failed sign-ins. */
export async function noteUnlocked(context: StoreContext, actor: Actor, user: User): Promise<void> {
  await note(context, actor, user, 'user.unlocked', null);
}

/** Changes that could take the last Administrator away come one after the other. */
async function lockPeople(context: StoreContext, tenantId: string): Promise<void> {
  await context.db.$queryRaw`SELECT 1 FROM "Tenant" WHERE "id" = ${tenantId}::uuid FOR UPDATE`;
}

/** Who was invited and has never signed in may never come: whoever asks is here, and so is who has signed in once. */
async function keepAnAdministrator(context: StoreContext, actor: Actor, leaving: User): Promise<void> {
  if (!leaving.active || !leaving.roles.includes('administrator')) return;
  const here = { OR: [{ lastSignInAt: { not: null } }, { id: actor.userId }] };
  const others = await context.db.user.count({ where: { tenantId: leaving.tenantId, id: { not: leaving.id }, active: true, clientId: null, roles: { has: 'administrator' }, ...here } });
  if (others === 0) throw new Refusal('last_administrator', 'This is the last active Administrator who has signed in; make somebody else one, who signs in first');
}

/** Another address is another mailbox: links that went to the old one, and what the identity provider said of it, count no more. */
async function forgetAddress(context: StoreContext, user: User): Promise<void> {
  await voidOneTime(context, user.id);
  await clearMailProblem(context, { tenantId: user.tenantId, userId: user.id });
  await context.db.credential.updateMany({ where: { userId: user.id }, data: { oidcSubject: null } });
  if (!user.clientId || !user.section) return;
  // An external person has nothing but their mailbox to prove who they are: whoever has the old one is out, and the new one hears.
  await endAccess(context, { userId: user.id }, 'address_changed');
  await context.db.mailCode.deleteMany({ where: { userId: user.id } });
  const { stage } = await getClientRow(context, { tenantId: user.tenantId, clientId: user.clientId });
  if (user.active && underWay(user.section, stage as Stage)) await inviteByMail(context, user);
}

/** An external person can sign in while their section is entered or reviewed; an invitation before or after leads nowhere. */
async function mustBeUnderWay(context: StoreContext, { tenantId, clientId, section }: User): Promise<void> {
  if (!clientId || !section) return;
  const stage = (await lockClient(context, { tenantId, clientId })).stage as Stage;
  if (underWay(section, stage)) return;
  const then = sectionPhase(section, stage) === 'approved' ? 'Reset the section first' : 'They are invited when it begins';
  throw new Refusal('wrong_stage', `The ${section} section is not under way: ${stageWords[stage]}. ${then}`);
}

async function unlessTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Refusal('name_taken', 'Somebody with that mail address is there already', [{ field: 'email', message: 'is taken' }]);
  }
}

function note(context: StoreContext, actor: Actor, user: User, action: string, details: Record<string, unknown> | null): Promise<void> {
  return appendAudit(context, { tenantId: user.tenantId, clientId: user.clientId, actorId: actor.userId, party: 'internal', action, details: { userId: user.id, ...details } });
}
