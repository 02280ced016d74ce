import type { Section } from '../../domain/kinds/index.js';
import { may, operationOfAction, type Operation } from '../../domain/permissions.js';
import { stageWords, transitionFor, type Action, type Stage } from '../../domain/stages.js';
import type { Client, Decision } from '../../prisma/generated/client.js';
import { appendAudit } from '../audit.js';
import { lockClient, ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { notFound, Refusal, type FieldProblem, type RefusalCode } from '../errors.js';
import { tellOfDecision } from '../mail/steps.js';
import { withOrigin } from '../origin.js';
import { actorById } from '../people.js';
import { partyOf } from '../records.js';
import { effects } from './effects.js';
import { readOrigin } from './origin.js';
import { lockDecision, type DecisionFacts, type DecisionResult } from './propose.js';
import { readReasons } from './reasons.js';

/** The operation that a person must be allowed to take a decision. */
export function operationFor(action: Action): Operation {
  return operationOfAction[action];
}

/**
 * Carries out a proposed decision: state change, audit entry and the decision's own mark in one transaction. Applying it
 * again gives the same result and changes nothing.
 * @throws {Refusal} and the decision is marked `refused`; nothing else was changed
 */
export async function applyDecision(store: Store, client: ClientKey, decisionId: string): Promise<DecisionResult> {
  let attempt: number | null = null;
  try {
    return await inTransaction(store, (context) => applyWithin(context, client, decisionId, (proposed) => (attempt = proposed)));
  } catch (error) {
    // One that was taken back is not refused, and not what has been proposed since either.
    if (error instanceof Refusal && attempt !== null) {
      await store.db.decision.updateMany({ where: { id: decisionId, ...ofClient(client), state: 'proposed', attempt }, data: { state: 'refused', result: { code: error.code, message: error.message, problems: error.problems.map(({ field, message }) => ({ field, message })) } } });
    }
    throw error;
  }
}

/** @param onProposed hears which attempt is being applied */
async function applyWithin(context: StoreContext, client: ClientKey, decisionId: string, onProposed: (attempt: number) => void): Promise<DecisionResult> {
  const row = await lockClient(context, client);
  // Locked like the client: a withdrawal either comes before, and is seen here, or waits and finds it applied.
  await lockDecision(context, decisionId);
  const decision = await context.db.decision.findFirst({ where: { id: decisionId, ...ofClient(client) } });
  if (!decision) throw notFound('decision');
  if (decision.state === 'applied') return decision.result as unknown as DecisionResult;
  // The Update of an earlier attempt, given up since, was read late and had this one refused: the reason is the same.
  if (decision.state === 'refused') throw refusalOf(decision.result);
  if (decision.state !== 'proposed') throw new Refusal('already_decided', `The decision was ${decision.state} before`);
  onProposed(decision.attempt);
  return withOrigin(await readOrigin(context, client, decision), () => carryOut(context, client, row, decision));
}

async function carryOut(context: StoreContext, client: ClientKey, row: Client, decision: Decision): Promise<DecisionResult> {
  const decisionId = decision.id;
  const action = decision.action as Action;
  const section = decision.section as Section | null;
  const actor = await actorById(context, client.tenantId, decision.actorId);
  if (!actor || !may(actor, operationFor(action), { clientId: client.clientId, ...(section ? { section } : {}) })) {
    throw new Refusal('wrong_role', 'Your role does not allow this');
  }
  const stage = row.stage as Stage;
  const transition = transitionFor(stage, action, section ?? undefined);
  if (!transition) throw new Refusal('wrong_stage', `Not possible now: ${stageWords[stage]}`);

  const reasons = await readReasons(context, client, decisionId);
  const before = section && (await context.db.sectionState.findUnique({ where: { clientId_section: { clientId: client.clientId, section } }, select: { submittedBy: true } }));
  const effect = await effects[action](context, {
    client,
    row,
    actor,
    section,
    transition,
    decisionId,
    facts: decision.facts as DecisionFacts,
    reasons: reasons?.reasons ?? [],
  });
  const now = new Date();
  const moved = effect.stage !== stage;
  const updated = await context.db.client.update({
    where: { id: client.clientId },
    data: { ...effect.client, stage: effect.stage, lastActivityAt: now, ...(moved ? { stageChangedAt: now } : {}) },
  });
  const result: DecisionResult = {
    decisionId,
    stage: effect.stage,
    purgeAt: updated.purgeAt?.toISOString() ?? null,
    exportId: effect.exportId ?? null,
  };
  await context.db.decision.update({ where: { id: decisionId }, data: { state: 'applied', appliedAt: now, result: { ...result } } });
  await appendAudit(context, {
    ...ofClient(client),
    actorId: actor.userId,
    party: partyOf(actor),
    action: `decision.${action}`,
    details: { decisionId, section, ...((decision.facts as DecisionFacts).page ? { page: (decision.facts as DecisionFacts).page } : {}), from: stage, to: effect.stage, reasons: reasons?.reasons.map((reason) => reason.text) ?? [] },
  });
  await tellOfDecision(context, {
    client: ofClient(client),
    row: updated,
    decisionId,
    actorId: actor.userId,
    action,
    section,
    from: stage,
    to: effect.stage,
    reasons: reasons?.reasons.length ?? 0,
    submittedBy: before?.submittedBy ?? null,
  });
  return result;
}

function refusalOf(result: unknown): Refusal {
  // Decisions of earlier releases did not keep the reason.
  if (result === null) return new Refusal('already_decided', 'The decision was refused before');
  const { code, message, problems } = result as { code: RefusalCode; message: string; problems?: FieldProblem[] };
  return new Refusal(code, message, problems);
}
