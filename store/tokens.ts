import { operations, rolesFor, type Operation } from '../domain/permissions.js';
import type { Actor } from '../domain/roles.js';
import type { AccessToken } from '../prisma/generated/client.js';
import { appendAudit } from './audit.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { notFound, Refusal } from './errors.js';
import { newId } from './ids.js';
import { actorFrom } from './people.js';
import { newToken, tokenHash } from './secret-token.js';

/** A token's last use is written down at most that often. */
const touchEveryMs = 60_000;
/** Tokens of one person that are good at the same time. */
export const tokensLimit = 50;
/** The longest life of a token that a person makes. */
export const tokenDays = 365;

/** An API token as its owner sees it; the token itself can never be read again. */
export interface TokenView {
  readonly id: string;
  readonly label: string;
  /** Null: everything that its person may. */
  readonly operations: readonly Operation[] | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
}

/**
 * Makes a bearer token. Only its hash is kept: the token can never be read again.
 * @param options.operations what it may do, of what its person may; null for all of that
 * @returns the token: 32 random bytes, base64url, with a prefix that secret scanners know it by
 */
export async function issueToken(
  context: StoreContext,
  user: { id: string; tenantId: string },
  options: { label: string; expiresAt: Date; operations?: readonly Operation[] | null; id?: string },
): Promise<string> {
  const token = newToken('api');
  const { label, expiresAt, operations: chosen = null, id = newId() } = options;
  await context.db.accessToken.create({ data: { id, tenantId: user.tenantId, userId: user.id, hash: tokenHash(token), label, expiresAt, scope: chosen?.join(' ') ?? null } });
  return token;
}

/**
 * Makes a token for an integration in the name of the actor.
 * @throws {Refusal} for an operation that the actor's roles do not have, a life beyond a year, or too many tokens
 */
export async function createToken(store: Store, actor: Actor, wanted: { label: string; operations: readonly Operation[]; expiresAt: Date }, now = new Date()): Promise<{ view: TokenView; token: string }> {
  const foreign = wanted.operations.filter((operation) => !rolesFor(operation).some((role) => actor.roles.includes(role)));
  if (foreign.length > 0) throw new Refusal('invalid', 'A token may never do more than you', [{ field: 'operations', message: `your roles do not allow: ${foreign.join(', ')}` }]);
  const life = wanted.expiresAt.getTime() - now.getTime();
  if (!(life > 0 && life <= tokenDays * 24 * 3_600_000)) throw new Refusal('invalid', 'The token cannot end then', [{ field: 'expiresAt', message: 'must be in the future, at most a year from now' }]);
  const id = newId();
  return inTransaction(store, async (context) => {
    if ((await context.db.accessToken.count({ where: good(actor, now) })) >= tokensLimit) throw new Refusal('limit_reached', `At most ${tokensLimit} tokens at a time; revoke one first`);
    const token = await issueToken(context, { id: actor.userId, tenantId: actor.tenantId }, { ...wanted, id });
    await note(context, actor, 'token.created', { tokenId: id, label: wanted.label, operations: wanted.operations, expiresAt: wanted.expiresAt.toISOString() });
    return { view: { id, label: wanted.label, operations: wanted.operations, createdAt: now, expiresAt: wanted.expiresAt, lastUsedAt: null }, token };
  });
}

/** Tokens of a person that are good, newest first. */
export async function listTokens(context: StoreContext, owner: { userId: string; tenantId: string }, now = new Date()): Promise<TokenView[]> {
  const rows = await context.db.accessToken.findMany({ where: good(owner, now), orderBy: { createdAt: 'desc' }, take: tokensLimit });
  return rows.map(({ id, label, scope, createdAt, expiresAt, lastUsedAt }) => ({ id, label, operations: operationsOf(scope) ?? null, createdAt, expiresAt, lastUsedAt }));
}

/** Ends a token of a person: the actor's own, or as an Administrator somebody's. */
export async function revokeToken(store: Store, actor: Actor, owner: string, tokenId: string): Promise<void> {
  await inTransaction(store, async (context) => {
    const { count } = await context.db.accessToken.updateMany({ where: { id: tokenId, userId: owner, tenantId: actor.tenantId, revokedAt: null }, data: { revokedAt: new Date() } });
    if (count === 0) throw notFound('token');
    await note(context, actor, 'token.revoked', { tokenId, userId: owner });
  });
}

/** The actor behind a token, or null when the token is unknown, ended, revoked, or its user is inactive. */
export async function actorOf(context: StoreContext, token: string, now: Date): Promise<Actor | null> {
  const row = await context.db.accessToken.findUnique({ where: { hash: tokenHash(token) }, include: { user: true } });
  if (!row || row.revokedAt || row.expiresAt <= now || !row.user.active) return null;
  await touch(context, row, now);
  const only = operationsOf(row.scope);
  return { ...actorFrom(row.user), ...(only ? { only } : {}) };
}

async function touch(context: StoreContext, row: AccessToken, now: Date): Promise<void> {
  if (row.lastUsedAt && now.getTime() - row.lastUsedAt.getTime() < touchEveryMs) return;
  await context.db.accessToken.updateMany({ where: { id: row.id }, data: { lastUsedAt: now } });
}

/** An operation that there is no more is one that the token may not do. */
function operationsOf(scope: string | null): Operation[] | undefined {
  if (scope === null) return undefined;
  const named = scope.split(' ');
  return operations.filter((operation) => named.includes(operation));
}

const good = ({ userId, tenantId }: { userId: string; tenantId: string }, now: Date) => ({ userId, tenantId, revokedAt: null, expiresAt: { gt: now } });

function note(context: StoreContext, actor: Actor, action: string, details: Record<string, unknown>): Promise<void> {
  return appendAudit(context, { tenantId: actor.tenantId, clientId: null, actorId: actor.userId, party: 'internal', action, details });
}
