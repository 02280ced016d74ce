import { heartbeat } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import { stuckDownloadMs, stuckPreviewMs } from '../../domain/sweep.js';
import { beginSweep, buildingDownloads, buildingPreviews, clearLeftovers, endSweep, failDownload, failPreview, replayPurges } from '../../store/index.js';
import { downloadWorkflowId, previewWorkflowId, type SweepCounts } from '../../workflows/contract.js';
import type { Dependencies } from '../dependencies.js';
import { clientSweep } from './clients.js';
import { executionSweep } from './executions.js';
import { attempt, findings } from './findings.js';

/** Previews, and downloads, looked at by one sweep; what is left comes next time. */
const mostOfEach = 1_000;

/** The steps of a sweep. Each may be repeated: what is right already is left alone. */
export function sweepActivities(deps: Pick<Dependencies, 'store' | 'temporal'>) {
  const { store, temporal } = deps;
  return {
    ...clientSweep(deps),
    ...executionSweep(deps),

    async beginSweep(): Promise<string> {
      return beginSweep(store);
    },

    /** Previews and downloads give up by themselves; one whose workflow is gone cannot. */
    async sweepPreviews({ runId }: { runId: string }): Promise<SweepCounts> {
      const noted = findings(store, runId);
      for (const { previewId, ...client } of await buildingPreviews(store, new Date(Date.now() - stuckPreviewMs), mostOfEach)) {
        heartbeat();
        await attempt(client, 'preview_stuck', noted, async () => {
          if (await runs(previewWorkflowId(client.clientId, previewId))) return;
          await failPreview(store, client, previewId, 'internal');
          await noted.mended(client, 'preview_stuck');
        });
      }
      for (const { downloadId, ...client } of await buildingDownloads(store, new Date(Date.now() - stuckDownloadMs), mostOfEach)) {
        heartbeat();
        await attempt(client, 'download_stuck', noted, async () => {
          if (await runs(downloadWorkflowId(client.clientId, downloadId))) return;
          await failDownload(store, client, downloadId, 'internal');
          await noted.mended(client, 'download_stuck');
        });
      }
      return noted.counts;
    },

    /** Also removes again what a restored backup brought back since the last start. */
    async clearLeftovers(): Promise<{ cleared: Record<string, number> }> {
      const { removed } = await replayPurges(store);
      const cleared = await clearLeftovers(store, new Date(), heartbeat);
      return { cleared: { ...cleared, ...(removed > 0 ? { restoredClient: removed } : {}) } };
    },

    async endSweep({ runId, counts, cleared }: { runId: string; counts: SweepCounts; cleared: Record<string, number> }): Promise<void> {
      await endSweep(store, runId, { ...counts, cleared });
    },
  };

  async function runs(workflowId: string): Promise<boolean> {
    try {
      return (await temporal.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
}
