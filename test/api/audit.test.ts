import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSigned, type SignedHead } from '../../store/index.js';
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

  it('gives its end signed, to be kept elsewhere', async () => {
    await newClient(test);
    const { body } = await test.call('administrator', 'GET', '/v1/audit/head');
    expect(body.sequence).toBeGreaterThan(0);
    expect(isSigned(body as SignedHead, createPublicKey(body.publicKey as string))).toBe(true);
  });
});
