import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { KeyGoneError, KeyOutOfReachError, Refusal, Throttle } from '../../store/index.js';
import { ProcessUnavailable } from '../process.js';
import { Problem, problemBody, problemOfRefusal, type ProblemCode } from '../problem.js';
import { faultsOf } from './validation-faults.js';

/** Every error leaves as `application/problem+json`; what is not foreseen is logged and leaves as a bare 500. */
export const problems = fp(
  async (app) => {
    app.setErrorHandler((error: FastifyError, request, reply) => {
      const problem = asProblem(error, request);
      // Its message is of our own making and tells the operator what to do; it names places and no secret.
      if (error instanceof KeyOutOfReachError) request.log.error({ reason: error.message }, 'the key-encryption key is out of reach');
      if (problem.code === 'internal') request.log.error({ err: withoutData(error) }, 'request failed');
      return sendProblem(request, reply, problem);
    });
    app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new Problem('not_found', 'There is no such address')));
  },
  { name: 'problems', fastify: '5.x' },
);

/** Sends the problem as the answer. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.extras.retryAfter !== undefined) reply.header('retry-after', String(problem.extras.retryAfter));
  if (problem.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  const body = problemBody(problem, { instance: request.url.split('?', 1)[0]!, requestId: request.id });
  // Sent as text: it needs no serializer of the route, which may know no such answer.
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(body));
}

export function asProblem(error: Error, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal) return refused(error, request);
  if (error instanceof KeyGoneError) return new Problem('not_found', 'The data of this client was removed for good');
  if (error instanceof KeyOutOfReachError) {
    return new Problem('keys_unavailable', 'The service that opens the data cannot be reached right now. Try again; with an Idempotency-Key nothing is done twice.', { retryAfter: 5 });
  }
  if (error instanceof Throttle) {
    const until = new Date(Date.now() + error.retryAfterSeconds * 1_000).toISOString();
    return new Problem('too_many_requests', `Too many tries. Nothing is looked at before ${until}`, { retryAfter: error.retryAfterSeconds, members: { unlocksAt: until } });
  }
  if (error instanceof ProcessUnavailable) return unavailable(error.reason);
  if (hasZodFastifySchemaValidationErrors(error)) return malformed(error as FastifyError, request);
  if (isDatabaseAway(error)) {
    return new Problem('database_unavailable', 'The database cannot be reached right now. Try again; with an Idempotency-Key nothing is done twice.', { retryAfter: 5 });
  }
  return ofFramework(error as FastifyError);
}

export function unavailable(reason: ProcessUnavailable['reason']): Problem {
  const detail =
    reason === 'no_worker'
      ? 'No worker is running to carry this out; nothing was changed. Try again in a moment.'
      : 'The workflow service cannot be reached; nothing was changed. Try again in a moment.';
  return new Problem(reason, detail, { retryAfter: 2 });
}

function refused(refusal: Refusal, request: FastifyRequest): Problem {
  const conditional = refusal.code === 'stale_version' && request.headers['if-match'] !== undefined;
  const code: ProblemCode = conditional ? 'precondition_failed' : problemOfRefusal[refusal.code];
  return new Problem(code, refusal.message, { errors: refusal.problems });
}

function malformed(error: FastifyError, request: FastifyRequest): Problem {
  // Ids in the path are only compared: one that cannot be an id is the id of nothing.
  if (error.validationContext === 'params') return new Problem('not_found', 'There is no such address');
  const where = error.validationContext === 'querystring' ? 'query' : error.validationContext === 'headers' ? 'headers' : 'body';
  const given = where === 'query' ? request.query : where === 'headers' ? request.headers : request.body;
  const errors = faultsOf(error.validation ?? [], given);
  const what = where === 'body' ? 'The body' : where === 'query' ? 'The query' : 'A header';
  return new Problem('invalid_request', `${what} is not as it must be; see errors`, { errors });
}

const frameworkCodes: Readonly<Record<string, [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'The body is larger than this address takes'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'This address does not take that Content-Type'],
  FST_ERR_CTP_EMPTY_TYPE: ['unsupported_media_type', 'A Content-Type is needed'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_request', 'The body is empty although its Content-Type is JSON'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not valid JSON'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body does not have the length that its header says'],
  FST_ERR_BAD_URL: ['invalid_request', 'The address is not well formed'],
};

function ofFramework(error: FastifyError): Problem {
  const known = frameworkCodes[error.code];
  if (known) return new Problem(...known);
  if (error.statusCode === 429) return new Problem('too_many_requests', 'Too many requests in a short time', { retryAfter: 10 });
  if (error.statusCode === 400) return new Problem('invalid_request', 'The request is not well formed');
  return new Problem('internal', 'The request could not be carried out; an operator finds the cause under the request id');
}

// Prisma's codes, the operating system's, and PostgreSQL's of the classes connection (08), resources (53) and operator (57P).
const awayCodes = /^(P1001|P1002|P1008|P1017|P2024|P2028|P2037|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ETIMEDOUT|08...|53...|57P0[1-5])$/;
const awayKinds = /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/;

function isDatabaseAway(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code, meta, name, message } = cause as Error & { code?: unknown; meta?: { driverAdapterError?: { cause?: { originalCode?: string; kind?: string } } } };
    const driver = meta?.driverAdapterError?.cause;
    if (awayCodes.test(String(code)) || awayCodes.test(driver?.originalCode ?? '') || awayKinds.test(driver?.kind ?? '')) return true;
    if (name === 'PrismaClientInitializationError') return true;
    // The pool's own errors, for example of the key store's connection, carry no code.
    if (/Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout/.test(message)) return true;
  }
  return false;
}

/** An error for the log: messages of the database and of parsers can quote values, so only names, codes and places are kept. */
function withoutData(error: Error & { code?: unknown }): Record<string, unknown> {
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')).slice(0, 12);
  const cause = error.cause instanceof Error ? withoutData(error.cause) : undefined;
  return { name: error.name, code: error.code, places, ...(cause ? { cause } : {}) };
}
