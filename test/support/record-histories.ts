/**
 * Records the histories of a whole life on a real dev server into test/histories, one file a workflow:
 * `npx tsx test/support/record-histories.ts NAME`, with NAME the released shape, such as `2026-11`. Recorded once for each
 * released shape of the workflows; the files are replayed by test/workflows/replay.test.ts for ever after.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { makeBundle } from '../../worker/bundle.js';
import { decisionUpdates, downloadQueue, exportQueue, lifecycleQueue, lifecycleState, mailDispatchId, mailQueued, mailQueue, purgeQueue, searchAttributes, workflowNames } from '../../workflows/contract.js';
import type { Section } from '../../domain/kinds/index.js';
import type { Action } from '../../domain/stages.js';
import { historyConverter } from './history-key.js';
import { scene } from './lifecycle.js';
import { startDevServer } from './temporal.js';

const name = process.argv[2];
if (!name) throw new Error('Usage: npx tsx test/support/record-histories.ts NAME');

const server = await startDevServer({ searchAttributes });
const bundle = await makeBundle();
const given = scene({ retentionMs: 3_000, remindAgainMs: 300, now: () => Promise.resolve(Date.now()) });
given.outcomes.push({ state: 'blocked', blockedBy: 'records' });
const options = { connection: server.environment.nativeConnection, dataConverter: historyConverter, activities: given.activities };
const workers = [
  await Worker.create({ ...options, taskQueue: lifecycleQueue, workflowBundle: bundle }),
  await Worker.create({ ...options, taskQueue: exportQueue }),
  await Worker.create({ ...options, taskQueue: mailQueue }),
  await Worker.create({ ...options, taskQueue: downloadQueue }),
  await Worker.create({ ...options, taskQueue: purgeQueue }),
];
const running = Promise.all(workers.map((worker) => worker.run()));
const client = new Client({ connection: server.environment.connection, dataConverter: historyConverter });

const clientId = '00000000-0000-7000-8000-000000000001';
const ids = { tenantId: clientId, clientId };
const life = await client.workflow.start(workflowNames.clientLifecycle, { workflowId: `client/${clientId}`, taskQueue: lifecycleQueue, args: [ids] });
const steps: readonly [Action, Section?, string?][] = [
  ['submit', 'sales'], ['send_back', 'sales'], ['submit', 'sales'], ['approve', 'sales'], ['submit', 'accounting'], ['approve', 'accounting'],
  ['submit', 'msp'], ['approve', 'msp'], ['sign_off'], ['sign_off'], ['start_export'],
];
let count = 0;
const decide = (action: Action, section?: Section, suffix = '') => {
  count += 1;
  const decisionId = `${action}:${section ?? ''}:${count}${suffix}`;
  return life.executeUpdate(decisionUpdates[action], { args: [{ decisionId, action, section: section ?? null }] });
};
const reach = async (stage: string) => {
  while ((await life.query(lifecycleState)).stage !== stage) await new Promise((resolve) => setTimeout(resolve, 50));
};
// One client that stands still for a while, so that the history holds a reminder.
while (given.story.filter((word) => word === 'asked whether to remind').length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
for (const [action, section] of steps) await decide(action, section);
await reach('export_blocked');
await decide('retry_export');
await reach('retention');
await decide('move_retention', undefined, `@${Date.now() + 2_000}`);
await life.result();
const purge = client.workflow.getHandle(`purge/${clientId}`);
await purge.result();
const preview = await client.workflow.start(workflowNames.exportPreview, { workflowId: 'preview/1/1', taskQueue: lifecycleQueue, args: [{ ...ids, previewId: clientId }] });
await preview.result();
const download = await client.workflow.start(workflowNames.clientDownload, { workflowId: 'download/1/1', taskQueue: lifecycleQueue, args: [{ ...ids, downloadId: clientId }] });
await download.result();

const mail = await client.workflow.start(workflowNames.mailDispatch, { workflowId: mailDispatchId, taskQueue: lifecycleQueue, args: [{ idleMs: 500 }] });
await mail.signal(mailQueued);
while (given.story.filter((word) => word === 'mail sent').length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
await mail.terminate();

const folder = new URL('../histories/', import.meta.url);
await mkdir(folder, { recursive: true });
const recorded = { 'client-lifecycle': life, 'it-glue-export': client.workflow.getHandle(`export/${clientId}/export-1`), purge, 'export-preview': preview, 'client-download': download, 'mail-dispatch': mail };
for (const [workflow, handle] of Object.entries(recorded)) {
  await writeFile(new URL(`${name}-${workflow}.json`, folder), `${historyToJSON(await handle.fetchHistory())}\n`);
}
for (const worker of workers) worker.shutdown();
await running;
await server.close();
