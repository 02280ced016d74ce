import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '../../domain/roles.js';
import { appendAudit } from '../audit.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { getUser, mailHash, type User } from '../people.js';
import { newToken, tokenHash } from '../secret-token.js';

/** Where a tenant's own people sign in by OpenID Connect. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** Domains of mail addresses that the provider may vouch for. */
  readonly allowedDomains: readonly string[];
  /** Whether an address counts only when the provider says that it is verified. */
  readonly mailTrust: 'verified_claim' | 'always';
}

const sealedBy = (tenantId: string) => ({ tenantId, clientId: null });
const secretPlace = (tenantId: string) => ({ table: 'IdentityProvider', row: tenantId, field: 'secret' });
const signInPlace = (stateHash: string) => ({ table: 'OidcSignIn', row: stateHash, field: 'content' });

export async function getIdentityProvider(context: StoreContext, tenantId: string): Promise<IdentityProvider | null> {
  const row = await context.db.identityProvider.findUnique({ where: { tenantId } });
  return row && { issuer: row.issuer, clientId: row.clientId, allowedDomains: row.allowedDomains, mailTrust: row.mailTrust as IdentityProvider['mailTrust'] };
}

/** The client secret, for the request to the provider. */
export async function identityProviderSecret(context: StoreContext, tenantId: string): Promise<string> {
  const { secret } = await context.db.identityProvider.findUniqueOrThrow({ where: { tenantId }, select: { secret: true } });
  return (await context.vault.open(sealedBy(tenantId), secretPlace(tenantId), secret)).toString();
}

/** The tenant whose provider vouches for a mail domain; null when there is none, or more than one. */
export async function tenantOfDomain(context: StoreContext, domain: string): Promise<string | null> {
  const rows = await context.db.identityProvider.findMany({ where: { allowedDomains: { has: domain.toLowerCase() } }, select: { tenantId: true }, take: 2 });
  return rows.length === 1 ? rows[0]!.tenantId : null;
}

/** Sets the provider. Another issuer knows people by other names: who was known by the one before is known by mail again. */
export async function setIdentityProvider(store: Store, actor: Actor, provider: IdentityProvider, secret: string): Promise<void> {
  const { tenantId } = actor;
  await inTransaction(store, async (context) => {
    const before = await getIdentityProvider(context, tenantId);
    const data = {
      ...{ issuer: provider.issuer, clientId: provider.clientId, mailTrust: provider.mailTrust },
      allowedDomains: provider.allowedDomains.map((domain) => domain.toLowerCase()),
      secret: await context.vault.seal(sealedBy(tenantId), secretPlace(tenantId), Buffer.from(secret)),
      updatedAt: new Date(),
      updatedBy: actor.userId,
    };
    await context.db.identityProvider.upsert({ where: { tenantId }, create: { tenantId, ...data }, update: data });
    if (before && before.issuer !== provider.issuer) await context.db.credential.updateMany({ where: { tenantId }, data: { oidcSubject: null } });
    await appendAudit(context, { tenantId, clientId: null, actorId: actor.userId, party: 'internal', action: 'identity_provider.set', details: { ...provider } });
  });
}

export async function removeIdentityProvider(store: Store, actor: Actor): Promise<void> {
  const { tenantId } = actor;
  await inTransaction(store, async (context) => {
    await context.db.identityProvider.deleteMany({ where: { tenantId } });
    await context.db.credential.updateMany({ where: { tenantId }, data: { oidcSubject: null } });
    await appendAudit(context, { tenantId, clientId: null, actorId: actor.userId, party: 'internal', action: 'identity_provider.removed', details: null });
  });
}

export interface OidcSecrets {
  readonly nonce: string;
  readonly codeVerifier: string;
}

const lifeMs = 10 * 60_000;

/**
 * Remembers a sign-in that goes to the provider.
 * @returns the secret for the browser's cookie: only the browser that began may end it
 */
export async function beginOidc(context: StoreContext, tenantId: string, state: string, secrets: OidcSecrets, now = new Date()): Promise<{ browser: string }> {
  const browser = newToken('oneTime');
  const stateHash = tokenHash(state);
  await context.db.oidcSignIn.deleteMany({ where: { expiresAt: { lt: now } } });
  const content = await context.vault.sealJson(sealedBy(tenantId), signInPlace(stateHash), secrets);
  await context.db.oidcSignIn.create({ data: { stateHash, tenantId, browserHash: tokenHash(browser), content, expiresAt: new Date(now.getTime() + lifeMs) } });
  return { browser };
}

/** The sign-in that comes back; from here on it cannot come back again. Null when it is unknown, over, or of another browser. */
export async function endOidc(context: StoreContext, state: string, browser: string, now = new Date()): Promise<({ tenantId: string } & OidcSecrets) | null> {
  const stateHash = tokenHash(state);
  const row = await context.db.oidcSignIn.findUnique({ where: { stateHash } });
  if (!row || row.expiresAt <= now || !timingSafeEqual(Buffer.from(row.browserHash), Buffer.from(tokenHash(browser)))) return null;
  if ((await context.db.oidcSignIn.deleteMany({ where: { stateHash } })).count === 0) return null;
  return { tenantId: row.tenantId, ...(await context.vault.openJson<OidcSecrets>(sealedBy(row.tenantId), signInPlace(stateHash), row.content)) };
}

/** What the provider says of a person. */
export interface OidcClaims {
  readonly issuer: string;
  readonly subject: string;
  /** Null when it names none, or none that counts. */
  readonly email: string | null;
}

/**
 * The active internal person whom the provider means: known by its subject from an earlier sign-in, else by the mail address
 * that they were invited with. Nobody is made here, and nobody's roles change: who was not invited stays outside.
 */
export async function matchOidc(context: StoreContext, tenantId: string, claims: OidcClaims): Promise<User | null> {
  const subject = subjectHash(context, tenantId, claims);
  const known = await context.db.credential.findFirst({ where: { tenantId, oidcSubject: subject, user: { active: true, clientId: null } }, select: { userId: true } });
  if (known) return getUser(context, tenantId, known.userId);
  if (!claims.email) return null;
  const row = await context.db.user.findFirst({
    where: { tenantId, clientId: null, active: true, emailHash: mailHash(context, tenantId, claims.email), OR: [{ credential: null }, { credential: { oidcSubject: null } }] },
    select: { id: true },
  });
  if (!row) return null;
  await context.db.credential.upsert({ where: { userId: row.id }, create: { userId: row.id, tenantId, oidcSubject: subject }, update: { oidcSubject: subject } });
  await appendAudit(context, { tenantId, clientId: null, actorId: row.id, party: 'internal', action: 'user.known_by_provider', details: { userId: row.id } });
  return getUser(context, tenantId, row.id);
}

/** Hashed before it is keyed: names are compared without case, subjects must not be. */
function subjectHash(context: StoreContext, tenantId: string, { issuer, subject }: OidcClaims): string {
  return context.vault.nameHash(`oidc|${tenantId}`, createHash('sha256').update(`${issuer}\n${subject}`).digest('hex'));
}
