import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { DownloadActivities, ExportActivities, LifecycleActivities, MailActivities, PurgeActivities } from '../activities/index.js';
import { downloadQueue, exportQueue, failureTypes, mailQueue, purgeQueue } from './contract.js';

/**
 * One database transaction each. Retried until the database is back: a person's decision that was accepted is never
 * dropped; the API tells them when it takes too long.
 */
export const lifecycleActivities = proxyActivities<LifecycleActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '20s', nonRetryableErrorTypes: [failureTypes.refused] },
});

/** How lifecycles that began before took short looks into the database: on the worker that has the workflow, each tried once. */
export const inlineLooks = proxyLocalActivities<LifecycleActivities>({
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
});

/** Reads a few lists. What IT Glue does not answer is an answer too, so only a worker or a database that is away is tried again. */
export const testActivities = proxyActivities<ExportActivities>({
  taskQueue: exportQueue,
  startToCloseTimeout: '15m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 10 },
});

/** Wakes the exports of a tenant: each must be heard by its own workflow. */
export const connectionActivities = proxyActivities<LifecycleActivities>({
  startToCloseTimeout: '1h',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 100 },
});

/** Removal in portions: long for a large client, so it says now and then that it is alive. */
export const purgeActivities = proxyActivities<PurgeActivities>({
  taskQueue: purgeQueue,
  startToCloseTimeout: '2h',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '1s', maximumInterval: '5m' },
});

/** Looks at many clients: long, so it says now and then that it is alive. The next sweep comes anyway, so it gives up early. */
export const sweepActivities = proxyActivities<LifecycleActivities>({
  startToCloseTimeout: '20m',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 5 },
});

/**
 * Steps of an export. Each goes on from the ledger when it is tried again; after an hour of failures a person is asked.
 */
export const exportActivities = proxyActivities<ExportActivities>({
  taskQueue: exportQueue,
  startToCloseTimeout: '12h',
  scheduleToCloseTimeout: '24h',
  heartbeatTimeout: '15s',
  // A step that is stopped ends its requests under way first; what exists is known only then.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: {
    initialInterval: '1s',
    maximumInterval: '1m',
    maximumAttempts: 60,
    nonRetryableErrorTypes: [failureTypes.blocked],
  },
});

/**
 * The same steps on the worker that has the workflow, each tried once: what does not end well there, or takes long, is tried
 * again as an activity of its own. The limit is there for what hangs; steps give up long before it (activities/export/inline.ts).
 */
export const inlineActivities = proxyLocalActivities<ExportActivities>({
  startToCloseTimeout: '5m',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { maximumAttempts: 1 },
});

/** What a person who stopped an export waits for: it gives up early. */
export const settlingActivities = proxyActivities<ExportActivities>({
  taskQueue: exportQueue,
  startToCloseTimeout: '5m',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 5, nonRetryableErrorTypes: [failureTypes.blocked] },
});

/** A preview is waited for by a person: it gives up early. */
export const previewActivities = proxyActivities<ExportActivities>({
  taskQueue: exportQueue,
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '5m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 5, nonRetryableErrorTypes: [failureTypes.blocked] },
});

/** Builds a file of any size: each attempt begins anew, and what one before it left is gone. */
export const downloadActivities = proxyActivities<DownloadActivities>({
  taskQueue: downloadQueue,
  startToCloseTimeout: '4h',
  scheduleToCloseTimeout: '12h',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: 5 },
});

/** Notes how it ended: asked again until the database is back. */
export const downloadEndActivities = proxyActivities<DownloadActivities>({
  taskQueue: downloadQueue,
  startToCloseTimeout: '1m',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

/** Looks at the mail queue: asked again until the database is back. */
export const mailQueueActivities = proxyActivities<MailActivities>({
  taskQueue: mailQueue,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '20s' },
});

/**
 * One attempt to send a mail. What the mail server says is kept in the queue with the time of the next attempt; only a
 * worker that dies or a database that is away is a failure here, and the queue knows what to do then.
 */
export const mailSendActivities = proxyActivities<MailActivities>({
  taskQueue: mailQueue,
  startToCloseTimeout: '90s',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', maximumAttempts: 2 },
});
