import type { Actor } from '../domain/roles.js';
import type { StoreContext } from './context.js';
import { newId } from './ids.js';
import { actorFrom } from './people.js';
import { newToken, tokenHash } from './secret-token.js';

/**
 * Makes a bearer token. Only its hash is kept: the token can never be read again.
 * @returns the token: 32 random bytes, base64url, with a prefix that secret scanners know it by
 */
export async function issueToken(
  context: StoreContext,
  user: { id: string; tenantId: string },
  options: { label: string; expiresAt: Date },
): Promise<string> {
  const token = newToken('api');
  await context.db.accessToken.create({
    data: { id: newId(), tenantId: user.tenantId, userId: user.id, hash: tokenHash(token), ...options },
  });
  return token;
}

/** The actor behind a token, or null when the token is unknown, ended, revoked, or its user is inactive. */
export async function actorOf(context: StoreContext, token: string, now: Date): Promise<Actor | null> {
  const row = await context.db.accessToken.findUnique({ where: { hash: tokenHash(token) }, include: { user: true } });
  if (!row || row.revokedAt || row.expiresAt <= now || !row.user.active) return null;
  return actorFrom(row.user);
}
