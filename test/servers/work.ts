/** Which process does what, as the Temporal server knows it. The SDK signs as `<process id>@<host>`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { lifecycleId } from '../../workflows/contract.js';

export interface Work {
  /** Process ids of those that have carried out something of the client's life. */
  workersOf(clientId: string): Promise<Set<number>>;
  /** Process id of the worker that is in the middle of the client's export. */
  exporterOf(clientId: string): Promise<number>;
  close(): Promise<void>;
}

export async function lookAtWork(address: string): Promise<Work> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const pidOf = (identity: string | null | undefined) => Number(/^(\d+)@/.exec(identity ?? '')?.[1] ?? 0);

  return {
    async workersOf(clientId) {
      const { events } = await workflow.getHandle(lifecycleId(clientId)).fetchHistory();
      const done = (events ?? []).map((event) => pidOf(event.workflowTaskStartedEventAttributes?.identity ?? event.activityTaskStartedEventAttributes?.identity));
      return new Set(done.filter((pid) => pid > 0));
    },
    async exporterOf(clientId) {
      const deadline = Date.now() + 10_000;
      const { raw } = await workflow.getHandle(lifecycleId(clientId)).describe();
      const child = raw.pendingChildren?.[0]?.workflowId;
      // Between two steps of the export nobody is in the middle of one.
      while (child && Date.now() < deadline) {
        const { raw: running } = await workflow.getHandle(child).describe();
        const pid = pidOf(running.pendingActivities?.[0]?.lastWorkerIdentity);
        if (pid > 0) return pid;
        await sleep(20);
      }
      throw new Error('No worker is in the middle of the export');
    },
    close: () => connection.close(),
  };
}
