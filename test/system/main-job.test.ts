/** The whole system as processes of its own: the demo's story, with the worker killed in the middle of the export. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSample } from '../../examples/compare.js';
import { Narrator } from '../../examples/demo/narrator.js';
import { addressOf, type StackAddress } from '../../examples/demo/stack.js';
import { play, type Summary } from '../../examples/demo/story.js';
import { readDemoTenants, seedDemo } from '../../local/seed.js';
import { startStack, type Stack } from '../../local/stack.js';
import type { FaultRule } from '../../sandbox/it-glue/faults.js';

const folder = mkdtempSync(join(tmpdir(), 'main-job-'));
const samplePath = new URL('../../examples/cascadia-dental', import.meta.url).pathname;

describe('the main job', () => {
  let stack: Stack;

  const start = async () => {
    stack = await startStack({ dataFolder: folder, ports: 'ephemeral', report: () => undefined });
    await seedDemo(stack.info);
  };
  beforeAll(start);
  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = async (role: string, method: string, path: string, body?: unknown) => {
    const { users } = readDemoTenants(folder).find(({ tier }) => tier === 'standard')!;
    const { token } = users.find((user) => user.role === role)!;
    const answer = await fetch(`${stack.info.urls.api}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: (await answer.json().catch(() => null)) as Record<string, unknown> };
  };

  /** A client whose sales section is entered and submitted. */
  const clientInReview = async (company: string) => {
    const { body: client } = await call('sales_rep', 'POST', '/clients', { company });
    const contact = { firstName: 'Nora', lastName: 'Vale', email: 'nora@example.com' };
    for (const path of ['sales-contact', 'accounting-contact']) await call('sales_rep', 'PUT', `/clients/${client['id'] as string}/${path}`, { fields: contact });
    return { id: client['id'] as string, submitted: await call('sales_rep', 'POST', `/clients/${client['id'] as string}/sections/sales/submit`, {}) };
  };

  it('ends without a mismatch when the worker is killed in the middle of the export, and leaves nothing of the client in Temporal', async () => {
    const address: StackAddress = { ...(await addressOf(stack.info)), origin: 'test', end: () => Promise.resolve() };
    const { url: itGlue } = address.itGlue;
    // The first devices are in, and nobody has told the worker; the rest is not: there the worker dies.
    await control(itGlue, 'PUT', [{ fault: 'stallAfter', method: 'POST', route: '/organizations/*/relationships/configurations', nth: 1, times: 1, ms: 120_000 }]);
    const playing = play({ stack: address, sample: await readSample(samplePath), folder: join(folder, 'downloads'), narrator: new Narrator(new PassThrough() as unknown as NodeJS.WriteStream) });
    const dying = expect
      .poll(async () => (await control<readonly { hits: number }[]>(itGlue, 'GET'))[0]!.hits, { timeout: 240_000, interval: 100 })
      .toBe(1)
      .then(() => process.kill(stack.info.pids['worker']!, 'SIGKILL'));
    const [summary]: [Summary, true] = await Promise.all([playing, dying]);

    expect(summary.mismatches).toEqual([]);
    expect(summary.found).toEqual(summary.expected);
    expect(summary.purged).toMatchObject({ leftBehind: [], recordLeft: true });
    expect(Object.keys(summary.purged.rowsLeft)).toEqual(['AuditEntry', 'ExportRecord', 'Removal']);
    // The server removes histories in its own time after it was asked to.
    await expect.poll(() => workflowsOf(summary.client.id), { timeout: 60_000, interval: 500 }).toEqual([]);
    // Nothing that the outgoing MSP typed is in a log.
    const secrets = (await readFile(join(samplePath, 'itglue-passwords.csv'), 'utf8')).match(/[^,"\n]{12,}/g)!.slice(5, 60);
    for (const part of ['api', 'worker', 'it-glue', 'temporal', 'postgres']) {
      const log = await readFile(join(folder, 'logs', `${part}.log`), 'utf8').catch(() => '');
      expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    }
  }, 420_000);

  it('serves data entry while no worker runs, and answers a decision with 503 and Retry-After within 5 s', async () => {
    const { id } = await clientInReview('While nobody works');
    process.kill(stack.info.pids['worker']!, 'SIGSTOP');
    try {
      const began = Date.now();
      const refused = await call('manager', 'POST', `/clients/${id}/sections/sales/approve`, {});
      expect(refused).toMatchObject({ status: 503, retryAfter: expect.any(String) as string, body: { code: 'no_worker' } });
      expect(Date.now() - began).toBeLessThan(5_000);
      const { status } = await call('sales_rep', 'POST', '/clients', { company: 'Entered meanwhile' });
      expect(status).toBe(201);
    } finally {
      process.kill(stack.info.pids['worker']!, 'SIGCONT');
    }
    // What was refused did not happen behind the person's back; deciding again works.
    await expect.poll(async () => (await call('manager', 'GET', `/clients/${id}`)).body['stage'], { timeout: 20_000 }).toBe('sales_review');
    await expect.poll(async () => (await call('manager', 'POST', `/clients/${id}/sections/sales/approve`, {})).body['stage'], { timeout: 30_000 }).toBe('accounting');
  }, 120_000);

  it('goes on after a restart with a client in review', async () => {
    const { id, submitted } = await clientInReview('Half-way');
    expect(submitted.body['stage']).toBe('sales_review');
    await stack.close();
    await start();
    expect((await call('manager', 'GET', `/clients/${id}`)).body).toMatchObject({ company: 'Half-way', stage: 'sales_review' });
    expect((await call('manager', 'POST', `/clients/${id}/sections/sales/approve`, {})).body['stage']).toBe('accounting');
  }, 180_000);

  /** The faults that the stand-in is to bring. */
  async function control<T>(itGlue: string, method: string, faults?: readonly FaultRule[]): Promise<T> {
    const answer = await fetch(`${itGlue}/__sandbox/faults`, {
      method,
      ...(faults === undefined ? {} : { body: JSON.stringify(faults), headers: { 'content-type': 'application/json' } }),
    });
    return (await answer.json()) as T;
  }

  async function workflowsOf(clientId: string): Promise<string[]> {
    const connection = await Connection.connect({ address: stack.info.settings['TEMPORAL_ADDRESS']! });
    const client = new Client({ connection });
    const found: string[] = [];
    for await (const { workflowId } of client.workflow.list()) if (workflowId.includes(clientId)) found.push(workflowId);
    await connection.close();
    return found;
  }
});
