import { randomUUID } from 'node:crypto';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPreview, destroyClientKey, getClientRow, getExportRecord, lastSweep, listSweepFindings, newId, verifyChain, type ClientKey } from '../../store/index.js';
import { makeBundle } from '../../worker/bundle.js';
import { createWorkers } from '../../worker/create-workers.js';
import { ensureSchedules } from '../../worker/schedules.js';
import { decisionUpdates, executionsOf, lifecycleId, lifecycleQueue, lifecycleState, previewWorkflowId, purgeWorkflowId, searchAttributes, workflowNames } from '../../workflows/contract.js';
import { newClient, propose } from '../store/support.js';
import { openRun } from '../support/export-run.js';
import { testConverter } from '../support/lifecycle.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { quickDeletion, startDevServer, type DevServer } from '../support/temporal.js';
import { workerKeys } from '../support/worker-keys.js';

const patience = { timeout: 60_000, interval: 100 };
const day = 24 * 3_600_000;
const ago = (ms: number) => new Date(Date.now() - ms);

let test: TestStore;
let server: DevServer;
let temporal: Client;
let workers: Worker[];
let running: Promise<unknown>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  [test, server] = await Promise.all([openTestStore(), startDevServer({ searchAttributes, settings: quickDeletion })]);
  const { connection, nativeConnection } = server.environment;
  temporal = new Client({ connection, namespace: server.namespace, dataConverter: testConverter });
  const notConnected = { of: () => Promise.resolve(null) };
  const dependencies = { store: test.store, targets: notConnected, languageModel: null, temporal };
  workers = await createWorkers({ connection: nativeConnection, namespace: server.namespace, dataConverter: testConverter, workflowBundle: await makeBundle(), dependencies, workerKey: (await workerKeys()).privateKey, post: null });
  running = Promise.all(workers.map((worker) => worker.run()));
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await server.close();
  await test.close();
});

/** A client that was last changed an hour ago. */
async function clientIn(stage: string, columns: object = {}): Promise<ClientKey> {
  const client = await newClient(test, stage);
  await test.store.db.client.update({ where: { id: client.clientId }, data: { stageChangedAt: ago(3_600_000), lastActivityAt: ago(3_600_000), ...columns } });
  return client;
}

const start = (client: ClientKey) =>
  temporal.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.clientId), taskQueue: lifecycleQueue, args: [client], searchAttributes: { TenantId: [client.tenantId] } });

/** A workflow that nobody carries on: it shows what it last believed, and does nothing. */
const startHanging = (client: ClientKey, stage: string, purgeAt?: Date) =>
  temporal.workflow.start(workflowNames.clientLifecycle, {
    workflowId: lifecycleId(client.clientId),
    taskQueue: 'nobody-works-here',
    args: [client],
    searchAttributes: { TenantId: [client.tenantId], ClientStage: [stage], ...(purgeAt ? { PurgeAt: [purgeAt] } : {}) },
  });

