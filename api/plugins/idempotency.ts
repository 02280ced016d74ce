import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { v5 } from 'uuid';
import { beginRequest, endRequest, forgetRequest, markCommitted, newId, type Store } from '../../store/index.js';
import type { Action } from '../../domain/stages.js';
import { Problem } from '../problem.js';

const keyForm = /^[\x21-\x7e]{8,100}$/;

/** The request's Idempotency-Key, or null when it has none. */
export function idempotencyKey(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && keyForm.test(key)) return key;
  throw new Problem('invalid_request', 'A header is not as it must be; see errors', {
    errors: [{ field: 'Idempotency-Key', message: 'must be 8 to 100 visible ASCII characters' }],
  });
}

/**
 * Carries `work` out once for an Idempotency-Key: a repetition within the key's life gets the first answer again. Without a
 * key it is simply carried out. Work that failed is forgotten, so that it may be tried again under its key; work of a process that
 * died between carrying out and answering is not done again.
 * @param clientId whose key seals the remembered answer, so that it goes with the client; null for the tenant's
 * @param body what was asked; only a hash is kept that needs the same key
 * @param work must use the store that it is given
 */
export async function once<T>(
  store: Store,
  request: FastifyRequest,
  clientId: string | null,
  body: unknown,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const key = idempotencyKey(request);
  if (key === null) return work(store);
  const digest = createHash('sha256').update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null)).digest('hex');
  const keyed = {
    tenantId: request.actor.tenantId,
    actorId: request.actor.userId,
    key,
    clientId,
    fingerprint: `${request.method} ${request.url} ${digest}`,
  };
  const before = await beginRequest(store, keyed);
  switch (before.state) {
    case 'done':
      return before.body as T;
    case 'running':
      throw new Problem('request_running', 'A request with this Idempotency-Key is still running', { retryAfter: 1 });
    case 'different':
      throw new Problem('key_reused', 'This Idempotency-Key was used for another request', {
        errors: [{ field: 'Idempotency-Key', message: 'belongs to a request with another address or body' }],
      });
    case 'lost':
      throw new Problem('answer_lost', 'This was carried out when it was sent before, but the service stopped before it could answer. Look at what is there now; sent under another key it would be done twice');
    case 'new':
  }
  let answer: T;
  try {
    answer = await work({ ...store, beforeCommit: (context) => markCommitted(context, keyed) });
  } catch (error) {
    await forgetRequest(store, keyed);
    throw error;
  }
  await endRequest(store, keyed, { status: 200, body: answer });
  return answer;
}

// Any fixed UUID will do: it keeps these names apart from names that others derive.
const decisionNamespace = '5f0c9a52-7e0b-4b7e-9d0a-2f6d3c1c8a41';

/** The id of a decision: the same key from the same person for the same client and action is the same decision. */
export function decisionId(request: FastifyRequest, clientId: string, action: Action): string {
  const key = idempotencyKey(request);
  if (key === null) return newId();
  const { tenantId, userId } = request.actor;
  return v5([tenantId, userId, clientId, action, key].join('\n'), decisionNamespace);
}
