import { randomInt } from 'node:crypto';
import { sectionPhase, type Stage } from '../../domain/stages.js';
import { appendAudit } from '../audit.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { newId } from '../ids.js';
import { queueMail } from '../mail/queue.js';
import { getUser, type User } from '../people.js';
import { partyOf } from '../records.js';
import { newToken, tokenHash } from '../secret-token.js';
import type { OneTime } from './one-time.js';

const lifeMs = 10 * 60_000;
/** Wrong codes after which a challenge is worth nothing: with six digits, one guess in 200,000. */
const attemptsLimit = 5;

/**
 * A challenge for whoever says to be that external person. It is kept by the browser that asked: the code that goes to the
 * person's mail address is worth nothing without it, and it is worth nothing without the code. An older one stops working.
 * @returns null for somebody who cannot sign in now: unknown, shut out, or their section is closed
 */
export async function mailSignInCode(store: Store, userId: string, now = new Date()): Promise<OneTime | null> {
  return inTransaction(store, async (context) => {
    const person = await externalPerson(context, userId);
    if (!person) return null;
    const id = newId();
    const token = newToken('oneTime');
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const expiresAt = new Date(now.getTime() + lifeMs);
    const { tenantId, clientId } = person;
    await context.db.mailCode.deleteMany({ where: { userId } });
    await context.db.mailCode.create({ data: { id, tenantId, clientId, userId, hash: tokenHash(token), codeHash: codeHash(context, id, code), expiresAt } });
    await queueMail(context, { tenantId, clientId, to: userId, template: 'sign_in_code', facts: { code, expiresAt: expiresAt.toISOString() }, dedupeKey: `sign-in-code/${id}` });
    return { token, expiresAt };
  });
}

/**
 * Whose challenge it is when the code is right; then neither can be used again. A wrong code counts against the challenge, and is noted.
 * @returns null when anything is wrong: nobody learns what
 */
export async function takeSignInCode(store: Store, token: string, code: string, now = new Date()): Promise<User | null> {
  const open = { hash: tokenHash(token), usedAt: null, expiresAt: { gt: now }, attempts: { lt: attemptsLimit } };
  // Counted before the code is looked at, so that guesses side by side are no more than one after the other.
  const { count } = await store.db.mailCode.updateMany({ where: open, data: { attempts: { increment: 1 } } });
  if (count === 0) return null;
  const row = await store.db.mailCode.findUnique({ where: { hash: open.hash } });
  if (!row) return null;
  if (row.codeHash !== codeHash(store, row.id, code)) {
    await noteWrongCode(store, row.userId);
    return null;
  }
  const used = await store.db.mailCode.updateMany({ where: { id: row.id, usedAt: null }, data: { usedAt: now } });
  const person = used.count === 1 ? await externalPerson(store, row.userId) : null;
  return person && getUser(store, person.tenantId, person.id);
}

async function noteWrongCode(store: Store, userId: string): Promise<void> {
  await inTransaction(store, async (context) => {
    const person = await externalPerson(context, userId);
    if (!person) return;
    const { tenantId, clientId, section } = person;
    const party = partyOf({ userId, tenantId, roles: [], scope: { clientId, section } });
    await appendAudit(context, { tenantId, clientId, actorId: userId, party, action: 'session.refused', details: { method: 'mail_code' } });
  });
}

/** An external person whose section is being worked on. */
async function externalPerson(context: StoreContext, userId: string): Promise<{ id: string; tenantId: string; clientId: string; section: 'accounting' | 'msp' } | null> {
  const user = await context.db.user.findFirst({ where: { id: userId, active: true, clientId: { not: null } }, select: { id: true, tenantId: true, clientId: true, section: true } });
  if (!user?.clientId || !user.section) return null;
  const client = await context.db.client.findFirst({ where: { id: user.clientId, tenantId: user.tenantId }, select: { stage: true } });
  const section = user.section as 'accounting' | 'msp';
  const phase = client && sectionPhase(section, client.stage as Stage);
  return phase === 'entry' || phase === 'review' ? { id: user.id, tenantId: user.tenantId, clientId: user.clientId, section } : null;
}

/** Keyed: six digits are found through any other hash in no time. */
const codeHash = (context: StoreContext, id: string, code: string) => context.vault.nameHash(`sign-in-code|${id}`, code);
