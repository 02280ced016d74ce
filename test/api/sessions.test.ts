import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSession } from '../../store/index.js';
import { startTestApi, userId, type TestApi, type Who } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi({ publicUrl: 'https://onboarding.example' });
});
afterAll(() => test.close());

const hour = 3_600_000;
const open = async (who: Who, now = new Date()) =>
  startSession(test.store, { id: await userId(test, who), tenantId: test.tenants[0]!.id, clientId: null, section: null }, { method: 'password', userAgent: 'Firefox/150', policy: { idleMs: hour, absoluteMs: 12 * hour }, now });

const cookie = (token: string) => ({ cookie: `__Host-onboarder=${token}` });
const ownPage = { 'sec-fetch-site': 'same-origin' };
const send = (method: 'GET' | 'POST' | 'DELETE', url: string, headers: Record<string, string>) => test.app.inject({ method, url, headers });
const cookieOf = (answer: { headers: Record<string, unknown> }) => String(answer.headers['set-cookie'] ?? '');

describe('a session', () => {
  it('signs in as a bearer token and as a cookie', async () => {
    const { token } = await open('manager');
    const id = await userId(test, 'manager');
    expect((await send('GET', '/v1/me', { authorization: `Bearer ${token}` })).json()).toMatchObject({ id });
    expect((await send('GET', '/v1/me', cookie(token))).json()).toMatchObject({ id });
    expect((await send('GET', '/v1/me', { cookie: `onboarder=${token}` })).statusCode).toBe(401);
    expect((await send('GET', '/v1/me', { ...cookie(token), authorization: 'Bearer cob_this-is-not-a-token' })).statusCode).toBe(401);
  });

  it('is listed, with the one that asks marked, and can be ended alone and together', async () => {
    const [one, two, three] = [await open('sales_rep'), await open('sales_rep'), await open('sales_rep')];
    const as = { authorization: `Bearer ${one.token}` };
    const list = (await send('GET', '/v1/sessions', as)).json<{ items: { id: string; current: boolean; userAgent: string }[] }>();
    expect(list.items.map(({ id }) => id).sort()).toEqual([one.id, two.id, three.id].sort());
    expect(list.items.filter(({ current }) => current).map(({ id }) => id)).toEqual([one.id]);
    expect(list.items[0]!.userAgent).toBe('Firefox/150');
    expect((await send('DELETE', `/v1/sessions/${two.id}`, as)).statusCode).toBe(204);
    expect((await send('DELETE', `/v1/sessions/${two.id}`, as)).statusCode).toBe(404);
    expect((await send('GET', '/v1/me', { authorization: `Bearer ${two.token}` })).statusCode).toBe(401);
    expect((await send('DELETE', '/v1/sessions?but=current', as)).json()).toEqual({ ended: 1 });
    expect((await send('GET', '/v1/me', as)).statusCode).toBe(200);
    const out = await send('DELETE', '/v1/sessions', as);
    expect(out.headers['clear-site-data'], 'what the browser kept goes too').toBe('"cache", "storage"');
    expect(out.json()).toEqual({ ended: 1 });
    expect((await send('GET', '/v1/me', as)).statusCode).toBe(401);
  });

  it('of somebody else is ended by an Administrator, who may let them in again', async () => {
    const lost = await open('onboarding_engineer');
    const as = (who: Who) => ({ authorization: `Bearer ${test.token(who)}` });
    const url = `/v1/users/${await userId(test, 'onboarding_engineer')}`;
    expect((await send('POST', `${url}/sign-out`, as('manager'))).statusCode).toBe(403);
    expect((await send('POST', `${url}/sign-out`, as('administrator'))).statusCode).toBe(200);
    expect((await send('GET', '/v1/me', { authorization: `Bearer ${lost.token}` })).statusCode).toBe(401);
    expect((await send('GET', '/v1/me', { authorization: `Bearer ${(await open('onboarding_engineer')).token}` })).statusCode).toBe(200);
    expect((await send('POST', `${url}/unlock`, as('administrator'))).statusCode).toBe(200);
    const trail = (await send('GET', '/v1/audit?action=user.', as('administrator'))).json<{ items: { action: string; details: unknown }[] }>().items;
    expect(trail.slice(0, 2).map(({ action }) => action)).toEqual(['user.unlocked', 'user.signed_out']);
  });

  it('of somebody else cannot be ended', async () => {
    const [own, other] = [await open('manager'), await open('onboarding_engineer')];
    expect((await send('DELETE', `/v1/sessions/${other.id}`, { authorization: `Bearer ${own.token}` })).statusCode).toBe(404);
    expect((await send('GET', '/v1/me', { authorization: `Bearer ${other.token}` })).statusCode).toBe(200);
  });

  it('is out of an API token’s reach', async () => {
    for (const [method, url] of [['GET', '/v1/sessions'], ['DELETE', '/v1/sessions'], ['POST', '/v1/sessions/current/rotate']] as const) {
      expect((await test.call('manager', method, url)).status, url).toBe(403);
    }
  });

  it('ends when its owner signs out, and the browser forgets it', async () => {
    const { token } = await open('manager');
    const out = await send('DELETE', '/v1/sessions/current', { ...cookie(token), ...ownPage });
    expect(out.statusCode).toBe(204);
    expect(cookieOf(out)).toMatch(/^__Host-onboarder=;.*Expires=Thu, 01 Jan 1970/);
    expect((await send('GET', '/v1/me', cookie(token))).statusCode).toBe(401);
  });
});

describe('the cookie', () => {
  it('is replaced when it is old, for no script and no other site to read', async () => {
    const { token } = await open('manager', new Date(Date.now() - 16 * 60_000));
    const answer = await send('GET', '/v1/me', cookie(token));
    const [, next] = /^__Host-onboarder=(cos_[\w-]{43}); Path=\/; HttpOnly; Secure; SameSite=Strict$/.exec(cookieOf(answer)) ?? [];
    expect(next).toBeDefined();
    expect(next).not.toBe(token);
    expect((await send('GET', '/v1/me', cookie(next!))).statusCode).toBe(200);
  });

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a page of a neighbouring host', { 'sec-fetch-site': 'same-site', origin: 'https://shop.onboarding.example' }],
    ['an old browser on another site', { origin: 'https://evil.example' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['who knows where', {}],
  ])('does not vouch for a change that comes from %s', async (_from, headers) => {
    const { token } = await open('manager');
    const answer = await send('DELETE', '/v1/sessions', { ...cookie(token), ...headers } as Record<string, string>);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
    expect((await send('GET', '/v1/me', cookie(token))).statusCode).toBe(200);
  });

  it.each([['a browser of today', ownPage], ['an older browser', { origin: 'https://onboarding.example' }]])('vouches for a change from a page of our own in %s', async (_browser, headers) => {
    const { token } = await open('manager');
    expect((await send('POST', '/v1/sessions/current/rotate', { ...cookie(token), ...headers } as Record<string, string>)).json()).toEqual({ token: null });
  });
});

it('the token of a program is replaced when it asks, and the old one is worth nothing a minute after', async () => {
  const { id, token } = await open('manager');
  const next = (await send('POST', '/v1/sessions/current/rotate', { authorization: `Bearer ${token}` })).json<{ token: string }>().token;
  expect((await send('GET', '/v1/me', { authorization: `Bearer ${next}` })).statusCode).toBe(200);
  await test.store.db.session.update({ where: { id }, data: { confirmedAt: new Date(Date.now() - 61_000) } });
  expect((await send('GET', '/v1/me', { authorization: `Bearer ${token}` })).statusCode).toBe(401);
});
