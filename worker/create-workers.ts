import { Worker, type NativeConnection } from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import { createExportActivities, createLifecycleActivities, type Dependencies } from '../activities/index.js';
import { exportQueue, lifecycleQueue } from '../workflows/contract.js';

export interface WorkerParts {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
  readonly workflowBundle: { code: string };
  readonly dependencies: Dependencies;
}

/** How long work under way may take to end after a signal to stop, before it is cancelled and left to another worker. */
const shutdownGraceTime = '10s';

/**
 * Two workers in one process: one for workflows and their short database activities, one for IT Glue. An export that waits
 * for IT Glue never holds up somebody's decision.
 */
export async function createWorkers(parts: WorkerParts): Promise<Worker[]> {
  const { connection, namespace, dataConverter, workflowBundle, dependencies } = parts;
  const lifecycle = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: lifecycleQueue,
    workflowBundle,
    activities: createLifecycleActivities(dependencies),
    shutdownGraceTime,
    maxCachedWorkflows: 500,
    maxConcurrentActivityTaskExecutions: 40,
  });
  const exporter = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: exportQueue,
    activities: createExportActivities(dependencies),
    shutdownGraceTime,
    maxConcurrentActivityTaskExecutions: 20,
    // Heartbeats carry cancellation: they must not be held back for long.
    maxHeartbeatThrottleInterval: '5s',
  });
  return [lifecycle, exporter];
}
