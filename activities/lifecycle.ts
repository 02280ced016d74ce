import {
  applyDecision,
  failPreview,
  getClientRow,
  nextReminder,
  nextWarning,
  purgeDue,
  recordExportOutcome,
  remindIfIdle,
  warnOfRetention,
  type BlockReason,
  type ClientKey,
  type DecisionResult,
  type ExportOutcome,
  type Store,
} from '../store/index.js';
import type { Stage } from '../domain/stages.js';
import type { DecisionAnswer, LifecycleState } from '../workflows/contract.js';

/** Short database activities of the client's life: each one transaction, each safe to repeat. */
export function lifecycleActivities(store: Store) {
  const warnAt = async (client: ClientKey) => (await nextWarning(store, client, new Date()))?.toISOString() ?? null;
  const remindAt = async (client: ClientKey) => (await nextReminder(store, client))?.toISOString() ?? null;

  return {
    /** Where the client stands when its workflow starts. */
    async loadState(client: ClientKey): Promise<LifecycleState> {
      const row = await getClientRow(store, client);
      const running = row.stage === 'exporting' ? await store.db.export.findFirst({ where: { ...client, state: 'running' }, orderBy: { number: 'desc' } }) : null;
      return { stage: row.stage as Stage, purgeAt: row.purgeAt?.toISOString() ?? null, exportId: running?.id ?? null, remindAt: await remindAt(client), warnAt: await warnAt(client) };
    },

    async applyDecision({ decisionId, ...client }: ClientKey & { decisionId: string }): Promise<DecisionAnswer> {
      const result = await applyDecision(store, client, decisionId);
      return { ...answer(result), remindAt: await remindAt(client), warnAt: await warnAt(client) };
    },

    async recordExport({ exportId, outcome, ...client }: ClientKey & { exportId: string; outcome: ExportOutcome }): Promise<DecisionAnswer> {
      return { ...answer(await recordExportOutcome(store, client, exportId, outcome)), warnAt: await warnAt(client) };
    },

    /** @param now the workflow's clock, ISO 8601 */
    async remindIfIdle({ now, ...client }: ClientKey & { now: string }): Promise<{ askAgainAt: string | null }> {
      const { askAgainAt } = await remindIfIdle(store, client, new Date(now));
      return { askAgainAt: askAgainAt?.toISOString() ?? null };
    },

    /** @param now the workflow's clock, ISO 8601 */
    async warnOfRetention({ now, ...client }: ClientKey & { now: string }): Promise<{ warnAt: string | null }> {
      const { warnAt } = await warnOfRetention(store, client, new Date(now));
      return { warnAt: warnAt?.toISOString() ?? null };
    },

    async purgeDue(client: ClientKey): Promise<{ due: boolean; purgeAt: string | null }> {
      const { due, purgeAt } = await purgeDue(store, client, new Date());
      return { due, purgeAt: purgeAt?.toISOString() ?? null };
    },

    async failPreview({ previewId, problem, ...client }: ClientKey & { previewId: string; problem?: BlockReason | null }): Promise<void> {
      await failPreview(store, client, previewId, problem ?? 'it_glue_unavailable');
    },
  };
}

function answer({ decisionId, stage, purgeAt, exportId }: DecisionResult): DecisionAnswer {
  return { decisionId, stage, purgeAt, exportId: stage === 'exporting' ? exportId : null };
}
