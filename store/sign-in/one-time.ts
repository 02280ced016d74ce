import type { StoreContext } from '../context.js';
import { newId } from '../ids.js';
import { newToken, tokenHash } from '../secret-token.js';

/** What a one-time token is good for, and how long. The first two go out by mail. */
const lives = {
  invitation: 24 * 3_600_000,
  password_reset: 3_600_000,
  second_factor: 10 * 60_000,
  enrol_second_factor: 10 * 60_000,
} as const;
export type OneTimePurpose = keyof typeof lives;

/** Wrong codes that may be shown with one token before it is worth nothing. */
const attemptsLimit = 5;

export interface OneTime {
  readonly token: string;
  readonly expiresAt: Date;
}

/** A new token for one step of one person. An older one for the same step stops working. */
export async function issueOneTime(context: StoreContext, user: { id: string; tenantId: string }, purpose: OneTimePurpose, now = new Date()): Promise<OneTime> {
  await context.db.oneTimeToken.deleteMany({ where: { userId: user.id, purpose } });
  const token = newToken('oneTime');
  const expiresAt = new Date(now.getTime() + lives[purpose]);
  await context.db.oneTimeToken.create({ data: { id: newId(), tenantId: user.tenantId, userId: user.id, purpose, hash: tokenHash(token), createdAt: now, expiresAt } });
  return { token, expiresAt };
}

/** Whose token it is, as long as it is good; looking does not use it up. */
export async function whoseOneTime(context: StoreContext, token: string, purposes: readonly OneTimePurpose[], now = new Date()): Promise<{ userId: string; tenantId: string; purpose: OneTimePurpose } | null> {
  const row = await context.db.oneTimeToken.findFirst({
    where: { hash: tokenHash(token), purpose: { in: [...purposes] }, usedAt: null, expiresAt: { gt: now }, attempts: { lt: attemptsLimit }, user: { active: true } },
    select: { userId: true, tenantId: true, purpose: true },
  });
  return row && { ...row, purpose: row.purpose as OneTimePurpose };
}

/** Counts a wrong code that was shown with the token. */
export async function countAttempt(context: StoreContext, token: string): Promise<void> {
  await context.db.oneTimeToken.updateMany({ where: { hash: tokenHash(token) }, data: { attempts: { increment: 1 } } });
}

/**
 * Uses the token up. Of several at the same moment one wins.
 * @returns whether it was this one
 */
export async function spendOneTime(context: StoreContext, token: string, now = new Date()): Promise<boolean> {
  const { count } = await context.db.oneTimeToken.updateMany({
    where: { hash: tokenHash(token), usedAt: null, expiresAt: { gt: now }, attempts: { lt: attemptsLimit } },
    data: { usedAt: now },
  });
  return count === 1;
}

/** Makes every link and open step of a person worthless. */
export async function voidOneTime(context: StoreContext, userId: string): Promise<void> {
  await context.db.oneTimeToken.deleteMany({ where: { userId } });
}
