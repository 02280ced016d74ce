/** Replays what the workflows of a round have done: one that no worker could take up again is found although none had to. */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { readKeyFile } from '../../store/index.js';
import { dataConverter } from '../../temporal/connection.js';
import { workflowBundle } from '../../worker/bundle.js';

/** Far more than a round starts. */
const mostWorkflows = 2_000;

export interface Replayer {
  /** @returns a line for each workflow started since `from` that does not replay with the code that ran it */
  problems(from: Date): Promise<string[]>;
  close(): Promise<void>;
}

/** @param settings those of the stack */
export async function openReplayer(settings: Readonly<Record<string, string>>): Promise<Replayer> {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  const converter = dataConverter(await readKeyFile(settings['PAYLOAD_KEY_FILE']!));
  const bundle = await workflowBundle();
  const connection = await Connection.connect({ address: settings['TEMPORAL_ADDRESS']! });
  const { workflow } = new Client({ connection, namespace: settings['TEMPORAL_NAMESPACE']!, dataConverter: converter });
  return {
    async problems(from) {
      const wrong: string[] = [];
      const query = `StartTime >= "${from.toISOString()}" AND WorkflowType IN ("clientLifecycle", "itGlueExport")`;
      const histories = workflow.list({ query }).intoHistories({ concurrency: 4 });
      let replayed = 0;
      for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle, dataConverter: converter }, histories)) {
        if (error) wrong.push(`${workflowId} does not replay: ${error.message.slice(0, 600)}`);
        replayed += 1;
        if (replayed > mostWorkflows) throw new Error(`More than ${mostWorkflows} workflows were started in one round`);
      }
      if (replayed === 0) wrong.push('no workflow of this round was found to replay');
      return wrong;
    },
    close: () => connection.close(),
  };
}
