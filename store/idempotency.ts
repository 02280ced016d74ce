import { isUniqueViolation, type StoreContext } from './context.js';

export interface KeyedRequest {
  readonly tenantId: string;
  readonly actorId: string;
  readonly key: string;
  readonly clientId: string | null;
  /** Method, path and a hash of the body, as they came: another request under the same key is refused. Only a keyed hash of it is kept. */
  readonly fingerprint: string;
}

export type Remembered =
  | { readonly state: 'new' }
  | { readonly state: 'running' }
  | { readonly state: 'different' }
  | { readonly state: 'lost' }
  | { readonly state: 'done'; readonly status: number; readonly body: unknown };

/** How long the answer is kept for repetitions: nobody repeats a request of the day before yesterday. */
const keptMs = 48 * 3_600_000;

/** A request that has not ended after this long died with its process. */
const staleAfterMs = 60_000;

const rowKey = (request: KeyedRequest) => ({ tenantId_actorId_key: { tenantId: request.tenantId, actorId: request.actorId, key: request.key } });

const place = (request: KeyedRequest, field: 'requestHash' | 'response') => ({ table: 'IdempotencyKey', row: `${request.actorId}/${request.key}`, field });

const owner = (request: KeyedRequest) => ({ tenantId: request.tenantId, clientId: request.clientId });

/**
 * Remembers that a request began, or tells what became of it before. `lost`: it was carried out, and its process died before it
 * could answer; doing it again would double what it did.
 */
export async function beginRequest(context: StoreContext, request: KeyedRequest): Promise<Remembered> {
  // A plain hash would stay in backups, where passwords can be guessed by it for ever: this one goes with the owner's key.
  const requestHash = await context.vault.textHash(owner(request), place(request, 'requestHash'), request.fingerprint);
  const { tenantId, actorId, key, clientId } = request;
  try {
    await context.db.idempotencyKey.create({ data: { tenantId, actorId, key, clientId, requestHash } });
    return { state: 'new' };
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  const row = await context.db.idempotencyKey.findUnique({ where: rowKey(request) });
  if (!row) return { state: 'running' };
  if (row.requestHash !== requestHash) return { state: 'different' };
  if (row.state === 'done' && row.response) {
    return { state: 'done', status: row.status!, body: await context.vault.openJson(owner(request), place(request, 'response'), row.response) };
  }
  const stale = new Date(Date.now() - staleAfterMs);
  if (row.state === 'committed' && row.createdAt < stale) return { state: 'lost' };
  const { count } = await context.db.idempotencyKey.updateMany({
    where: { tenantId, actorId, key, state: 'running', createdAt: { lt: stale } },
    data: { createdAt: new Date() },
  });
  return { state: count === 1 ? 'new' : 'running' };
}

/** In the transaction that carries the request out: from its commit on the request is never carried out again. */
export async function markCommitted(context: StoreContext, { tenantId, actorId, key }: KeyedRequest): Promise<void> {
  await context.db.idempotencyKey.updateMany({ where: { tenantId, actorId, key, state: 'running' }, data: { state: 'committed' } });
}

/** Keeps the answer for repetitions. */
export async function endRequest(context: StoreContext, request: KeyedRequest, answer: { status: number; body: unknown }): Promise<void> {
  const response = await context.vault.sealJson(owner(request), place(request, 'response'), answer.body ?? null);
  await context.db.idempotencyKey.update({ where: rowKey(request), data: { state: 'done', status: answer.status, response } });
}

/** Forgets a request that failed: it may be tried again under the same key. */
export async function forgetRequest(context: StoreContext, request: KeyedRequest): Promise<void> {
  await context.db.idempotencyKey.deleteMany({ where: { tenantId: request.tenantId, actorId: request.actorId, key: request.key, state: { in: ['running', 'committed'] } } });
}

/** Removes requests whose repetitions are not waited for any more. @returns how many, at most `limit` at a time */
export async function forgetOldRequests(context: StoreContext, now: Date, limit = 1_000): Promise<number> {
  return context.db.$executeRaw`
    DELETE FROM "IdempotencyKey" WHERE ("tenantId", "actorId", "key") IN (
      SELECT "tenantId", "actorId", "key" FROM "IdempotencyKey" WHERE "createdAt" < ${new Date(now.getTime() - keptMs)} ORDER BY "createdAt" LIMIT ${limit})`;
}
