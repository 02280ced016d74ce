import { argon2id, hash, needsRehash, verify } from 'argon2';
import { passwordFault } from '../../domain/sign-in/password-rules.js';
import type { Store, StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { commonPasswords } from './common-passwords.js';
import { getUser, mailHash, type User } from '../people.js';

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane. Older hashes are made anew at the next sign-in. */
const parameters = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Tenants that one mail address is looked for in. */
const tenantsLimit = 10_000;
/** People of that address, in different tenants, whose password is tried. */
const candidatesLimit = 3;

const place = (userId: string) => ({ table: 'Credential', row: userId, field: 'password' });
const sealedBy = (tenantId: string) => ({ tenantId, clientId: null });
const folded = (password: string) => password.normalize('NFKC');

/** A hash of nobody's password: looking at it takes as long as at anybody's. */
let nobodys: Promise<string> | undefined;

/**
 * The active internal person of that mail address and password, or null. The answer takes as long for an address that nobody
 * has, or somebody without a password: who is known here cannot be told by the time.
 * @param tenantId where the address is used in more than one
 */
export async function findByPassword(store: Store, email: string, password: string, tenantId?: string): Promise<User | null> {
  const { candidates, looks } = await candidatesOf(store, email, tenantId);
  let found: User | null = null;
  for (let look = 0; look < looks; look += 1) {
    const candidate = candidates[look];
    const encoded = candidate ? (await store.vault.open(sealedBy(candidate.tenantId), place(candidate.userId), candidate.sealed)).toString() : await (nobodys ??= hash('nobody', parameters));
    if (!(await verify(encoded, folded(password))) || !candidate || found) continue;
    found = await getUser(store, candidate.tenantId, candidate.userId);
    if (needsRehash(encoded, parameters)) await keepHash(store, found, password);
  }
  return found;
}

/** Whether it is that person's password. */
export async function isPasswordOf(context: StoreContext, user: { id: string; tenantId: string }, password: string): Promise<boolean> {
  const row = await context.db.credential.findFirst({ where: { userId: user.id, tenantId: user.tenantId }, select: { password: true } });
  if (!row?.password) return false;
  return verify((await context.vault.open(sealedBy(user.tenantId), place(user.id), row.password)).toString(), folded(password));
}

/**
 * Gives a person a password.
 * @throws {Refusal} `invalid` when it is too easy to guess
 */
export async function setPassword(context: StoreContext, user: User, password: string): Promise<void> {
  const tenant = await context.db.tenant.findUniqueOrThrow({ where: { id: user.tenantId }, select: { name: true } });
  const fault = passwordFault(password, [user.firstName, user.lastName, user.email, tenant.name], commonPasswords());
  if (fault) throw new Refusal('invalid', `The password ${fault}`, [{ field: 'password', message: fault }]);
  await keepHash(context, user, password);
}

async function keepHash(context: StoreContext, user: { id: string; tenantId: string }, password: string): Promise<void> {
  const encoded = await hash(folded(password), parameters);
  const sealed = await context.vault.seal(sealedBy(user.tenantId), place(user.id), Buffer.from(encoded));
  const data = { password: sealed, passwordAt: new Date() };
  await context.db.credential.upsert({ where: { userId: user.id }, create: { userId: user.id, tenantId: user.tenantId, ...data }, update: data });
}

/** The active internal people of a mail address: at most one a tenant. */
export async function internalPeopleOf(context: StoreContext, email: string, tenantId?: string): Promise<{ id: string; tenantId: string }[]> {
  return peopleIn(context, await tenantsOf(context, tenantId), email);
}

const tenantsOf = async (context: StoreContext, tenantId?: string) => (tenantId ? [{ id: tenantId }] : context.db.tenant.findMany({ select: { id: true }, take: tenantsLimit, orderBy: { id: 'asc' } }));

async function peopleIn(context: StoreContext, tenants: readonly { id: string }[], email: string): Promise<{ id: string; tenantId: string }[]> {
  return context.db.user.findMany({
    where: { emailHash: { in: tenants.map(({ id }) => mailHash(context, id, email)) }, clientId: null, active: true },
    orderBy: { id: 'asc' },
    take: candidatesLimit,
    select: { id: true, tenantId: true },
  });
}

/** Whose password it may be, and how many passwords are looked at: as many whoever is known, by the number of tenants alone. */
async function candidatesOf(context: StoreContext, email: string, tenantId?: string): Promise<{ candidates: { userId: string; tenantId: string; sealed: Uint8Array }[]; looks: number }> {
  const tenants = await tenantsOf(context, tenantId);
  const people = await peopleIn(context, tenants, email);
  const rows = await context.db.credential.findMany({ where: { userId: { in: people.map(({ id }) => id) } }, select: { userId: true, tenantId: true, password: true } });
  const candidates = rows.flatMap(({ password, ...row }) => (password ? [{ ...row, sealed: password }] : []));
  return { candidates, looks: Math.max(1, Math.min(tenants.length, candidatesLimit)) };
}
