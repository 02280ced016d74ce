import type { StoreContext } from '../context.js';
import { notFound } from '../errors.js';

/** Why a session ended, as a stable word. */
export type EndReason =
  | 'signed_out'
  | 'ended_by_owner'
  | 'ended_by_administrator'
  | 'token_reused'
  | 'too_many'
  | 'password_changed'
  | 'second_factor_reset'
  | 'deactivated'
  | 'replaced'
  | 'address_changed'
  | 'section_approved'
  | 'exported'
  | 'deleted'
  | 'purged';

/** Whose sessions: one person's, or those of a client's external people, of one section or of all. */
export type Whose =
  | { readonly userId: string; readonly except?: string | undefined }
  | { readonly clientId: string; readonly section?: string };

/**
 * Ends open sessions at once. It belongs into the transaction of what ends them.
 * @returns how many
 */
export async function endSessions(context: StoreContext, whose: Whose, reason: EndReason): Promise<number> {
  const { count } = await context.db.session.updateMany({
    where: { endedAt: null, ...('userId' in whose ? { userId: named(whose.userId), ...(whose.except ? { id: { not: whose.except } } : {}) } : ofClientOf(whose)) },
    data: { endedAt: new Date(), endReason: reason },
  });
  return count;
}

/** Ends sessions, and revokes the API tokens of the same people. */
export async function endAccess(context: StoreContext, whose: Whose, reason: EndReason): Promise<void> {
  await endSessions(context, whose, reason);
  await context.db.accessToken.updateMany({
    where: { revokedAt: null, ...('userId' in whose ? { userId: named(whose.userId) } : { user: ofClientOf(whose) }) },
    data: { revokedAt: new Date() },
  });
}

/** Ends one session of a person. @throws {Refusal} when they have no such open one */
export async function endSession(context: StoreContext, owner: { userId: string; tenantId: string }, sessionId: string, reason: EndReason): Promise<void> {
  const { count } = await context.db.session.updateMany({
    where: { id: sessionId, userId: named(owner.userId), tenantId: owner.tenantId, endedAt: null },
    data: { endedAt: new Date(), endReason: reason },
  });
  if (count === 0) throw notFound('session');
}

export async function endSessionRow(context: StoreContext, id: string, reason: EndReason, now: Date): Promise<void> {
  await context.db.session.updateMany({ where: { id, endedAt: null }, data: { endedAt: now, endReason: reason } });
}

const ofClientOf = (whose: { clientId: string; section?: string }) => ({
  clientId: named(whose.clientId),
  ...(whose.section === undefined ? {} : { section: whose.section }),
});

/** The database client takes an id that is `undefined` for no condition: everybody would be signed out. */
function named(id: string): string {
  if (typeof id !== 'string' || id === '') throw new TypeError('Whose sessions end must be named by an id');
  return id;
}
