import type { Client } from '@temporalio/client';
import { coalesced } from '../temporal/coalesced.js';
import { lifecycleQueue, mailDispatchId, mailQueued, workflowNames, type MailDispatchInput } from '../workflows/contract.js';

/** The queue is looked at this often even when no signal comes. */
const idleMs = 60_000;

/** How often a worker makes sure that the dispatcher runs. */
const careMs = 5 * 60_000;

/**
 * Keeps the one workflow alive that sends the mail of all tenants. `wake` tells it that there is some.
 * @param starts whether this worker has a mail server; one without leaves the starting to others
 */
export function keepMailGoing(temporal: Pick<Client, 'workflow'>, starts: boolean): { wake(): void; close(): void } {
  const input: MailDispatchInput = { idleMs };
  const start = () =>
    temporal.workflow
      .start(workflowNames.mailDispatch, {
        workflowId: mailDispatchId,
        taskQueue: lifecycleQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: 'Sends the mail that is queued',
      })
      .catch(() => undefined);
  const timer = starts ? setInterval(() => void start(), careMs) : undefined;
  if (starts) void start();
  return {
    wake: coalesced(() => temporal.workflow.getHandle(mailDispatchId).signal(mailQueued)),
    close: () => clearInterval(timer),
  };
}
