import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Prisma } from '../../prisma/generated/client.js';
import type { StoreContext } from '../context.js';
import { newId } from '../ids.js';
import type { User } from '../people.js';
import { tokenHash } from '../secret-token.js';

const periodSeconds = 30;
/** Codes of one period before and after the present one are taken: telephones' clocks differ. */
const window = 1;
const recoveryCodes = 10;

const sealedBy = (tenantId: string) => ({ tenantId, clientId: null });
const place = (userId: string, field: 'totp' | 'totpPending') => ({ table: 'Credential', row: userId, field });

export interface NewSecondFactor {
  /** Base32, to type into an app that cannot read the picture. */
  readonly secret: string;
  /** otpauth:// address, for the picture. */
  readonly uri: string;
}

type Owner = { readonly id: string; readonly tenantId: string };

/** Whether the person has confirmed a second factor, and how many recovery codes are left. */
export async function secondFactorOf(context: StoreContext, user: Owner): Promise<{ enrolled: boolean; recoveryCodesLeft: number }> {
  const row = await context.db.credential.findFirst({ where: { userId: user.id, tenantId: user.tenantId }, select: { totp: true } });
  if (!row?.totp) return { enrolled: false, recoveryCodesLeft: 0 };
  return { enrolled: true, recoveryCodesLeft: await context.db.recoveryCode.count({ where: { userId: user.id, usedAt: null } }) };
}

/** A new secret, in force once a code of it is confirmed; until then the one before stays. */
export async function beginSecondFactor(context: StoreContext, user: User): Promise<NewSecondFactor> {
  const { name } = await context.db.tenant.findUniqueOrThrow({ where: { id: user.tenantId }, select: { name: true } });
  const secret = new Secret({ size: 20 });
  const sealed = await context.vault.seal(sealedBy(user.tenantId), place(user.id, 'totpPending'), Buffer.from(secret.base32));
  await context.db.credential.upsert({
    where: { userId: user.id },
    create: { userId: user.id, tenantId: user.tenantId, totpPending: sealed },
    update: { totpPending: sealed },
  });
  const totp = new TOTP({ issuer: name, label: user.email, secret, digits: 6, period: periodSeconds });
  return { secret: secret.base32, uri: totp.toString() };
}

/**
 * Puts the new secret in force when the code is of it.
 * @returns recovery codes, to be shown this once; null when the code is not right
 */
export async function confirmSecondFactor(context: StoreContext, user: Owner, code: string, now = new Date()): Promise<string[] | null> {
  const row = await context.db.credential.findFirst({ where: { userId: user.id, tenantId: user.tenantId }, select: { totpPending: true } });
  if (!row?.totpPending) return null;
  const base32 = (await context.vault.open(sealedBy(user.tenantId), place(user.id, 'totpPending'), row.totpPending)).toString();
  const step = stepOf(base32, code, now);
  if (step === null) return null;
  const sealed = await context.vault.seal(sealedBy(user.tenantId), place(user.id, 'totp'), Buffer.from(base32));
  const { count } = await context.db.credential.updateMany({
    where: { userId: user.id, totpPending: row.totpPending },
    data: { totp: sealed, totpPending: null, totpStep: step },
  });
  return count === 1 ? newRecoveryCodes(context, user) : null;
}

/** Whether the code is right and was not taken before. Taking it is part of asking: no code is taken twice. */
export async function takeSecondFactor(context: StoreContext, user: Owner, code: string, now = new Date()): Promise<boolean> {
  const row = await context.db.credential.findFirst({ where: { userId: user.id, tenantId: user.tenantId }, select: { totp: true } });
  if (!row?.totp) return false;
  const step = stepOf((await context.vault.open(sealedBy(user.tenantId), place(user.id, 'totp'), row.totp)).toString(), code, now);
  if (step === null) return false;
  const fresh: Prisma.CredentialWhereInput = { userId: user.id, totpStep: { lt: step } };
  return (await context.db.credential.updateMany({ where: fresh, data: { totpStep: step } })).count === 1;
}

/** Whether it is a recovery code that was not used before; from here on it is. */
export async function takeRecoveryCode(context: StoreContext, user: Owner, code: string, now = new Date()): Promise<boolean> {
  const where = { userId: user.id, tenantId: user.tenantId, hash: recoveryHash(code), usedAt: null };
  return (await context.db.recoveryCode.updateMany({ where, data: { usedAt: now } })).count === 1;
}

/** A new set of recovery codes; the ones before are worth nothing. 120 bits each: enough for a plain hash (ASVS 5.0, 6.5.2). */
export async function newRecoveryCodes(context: StoreContext, user: Owner): Promise<string[]> {
  const codes = Array.from({ length: recoveryCodes }, () => new Secret({ buffer: Uint8Array.from(randomBytes(15)).buffer }).base32.toLowerCase().replace(/(.{4})(?=.)/g, '$1-'));
  await context.db.recoveryCode.deleteMany({ where: { userId: user.id } });
  await context.db.recoveryCode.createMany({ data: codes.map((code) => ({ id: newId(), tenantId: user.tenantId, userId: user.id, hash: recoveryHash(code) })) });
  return codes;
}

/** Takes the second factor away, as for a lost telephone. The person sets a new one up at the next sign-in. */
export async function removeSecondFactor(context: StoreContext, user: Owner): Promise<void> {
  await context.db.credential.updateMany({ where: { userId: user.id, tenantId: user.tenantId }, data: { totp: null, totpPending: null, totpStep: 0 } });
  await context.db.recoveryCode.deleteMany({ where: { userId: user.id } });
}

function stepOf(base32: string, code: string, now: Date): number | null {
  const delta = new TOTP({ secret: Secret.fromBase32(base32), digits: 6, period: periodSeconds }).validate({ token: code, timestamp: now.getTime(), window });
  return delta === null ? null : Math.floor(now.getTime() / 1_000 / periodSeconds) + delta;
}

const recoveryHash = (code: string) => tokenHash(code.toLowerCase().replace(/[^a-z2-7]/g, ''));
