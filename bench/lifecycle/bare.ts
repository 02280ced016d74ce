import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { withBaseline } from '../main/baseline.js';
import { bareQueue, bareUpdate, bareWorkflowName } from './bare-names.js';
import type { Chain } from './rate.js';

/** Runs the bare worker on that server; `work` gets a function that starts so many bare workflows and gives their chains. */
export async function withBareProcess<T>(address: string, work: (start: (count: number) => Promise<Chain[]>) => Promise<T>): Promise<T> {
  return withBaseline('bench/lifecycle/bare-worker.ts', { BENCH_TEMPORAL: address }, async () => {
    const connection = await Connection.connect({ address });
    const client = new Client({ connection });
    const start = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async (): Promise<Chain> => {
          const handle = await client.workflow.start(bareWorkflowName, { workflowId: `bare/${randomUUID()}`, taskQueue: bareQueue });
          return async () => void (await handle.executeUpdate(bareUpdate, { args: [{ decisionId: randomUUID() }] }));
        }),
      );
    try {
      return await work(start);
    } finally {
      await connection.close();
    }
  });
}
