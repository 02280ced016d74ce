import type { FastifyRequest } from 'fastify';
import type { Section } from '../domain/kinds/index.js';
import type { Action, Stage } from '../domain/stages.js';
import { missingIn, proposeDecision, Refusal, withdrawDecision, type ClientKey, type DecisionFacts, type Reason } from '../store/index.js';
import { clientOf } from './plugins/auth.js';
import { decisionId } from './plugins/idempotency.js';
import { Problem } from './problem.js';
import { ProcessUnavailable } from './process.js';
import type { ApiDeps } from './types.js';

export interface Decision {
  readonly action: Action;
  readonly section?: Section;
  readonly reasons?: readonly Reason[];
  readonly facts?: DecisionFacts;
}

export interface Decided {
  readonly decisionId: string;
  readonly stage: Stage;
}

/**
 * Takes a person's decision: writes it down, puts it to the client's workflow and waits for the result. Where no answer comes
 * in time the decision is taken back, so that it cannot take effect later unannounced; if it had been carried out after all,
 * its result is the answer.
 * @throws {Problem} 503 `no_worker` or `temporal_unavailable`, always within DECISION_TIMEOUT_MS and the time of one query
 */
export async function decide(deps: ApiDeps, request: FastifyRequest, decision: Decision): Promise<Decided> {
  // The probe that tells a missing worker from a missing server comes after the deadline; both fit the promised time.
  const deadline = new Date(Date.now() + deps.settings.DECISION_TIMEOUT_MS - 300);
  const { store } = deps;
  const client = clientOf(request);
  const section = decision.section ?? null;
  const id = decisionId(request, client.clientId, decision.action);
  const proposed = await proposeDecision(store, {
    ...client,
    id,
    action: decision.action,
    section,
    actorId: request.actor.userId,
    reasons: decision.reasons ?? [],
    facts: decision.facts ?? {},
  });
  if (proposed.state === 'applied') return { decisionId: id, stage: proposed.result.stage };
  try {
    const answer = await deps.process.decide(client, { decisionId: id, action: decision.action, section }, proposed.attempt, deadline);
    return { decisionId: id, stage: answer.stage };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'incomplete') throw await incomplete(deps, client, section, error);
    if (error instanceof Refusal) throw error;
    const applied = await withdrawDecision(store, client, id);
    if (applied) return { decisionId: id, stage: applied.stage };
    if (error instanceof ProcessUnavailable) throw error;
    request.log.error({ name: error instanceof Error ? error.name : 'unknown', decisionId: id }, 'a decision failed in a way that is not foreseen');
    throw error;
  }
}

/** What is missing, read again here: it names records and fields, and never travels through Temporal. */
async function incomplete(deps: ApiDeps, client: ClientKey, section: Section | null, refusal: Refusal): Promise<Problem> {
  const gaps = section ? await missingIn(deps.store, client, section) : [];
  const errors = gaps.map(({ page, kind, recordId, field, message }) => ({ field: field ?? page, message, page, kind, recordId }));
  return new Problem('incomplete', refusal.message, { errors });
}
