import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalProcess } from '../../api/temporal-process.js';
import { lifecycleId, searchAttributes, type DecisionMessage } from '../../workflows/contract.js';
import { startDevServer, type DevServer } from '../support/temporal.js';

let server: DevServer;
let process: ReturnType<typeof temporalProcess>;
beforeAll(async () => {
  server = await startDevServer({ searchAttributes });
  process = temporalProcess({ connection: { address: server.address }, namespace: server.namespace, dataConverter: {} });
});
afterAll(async () => {
  await process.close();
  await server.close();
});

const soon = (ms = 2_000) => new Date(Date.now() + ms);
const client = () => ({ tenantId: randomUUID(), clientId: randomUUID() });
const submit = (): DecisionMessage => ({ decisionId: randomUUID(), action: 'submit', section: 'sales' });

describe('the process on a server without any worker', () => {
  it('starts a client once, with ids and stage in clear for operators', async () => {
    const ids = client();
    await process.start(ids, soon());
    await process.start(ids, soon());
    const { searchAttributes: seen, status } = await server.environment.client.workflow.getHandle(lifecycleId(ids.clientId)).describe();
    expect(status.name).toBe('RUNNING');
    expect(seen).toMatchObject({ TenantId: [ids.tenantId], ClientStage: ['sales'] });
  });

  it('says by the deadline that no worker answers, and has started the workflow of a client that had none', async () => {
    const ids = client();
    const started = Date.now();
    await expect(process.decide(ids, submit(), 1, soon())).rejects.toMatchObject({ name: 'ProcessUnavailable', reason: 'no_worker' });
    expect(Date.now() - started).toBeLessThan(2_500);
    await expect(server.environment.client.workflow.getHandle(lifecycleId(ids.clientId)).describe()).resolves.toBeDefined();
  });

  it('leaves a preview to be built when a worker is back', async () => {
    expect(await process.buildPreview({ ...client(), previewId: randomUUID() }, soon(700))).toBe('running');
  });

  it('is there', async () => expect(await process.check(soon())).toBe(true));
});