const sweep = () => temporal.workflow.execute<() => Promise<{ clients: number; mended: number; reported: number }>>(workflowNames.sweep, { workflowId: `sweep-${randomUUID()}`, taskQueue: lifecycleQueue });
const believed = async (client: ClientKey) => temporal.workflow.getHandle(lifecycleId(client.clientId)).query(lifecycleState);
const stageOf = async (client: ClientKey) => (await getClientRow(test.store, client)).stage;
const isThere = (workflowId: string) =>
  temporal.workflow.getHandle(workflowId).describe().then(
    () => true,
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
async function found(client: ClientKey, which: 'open' | 'all' = 'all'): Promise<string[]> {
  const rows = await listSweepFindings(test.store, client.tenantId, which, { limit: 1_000, after: null });
  return rows.filter((row) => row.clientId === client.clientId).map((row) => `${row.kind} ${row.outcome}${row.settledAt ? ' settled' : ''}`);
}
/** Temporal's list lags behind what happened. */
const untilListed = (query: string, count: number) => expect.poll(async () => (await temporal.workflow.count(query)).count, patience).toBe(count);

describe('the sweep', () => {
  it('starts clients again whose workflows are gone, each where it stands and with its own timers', { timeout: 120_000 }, async () => {
    const purgeAt = new Date(Date.now() + 20 * day);
    const [entering, kept, deleted, held] = [await clientIn('accounting'), await clientIn('retention', { purgeAt }), await clientIn('deleted', { purgeAt, stageBefore: 'msp', deletedAt: ago(day) }), await clientIn('retention', { heldSince: ago(day), heldPurgeAt: ago(1) })];
    const exporting = await clientIn('sales');
    await openRun(test, exporting);

    expect((await sweep()).mended).toBe(5);
    await expect.poll(async () => (await believed(entering)).stage, patience).toBe('accounting');
    expect(await believed(kept)).toMatchObject({ stage: 'retention', purgeAt: purgeAt.toISOString(), warnAt: new Date(purgeAt.getTime() - 10 * day).toISOString() });
    expect(await believed(deleted)).toMatchObject({ stage: 'deleted', purgeAt: purgeAt.toISOString() });
    expect(await believed(held)).toMatchObject({ stage: 'retention', purgeAt: null });
    // The export went on from its ledger; in this tenant it ends because nothing is connected.
    await expect.poll(() => stageOf(exporting), patience).toBe('export_blocked');
    expect(await found(kept)).toEqual(['workflow_missing mended']);
    expect((await test.store.db.auditEntry.findFirst({ where: { clientId: kept.clientId }, orderBy: { sequence: 'desc' } }))?.action).toBe('sweep.workflow_missing');

    await untilListed(`WorkflowType = "clientLifecycle" AND ExecutionStatus = "Running" AND ClientStage IN ("accounting", "retention", "deleted", "export_blocked")`, 5);
    expect(await sweep(), 'a second one finds nothing').toMatchObject({ mended: 0, reported: 0 });
  });

  it('tells a workflow that believes another stage or end to read it again', { timeout: 120_000 }, async () => {
    const client = await clientIn('sales');
    await start(client);
    await untilListed(`WorkflowId = "${lifecycleId(client.clientId)}" AND ClientStage = "sales"`, 1);
    const purgeAt = new Date(Date.now() + 9 * day);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { stage: 'retention', purgeAt } });
    expect((await sweep()).mended).toBe(1);
    await expect.poll(() => believed(client), patience).toMatchObject({ stage: 'retention', purgeAt: purgeAt.toISOString(), warnAt: new Date(purgeAt.getTime() - 5 * day).toISOString() });
    expect(await found(client)).toEqual(['workflow_behind mended']);

    await untilListed(`WorkflowId = "${lifecycleId(client.clientId)}" AND ClientStage = "retention"`, 1);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { stage: 'accounting', purgeAt: null, lastActivityAt: new Date() } });
    expect((await sweep()).mended, 'a client that somebody has just changed is left alone').toBe(0);
  });

  it('ends workflows whose client is gone, and deletes what a removal left of histories', { timeout: 120_000 }, async () => {
    const client = await clientIn('sales');
    const previewId = randomUUID();
    await start(client);
    await temporal.workflow.execute(workflowNames.exportPreview, { workflowId: previewWorkflowId(client.clientId, previewId), taskQueue: lifecycleQueue, args: [{ ...client, previewId }] });
    await untilListed(executionsOf(client.clientId), 2);
    for (const table of ['record', 'sectionState', 'decision'] as const) await (test.store.db[table] as typeof test.store.db.record).deleteMany({ where: { clientId: client.clientId } });
    await test.store.db.client.delete({ where: { id: client.clientId } });

    expect((await sweep()).mended).toBe(1);
    for (const workflowId of [lifecycleId(client.clientId), previewWorkflowId(client.clientId, previewId)]) await expect.poll(() => isThere(workflowId), patience).toBe(false);
  });

  it('removes clients whose end has passed while their workflow does nothing, and goes on with removals that stopped half-way', { timeout: 120_000 }, async () => {
    const purgeAt = ago(3_600_000);
    const exported = (client: ClientKey) => test.store.db.exportRecord.create({ data: { ...client, organizationId: '7', counts: {}, phases: {}, approvals: [], exportedAt: ago(30 * day) } });
    const overdue = await clientIn('retention', { purgeAt });
    await exported(overdue);
    await startHanging(overdue, 'retention', purgeAt);
    const unwarned = await clientIn('retention', { purgeAt, stageChangedAt: ago(30 * day) });
    await startHanging(unwarned, 'retention', purgeAt);
    const half = await clientIn('retention', { purgeAt });
    await exported(half);
    await destroyClientKey(test.store, half);
    await test.store.db.client.update({ where: { id: half.clientId }, data: { stageChangedAt: purgeAt, lastActivityAt: purgeAt } });
    for (const { clientId } of [overdue, unwarned]) await untilListed(`WorkflowId = "${lifecycleId(clientId)}" AND ClientStage = "retention"`, 1);

    // Where a removal ends within the same sweep, that may find the workflow of a client that is gone, as a third.
    expect([2, 3]).toContain((await sweep()).mended);
    expect((await getClientRow(test.store, unwarned)).purgeAt! > new Date(), 'one whose end nobody was warned of is kept for that').toBe(true);
    expect(await isThere(purgeWorkflowId(unwarned.clientId))).toBe(false);
    for (const client of [overdue, half]) {
      await expect.poll(() => test.store.db.client.count({ where: { id: client.clientId } }), patience).toBe(0);
      expect((await getExportRecord(test.store, client)).certificate?.policy).toBe('retention');
      await temporal.workflow.getHandle(purgeWorkflowId(client.clientId)).result();
      await expect.poll(() => isThere(lifecycleId(client.clientId)), patience).toBe(false);
    }
    await untilListed(`WorkflowType = "purge" AND ExecutionStatus = "Completed"`, 2);
    await sweep();
    for (const client of [overdue, half]) await expect.poll(() => isThere(purgeWorkflowId(client.clientId)), patience).toBe(false);
  });

  it('parks an export that is noted as running while nothing runs, and ends previews and downloads that nobody builds', { timeout: 120_000 }, async () => {
    const client = await clientIn('sales');
    const exportId = await openRun(test, client);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { stageChangedAt: ago(3_600_000), lastActivityAt: ago(3_600_000) } });
    await startHanging(client, 'exporting');
    const previewId = await createPreview(test.store, client, newId());
    await test.store.db.preview.update({ where: { id: previewId }, data: { createdAt: ago(3_600_000) } });
    const [stuck, expired] = [newId(), newId()];
    const asked = { ...client, format: 'json', passwords: 'left_out', attachments: 'left_out', createdBy: newId(), createdAt: ago(3_600_000) };
    await test.store.db.download.create({ data: { ...asked, id: stuck, expiresAt: new Date(Date.now() + day) } });
    await test.store.db.download.create({ data: { ...asked, id: expired, state: 'ready', expiresAt: ago(1) } });
    await untilListed(`WorkflowId = "${lifecycleId(client.clientId)}" AND ClientStage = "exporting"`, 1);

    await sweep();
    expect((await test.store.db.download.findMany({ where: { clientId: client.clientId } })).map(({ id, state }) => [id, state])).toEqual([[stuck, 'failed']]);
    expect(await stageOf(client)).toBe('export_blocked');
    expect(await test.store.db.export.findUnique({ where: { id: exportId } })).toMatchObject({ state: 'blocked', blockedBy: 'internal' });
    expect((await test.store.db.preview.findUnique({ where: { id: previewId } }))?.state).toBe('failed');
    expect((await found(client)).sort()).toEqual(['download_stuck mended', 'export_without_workflow mended', 'preview_stuck mended']);
  });

  it('clears away what has run out, and nothing that has not', async () => {
    const client = await clientIn('msp');
    const { userId } = await test.actor('onboarding_engineer');
    const keys = [randomUUID(), randomUUID()];
    for (const [at, key] of keys.entries()) await test.store.db.idempotencyKey.create({ data: { ...client, actorId: userId, key, requestHash: 'x', createdAt: ago(at === 0 ? 8 * day : day) } });
    const { id: recordId } = await test.store.db.record.findFirstOrThrow({ where: { clientId: client.clientId } });
    const [broken, whole, fresh] = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002', newId()];
    for (const upload of [broken, whole, fresh]) await test.store.db.attachmentChunk.create({ data: { recordId, clientId: client.clientId, upload, index: 0, content: Buffer.from('x') } });
    await test.store.db.attachmentChunk.create({ data: { recordId, clientId: client.clientId, upload: whole, index: -1, content: Buffer.from('x'), fileSize: 1 } });
    const left = join(test.keyFolder, `client-${client.clientId}.key.${randomUUID()}.new`);
    await writeFile(left, 'wrapped');
    await utimes(left, ago(2 * 3_600_000), ago(2 * 3_600_000));

    await sweep();
    expect((await test.store.db.idempotencyKey.findMany({ where: { clientId: client.clientId } })).map(({ key }) => key)).toEqual([keys[1]]);
    expect((await test.store.db.attachmentChunk.findMany({ where: { clientId: client.clientId } })).map(({ upload }) => upload).sort()).toEqual([whole, whole, fresh].sort());
    expect((await readdir(test.keyFolder)).filter((file) => file.endsWith('.new'))).toEqual([]);
    expect((await lastSweep(test.store))?.clients).toBeGreaterThan(0);
  });

  it('reports what comes back again and again until it is gone, and tells the Administrators once a day', { timeout: 120_000 }, async () => {
    const client = await clientIn('retention', { purgeAt: new Date(Date.now() + 20 * day) });
    for (let times = 0; times < 3; times += 1) {
      await sweep();
      await temporal.workflow.getHandle(lifecycleId(client.clientId)).terminate('as a fault would');
      await untilListed(`WorkflowId = "${lifecycleId(client.clientId)}" AND ExecutionStatus = "Running"`, 0);
    }
    expect(await found(client, 'open')).toEqual(['workflow_missing reported']);
    const mails = () => test.store.db.mail.count({ where: { template: 'sweep_report', tenantId: client.tenantId } });
    expect(await mails()).toBe(1);
    await start(client);
    await untilListed(`WorkflowId = "${lifecycleId(client.clientId)}" AND ClientStage = "retention" AND ExecutionStatus = "Running"`, 1);
    await sweep();
    expect(await found(client, 'open')).toEqual([]);
    expect(await mails()).toBe(1);
  });

  it('disturbs no decision that is taken meanwhile', { timeout: 120_000 }, async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => clientIn('sign_off')));
    for (const client of clients) await start(client);
    const manager = await test.actor('manager');
    const decide = async (client: ClientKey, action: 'delete' | 'restore') => {
      const decisionId = await propose(test.store, client, manager, action);
      return temporal.workflow.getHandle(lifecycleId(client.clientId)).executeUpdate(decisionUpdates[action], { args: [{ decisionId, action, section: null }] });
    };
    let over = 0;
    const deciding = clients.map(async (client) => {
      for (let times = 0; times < 5; times += 1) {
        expect((await decide(client, 'delete')).stage).toBe('deleted');
        expect((await decide(client, 'restore')).stage).toBe('sign_off');
      }
      over += 1;
    });
    while (over < clients.length) await sweep();
    await Promise.all(deciding);
    for (const client of clients) expect([await stageOf(client), (await believed(client)).stage, await found(client)]).toEqual(['sign_off', 'sign_off', []]);
    expect((await verifyChain(test.store, manager.tenantId)).faults).toEqual([]);
  });

  it('is on the schedule of every worker', async () => {
    await ensureSchedules(temporal);
    await ensureSchedules(temporal);
    const { action } = await temporal.schedule.getHandle('sweep').describe();
    expect(action).toMatchObject({ workflowType: 'sweep', taskQueue: lifecycleQueue });
  });
});
