/** Effects of the decisions about how long a client's data is kept. */
import { endAfterWarning, refusedPurgeDate, purgeAfterHold } from '../../domain/retention.js';
import type { Stage } from '../../domain/stages.js';
import { ofClient } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { tierOf } from '../tiers.js';
import type { Case, Effect } from './effects.js';

/** How long somebody may take to confirm that a client is removed at once. */
const askedHoldsMs = 7 * 24 * 3_600_000;

/** Nobody asks any more that the client is removed at once. */
export const noRequest = { purgeAskedBy: null, purgeAskedAt: null };

export async function moveRetention(context: StoreContext, decision: Case): Promise<Effect> {
  refuseOnHold(decision);
  const purgeAt = new Date(decision.facts.purgeAt ?? '');
  const { warningSeconds } = await tierOf(context, decision.client.tenantId);
  const refused = Number.isNaN(purgeAt.getTime()) ? 'must be a date' : refusedPurgeDate(purgeAt, { now: new Date(), end: decision.row.purgeAt, warningSeconds });
  if (refused) throw new Refusal('invalid', `The end cannot be that time: it ${refused}`, [{ field: 'purgeAt', message: refused }]);
  return ends(context, decision, purgeAt, noRequest);
}

/** From here on no timer runs: neither the workflow nor the database has an end to go by. */
export async function holdRetention(context: StoreContext, decision: Case): Promise<Effect> {
  requireReason(decision);
  refuseOnHold(decision);
  return ends(context, decision, null, { heldSince: new Date(), heldPurgeAt: decision.row.purgeAt, ...noRequest });
}

/** The end is as it was; one that passed meanwhile, or is near, leaves time for a warning. */
export async function releaseHold(context: StoreContext, decision: Case): Promise<Effect> {
  const { heldSince, heldPurgeAt } = decision.row;
  if (!heldSince) throw new Refusal('wrong_stage', 'The client is not on hold');
  const end = purgeAfterHold(heldPurgeAt ?? new Date(), heldSince, new Date(), await lastWarningSeconds(context, decision));
  return ends(context, decision, end, { heldSince: null, heldPurgeAt: null });
}

export async function askPurge(_context: StoreContext, decision: Case): Promise<Effect> {
  requireReason(decision);
  refuseOnHold(decision);
  return { stage: stay(decision), client: { purgeAskedBy: decision.actor.userId, purgeAskedAt: new Date() } };
}

/** Two people: whoever asked cannot confirm. The workflow's timer learns that the end is now. */
export async function confirmPurge(context: StoreContext, decision: Case): Promise<Effect> {
  refuseOnHold(decision);
  const { purgeAskedBy, purgeAskedAt } = decision.row;
  if (!purgeAskedBy || !purgeAskedAt || Date.now() - purgeAskedAt.getTime() > askedHoldsMs) {
    throw new Refusal('wrong_stage', 'Nobody has asked in the last seven days that the client is removed at once; ask first, then a second person confirms');
  }
  if (purgeAskedBy === decision.actor.userId) throw new Refusal('wrong_role', 'You asked for it yourself; a second person must confirm');
  return ends(context, decision, new Date(), noRequest);
}

/**
 * The end of a client that is kept again: as it was before the deletion. If it has passed meanwhile, the time to restore goes on, and
 * either leaves time for a warning: a restored client never vanishes at once. One that was put on hold while it was deleted stays on hold.
 */
export async function backInRetention(context: StoreContext, decision: Case): Promise<{ purgeAt: Date | null; heldPurgeAt?: Date | null }> {
  const { client, row } = decision;
  const record = await context.db.exportRecord.findFirst({ where: ofClient(client), select: { purgeAt: true } });
  const end = record?.purgeAt && record.purgeAt > new Date() ? record.purgeAt : (row.purgeAt ?? row.heldPurgeAt);
  const purgeAt = row.heldSince ? null : endAfterWarning(end ?? new Date(), new Date(), await lastWarningSeconds(context, decision));
  await context.db.exportRecord.updateMany({ where: ofClient(client), data: { purgeAt } });
  return purgeAt ? { purgeAt } : { purgeAt, heldPurgeAt: end };
}

/** How long before an end the last warning goes out; zero where the tier has none. */
async function lastWarningSeconds(context: StoreContext, { client }: Case): Promise<number> {
  const { warningSeconds } = await tierOf(context, client.tenantId);
  return warningSeconds.length > 0 ? Math.min(...warningSeconds) : 0;
}

async function ends(context: StoreContext, decision: Case, purgeAt: Date | null, change: Effect['client']): Promise<Effect> {
  // The record of export knows the end of retention; of a deleted client only the time to restore it was moved.
  if (decision.row.stage === 'retention') await context.db.exportRecord.updateMany({ where: ofClient(decision.client), data: { purgeAt } });
  return { stage: stay(decision), client: { ...change, purgeAt, purgeSetAt: new Date() } };
}

const stay = (decision: Case) => decision.row.stage as Stage;

/** For every decision that would end a hold by the way. */
export function refuseOnHold({ row }: Case): void {
  if (row.heldSince) throw new Refusal('wrong_stage', 'The client is on hold; release it first');
}

export function requireReason(decision: Case): void {
  if (decision.reasons.length === 0) {
    throw new Refusal('invalid', 'A reason is needed', [{ field: 'reasons', message: 'must hold at least one reason' }]);
  }
}
