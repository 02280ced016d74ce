import { connectionReasons } from '../domain/block-reasons.js';
import { purgeDate } from '../domain/retention.js';
import type { Stage } from '../domain/stages.js';
import { appendAudit } from './audit.js';
import { lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { tellOfExport } from './mail/steps.js';
import { tierOf } from './tiers.js';
import type { DecisionResult } from './decisions/propose.js';
import { continueExport, settleExport, type BlockReason } from './exports.js';
import { connectionWorks } from './it-glue-connection-use.js';
import { writeExportRecord } from './onboardings/record.js';

/** What an export ended with. Ids only; words are looked up where they are shown. */
export type ExportOutcome =
  | { readonly state: 'done'; readonly organizationId: string; readonly organizationUrl: string | null }
  | { readonly state: 'blocked'; readonly blockedBy: BlockReason };

/**
 * Closes an export run: moves the client on, starts retention and writes the record of export, or parks it for a person.
 * Doing it again for the same run changes nothing.
 */
export async function recordExportOutcome(store: Store, client: ClientKey, exportId: string, outcome: ExportOutcome): Promise<DecisionResult> {
  return inTransaction(store, async (context) => {
    const row = await lockClient(context, client);
    const result = (stage: Stage, purgeAt: Date | null): DecisionResult => ({
      decisionId: exportId,
      stage,
      purgeAt: purgeAt?.toISOString() ?? null,
      exportId,
    });
    // A late repetition for an earlier run must not end the one that is under way now.
    const run = await context.db.export.findFirst({ where: { ...ofClient(client), id: exportId }, select: { state: true, startedBy: true } });
    if (row.stage !== 'exporting' || run?.state !== 'running') return result(row.stage as Stage, row.purgeAt);
    await settleExport(context, client, exportId, outcome.state === 'done' ? { state: 'done' } : outcome);
    const now = new Date();
    if (outcome.state === 'blocked' && connectionReasons.includes(outcome.blockedBy) && (await connectionWorks(context, client.tenantId))) {
      return { ...result('exporting', null), exportId: await goOn(context, client) };
    }
    const stage: Stage = outcome.state === 'done' ? 'retention' : 'export_blocked';
    const { retentionSeconds } = await tierOf(context, client.tenantId);
    const purgeAt = outcome.state === 'done' ? purgeDate(now, retentionSeconds) : null;
    await context.db.client.update({
      where: { id: client.clientId },
      data: {
        stage,
        stageChangedAt: now,
        ...(outcome.state === 'done'
          ? { exportedAt: now, purgeAt, organizationId: outcome.organizationId, organizationUrl: outcome.organizationUrl }
          : {}),
      },
    });
    if (outcome.state === 'done') {
      const { organizationId, organizationUrl } = outcome;
      await writeExportRecord(context, client, { organizationId, organizationUrl, exportedAt: now, purgeAt: purgeAt! });
    }
    await appendAudit(context, {
      ...ofClient(client),
      actorId: null,
      party: 'system',
      action: outcome.state === 'done' ? 'export.done' : 'export.blocked',
      details: { exportId, ...outcome },
    });
    await tellOfExport(context, ofClient(client), row, { id: exportId, startedBy: run.startedBy, state: outcome.state });
    return result(stage, purgeAt);
  });
}

/** The connection was mended between the refusal and now: nobody would wake this export later, so it goes on at once. */
async function goOn(context: StoreContext, client: ClientKey): Promise<string> {
  const exportId = await continueExport(context, client, null);
  await appendAudit(context, { ...ofClient(client), actorId: null, party: 'system', action: 'export.resumed', details: { exportId } });
  return exportId;
}
