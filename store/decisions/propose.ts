import type { Section } from '../../domain/kinds/index.js';
import type { Action, Stage } from '../../domain/stages.js';
import { ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { currentOrigin } from '../origin.js';
import { sealOrigin } from './origin.js';
import { sealReasons, type Reason } from './reasons.js';

/** What a decision carries besides its reasons: ids, dates and enums only. */
export interface DecisionFacts {
  readonly previewId?: string;
  readonly organizationTypeId?: string;
  readonly organizationStatusId?: string;
  /** ISO 8601 */
  readonly purgeAt?: string;
  /** The page that a stand-in answers for. */
  readonly page?: string;
}

export interface Proposal extends ClientKey {
  /** Chosen by whoever decides (from the Idempotency-Key): the same decision sent twice is one decision. */
  readonly id: string;
  readonly action: Action;
  readonly section: Section | null;
  readonly actorId: string;
  readonly reasons: readonly Reason[];
  readonly facts: DecisionFacts;
}

/** What became of a decision; also what the workflow learns from it. */
export interface DecisionResult {
  readonly decisionId: string;
  readonly stage: Stage;
  /** ISO 8601; the end of retention or of the time to restore. */
  readonly purgeAt: string | null;
  readonly exportId: string | null;
}

export type Proposed =
  | { readonly state: 'proposed'; readonly attempt: number }
  | { readonly state: 'applied'; readonly result: DecisionResult };

/**
 * Writes a decision down before the workflow hears of it, so that its reasons never pass through Temporal. Repeating an
 * applied one gives its result again.
 */
export async function proposeDecision(store: Store, proposal: Proposal): Promise<Proposed> {
  return inTransaction(store, async (context) => {
    const { id, action, section, actorId, facts } = proposal;
    const content = await sealReasons(context, proposal, id, proposal.reasons);
    // The worker that carries it out notes where it came from; Temporal never hears of that.
    const origin = await sealOrigin(context, proposal, id, currentOrigin());
    const { count } = await context.db.decision.createMany({
      data: [{ id, ...ofClient(proposal), action, section, actorId, facts: { ...facts }, content, origin }],
      skipDuplicates: true,
    });
    if (count === 1) return { state: 'proposed', attempt: 1 };
    await lockDecision(context, id);
    const known = await context.db.decision.findUniqueOrThrow({ where: { id } });
    const same = known.clientId === proposal.clientId && known.action === proposal.action && known.section === proposal.section && known.actorId === proposal.actorId;
    if (!same) throw new Refusal('already_decided', 'This Idempotency-Key was used for another decision');
    if (known.state === 'applied') return { state: 'applied', result: known.result as unknown as DecisionResult };
    const { attempt } = await context.db.decision.update({
      where: { id },
      data: { state: 'proposed', attempt: { increment: 1 }, facts: { ...facts }, content, origin },
    });
    return { state: 'proposed', attempt };
  });
}

/** Keeps a decision as it is to the end of the transaction: it must not be applied, proposed again and withdrawn at once. */
export async function lockDecision(context: StoreContext, id: string): Promise<void> {
  await context.db.$queryRaw`SELECT 1 FROM "Decision" WHERE "id" = ${id}::uuid FOR UPDATE`;
}

/**
 * Takes back a decision that no worker answered, so that it cannot take effect later, unannounced. One that has been proposed
 * again meanwhile is that later request's to take back.
 * @param attempt as `proposeDecision` gave it
 * @returns its result when it had been applied after all, else null
 */
export async function withdrawDecision(context: StoreContext, client: ClientKey, id: string, attempt: number): Promise<DecisionResult | null> {
  const { count } = await context.db.decision.updateMany({ where: { id, ...ofClient(client), state: 'proposed', attempt }, data: { state: 'withdrawn' } });
  if (count > 0) return null;
  const row = await context.db.decision.findFirst({ where: { id, ...ofClient(client), state: 'applied' } });
  return row ? (row.result as unknown as DecisionResult) : null;
}
