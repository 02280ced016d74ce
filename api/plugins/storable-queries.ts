import fp from 'fastify-plugin';
import { Problem } from '../problem.js';

/** PostgreSQL holds no NUL in a text: a query that asks for one is refused with its field, before any statement fails on it. */
export const storableQueries = fp(
  async (app) => {
    app.addHook('preValidation', async (request) => {
      const faults = Object.entries((request.query ?? {}) as Record<string, unknown>).filter(([, value]) => [value].flat().some((one) => typeof one === 'string' && one.includes('\u0000')));
      if (faults.length === 0) return;
      const errors = faults.map(([field]) => ({ field: field.slice(0, 100), message: 'holds a character that cannot be stored' }));
      throw new Problem('invalid_request', 'The query is not as it must be; see errors', { errors });
    });
  },
  { name: 'storable-queries', fastify: '5.x' },
);
