import { createHash, randomBytes } from 'node:crypto';

/** What each kind of secret begins with: secret scanners know them by it, and the API which table to ask. */
export const tokenPrefixes = { api: 'cob_', session: 'cos_', oneTime: 'coo_' } as const;
export type TokenUse = keyof typeof tokenPrefixes;

/** A new secret: 32 random bytes, base64url, with the prefix of its use. Only its hash may be kept. */
export function newToken(use: TokenUse): string {
  return `${tokenPrefixes[use]}${randomBytes(32).toString('base64url')}`;
}

/** SHA-256 as hex: enough for a secret of 256 random bits, which no one can guess through its hash. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
