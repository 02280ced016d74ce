import { heartbeat, log } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { disagreement, lostExportMs, type BelievedClient, type SweepKind } from '../../domain/sweep.js';
import { clientsToSweep, clientToSweep, parkLostExport, purgeDue, recordExportOutcome, runningExport, type SweptClient } from '../../store/index.js';
import { exportWorkflowId, lifecycleId, lifecycleQueue, lookAgain, purgeWorkflowId, workflowNames, type SweepCounts } from '../../workflows/contract.js';
import type { Dependencies } from '../dependencies.js';
import { attempt, findings, type Findings } from './findings.js';

/** Clients looked at by one call, and workflows asked for in one question. */
const portion = 1_000;
const askedAtOnce = 200;
/** Attempts after which something that is tried again and again counts as failing. */
const manyAttempts = 10;

type Deps = Pick<Dependencies, 'store' | 'temporal'>;

/** Compares a portion of the clients with their workflows. */
export function clientSweep(deps: Deps) {
  const { store } = deps;
  return {
    async sweepClients({ runId, after }: { runId: string; after: string | null }): Promise<SweepCounts & { next: string | null }> {
      const noted = findings(store, runId);
      const clients = await clientsToSweep(store, after, portion);
      for (let at = 0; at < clients.length; at += askedAtOnce) {
        const some = clients.slice(at, at + askedAtOnce);
        const believed = await believedClients(deps, some);
        for (const client of some) {
          heartbeat();
          const suspected = disagreement(client, believed.get(client.clientId) ?? null, new Date());
          // The list may lag behind: what it suggests is looked at closely before anything is done.
          if (suspected) await attempt(client, suspected, noted, () => settle(deps, client, noted));
        }
      }
      return { ...noted.counts, clients: clients.length, next: clients.length < portion ? null : clients.at(-1)!.clientId };
    },
  };
}

/** What the running workflows of these clients show in Temporal's list. */
async function believedClients({ temporal }: Deps, clients: readonly SweptClient[]): Promise<Map<string, BelievedClient>> {
  const ids = clients.map(({ clientId }) => `"${lifecycleId(clientId)}"`).join(',');
  const believed = new Map<string, BelievedClient>();
  for await (const execution of temporal.workflow.list({ query: `ExecutionStatus = "Running" AND WorkflowId IN (${ids})`, pageSize: askedAtOnce })) {
    believed.set(execution.workflowId.split('/')[1]!, shownBy(execution));
    heartbeat();
  }
  return believed;
}

/** Looks at one client closely and mends what is still wrong. */
async function settle(deps: Deps, { tenantId, clientId }: SweptClient, noted: Findings): Promise<void> {
  const known = await clientToSweep(deps.store, { tenantId, clientId });
  if (!known) return;
  const lifecycle = await describe(deps, lifecycleId(clientId));
  const kind = disagreement(known, isRunning(lifecycle) ? shownBy(lifecycle!) : null, new Date());
  if (kind && !isForOthers(kind)) await mend[kind](deps, known, noted);
}

/** What is not found by comparing a client with its workflow. */
const forOthers = ['workflow_without_client', 'preview_stuck', 'download_stuck'] as const;
type ForOthers = (typeof forOthers)[number];
const isForOthers = (kind: SweepKind): kind is ForOthers => (forOthers as readonly SweepKind[]).includes(kind);

const mend: Readonly<Record<Exclude<SweepKind, ForOthers>, (deps: Deps, client: SweptClient, noted: Findings) => Promise<void>>> = {
  async workflow_missing({ temporal }, { tenantId, clientId }, noted) {
    await temporal.workflow.start(workflowNames.clientLifecycle, {
      workflowId: lifecycleId(clientId),
      taskQueue: lifecycleQueue,
      args: [{ tenantId, clientId }],
      // Somebody's decision may have started it in this moment.
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: 'Onboarding of one client',
      searchAttributes: { TenantId: [tenantId] },
    });
    await noted.mended({ tenantId, clientId }, 'workflow_missing');
  },

  async workflow_behind({ temporal }, { tenantId, clientId }, noted) {
    await temporal.workflow.getHandle(lifecycleId(clientId)).signal(lookAgain);
    await noted.mended({ tenantId, clientId }, 'workflow_behind');
  },

  async removal_overdue(deps, client, noted) {
    // Nobody may have been warned; its workflow is to go by the end that is set for that.
    const { due } = await purgeDue(deps.store, client, new Date());
    if (!due) return deps.temporal.workflow.getHandle(lifecycleId(client.clientId)).signal(lookAgain);
    // The purge asks the database itself whether the time is over, so a decision that comes in between is heard.
    if (await startPurge(deps, client)) await noted.mended(client, 'removal_overdue');
  },

  async removal_unfinished(deps, client, noted) {
    if (await startPurge(deps, client)) return noted.mended(client, 'removal_unfinished');
    const removal = await describe(deps, purgeWorkflowId(client.clientId));
    const failing = removal?.raw.pendingActivities?.some((activity) => (activity.attempt ?? 0) >= manyAttempts);
    if (failing) await noted.reported(client, 'removal_unfinished');
  },

  async export_without_workflow(deps, client, noted) {
    const { tenantId, clientId } = client;
    const exportId = await runningExport(deps.store, { tenantId, clientId });
    if (exportId && !isLost(await describe(deps, exportWorkflowId(clientId, exportId)))) return;
    if (exportId) await recordExportOutcome(deps.store, { tenantId, clientId }, exportId, { state: 'blocked', blockedBy: 'internal' });
    else await parkLostExport(deps.store, { tenantId, clientId });
    await deps.temporal.workflow.getHandle(lifecycleId(clientId)).signal(lookAgain);
    await noted.mended({ tenantId, clientId }, 'export_without_workflow');
  },
};

/** @returns whether it had to be started */
async function startPurge(deps: Deps, { tenantId, clientId, deletedAt }: SweptClient): Promise<boolean> {
  if (isRunning(await describe(deps, purgeWorkflowId(clientId)))) return false;
  log.warn('a removal is started by the sweep', { clientId });
  await deps.temporal.workflow.start(workflowNames.purge, {
    workflowId: purgeWorkflowId(clientId),
    taskQueue: lifecycleQueue,
    args: [{ tenantId, clientId, policy: deletedAt ? 'deletion' : 'retention' }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Removal of the source data',
  });
  return true;
}

async function describe({ temporal }: Deps, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await temporal.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const isRunning = (execution: WorkflowExecutionDescription | null) => execution?.status.name === 'RUNNING';

/** Not there, or ended so long ago that its end should have been noted. */
function isLost(execution: WorkflowExecutionDescription | null): boolean {
  if (!execution) return true;
  return execution.closeTime !== undefined && Date.now() - execution.closeTime.getTime() > lostExportMs;
}

function shownBy({ searchAttributes }: Pick<WorkflowExecutionDescription, 'searchAttributes'>): BelievedClient {
  const stage = searchAttributes['ClientStage']?.[0];
  const purgeAt = searchAttributes['PurgeAt']?.[0];
  return { stage: typeof stage === 'string' ? stage : null, purgeAt: purgeAt instanceof Date ? purgeAt : null };
}
