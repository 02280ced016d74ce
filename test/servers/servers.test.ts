import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organizationIds, readSample, type Sample } from '../../examples/compare.js';
import type { Client, Page } from '../../examples/demo/answers.js';
import { signIn, type Cast } from '../../examples/demo/cast.js';
import { play } from '../../examples/demo/story.js';
import type { DemoTenant } from '../../store/seed.js';
import { startBalancer } from './balancer.js';
import { enterSales, shareOf, SilentNarrator, stackAt, submitOnce, untilExported } from './people.js';
import { onServer } from './postgres.js';
import type { RunningProcess } from './processes.js';
import { prepareProduct, type Api, type Product } from './product.js';
import { startServers, type Servers } from './servers.js';
import { lookAtWork, type Work } from './work.js';

const sampleFolder = path.join(import.meta.dirname, '../../examples/cascadia-dental');

describe('the product on real servers', { sequential: true }, () => {
  let servers: Servers;
  let product: Product;
  let sample: Sample;
  let work: Work;
  let tenants: readonly DemoTenant[];
  const apis: Api[] = [];
  const workers: RunningProcess[] = [];
  const casts: Cast[] = [];

  beforeAll(async () => {
    servers = await startServers();
    [product, sample, work] = [await prepareProduct(servers), await readSample(sampleFolder), await lookAtWork(servers.temporalAddress)];
  });
  afterAll(async () => {
    await work?.close();
    await servers?.close();
  });

  const tenantOf = (tier: DemoTenant['tier']) => tenants.find((one) => one.tier === tier)!;
  const tokenOf = (tier: DemoTenant['tier'], role: string) => tenantOf(tier).users.find((one) => one.role === role)!.token;
  async function startBoth(form: 'source' | 'built'): Promise<void> {
    const number = apis.length + 1;
    const [api, worker] = await Promise.all([product.startApi(`API ${number}`, form), product.startWorker(`Worker ${number}`, form)]);
    apis.push(api);
    workers.push(worker);
    casts.push(await signIn(stackAt(api.url, servers, tenantOf('standard')), new SilentNarrator()));
  }

  it('brings an empty database to the newest schema, once when two start it together', async () => {
    const outputs = (await Promise.all([product.migrate(), product.migrate()])).sort();
    expect(outputs[0]).toMatch(/^Applied \d+_\w+\.\n[^]*is up to date now\.\n$/);
    expect(outputs[1]).toMatch(/^The database \w+ at 127\.0\.0\.1:\d+ is up to date\.\n$/);
    tenants = await product.seed();
  });

  it('serves from what was built, run from another folder', async () => {
    await startBoth('built');
    expect(await (await fetch(`${apis[0]!.url}/readyz`)).json()).toEqual({ status: 'ready', database: 'ok', temporal: 'ok' });

    const client = await enterSales(casts[0]!, sample, 'Built Dental');
    expect(await submitOnce(apis[0]!.url, tokenOf('standard', 'sales_rep'), client.id)).toMatchObject({ status: 200 });
    expect(await work.workersOf(client.id)).toEqual(new Set([workers[0]!.pid]));
  });

  it('shows a decision that was taken at one API at the other one at once', async () => {
    await startBoth('source');
    for (const [here, there] of [[0, 1], [1, 0]] as const) {
      const client = await enterSales(casts[here]!, sample, `Seen Dental ${here}`);
      await casts[here]!.salesRep.session.post(`/clients/${client.id}/sections/sales/submit`);
      expect(await casts[there]!.manager.session.get<Client>(`/clients/${client.id}`)).toMatchObject({ stage: 'sales_review' });
      await casts[there]!.manager.session.post(`/clients/${client.id}/sections/sales/approve`);
      const { items } = await casts[here]!.manager.session.get<Page<Client>>('/clients', { limit: 100 });
      expect(items.find((one) => one.id === client.id)).toMatchObject({ stage: 'accounting' });
    }
  });

  it('carries a decision out once, whichever APIs take it and whichever workers are there', async () => {
    const token = tokenOf('standard', 'sales_rep');
    const busy = new Set<number>();
    for (let number = 1; number <= 12; number += 1) {
      const client = await enterSales(casts[number % 2]!, sample, `Once Dental ${number}`);
      const key = randomUUID();
      // The same decision at both APIs, as after a connection that broke, and the same click of somebody else.
      const answers = await Promise.all([...apis.map((api) => submitOnce(api.url, token, client.id, key)), ...apis.map((api) => submitOnce(api.url, token, client.id))]);

      const carriedOut = answers.filter((one) => one.status === 200);
      expect(new Set(carriedOut.map((one) => one.decisionId)).size).toBe(1);
      expect(answers.filter((one) => one.status !== 200).map((one) => one.status)).toEqual(Array(4 - carriedOut.length).fill(409));
      const [counted] = await onServer<{ applied: string; noted: string }>(
        servers.databaseUrl,
        `SELECT (SELECT count(*) FROM "Decision" WHERE "clientId" = $1 AND "state" = 'applied') AS applied,
                (SELECT count(*) FROM "AuditEntry" WHERE "clientId" = $1 AND "action" = 'decision.submit') AS noted`,
        [client.id],
      );
      expect(counted).toEqual({ applied: '1', noted: '1' });
      for (const pid of await work.workersOf(client.id)) busy.add(pid);
    }
    expect(busy).toEqual(new Set(workers.map((one) => one.pid)));
  });

  it('ends the main job without a mismatch when a worker and an API are killed in the middle of the export', async () => {
    const answerAfter = (ms: number) => fetch(`${servers.itGlue.url}/__sandbox/latency`, { method: 'PUT', body: JSON.stringify({ ms }) });
    // Slow enough for the middle of the export to last, and to be done by activities of its own (activities/export/inline.ts).
    await answerAfter(500);
    const balancer = await startBalancer(apis.map((api) => api.url));
    const [killedApi, otherApi] = [apis[1]!, apis[0]!];
    const watch = (await signIn(stackAt(otherApi.url, servers, tenantOf('demo')), new SilentNarrator())).manager.session;
    const keyOwner = (id: string) => onServer<{ owner: string }>(servers.keyStoreUrl, 'SELECT owner FROM wrapped_key WHERE owner LIKE $1', [`%${id}`]);

    async function killInTheMiddle() {
      const { clientId } = await untilExported(watch, 0.3, 240_000);
      const exporter = await work.exporterOf(clientId);
      const worker = workers.find((one) => one.pid === exporter)!;
      await Promise.all([worker.kill(), killedApi.kill()]);
      await answerAfter(0);
      return { worker, clientId, keys: await keyOwner(clientId), share: await shareOf(watch, clientId) };
    }
    const story = play({ stack: stackAt(balancer.url, servers, tenantOf('demo')), sample, folder: path.join(servers.folder, 'downloads'), narrator: new SilentNarrator() });
    const [killed, summary] = await Promise.all([killInTheMiddle(), story]);
    await balancer.close();

    expect(killed.share).toBeLessThan(1);
    expect(killed.keys).toHaveLength(1);
    expect(workers.filter((one) => one.isAlive())).toHaveLength(1);
    expect(otherApi.isAlive()).toBe(true);
    expect(Math.min(...balancer.answered)).toBeGreaterThan(10);

    expect(summary.mismatches).toEqual([]);
    expect(summary.found).toEqual(summary.expected);
    expect(await organizationIds(servers.itGlue, summary.client.company)).toEqual([summary.organizationId]);
    expect(summary.purged).toMatchObject({ at: expect.stringMatching(/^\d{4}-/) as string, leftBehind: [], recordLeft: true });
    expect(await keyOwner(killed.clientId)).toEqual([]);
    const [{ left } = { left: '' }] = await onServer<{ left: string }>(servers.databaseUrl, 'SELECT count(*) AS left FROM "Record" WHERE "clientId" = $1', [killed.clientId]);
    expect(left).toBe('0');
  });
});
