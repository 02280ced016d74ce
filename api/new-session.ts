import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appendAudit, partyOf, startSession, type SignInMethod, type StoreContext, type User } from '../store/index.js';
import { instant, iso } from './schemas/common.js';
import { setSessionCookie } from './session-cookie.js';
import { sessionPolicy, type SessionSettings } from './session-policy.js';

/** How a new session's token reaches its owner: in a cookie that no script can read, or in the answer, for programs. */
export const delivery = z.enum(['cookie', 'token'], 'must be cookie or token').default('cookie').describe('`cookie` for browsers; `token` gives a bearer token in the answer.');

export const signedIn = z
  .object({ expiresAt: instant.describe('The latest end; without requests it ends earlier.'), token: z.string().nullable().describe('Only when asked for by `deliver: token`.') })
  .meta({ id: 'SignedIn' });

/** A session that was opened; `deliverSession` hands its token out once the transaction is kept. */
export interface OpenedSession {
  readonly token: string;
  readonly endsAt: Date;
}

/** Opens a session for a person who has proved who they are, and notes it. Belongs into the transaction that used up the proof. */
export async function openSession(context: StoreContext, request: FastifyRequest, settings: SessionSettings, user: User, method: SignInMethod): Promise<OpenedSession> {
  const userAgent = request.headers['user-agent'] ?? '';
  const session = await startSession(context, user, { method, userAgent, policy: sessionPolicy(settings) });
  const scope = user.clientId && user.section ? { clientId: user.clientId, section: user.section } : null;
  const party = partyOf({ userId: user.id, tenantId: user.tenantId, roles: user.roles, scope });
  await appendAudit(context, { tenantId: user.tenantId, clientId: user.clientId, actorId: user.id, party, action: 'session.started', details: { method } });
  return session;
}

export function deliverSession(reply: FastifyReply, settings: SessionSettings, session: OpenedSession, deliver: 'cookie' | 'token'): z.output<typeof signedIn> {
  if (deliver === 'cookie') setSessionCookie(reply, settings, session.token);
  return { expiresAt: iso(session.endsAt), token: deliver === 'token' ? session.token : null };
}
