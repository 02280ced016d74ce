import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { may, mayReach, type Operation } from '../../domain/permissions.js';
import { sections, type Section } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { stageWords, type Stage } from '../../domain/stages.js';
import { actorOf, getClientRow, rotateSession, sessionActor, tokenPrefixes, useSession, type ClientKey, type SessionKind, type Store } from '../../store/index.js';
import { Problem } from '../problem.js';
import { refuseForeignOrigin } from '../same-origin.js';
import { sessionCookieOf, setSessionCookie } from '../session-cookie.js';
import { sessionPolicy, type SessionSettings } from '../session-policy.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Set for every route under /v1 before anything else happens, but for the ones that sign somebody in. */
    actor: Actor;
    /** Their session; null for an API token. */
    session: { readonly id: string; readonly kind: SessionKind; readonly sentAs: 'cookie' | 'bearer'; readonly token: string } | null;
  }
  interface FastifyInstance {
    /** Makes this process forget which API tokens it knows; call it after somebody's tokens were revoked. */
    forgetTokens(): void;
    /** Whether who asked may still do what they asked for: for answers that go on after the request was let in. */
    stillMay(request: FastifyRequest): Promise<boolean>;
  }
  interface FastifyContextConfig {
    /**
     * What the route does, by the table of permissions. `self`: anybody who is signed in. `account`: the same, but in a session
     * of their own: an API token must not reach passwords, sessions and tokens. `public`: signs somebody in.
     */
    operation?: Operation | 'self' | 'account' | 'public';
    /** The section that the route belongs to, where the path does not name it. */
    section?: Section;
    /** The handler's own transaction refuses a client that is not there, so nobody needs to ask before it. */
    client?: 'checked_by_handler';
  }
}

/** How long an answer about an API token is believed: the longest time that a revoked one still works. Sessions end at once. */
const cacheMs = 5_000;
const cacheEntries = 10_000;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Knows who asks and whether they may, before body and data are looked at. Deny by default: a route that names no operation
 * is refused when it is registered. What an actor cannot reach at all answers 404, what their role forbids 403.
 */
