import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalProcess } from '../../api/temporal-process.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { findConnection, getClientRow } from '../../store/index.js';
import { makeBundle } from '../../worker/bundle.js';
import { createWorkers } from '../../worker/create-workers.js';
import { lifecycleId, lifecycleQueue, searchAttributes, workflowNames } from '../../workflows/contract.js';
import { readAccount } from '../support/account.js';
import { openConnections, type TestConnections } from '../support/connection.js';
import { openRun } from '../support/export-run.js';
import { testConverter } from '../support/lifecycle.js';
import { createSampleClient, type SampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { startDevServer, type DevServer } from '../support/temporal.js';
import { workerKeys } from '../support/worker-keys.js';

/** Without encryption, so that the last test sees what there is to hide. */
const dataConverter = { ...testConverter, payloadCodecs: [] };

const patience = { timeout: 60_000, interval: 100 };
const whole = { organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 };

describe('exports whose key is revoked half-way', () => {
  let test: TestStore;
  let sandbox: Sandbox;
  let server: DevServer;
  let connections: TestConnections;
  let process: ReturnType<typeof temporalProcess>;
  let workers: Worker[];
  let running: Promise<unknown>;
  let temporal: Client;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    [test, sandbox, server] = await Promise.all([openTestStore(), startItGlueSandbox(), startDevServer({ searchAttributes })]);
    connections = await openConnections(test, sandbox);
    const { connection, nativeConnection } = server.environment;
    temporal = new Client({ connection, namespace: server.namespace, dataConverter });
    workers = await createWorkers({
      connection: nativeConnection,
      namespace: server.namespace,
      dataConverter,
      workflowBundle: await makeBundle(),
      dependencies: { store: test.store, targets: connections.targets, languageModel: null, temporal },
      workerKey: (await workerKeys()).privateKey,
      post: null,
    });
    running = Promise.all(workers.map((worker) => worker.run()));
    process = temporalProcess({ connection: { address: server.address }, namespace: server.namespace, dataConverter });
  });
  afterAll(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await process.close();
    await connections.targets.close();
    await server.close();
    await sandbox.close();
    await test.close();
  });

  async function export_(client: SampleClient): Promise<void> {
    for (const role of ['manager', 'onboarding_engineer'] as const) {
      const { userId } = await test.actor(role);
      await test.store.db.signOff.create({ data: { ...client.key, role: role === 'manager' ? 'manager' : 'engineer', userId } });
    }
    await openRun(test, client.key);
    await temporal.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.key.clientId), taskQueue: lifecycleQueue, args: [client.key] });
  }

  const stages = (clients: readonly SampleClient[]) => Promise.all(clients.map(async ({ key }) => (await getClientRow(test.store, key)).stage));
  const runs = (client: SampleClient) => test.store.db.export.findMany({ where: client.key, orderBy: { number: 'asc' }, select: { state: true, blockedBy: true } });
  const tryOut = async (version: number) => {
    const { tenantId, userId: actorId } = await test.actor('administrator');
    return process.testConnection({ tenantId, version, actorId }, new Date(Date.now() + 30_000));
  };

  it('wait together, and all go on by themselves with a new key, nothing missing and nothing doubled', { timeout: 180_000 }, async () => {
    await connections.enter(sandbox.apiKey);
    sandbox.control.setLatency(10);
    sandbox.control.addFaults({ fault: 'revokeKeyBefore', method: 'POST', route: '/organizations/*/relationships/configurations', nth: 1 });
    const clients = [await createSampleClient(test), await createSampleClient(test)];
    for (const client of clients) await export_(client);

    await expect.poll(() => stages(clients), patience).toEqual(['export_blocked', 'export_blocked']);
    for (const client of clients) expect(await runs(client)).toEqual([{ state: 'blocked', blockedBy: 'key_refused' }]);
    expect((await findConnection(test.store, test.tenants[0]!.id))!.state).toBe('refused');
    const details = await temporal.workflow.getHandle(lifecycleId(clients[0]!.key.clientId)).query('__temporal_workflow_metadata');
    expect(JSON.stringify(details)).toContain('IT Glue does not accept the API key');

    sandbox.control.clearFaults();
    const apiKey = sandbox.control.addKey({ label: 'second', passwordAccess: true }).key;
    const version = await connections.enter(apiKey);
    expect(await tryOut(version)).toBe('ended');
    await expect.poll(() => stages(clients), patience).toEqual(['retention', 'retention']);
    for (const client of clients) {
      expect((await readAccount({ url: sandbox.url, apiKey }, client.company)).counts).toEqual(whole);
      expect((await runs(client)).map(({ state }) => state)).toEqual(['blocked', 'done']);
    }
    const makers = await (await connections.targets.of(test.tenants[0]!.id))!.target.api.manufacturers.list();
    expect(makers.filter(({ attributes }) => attributes.name === 'Acme Networks')).toHaveLength(1);

    expect(await tryOut(version)).toBe('ended');
    for (const client of clients) expect(await runs(client)).toHaveLength(2);
  });

  it('leave nothing of a key or a client in Temporal, not even under its encryption', async () => {
    let seen = '';
    for await (const { workflowId, runId } of temporal.workflow.list()) seen += inClear(await temporal.workflow.getHandle(workflowId, runId).fetchHistory());
    expect(seen).toContain('"configuration"');
    expect(seen).not.toMatch(/ITG\.|Sample Dental|S3cret|Acme Networks/);
  });

  it('stay parked while a person had paused them', async () => {
    const client = await createSampleClient(test);
    await openRun(test, client.key);
    await test.store.db.export.updateMany({ where: client.key, data: { state: 'blocked', blockedBy: 'paused', finishedAt: new Date() } });
    await test.store.db.client.update({ where: { id: client.key.clientId }, data: { stage: 'export_blocked' } });
    expect(await tryOut((await findConnection(test.store, client.key.tenantId))!.version)).toBe('ended');
    expect(await runs(client)).toHaveLength(1);
  });
});

/** Bytes as text. */
function inClear(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).map(inClear).join('\n');
}
