import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSigned, type SignedHead } from '../../store/index.js';
import { dump } from '../store/support.js';
import { newClient, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

describe('the audit trail', () => {
  it('says who did what to which client, in pages, narrowed down by client, person, action and words', async () => {
    const [first, second] = [await newClient(test, 'Quarry Ltd'), await newClient(test, 'Harbour Ltd')];
    const manager = await userId(test, 'manager');
    const page = await test.call('manager', 'GET', `/v1/audit?actorId=${manager}&action=client.created&limit=1`);
    expect(page.body.items).toMatchObject([{ clientId: second, actorId: manager, words: 'Your organization created the client.' }]);
    const next = await test.call('manager', 'GET', `/v1/audit?actorId=${manager}&action=client.created&limit=1&cursor=${page.body.nextCursor}`);
    expect(next.body.items).toMatchObject([{ clientId: first }]);
    const of = await test.call('administrator', 'GET', `/v1/audit?clientId=${first}&from=2020-01-01T00:00:00Z`);
    expect(of.body.items.map((item: { clientId: string }) => item.clientId)).toEqual([first]);
    const wrong = await test.call('manager', 'GET', '/v1/audit?from=yesterday&text=x');
    expect([wrong.status, wrong.body.errors.map((error: { field: string }) => error.field).sort()]).toEqual([400, ['from', 'text']]);
  });

  it('is for administrators and managers, and for their own tenant', async () => {
    const id = await newClient(test);
    for (const who of ['sales_rep', 'onboarding_engineer'] as const) expect((await test.call(who, 'GET', '/v1/audit')).status).toBe(403);
    const stranger = test.tenants[1]!.users.find((user) => user.role === 'manager')!.token;
    expect((await test.call({ token: stranger }, 'GET', `/v1/audit?clientId=${id}`)).body.items).toEqual([]);
  });

  it('is downloaded as CSV, which is noted in the trail itself', async () => {
    const id = await newClient(test);
    const file = await test.call('manager', 'GET', `/v1/audit/download?clientId=${id}`);
    expect([file.status, file.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(file.text).toContain(`client.created,Your organization created the client.`);
    expect((await test.call('manager', 'GET', '/v1/audit?limit=1')).body.items).toMatchObject([{ action: 'audit.downloaded', details: { clientId: id } }]);
  });

  it('notes that a download was narrowed down by words, not by which: they would stay when the client is removed', async () => {
    await test.call('manager', 'GET', '/v1/audit/download?text=Xanadu');
    const [noted] = (await test.call('manager', 'GET', '/v1/audit?limit=1')).body.items as { action: string; details: unknown }[];
    expect(noted).toMatchObject({ action: 'audit.downloaded', details: { filteredByText: true } });
    expect(JSON.stringify(noted)).not.toContain('Xanadu');
  });

  it('says from which network address somebody acted, also where a worker carried it out, and finds what came from one', async () => {
    const id = await newClient(test);
    const at = (from: string, method: string, url: string, body?: unknown) => test.call('manager', method, `/v1${url}`, body, {}, from);
    expect((await at('203.0.113.77', 'PUT', `/clients/${id}/sales-contact`, { fields: { firstName: 'Ada' } })).status).toBe(200);
    expect((await at('2001:db8::77', 'POST', `/clients/${id}/delete`)).status).toBe(200);
    expect((await at('::ffff:203.0.113.78', 'POST', `/clients/${id}/restore`)).status).toBe(200);
    const { items } = (await test.call('manager', 'GET', '/v1/audit?limit=4')).body as { items: { action: string; address: string; details: object }[] };
    expect(items.map(({ action, address }) => [action, address])).toEqual([
      ['decision.restore', '203.0.113.78'],
      ['decision.delete', '2001:db8::77'],
      ['record.created', '203.0.113.77'],
      ['client.created', '127.0.0.1'],
    ]);
    expect(items.flatMap(({ details }) => Object.keys(details)).filter((name) => /address/i.test(name))).toEqual([]);
    const found = await test.call('manager', 'GET', `/v1/audit?clientId=${id}&address=2001:db8::77`);
    expect(found.body.items).toMatchObject([{ action: 'decision.delete' }]);
    await test.app.inject({ method: 'POST', url: '/v1/sign-in/password', payload: { email: test.tenants[0]!.users.find(({ role }) => role === 'manager')!.email, password: 'gravel violin harbour' }, remoteAddress: '203.0.113.79' });
    // It is noted after the answer.
    await expect.poll(async () => (await test.call('manager', 'GET', '/v1/audit?address=203.0.113.79')).body.items, { timeout: 60_000 }).toMatchObject([{ action: 'session.refused' }]);
    const wrong = await test.call('manager', 'GET', '/v1/audit?address=10.0.0');
    expect([wrong.status, wrong.body.errors]).toEqual([400, [{ field: 'address', message: 'must be an IPv4 or IPv6 address' }]]);
    const file = await test.call('manager', 'GET', '/v1/audit/download?address=203.0.113.77');
    expect(file.text).toMatch(/,internal,203\.0\.113\.77,record\.created,/);
    const [noted] = (await test.call('manager', 'GET', '/v1/audit?limit=1')).body.items as { details: object }[];
    expect(noted!.details, 'not which address: it may be of a client that is removed later').toEqual({ filteredByAddress: true });
  });

  it('keeps network addresses from whoever has no key, and out of the logs', async () => {
    const id = await newClient(test);
    await test.call('manager', 'POST', `/v1/clients/${id}/delete`, undefined, {}, '203.0.113.177');
    const texts = [...(await dump(test.store)).map((row) => row.replace(/\\\\x((?:[0-9a-f]{2})*)/g, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1'))), ...test.log];
    expect(texts.filter((text) => text.includes('203.0.113.177'))).toEqual([]);
    await test.store.db.client.update({ where: { id }, data: { stage: 'purged' } });
    const { items } = (await test.call('manager', 'GET', `/v1/audit?clientId=${id}`)).body as { items: { address: unknown; details: unknown }[] };
    expect(items.map(({ address, details }) => [address, details])).toEqual([[null, null], [null, null]]);
  });

  it('gives its end signed, to be kept elsewhere', async () => {
    await newClient(test);
    const { body } = await test.call('administrator', 'GET', '/v1/audit/head');
    expect(body.sequence).toBeGreaterThan(0);
    expect(isSigned(body as SignedHead, createPublicKey(body.publicKey as string))).toBe(true);
  });
});
