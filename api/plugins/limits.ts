import rateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { Problem } from '../problem.js';

/** Requests of one person per minute, counted in this process. Probes are not counted. */
export const limits = fp<{ perMinute: number }>(
  async (app, { perMinute }) => {
    await app.register(rateLimit, {
      max: perMinute,
      timeWindow: 60_000,
      hook: 'onRequest',
      keyGenerator: (request) => (request.actor ? `actor ${request.actor.userId}` : `address ${request.ip}`),
      allowList: (request) => request.url === '/livez' || request.url === '/readyz',
      addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
      errorResponseBuilder: (_request, context) =>
        new Problem('too_many_requests', `At most ${context.max} requests a minute`, { retryAfter: Math.ceil(context.ttl / 1_000) }),
    });
  },
  { name: 'limits', fastify: '5.x' },
);
