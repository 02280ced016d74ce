import { Worker, type NativeConnection } from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import { createDownloadActivities, createExportActivities, createLifecycleActivities, createMailActivities, createPurgeActivities, type Dependencies, type Post } from '../activities/index.js';
import type { WorkerPrivateKey } from '../store/index.js';
import { downloadQueue, exportQueue, lifecycleQueue, mailQueue, purgeQueue } from '../workflows/contract.js';

export interface WorkerParts {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
  readonly workflowBundle: { code: string };
  readonly dependencies: Dependencies;
  /** Opens what people sealed to the workers: passphrases of downloads. */
  readonly workerKey: WorkerPrivateKey;
  /** Null when no mail server is set up: mails wait in the queue. */
  readonly post: Post | null;
}

/** How long work under way may take to end after a signal to stop, before it is cancelled and left to another worker. */
const shutdownGraceTime = '10s';

/**
 * Workers of one process: one for workflows and their short database activities, one for IT Glue, one for downloads, one for removals,
 * one for mail where a mail server is set up. An export that waits for IT Glue never holds up somebody's decision.
 */
export async function createWorkers(parts: WorkerParts): Promise<Worker[]> {
  const { connection, namespace, dataConverter, workflowBundle, dependencies, workerKey, post } = parts;
  const exporting = createExportActivities(dependencies);
  const lifecycle = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: lifecycleQueue,
    workflowBundle,
    // Small exports run their steps where their workflow is.
    activities: { ...createLifecycleActivities(dependencies), ...exporting },
    shutdownGraceTime,
    // Those in memory have a queue of their own, so people's decisions go on while many others are to be read from their histories.
    // Each takes about a sixth of a megabyte, whether anything happens or not.
    maxCachedWorkflows: 200,
    maxConcurrentActivityTaskExecutions: 40,
  });
  const exporter = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: exportQueue,
    activities: exporting,
    shutdownGraceTime,
    maxConcurrentActivityTaskExecutions: 20,
    // Heartbeats carry cancellation: they must not be held back for long.
    maxHeartbeatThrottleInterval: '5s',
  });
  const downloader = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: downloadQueue,
    activities: createDownloadActivities({ store: dependencies.store, workerKey }),
    shutdownGraceTime,
    // Each keeps a core busy, and takes memory of its own.
    maxConcurrentActivityTaskExecutions: 2,
    maxHeartbeatThrottleInterval: '5s',
  });
  const remover = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: purgeQueue,
    activities: createPurgeActivities(dependencies),
    shutdownGraceTime,
    // Many statements each, which nobody waits for: people's own have to get through between them.
    maxConcurrentActivityTaskExecutions: 2,
  });
  if (!post) return [lifecycle, exporter, downloader, remover];
  const mail = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: mailQueue,
    activities: createMailActivities({ store: dependencies.store, post }),
    shutdownGraceTime,
    maxConcurrentActivityTaskExecutions: 20,
  });
  return [lifecycle, exporter, downloader, remover, mail];
}
