import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asPage, client, clientSection, enter, itGlueConnection, reveals, setPassword, sweep, type NextSteps } from '../pages/next-steps.js';
import { clientParams, id, sectionParams } from '../schemas/common.js';
import type { Api } from '../types.js';

const schema = { hide: true } as const;

/**
 * The addresses that mails lead to (domain/mail/links.ts): each says what to do through the API. They look nothing up, so
 * that they tell nobody whether there is such a person or client, and a mail scanner that follows a link changes nothing.
 */
export async function mailedLinkRoutes(app: Api): Promise<void> {
  app.get('/enter/:person', { schema: { ...schema, params: z.object({ person: id }) } }, (request, reply) => show(request, reply, enter(request.params.person)));
  app.get('/set-password', { schema }, (request, reply) => show(request, reply, setPassword));
  app.get('/clients/:clientId', { schema: { ...schema, params: clientParams } }, (request, reply) => show(request, reply, client(request.params.clientId)));
  app.get('/clients/:clientId/:section', { schema: { ...schema, params: sectionParams } }, (request, reply) => show(request, reply, clientSection(request.params.clientId, request.params.section)));
  app.get('/clients/:clientId/reveals', { schema: { ...schema, params: clientParams } }, (request, reply) => show(request, reply, reveals(request.params.clientId)));
  app.get('/settings/it-glue', { schema }, (request, reply) => show(request, reply, itGlueConnection));
  app.get('/settings/sweep', { schema }, (request, reply) => show(request, reply, sweep));
}

/** A page for browsers, JSON for programs that ask for it. */
function show(request: FastifyRequest, reply: FastifyReply, steps: NextSteps): FastifyReply {
  void reply.header('cache-control', 'no-store').header('vary', 'accept');
  if (request.headers.accept?.includes('application/json')) return reply.type('application/json').send(JSON.stringify({ ...steps, documentation: '/docs' }));
  return reply.type('text/html; charset=utf-8').send(asPage(steps));
}
