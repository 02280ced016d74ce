import type { Actor } from '../../domain/roles.js';
import type { Session as SessionRow } from '../../prisma/generated/client.js';
import type { StoreContext } from '../context.js';
import { newId } from '../ids.js';
import { actorFrom, type User } from '../people.js';
import { newToken, tokenHash } from '../secret-token.js';
import { endSessionRow } from './end.js';
import { graceMs, keptMs, openSessionsLimit, rotateAfterMs, touchEveryMs, type SessionPolicy } from './policy.js';

/** How the person proved who they are. */
export type SignInMethod = 'password' | 'oidc' | 'mail_code';

export type SessionKind = 'internal' | 'external';

/** A sign-in as its owner sees it. */
export interface SessionView {
  readonly id: string;
  readonly kind: SessionKind;
  readonly method: SignInMethod;
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** The earlier of the idle and the absolute end, as it is now. */
  readonly endsAt: Date;
}

export interface StartedSession {
  readonly id: string;
  readonly token: string;
  readonly endsAt: Date;
}

/** A session that somebody just showed a token of. */
export interface UsedSession {
  readonly id: string;
  readonly kind: SessionKind;
  readonly actor: Actor;
  /** The token is old enough to be replaced; see `rotateSession`. */
  readonly rotationDue: boolean;
}

const place = (id: string) => ({ table: 'Session', row: id, field: 'content' });

/**
 * Opens a session for a person who has proved who they are. An external person's is bound to their client and section.
 * @returns the token, which nobody can read again
 */
export async function startSession(
  context: StoreContext,
  user: Pick<User, 'id' | 'tenantId' | 'clientId' | 'section'>,
  how: { method: SignInMethod; userAgent: string; policy: SessionPolicy; now?: Date },
): Promise<StartedSession> {
  const now = how.now ?? new Date();
  await makeRoom(context, user, now);
  const id = newId();
  const token = newToken('session');
  const endsAt = later(now, how.policy.absoluteMs);
  await context.db.session.create({
    data: {
      id,
      tenantId: user.tenantId,
      userId: user.id,
      kind: user.clientId ? 'external' : 'internal',
      clientId: user.clientId,
      section: user.section,
      hash: tokenHash(token),
      rotatedAt: now,
      method: how.method,
      content: await context.vault.sealJson({ tenantId: user.tenantId, clientId: user.clientId }, place(id), { userAgent: how.userAgent.slice(0, 300) }),
      createdAt: now,
      lastSeenAt: now,
      idleEndsAt: later(now, how.policy.idleMs),
      endsAt,
    },
  });
  await context.db.user.update({ where: { id: user.id }, data: { lastSignInAt: now } });
  return { id, token, endsAt };
}

/** The session behind a token, and that it was used; null when it is unknown, ended, over, or its person inactive. */
export async function useSession(context: StoreContext, token: string, policy: SessionPolicy, now = new Date()): Promise<UsedSession | null> {
  const hash = tokenHash(token);
  const row = await context.db.session.findFirst({ where: { OR: [{ hash }, { previousHash: hash }] }, include: { user: true } });
  if (!row || row.endedAt || row.idleEndsAt <= now || row.endsAt <= now || !row.user.active) return null;
  const isOld = row.hash !== hash;
  if (isOld && isReplay(row, now)) {
    // Two people hold tokens of one session: whoever of them is the thief, neither goes on.
    await endSessionRow(context, row.id, 'token_reused', now);
    return null;
  }
  const firstUse = !isOld && row.confirmedAt === null;
  if (firstUse || now.getTime() - row.lastSeenAt.getTime() >= touchEveryMs) {
    await context.db.session.updateMany({
      where: { id: row.id, endedAt: null },
      data: { lastSeenAt: now, idleEndsAt: later(now, policy.idleMs), ...(firstUse ? { confirmedAt: now } : {}) },
    });
  }
  // Where the answer with the successor was lost, the browser knows only the old token: it gets another successor.
  const age = now.getTime() - row.rotatedAt.getTime();
  return { id: row.id, kind: row.kind as SessionKind, actor: actorFrom(row.user), rotationDue: age >= (isOld ? graceMs : rotateAfterMs) };
}

/** Who an open session belongs to now, without counting as its use; null when it has ended. */
export async function sessionActor(context: StoreContext, id: string, now = new Date()): Promise<Actor | null> {
  const row = await context.db.session.findUnique({ where: { id }, include: { user: true } });
  if (!row || row.endedAt || row.idleEndsAt <= now || row.endsAt <= now || !row.user.active) return null;
  return actorFrom(row.user);
}

const isReplay = (row: SessionRow, now: Date) => row.confirmedAt !== null && now.getTime() - row.confirmedAt.getTime() > graceMs;

/**
 * Replaces a session's token. The one shown keeps working until its successor is used, and a little longer.
 * @param token the one that the request showed
 * @returns the new token, or null when a request beside this one replaced it already
 */
export async function rotateSession(context: StoreContext, sessionId: string, token: string, now = new Date()): Promise<string | null> {
  const next = newToken('session');
  const hash = tokenHash(token);
  const data = { hash: tokenHash(next), previousHash: hash, rotatedAt: now, confirmedAt: null };
  const { count } = await context.db.session.updateMany({
    where: { id: sessionId, endedAt: null, OR: [{ hash }, { previousHash: hash, confirmedAt: null, rotatedAt: { lte: later(now, -graceMs) } }] },
    data,
  });
  return count === 1 ? next : null;
}

/** Open sessions of a person, last used first. */
export async function listSessions(context: StoreContext, user: { userId: string; tenantId: string }, now = new Date()): Promise<SessionView[]> {
  const rows = await context.db.session.findMany({ where: openOf(user, now), orderBy: { lastSeenAt: 'desc' }, take: openSessionsLimit });
  return Promise.all(
    rows.map(async (row) => {
      const { userAgent } = await context.vault.openJson<{ userAgent: string }>({ tenantId: row.tenantId, clientId: row.clientId }, place(row.id), row.content);
      const { id, createdAt, lastSeenAt } = row;
      const endsAt = row.idleEndsAt < row.endsAt ? row.idleEndsAt : row.endsAt;
      return { id, kind: row.kind as SessionKind, method: row.method as SignInMethod, userAgent, createdAt, lastSeenAt, endsAt };
    }),
  );
}

/** Keeps a person's sessions few: the oldest open one goes for a new one, and ended ones are forgotten after a while. */
async function makeRoom(context: StoreContext, user: { id: string; tenantId: string }, now: Date): Promise<void> {
  await context.db.session.deleteMany({ where: { userId: user.id, tenantId: user.tenantId, endsAt: { lt: later(now, -keptMs) } } });
  const surplus = await context.db.session.findMany({
    where: openOf({ userId: user.id, tenantId: user.tenantId }, now),
    orderBy: { lastSeenAt: 'desc' },
    skip: openSessionsLimit - 1,
    take: 1_000,
    select: { id: true },
  });
  for (const { id } of surplus) await endSessionRow(context, id, 'too_many', now);
}

const openOf = ({ userId, tenantId }: { userId: string; tenantId: string }, now: Date) => ({
  userId,
  tenantId,
  endedAt: null,
  idleEndsAt: { gt: now },
  endsAt: { gt: now },
});

const later = (now: Date, ms: number) => new Date(now.getTime() + ms);
