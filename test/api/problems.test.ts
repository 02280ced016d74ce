import { expect, it } from 'vitest';
import type { FastifyRequest } from 'fastify';
import { asProblem } from '../../api/plugins/problems.js';

it.each(['timeout expired', 'Query read timeout', 'Connection terminated due to connection timeout', 'timeout exceeded when trying to connect'])(
  'a database that does not answer in time (%s) is told as away, to try again, not as a fault of ours',
  (message) => {
    // The driver's own errors come bare or as the cause of another one.
    for (const error of [new Error(message), new Error('The transaction could not be begun', { cause: new Error(message) })]) {
      expect(asProblem(error, {} as FastifyRequest)).toMatchObject({ code: 'database_unavailable', status: 503 });
    }
  },
);
