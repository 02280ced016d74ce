import { z } from 'zod';
import { appendAudit, endSession, endSessions, inTransaction, listSessions, partyOf, rotateSession } from '../../store/index.js';
import { Problem } from '../problem.js';
import { id, instant, iso } from '../schemas/common.js';
import { clearSessionCookie, setSessionCookie } from '../session-cookie.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const session = z
  .object({
    id,
    current: z.boolean().describe('The one that asks.'),
    kind: z.enum(['internal', 'external']),
    method: z.enum(['password', 'oidc', 'mail_code']),
    userAgent: z.string().describe('The browser or program, in its own words.'),
    createdAt: instant,
    lastSeenAt: instant,
    endsAt: instant.describe('Moves with each request, up to the latest end.'),
  })
  .meta({ id: 'Session' });

const nothing = z.null().describe('Done.');

/** A person's own sign-ins. */
export async function sessionRoutes(app: Api, { store, settings }: ApiDeps): Promise<void> {
  app.get(
    '/sessions',
    {
      config: { operation: 'account' },
      schema: { ...words('listSessions', 'People', 'Your open sign-ins', 'Last used first; at most 20.'), response: { 200: z.object({ items: z.array(session) }), ...problems('forbidden') } },
    },
    async ({ actor, session: own }) => {
      const sessions = await listSessions(store, actor);
      return {
        items: sessions.map(({ createdAt, lastSeenAt, endsAt, ...one }) => ({
          ...one,
          current: one.id === own?.id,
          createdAt: iso(createdAt),
          lastSeenAt: iso(lastSeenAt),
          endsAt: iso(endsAt),
        })),
      };
    },
  );

  app.delete(
    '/sessions/current',
    { config: { operation: 'account' }, schema: { ...words('signOut', 'People', 'Sign out'), response: { 204: nothing, ...problems('forbidden', 'not_found') } } },
    async (request, reply) => {
      await end(request, request.session!.id, 'signed_out');
      clearSessionCookie(reply, settings);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/sessions/:sessionId',
    {
      config: { operation: 'account' },
      schema: { ...words('endSession', 'People', 'End one of your sign-ins'), params: z.object({ sessionId: id }), response: { 204: nothing, ...problems('forbidden', 'not_found') } },
    },
    async (request, reply) => {
      await end(request, request.params.sessionId, 'ended_by_owner');
      if (request.params.sessionId === request.session!.id) clearSessionCookie(reply, settings);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/sessions',
    {
      config: { operation: 'account' },
      schema: {
        ...words('endSessions', 'People', 'End all your sign-ins'),
        querystring: z.strictObject({ but: z.literal('current', 'must be current').optional().describe('Keeps the one that asks.') }),
        response: { 200: z.object({ ended: z.int() }), ...problems('invalid_request', 'forbidden') },
      },
    },
    async (request, reply) => {
      const { actor, session: own } = request;
      const keep = request.query.but === 'current' ? own!.id : undefined;
      const ended = await inTransaction(store, async (context) => {
        const count = await endSessions(context, { userId: actor.userId, except: keep }, 'ended_by_owner');
        await noteEnd(context, actor, { count });
        return count;
      });
      if (!keep) clearSessionCookie(reply, settings);
      return { ended };
    },
  );

  app.post(
    '/sessions/current/rotate',
    {
      config: { operation: 'account' },
      schema: {
        ...words('rotateSession', 'People', 'Replace the token of your sign-in', 'Browsers get a new cookie by themselves every 15 minutes; a program that holds the token asks here. The old token works until the new one is used, and a minute longer.'),
        response: { 200: z.object({ token: z.string().nullable().describe('Null when it is in the cookie.') }), ...problems('forbidden', 'already_decided') },
      },
    },
    async (request, reply) => {
      const { id: sessionId, token: shown, sentAs } = request.session!;
      const token = await rotateSession(store, sessionId, shown);
      if (!token) throw new Problem('already_decided', 'The token was replaced a moment ago; use the new one');
      if (sentAs === 'cookie') setSessionCookie(reply, settings, token);
      return { token: sentAs === 'bearer' ? token : null };
    },
  );

  async function end(request: { actor: Parameters<typeof partyOf>[0] }, sessionId: string, reason: 'signed_out' | 'ended_by_owner'): Promise<void> {
    await inTransaction(store, async (context) => {
      await endSession(context, request.actor, sessionId, reason);
      await noteEnd(context, request.actor, { reason });
    });
  }

  async function noteEnd(context: Parameters<typeof appendAudit>[0], actor: Parameters<typeof partyOf>[0], details: Record<string, unknown>): Promise<void> {
    const { tenantId, userId, scope } = actor;
    await appendAudit(context, { tenantId, clientId: scope?.clientId ?? null, actorId: userId, party: partyOf(actor), action: 'session.ended', details });
  }
}
