import { heartbeat, log } from '@temporalio/activity';
import { mostEnded } from '../../domain/sweep.js';
import { knownClients, knownTenant, type Store } from '../../store/index.js';
import { clientOfWorkflow, lifecycleId, type SweepCounts } from '../../workflows/contract.js';
import type { Dependencies } from '../dependencies.js';
import { deleteExecution } from '../executions.js';
import { findings, type Findings } from './findings.js';

const askedAtOnce = 500;

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
  readonly clientId: string;
  readonly tenantId: string | null;
  readonly state: 'running' | 'ended';
}

/**
 * Looks for executions of clients that are gone: ones that still run are ended, and what a removal left of histories is
 * deleted. A client's row is there before its first workflow, so one whose row is not there is gone.
 */
export function executionSweep({ store, temporal }: Pick<Dependencies, 'store' | 'temporal'>) {
  return {
    async sweepExecutions({ runId }: { runId: string }): Promise<SweepCounts> {
      const noted = findings(store, runId);
      let histories = 0;
      let some: Execution[] = [];
      const look = async () => {
        const known = await knownClients(store, some.map(({ clientId }) => clientId));
        for (const execution of some.filter(({ clientId }) => !known.has(clientId))) {
          heartbeat();
          // A removal that runs without its client is at its last step: it deletes the histories itself.
          if (execution.state === 'running' && execution.workflowId.startsWith('purge/')) continue;
          if (execution.state === 'running' && execution.workflowId === lifecycleId(execution.clientId) && !(await mayEnd(store, execution, noted))) continue;
          await deleteExecution(temporal, execution);
          histories += 1;
        }
        some = [];
      };
      for await (const { workflowId, runId: run, status, searchAttributes } of temporal.workflow.list({ pageSize: askedAtOnce })) {
        heartbeat();
        const clientId = clientOfWorkflow(workflowId);
        if (!clientId) continue;
        const tenantId = searchAttributes['TenantId']?.[0];
        some.push({ workflowId, runId: run, clientId, tenantId: typeof tenantId === 'string' ? tenantId : null, state: status.name === 'RUNNING' ? 'running' : 'ended' });
        if (some.length === askedAtOnce) await look();
      }
      await look();
      if (histories > 0) log.info('histories of clients that are gone were deleted', { histories });
      return noted.counts;
    },
  };
}

/** Whether a client's workflow may be ended unasked: when there are many without a client, the database is rather the wrong one. */
async function mayEnd(store: Store, { tenantId }: Execution, noted: Findings): Promise<boolean> {
  const tenant = tenantId && (await knownTenant(store, tenantId)) ? tenantId : null;
  if (noted.counts.mended < mostEnded && tenant) {
    await noted.mended({ tenantId: tenant, clientId: null }, 'workflow_without_client');
    return true;
  }
  if (tenant) await noted.reported({ tenantId: tenant, clientId: null }, 'workflow_without_client');
  else log.error('a workflow runs for a client of a tenant that this database does not know', { tenantId });
  return false;
}
