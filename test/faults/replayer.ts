/** Replays what the workflows of a round have done: one that no worker could take up again is found although none had to. */
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
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
      for await (const { workflowId, runId, error } of Worker.runReplayHistories({ workflowBundle: bundle, dataConverter: converter }, histories)) {
        if (error) wrong.push(`${workflowId} does not replay: ${error.message.slice(0, 600)} ${outline(await workflow.getHandle(workflowId, runId).fetchHistory())}`);
        replayed += 1;
        if (replayed > mostWorkflows) throw new Error(`More than ${mostWorkflows} workflows were started in one round`);
      }
      if (replayed === 0) wrong.push('no workflow of this round was found to replay');
      return wrong;
    },
    close: () => connection.close(),
  };
}

/** What happened in a history, without its payloads: the history itself goes with the stack, and such a one may not come again. */
function outline({ events }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>): string {
  const lines = (events ?? []).map((event) => {
    const { markerRecordedEventAttributes: marker, activityTaskScheduledEventAttributes: activity, workflowExecutionSignaledEventAttributes: signal, workflowTaskFailedEventAttributes: failed } = event;
    // The mark of a patch names it in a payload of the SDK's own.
    const patch = marker?.details?.['patch-data']?.payloads?.[0]?.data;
    const names = [marker?.markerName, patch && Buffer.from(patch).toString(), activity?.activityType?.name, signal?.signalName, failed?.failure?.message?.slice(0, 200)];
    return [event.eventType, ...names.filter(Boolean)].join(' ');
  });
  return `[${lines.join('; ')}]`.slice(0, 8_000);
}