export const auth = fp<{ store: Store; settings: SessionSettings }>(
  async (app, { store, settings }) => {
    const known = new Map<string, { actor: Actor; until: number }>();
    const policy = sessionPolicy(settings);
    const limitStrangers = app.createRateLimit({ max: 60, timeWindow: 60_000, keyGenerator: (request) => `stranger ${request.ip}` });
    app.decorateRequest('actor', null as unknown as Actor);
    app.decorateRequest('session', null);
    app.decorate('forgetTokens', () => known.clear());
    app.decorate('stillMay', async (request: FastifyRequest) => {
      const actor = request.session ? await sessionActor(store, request.session.id) : await ofApiToken(bearerOf(request) ?? '');
      if (!actor) return false;
      try {
        authorize(request, actor);
        return true;
      } catch {
        return false;
      }
    });

    app.addHook('onRoute', (route) => {
      if (!route.config?.operation) throw new Error(`${String(route.method)} ${route.url} names no operation of domain/permissions.ts`);
    });

    app.addHook('onRequest', async (request, reply) => {
      if (request.routeOptions.config.operation === 'public') return refuseForeignOrigin(request, settings, 'fine');
      const actor = await identify(request, reply);
      if (!actor) {
        await countStranger(request);
        throw new Problem('unauthenticated', 'Send "Authorization: Bearer <token>" with a token that is known and not ended, or sign in again');
      }
      request.actor = actor;
      authorize(request, actor);
    });

    // After the rate limit, which hangs on the route itself: only somebody who is let in costs a query.
    app.addHook('preParsing', async (request) => {
      if (!needsLookUp(request)) return;
      const { stage } = await getClientRow(store, clientOf(request));
      if (!mayReach(request.actor, stage as Stage)) throw new Problem('wrong_stage', `Your section is not being worked on now: ${stageWords[stage as Stage]}`);
    });

    async function countStranger(request: FastifyRequest): Promise<void> {
      const { isAllowed, ...state } = await limitStrangers(request);
      if (!isAllowed && 'isExceeded' in state && state.isExceeded) {
        throw new Problem('too_many_requests', 'Too many sign-ins that failed', { retryAfter: state.ttlInSeconds });
      }
    }

    async function identify(request: FastifyRequest, reply: FastifyReply): Promise<Actor | null> {
      const bearer = bearerOf(request);
      if (bearer?.startsWith(tokenPrefixes.session)) return ofSession(request, reply, bearer, 'bearer');
      // A header says what its sender means; the cookie goes along with everything.
      if (bearer) return ofApiToken(bearer);
      const cookie = sessionCookieOf(request, settings);
      return cookie && request.headers.authorization === undefined ? ofSession(request, reply, cookie, 'cookie') : null;
    }

    async function ofSession(request: FastifyRequest, reply: FastifyReply, token: string, sentAs: 'cookie' | 'bearer'): Promise<Actor | null> {
      const session = await useSession(store, token, policy);
      if (!session) return null;
      request.session = { id: session.id, kind: session.kind, sentAs, token };
      if (sentAs === 'bearer') return session.actor;
      refuseForeignOrigin(request, settings, 'refused');
      const next = session.rotationDue ? await rotateSession(store, session.id, token) : null;
      if (next) {
        setSessionCookie(reply, settings, next);
        request.session = { ...request.session, token: next };
      }
      return session.actor;
    }

    async function ofApiToken(token: string): Promise<Actor | null> {
      const now = Date.now();
      const cached = known.get(token);
      if (cached && cached.until > now) return cached.actor;
      const actor = await actorOf(store, token, new Date(now));
      // Strangers are not remembered: their guesses would push out real people.
      if (actor) {
        if (known.size >= cacheEntries) known.delete(known.keys().next().value!);
        known.set(token, { actor, until: now + cacheMs });
      } else known.delete(token);
      return actor;
    }
  },
  { name: 'auth', fastify: '5.x', dependencies: ['@fastify/rate-limit', '@fastify/cookie'] },
);

const bearerOf = (request: FastifyRequest) => /^Bearer ([\w~+/.=-]{10,200})$/i.exec(request.headers.authorization ?? '')?.[1];

/** The client that the path names, within the actor's own tenant. */
export function clientOf(request: FastifyRequest): ClientKey {
  return { tenantId: request.actor.tenantId, clientId: (request.params as { clientId: string }).clientId };
}

/** Throws unless the actor may do the operation there; for what a handler finds out only later. */
export function demand(actor: Actor, operation: Operation, where: { clientId?: string; section?: Section }): void {
  if (actor.scope) {
    const elsewhere = where.clientId !== undefined && where.clientId !== actor.scope.clientId;
    const otherSection = where.section !== undefined && where.section !== actor.scope.section;
    if (elsewhere || otherSection) throw new Problem('not_found', 'There is no such address');
  }
  if (!may(actor, operation, where)) throw new Problem('forbidden', 'Your role does not allow this');
}

function authorize(request: FastifyRequest, actor: Actor): void {
  const { operation, section } = request.routeOptions.config;
  const params = request.params as { clientId?: string; section?: string };
  // An id that cannot be one would reach the database as a wrong type.
  for (const value of Object.entries(params)) if (isId(value[0]) && !uuid.test(value[1]!)) throw new Problem('not_found', 'There is no such address');
  if (operation === 'self') return;
  if (operation === 'account') {
    if (!request.session) throw new Problem('forbidden', 'An API token cannot do this; sign in yourself');
    return;
  }
  const named = section ?? (sections.includes(params.section as Section) ? (params.section as Section) : undefined);
  demand(actor, operation as Operation, { ...(params.clientId ? { clientId: params.clientId } : {}), ...(named ? { section: named } : {}) });
}

const isId = (parameter: string) => parameter.endsWith('Id');

function needsLookUp(request: FastifyRequest): boolean {
  return Boolean((request.params as { clientId?: string }).clientId) && request.routeOptions.config.client !== 'checked_by_handler';
}
