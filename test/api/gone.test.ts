import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destroyClientKey } from '../../store/index.js';
import { startTransit } from '../support/transit.js';
import { newClient, startTestApi, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

it('what stays how long is set as a whole: a member that is left out is asked for, and nothing changes', async () => {
  const url = '/v1/settings/retention';
  const settings = { retentionDays: 60, keepCompanyName: false };
  const kept = await test.call('administrator', 'PUT', url, settings);
  expect([kept.status, kept.body]).toEqual([200, settings]);
  for (const [body, field] of [[{ retentionDays: 30 }, 'keepCompanyName'], [{ keepCompanyName: true }, 'retentionDays']] as const) {
    const refused = await test.call('administrator', 'PUT', url, body);
    expect([refused.status, refused.body.errors]).toEqual([400, [{ field, message: 'is needed' }]]);
  }
  expect((await test.call('manager', 'GET', url)).body).toEqual(settings);
  expect((await test.call({ token: test.token('manager', 1) }, 'GET', url)).body, 'another tenant').toEqual({ retentionDays: null, keepCompanyName: true });
  expect((await test.call('administrator', 'PUT', url, { retentionDays: null, keepCompanyName: true })).body).toEqual({ retentionDays: null, keepCompanyName: true });
});

describe('what is gone', () => {
  it('answers 404 once the key of a client is destroyed, while its record of export stays', async () => {
    const id = await newClient(test);
    const tenantId = test.tenants[0]!.id;
    const row = { clientId: id, tenantId, company: 'Kept', organizationId: '17', organizationUrl: null, counts: { location: 4 }, phases: {}, approvals: [], exportedAt: new Date(0) };
    await test.store.db.exportRecord.create({ data: row });
    await test.store.db.client.update({ where: { id }, data: { stage: 'retention', purgeAt: new Date(0) } });
    await destroyClientKey(test.store, { tenantId, clientId: id });
    for (const path of ['/company', '/downloads']) {
      const answer = await test.call('manager', 'GET', `/v1/clients/${id}${path}`);
      expect([answer.status, answer.body?.code], path).toEqual([404, 'not_found']);
    }
    expect((await test.call('manager', 'GET', '/v1/clients')).text).not.toContain('Company');
    // That something happened stays; what, in words of the client, is gone.
    const history = await test.call('manager', 'GET', `/v1/clients/${id}/activity`);
    expect(history.body.items.map((item: { action: string; details: unknown }) => [item.action, item.details])).toContainEqual(['client.created', null]);
    const kept = await test.call('sales_rep', 'GET', `/v1/export-records/${id}`);
    expect(kept.body).toMatchObject({ company: 'Kept', organizationId: '17', counts: { location: 4 }, purgedAt: null });
    expect((await test.call('manager', 'GET', '/v1/export-records')).body.items).toHaveLength(1);
    expect((await test.call({ token: test.token('manager', 1) }, 'GET', `/v1/export-records/${id}`)).status).toBe(404);
  });

  it('answers 503 with Retry-After while nobody unwraps keys, tells the operator why, and goes on when it is back', async () => {
    const transit = await startTransit();
    const folder = await mkdtemp(join(tmpdir(), 'client-onboarder-token-'));
    const KEY_TRANSIT_TOKEN_FILE = join(folder, 'token');
    await writeFile(KEY_TRANSIT_TOKEN_FILE, transit.token, { mode: 0o600 });
    const sealed = await startTestApi({ keys: { KEY_TRANSIT_URL: transit.url, KEY_TRANSIT_TOKEN_FILE } });
    try {
      const id = await newClient(sealed);
      // Its keys are not in this process's memory.
      const other = await sealed.beside();
      const ask = () => other.app.inject({ url: `/v1/clients/${id}`, headers: { authorization: `Bearer ${sealed.token('manager')}` } });
      transit.seal(true);
      const answer = await ask();
      expect([answer.statusCode, answer.json<{ code: string }>().code, answer.headers['retry-after']]).toEqual([503, 'keys_unavailable', '5']);
      for (const internal of [transit.url, KEY_TRANSIT_TOKEN_FILE, 'sealed', 'transit']) expect(answer.body).not.toContain(internal);
      expect(sealed.log.join('')).toContain('the server is sealed');
      expect(sealed.log.join('')).not.toContain(transit.token);
      transit.seal(false);
      expect((await ask()).statusCode).toBe(200);
      await other.close();
    } finally {
      await sealed.close();
      await transit.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('answers 503 with Retry-After while the database is away, in little time', async () => {
    const away = await startTestApi();
    const token = away.token('manager');
    await away.closeDatabase();
    const started = Date.now();
    const answer = await away.app.inject({ url: '/v1/clients', headers: { authorization: `Bearer ${token}` } });
    expect([answer.statusCode, answer.json<{ code: string }>().code, answer.headers['retry-after']]).toEqual([503, 'database_unavailable', '5']);
    expect(Date.now() - started).toBeLessThan(6_000);
    expect((await away.app.inject('/readyz')).statusCode).toBe(503);
    expect((await away.app.inject('/livez')).statusCode).toBe(200);
    await away.close();
  });
});
