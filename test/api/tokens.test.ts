import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../../store/index.js';
import { dump } from '../store/support.js';
import { newClient, startTestApi, userId, type TestApi, type Who } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

const hour = 3_600_000;
const session = async (who: Who) => ({ token: (await startSession(test.store, { id: await userId(test, who), tenantId: test.tenants[0]!.id, clientId: null, section: null }, { method: 'password', userAgent: 'x', policy: { idleMs: hour, absoluteMs: hour } })).token });
const inDays = (days: number) => new Date(Date.now() + days * 24 * hour).toISOString();
const make = async (who: Who, operations: string[], expiresAt = inDays(30)) => test.call(await session(who), 'POST', '/v1/me/tokens', { label: 'PSA sync', operations, expiresAt });

describe('an API token', () => {
  it('does what it was made for, and nothing else that its owner may', async () => {
    const made = await make('manager', ['client.list']);
    expect(made.status, made.text).toBe(201);
    const as = { token: made.body.token as string };
    expect((await test.call(as, 'GET', '/v1/clients')).status).toBe(200);
    expect((await test.call(as, 'GET', '/v1/me')).status).toBe(200);
    const client = await newClient(test);
    expect((await test.call(as, 'GET', `/v1/clients/${client}`)).status).toBe(403);
    expect((await test.call(as, 'GET', '/v1/users')).status).toBe(403);
    expect((await test.call(as, 'POST', '/v1/me/tokens', { label: 'x', operations: ['client.list'], expiresAt: inDays(1) })).status).toBe(403);
  });

  it('loses what its owner’s roles lose', async () => {
    const made = await make('onboarding_engineer', ['activity.read']);
    const client = await newClient(test);
    const activity = () => test.call({ token: made.body.token }, 'GET', `/v1/clients/${client}/activity`);
    expect((await activity()).status).toBe(200);
    const owner = await userId(test, 'onboarding_engineer');
    await test.call('administrator', 'PATCH', `/v1/users/${owner}`, { roles: ['sales_rep'] });
    expect((await activity()).status).toBe(403);
    await test.call('administrator', 'PATCH', `/v1/users/${owner}`, { roles: ['onboarding_engineer'] });
  });

  it('cannot be made for more than one’s roles, for ever, or for nothing', async () => {
    for (const [operations, expiresAt, field] of [
      [['users.manage'], inDays(1), 'operations'],
      [['client.list'], inDays(366), 'expiresAt'],
      [['client.list'], inDays(-1), 'expiresAt'],
      [['fly'], inDays(1), 'operations[0]'],
      [[], inDays(1), 'operations'],
    ] as const) {
      const answer = await make('manager', [...operations], expiresAt);
      expect([400, 422]).toContain(answer.status);
      expect(answer.body.errors[0].field).toBe(field);
    }
    expect((await test.call(await session('manager'), 'POST', '/v1/me/tokens', { label: 'x', operations: ['client.list'] })).status).toBe(400);
  });

  it('is shown once, kept as a hash, and listed with its last use', async () => {
    const made = await make('sales_rep', ['client.list', 'client.read']);
    const as = await session('sales_rep');
    const entry = async () => ((await test.call(as, 'GET', '/v1/me/tokens')).body.items as Record<string, unknown>[]).find(({ id }) => id === made.body.id)!;
    expect(await entry()).toMatchObject({ label: 'PSA sync', operations: ['client.list', 'client.read'], lastUsedAt: null });
    expect(JSON.stringify(await entry())).not.toContain(made.body.token);
    await test.call({ token: made.body.token }, 'GET', '/v1/me');
    expect((await entry())['lastUsedAt']).not.toBeNull();
    expect((await dump(test.store)).join('\n')).not.toContain((made.body.token as string).slice(4));
  });

  it('ends when its owner or an Administrator revokes it, and nobody else can', async () => {
    const [one, two] = [await make('manager', ['client.list']), await make('manager', ['client.list'])];
    const works = async (made: typeof one) => (await test.call({ token: made.body.token }, 'GET', '/v1/me')).status === 200;
    expect([await works(one), await works(two)]).toEqual([true, true]);
    expect((await test.call(await session('sales_rep'), 'DELETE', `/v1/me/tokens/${one.body.id}`)).status).toBe(404);
    expect((await test.call(await session('manager'), 'DELETE', `/v1/me/tokens/${one.body.id}`)).status).toBe(204);
    const owner = await userId(test, 'manager');
    expect((await test.call('administrator', 'GET', `/v1/users/${owner}/tokens`)).body.items.map((token: { id: string }) => token.id)).toContain(two.body.id);
    expect((await test.call('administrator', 'DELETE', `/v1/users/${owner}/tokens/${two.body.id}`)).status).toBe(204);
    expect([await works(one), await works(two)]).toEqual([false, false]);
  });
});
