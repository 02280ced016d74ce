import type { StoreContext } from '../context.js';
import { queueMail } from '../mail/queue.js';
import type { User } from '../people.js';
import { issueOneTime, type OneTime } from './one-time.js';

/** The page that takes a token and asks for a new password. The token is behind `#`: it reaches no server and no log. */
const pageOf = ({ token }: OneTime) => `/set-password#${token}`;

/** Mails an internal person the way to their first password. */
export async function inviteByMail(context: StoreContext, user: User): Promise<void> {
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
}
