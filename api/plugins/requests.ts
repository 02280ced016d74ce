import { randomUUID } from 'node:crypto';
import fp from 'fastify-plugin';
import type { IncomingMessage } from 'node:http';

const acceptable = /^[\w.-]{8,100}$/;

/** The caller's own request id where it sent a usable one, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
}

/**
 * Answers with the request id and logs one line a request. The line holds the route's template instead of the address, and
 * no body, header or query: those may carry what a client gave.
 */
export const requestLog = fp(
  async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id);
      if (request.url.startsWith('/v1/')) reply.header('cache-control', 'no-store');
    });
    app.addHook('onResponse', async (request, reply) => {
      const line = {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        actor: request.actor?.userId,
      };
      if (reply.statusCode >= 500) request.log.warn(line, 'request');
      else request.log.info(line, 'request');
    });
  },
  { name: 'request-log', fastify: '5.x' },
);
