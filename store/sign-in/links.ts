import { appendAudit } from '../audit.js';
import type { StoreContext } from '../context.js';
import { newId } from '../ids.js';
import { queueMail } from '../mail/queue.js';
import type { User } from '../people.js';
import { issueOneTime, type OneTime } from './one-time.js';

/** The page that takes a token and asks for a new password. The token is behind `#`: it reaches no server and no log. */
const pageOf = ({ token }: OneTime) => `/set-password#${token}`;

/** The page where an external person begins: the link says only who they are, and gives no access. */
const externalPageOf = (user: User) => `/enter/${user.id}`;

/** Mails a person how to sign in for the first time: an internal one to their first password, an external one to their section. */
export async function inviteByMail(context: StoreContext, user: User): Promise<void> {
  if (user.clientId && user.section) {
    await queueMail(context, {
      tenantId: user.tenantId,
      clientId: user.clientId,
      to: user.id,
      template: 'invitation',
      facts: { path: externalPageOf(user), expiresAt: null, section: user.section },
      dedupeKey: `invitation:${user.id}:${newId()}`,
    });
    return;
  }
  const oneTime = await issueOneTime(context, user, 'invitation');
  await queueMail(context, {
    tenantId: user.tenantId,
    to: user.id,
    template: 'invitation',
    facts: { path: pageOf(oneTime), expiresAt: oneTime.expiresAt.toISOString(), section: null },
    dedupeKey: `invitation:${user.id}:${oneTime.expiresAt.getTime()}`,
  });
}

/** Mails them the way to a new password. */
export async function mailPasswordReset(context: StoreContext, user: { id: string; tenantId: string }): Promise<void> {
  const oneTime = await issueOneTime(context, user, 'password_reset');
  await queueMail(context, {
    tenantId: user.tenantId,
    to: user.id,
    template: 'password_reset',
    facts: { path: pageOf(oneTime), expiresAt: oneTime.expiresAt.toISOString() },
    dedupeKey: `password_reset:${user.id}:${oneTime.expiresAt.getTime()}`,
  });
  await appendAudit(context, { tenantId: user.tenantId, clientId: null, actorId: user.id, party: 'internal', action: 'user.password_reset_asked', details: null });
}
