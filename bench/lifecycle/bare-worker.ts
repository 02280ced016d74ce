/** The worker of the bare workflow: the SDK's defaults, no encryption, nothing but itself. */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { untilToldToEnd } from '../main/baseline.js';
import { bareQueue, type BareMessage } from './bare-names.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const connection = await NativeConnection.connect({ address: process.env['BENCH_TEMPORAL']! });
const worker = await Worker.create({
  connection,
  taskQueue: bareQueue,
  workflowsPath: fileURLToPath(new URL('./bare-workflow.ts', import.meta.url)),
  activities: { noop: (message: BareMessage) => Promise.resolve(message) },
});
await worker.runUntil(untilToldToEnd({}));
await connection.close();
