import type { FastifyRequest } from 'fastify';
import type { Section } from '../domain/kinds/index.js';
import type { Action, Stage } from '../domain/stages.js';
import { missingIn, previewAnswers, proposeDecision, Refusal, withdrawDecision, type ClientKey, type DecisionFacts, type Reason } from '../store/index.js';
import { clientOf } from './plugins/auth.js';
import { decisionId } from './plugins/idempotency.js';
import { changeWords, showChanges } from './preview-view.js';
import { Problem } from './problem.js';
import { ProcessUnavailable } from './process.js';
import type { ApiDeps } from './types.js';

/** Most faults that one answer lists. */
const mostErrors = 500;

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
 * @param client the one that the path names, unless the request is about several
 * @throws {Problem} 503 `no_worker` or `temporal_unavailable`, always within DECISION_TIMEOUT_MS and the time of one query
 */
export async function decide(deps: ApiDeps, request: FastifyRequest, decision: Decision, client: ClientKey = clientOf(request)): Promise<Decided> {
  // The probe that tells a missing worker from a missing server comes after the deadline; both fit the promised time.
  const deadline = new Date(Date.now() + deps.settings.DECISION_TIMEOUT_MS - 300);
  const { store } = deps;
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
    // An Update of an earlier attempt that was given up may have been carried out by this one's right: then it is done.
    const applied = await withdrawDecision(store, client, id, proposed.attempt);
    if (applied) return { decisionId: id, stage: applied.stage };
    if (error instanceof Refusal && error.code === 'incomplete') throw await incomplete(deps, client, decision, error);
    const previewId = decision.facts?.previewId;
    if (error instanceof Refusal && previewId) throw await aboutPreview(deps, request, previewId, error);
    if (error instanceof Refusal) throw error;
    if (error instanceof ProcessUnavailable) throw error;
    request.log.error({ name: error instanceof Error ? error.name : 'unknown', decisionId: id }, 'a decision failed in a way that is not foreseen');
    throw error;
  }
}

/** What has changed since the preview, or what it asks and nobody has answered; read here for the same reason as below. */
async function aboutPreview(deps: ApiDeps, request: FastifyRequest, previewId: string, refusal: Refusal): Promise<Error> {
  const client = clientOf(request);
  if (refusal.code === 'undecided') {
    const { open } = await previewAnswers(deps.store, client, previewId);
    const errors = [
      ...open.spellings.map(({ recordId }) => ({ field: 'spelling', message: 'may be an existing make or model in another spelling', recordId })),
      ...open.words.map(({ list, word }) => ({ field: `lookups.${list}`, message: 'may be an existing entry in another spelling', word })),
      ...open.problems.map(({ kind, recordId, title, field, message }) => ({ field: field ?? 'problems', message, kind, recordId, title })),
    ];
    return new Problem('undecided', refusal.message, { errors: errors.slice(0, mostErrors) });
  }
  if (refusal.code !== 'stale_preview') return refusal;
  const changes = await showChanges(deps.store, client, request.actor, previewId);
  if (!changes?.stale) return refusal;
  return new Problem('stale_preview', `${refusal.message}. ${changeWords(changes)}`, { members: { changes } });
}

/** What is missing, read again here: it names records and fields, and never travels through Temporal. */
async function incomplete(deps: ApiDeps, client: ClientKey, { section, facts }: Decision, refusal: Refusal): Promise<Problem> {
  const all = section ? await missingIn(deps.store, client, section) : [];
  // Of a page that somebody stands in for, its own gaps; where it was the last one, those of the section.
  const ofPage = all.filter(({ page }) => page === facts?.page);
  const gaps = ofPage.length > 0 ? ofPage : all;
  const errors = gaps.map(({ page, kind, recordId, field, message }) => ({ field: field ?? page, message, page, kind, recordId }));
  return new Problem('incomplete', refusal.message, { errors });
}
