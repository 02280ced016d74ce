import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { Client, start } from './support.js';

let sandbox: Sandbox;
let api: Client;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.close());

async function control(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${sandbox.url}/__sandbox/${path}`, { method, headers, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  return { status: response.status, json: await response.json() };
}

describe('over HTTP', () => {
  it('reads and sets switches, and says what each may be', async () => {
    expect((await control('PATCH', 'switches', { idMode: 'large17', rateLimit: 5 })).json).toMatchObject({ idMode: 'large17', rateLimit: 5 });
    expect((await control('GET', 'switches')).json).toMatchObject({ idMode: 'large17' });
    expect((await control('GET', 'switches/table')).json).toMatchObject({ idMode: { kind: 'choice', values: ['small', 'large17'] } });
    expect(await control('PATCH', 'switches', { idMode: 'huge' })).toEqual({ status: 400, json: { error: 'switch "idMode" must be one of small, large17' } });
  });

  it('sets, replaces, shows and clears faults', async () => {
    expect((await control('POST', 'faults', { fault: 'status500Before' })).json).toEqual({ ids: [expect.any(Number)] });
    expect((await api.get('/platforms')).status).toBe(500);
    expect((await control('GET', 'faults')).json).toMatchObject([{ rule: { fault: 'status500Before' }, seen: 1, hits: 1 }]);
    await control('PUT', 'faults', [{ fault: 'html404' }, { fault: 'trickle', ms: 1 }]);
    expect(sandbox.control.faults()).toHaveLength(2);
    await control('DELETE', 'faults');
    expect((await api.get('/platforms')).status).toBe(200);
    expect((await control('POST', 'faults', { fault: 'html404', nth: 9, probability: 0.03127331853611395 })).status).toBe(200);
    await control('DELETE', 'faults');
    expect((await control('POST', 'faults', { fault: 'nonsense' })).status).toBe(400);
  });

  it('sets latency and refuses nonsense', async () => {
    expect((await control('PUT', 'latency', { ms: 5 })).json).toEqual({ ms: 5 });
    expect((await control('PUT', 'latency', { ms: 'slow' })).status).toBe(400);
  });

  it('adds and revokes keys, and never shows one again', async () => {
    const { json } = await control('POST', 'keys', { label: 'second', passwordAccess: false });
    const { key } = json as { key: string };
    expect((await new Client(sandbox.url, key).get('/platforms')).status).toBe(200);
    const listed = await control('GET', 'keys');
    expect(listed.json).toContainEqual({ label: 'second', passwordAccess: false });
    expect(JSON.stringify(listed.json)).not.toContain(key);
    expect((await control('DELETE', 'keys/second')).json).toEqual({ revoked: true });
    expect((await new Client(sandbox.url, key).get('/platforms')).status).toBe(403);
  });

  it('lists requests without queries, bodies or secrets', async () => {
    const organization = await api.make('/organizations', { name: 'Acme' });
    await api.post('/passwords?show_password=true', { 'organization-id': organization, name: 'p', password: 'top secret' });
    await new Client(sandbox.url, 'ITG.wrong').get('/platforms');
    const { json } = await control('GET', 'requests?limit=2');
    expect(json).toMatchObject({ total: 3, requests: [{ method: 'POST', path: '/passwords', status: 201, key: 'default', fault: null }, { path: '/platforms', status: 403, key: null }] });
    expect(JSON.stringify(json)).not.toMatch(/top secret|ITG\.|show_password/);
    await control('DELETE', 'requests');
    expect(sandbox.control.requestCount()).toBe(0);
  });

  it('seeds foreign records, marks them synced, counts them', async () => {
    const seeded = await control('POST', 'seed', [
      { resource: 'organizations', attributes: { name: 'Foreign', 'short-name': 'F' }, sync: { kind: 'psa', id: '9', integration: 'manage' }, createdAt: '2020-01-01T00:00:00.000Z' },
      { resource: 'manufacturers', attributes: { name: 'Dell' } }, { resource: 'manufacturers', attributes: { name: 'DELL' } },
    ]);
    const [id, dell] = (seeded.json as { ids: string[] }).ids as [string, string];
    expect((await api.get(`/organizations/${id}`)).data.attributes).toMatchObject({ name: 'Foreign', 'short-name': 'F', 'created-at': '2020-01-01T00:00:00.000Z', 'psa-integration': 'enabled' });
    expect((await control('GET', 'counts')).json).toMatchObject({ manufacturers: 2 });
    await control('PUT', 'sync', { resource: 'manufacturers', id: dell, sync: { kind: 'psa', id: '1', integration: 'manage' } });
    expect((await api.patch(`/manufacturers/${dell}`, { name: 'x' })).status).toBe(422);
    expect((await control('POST', 'seed', { resource: 'planets', attributes: {} })).json).toEqual({ error: 'there is no resource "planets"' });
    expect((await control('POST', 'seed', [{ resource: 'manufacturers', attributes: { name: 'x' } }, { resource: 'locations', attributes: { 'organization-id': 1 } }])).status).toBe(400);
    expect(sandbox.control.counts().manufacturers).toBe(2);
  });

  it('marks records as orphaned: they say so and can be edited, and the PSA finds them no more', async () => {
    const [id = ''] = sandbox.control.seed([{ resource: 'organizations', attributes: { name: 'Left' }, sync: { kind: 'psa', id: '9', integration: 'manage' } }]);
    const found = async (): Promise<number> => (await api.get('/organizations?filter[psa_id]=9&filter[psa_integration_type]=manage')).data.length as number;
    expect([(await api.patch(`/organizations/${id}`, { name: 'x' })).status, await found()]).toEqual([422, 1]);
    expect((await control('PUT', 'sync', { resource: 'organizations', id, sync: { kind: 'orphaned' } })).status).toBe(200);
    expect((await api.patch(`/organizations/${id}`, { name: 'x' })).data.attributes).toMatchObject({ name: 'x', 'psa-integration': 'orphaned' });
    expect(await found()).toBe(0);
    await control('PUT', 'sync', { resource: 'organizations', id, sync: null });
    expect((await api.get(`/organizations/${id}`)).data.attributes['psa-integration']).toBe('disabled');
    for (const sync of [{ kind: 'psa' }, { kind: 'somebody' }]) {
      expect((await control('PUT', 'sync', { resource: 'organizations', id, sync })).status).toBe(400);
      expect((await control('POST', 'seed', { resource: 'organizations', attributes: { name: 'x' }, sync })).status).toBe(400);
    }
  });

  it('answers in words to what it does not have, and to other sites', async () => {
    expect((await control('GET', 'nonsense')).status).toBe(404);
    expect((await control('POST', 'keys', '{"label":')).json).toEqual({ error: 'the body is not JSON' });
    expect((await control('POST', 'reset', undefined, { origin: 'https://evil.test' })).status).toBe(403);
    expect((await control('GET', '')).json).toHaveProperty('routes');
  });
});

describe('states', () => {
  it('say what was created, changed and deleted, and can be brought back', async () => {
    const organization = await api.make('/organizations', { name: 'Acme' });
    const [a, b] = [await api.make('/locations', { 'organization-id': organization, name: 'a' }), await api.make('/locations', { 'organization-id': organization, name: 'b' })];
    await control('POST', 'states', { name: 'before' });
    const c = await api.make('/locations', { 'organization-id': organization, name: 'c' });
    await api.patch(`/locations/${a}`, { notes: 'n' });
    await api.send('DELETE', `/locations?filter[id]=${b}`);
    await api.get('/locations');
    expect((await control('GET', 'diff?from=before')).json).toEqual({ locations: { created: [c], changed: [a], deleted: [b] } });
    await control('POST', 'states', { name: 'after' });
    await control('POST', 'states/before/load');
    expect((await control('GET', 'diff?from=before')).json).toEqual({});
    expect((await api.get(`/locations/${b}`)).status).toBe(200);
    expect((await control('GET', 'diff?from=before&to=after')).json).toEqual({ locations: { created: [c], changed: [a], deleted: [b] } });
    // An id is not given out twice, also not after going back.
    expect(Number(await api.make('/locations', { 'organization-id': organization, name: 'd' }))).toBeGreaterThan(Number(c));
    expect(sandbox.control.states().map(({ name }) => name)).toEqual(['before', 'after']);
    expect((await control('POST', 'states/nobody/load')).status).toBe(400);
  });

  it('are forgotten by a reset, which brings back the first account but keeps the keys', async () => {
    sandbox.control.setSwitches({ idMode: 'large17' });
    sandbox.control.setLatency(1);
    sandbox.control.saveState('x');
    await api.make('/organizations', { name: 'Acme' });
    await control('POST', 'reset');
    expect((await api.get('/organizations')).json.meta['total-count']).toBe(1);
    expect([sandbox.control.states(), sandbox.control.switches().idMode, sandbox.control.latency()]).toEqual([[], 'small', 0]);
  });
});
