import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser } from '../../store/index.js';
import { startTestApi, type TestApi } from './support.js';

const publicUrl = 'http://onboarding.test';
const callback = `${publicUrl}/v1/sign-in/oidc/callback`;

/** What the provider says of each of its people. */
const accounts: Record<string, { email?: string; email_verified?: boolean }> = {};

let test: TestApi;
let server: Server;
let issuer: string;
let tenantId: string;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'onboarder', client_secret: 'client-secret-zq', redirect_uris: [callback], token_endpoint_auth_method: 'client_secret_post' }],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    cookies: { keys: ['test'] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, ...accounts[sub] }) }),
  });
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  test = await startTestApi({ publicUrl, identityProviders: 'any' });
  tenantId = test.tenants[0]!.id;
  const set = await test.call('administrator', 'PUT', '/v1/identity-provider', { issuer, clientId: 'onboarder', clientSecret: 'client-secret-zq', allowedDomains: ['Harbor.example'] });
  expect(set.status, set.text).toBe(200);
});
afterAll(async () => {
  await test.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

let people = 0;
async function invited(roles: ('manager' | 'administrator')[] = ['manager']) {
  const email = `oidc${(people += 1)}@harbor.example`;
  return createUser(test.store, { tenantId, roles, firstName: 'Ida', lastName: 'Idp', email, scope: null });
}

interface Browser {
  cookies: Map<string, string>;
}
const keep = (browser: Browser, lines: readonly string[]) => {
  for (const line of lines) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
    if (value === '') browser.cookies.delete(name!);
    else browser.cookies.set(name!, value!);
  }
};
const cookieHeader = (browser: Browser) => [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

async function begin(browser: Browser, body: object = { email: 'somebody@harbor.example' }) {
  const answer = await test.app.inject({ method: 'POST', url: '/v1/sign-in/oidc', payload: body });
  keep(browser, [answer.headers['set-cookie'] ?? []].flat());
  return answer;
}

/** Signs in at the provider as its own pages let one do, and gives the address that it sends the browser back to. */
async function atProvider(redirectTo: string, sub: string): Promise<string> {
  const browser: Browser = { cookies: new Map() };
  let url = redirectTo;
  for (let step = 0; step < 15; step += 1) {
    const interaction = new URL(url).pathname.startsWith('/interaction/');
    const page = interaction ? await (await fetch(url, { headers: { cookie: cookieHeader(browser) } })).text() : '';
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: cookieHeader(browser), ...(interaction ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
      ...(interaction ? { method: 'POST', body: new URLSearchParams(prompt === 'login' ? { prompt, login: sub, password: 'x' } : { prompt: prompt! }) } : {}),
    });
    keep(browser, answer.headers.getSetCookie());
    const location = answer.headers.get('location');
    if (!location) throw new Error(`The provider stopped at ${url}: ${answer.status}`);
    url = new URL(location, url).href;
    if (url.startsWith(callback)) return url;
  }
  throw new Error('The provider sends in circles');
}

async function comeBack(browser: Browser, address: string) {
  const answer = await test.app.inject({ method: 'GET', url: address.slice(publicUrl.length), headers: { cookie: cookieHeader(browser), 'sec-fetch-site': 'cross-site' } });
  keep(browser, [answer.headers['set-cookie'] ?? []].flat());
  return answer;
}

/** The whole way, of one person in one browser. */
async function signIn(sub: string) {
  const browser: Browser = { cookies: new Map() };
  const started = await begin(browser);
  const back = await comeBack(browser, await atProvider(started.json<{ redirectTo: string }>().redirectTo, sub));
  const me = await test.app.inject({ method: 'GET', url: '/v1/me', headers: { cookie: cookieHeader(browser) } });
  return { status: back.statusCode, back, me };
}

describe('an invited person', () => {
  it('is signed in by their verified address, and known by the provider’s name for them from then on', async () => {
    const user = await invited();
    accounts['ida-1'] = { email: user.email.toUpperCase(), email_verified: true };
    const first = await signIn('ida-1');
    expect([first.status, first.back.headers.location]).toEqual([303, '/']);
    expect(first.me.json()).toMatchObject({ id: user.id, roles: ['manager'] });
    accounts['ida-1'] = { email: 'ida.married@harbor.example', email_verified: true };
    expect((await signIn('ida-1')).me.json()).toMatchObject({ id: user.id });
  });

  it('stays outside when the address is not verified, of another domain, or somebody else’s already', async () => {
    const [user, other] = [await invited(), await createUser(test.store, { tenantId, roles: ['manager'], firstName: 'E', lastName: 'X', email: 'ext@elsewhere.example', scope: null })];
    accounts['ida-2'] = { email: user.email, email_verified: false };
    expect((await signIn('ida-2')).status).toBe(401);
    accounts['ida-2'] = { email: user.email };
    expect((await signIn('ida-2')).status).toBe(401);
    accounts['ida-2'] = { email: other.email, email_verified: true };
    expect((await signIn('ida-2')).status).toBe(401);
    accounts['ida-3'] = { email: user.email, email_verified: true };
    expect((await signIn('ida-3')).status).toBe(303);
    accounts['ida-2'] = { email: user.email, email_verified: true };
    expect((await signIn('ida-2')).status).toBe(401);
  });

  it('is not let in once they are deactivated', async () => {
    const user = await invited();
    accounts['ida-4'] = { email: user.email, email_verified: true };
    expect((await signIn('ida-4')).status).toBe(303);
    await test.call('administrator', 'POST', `/v1/users/${user.id}/deactivate`);
    expect((await signIn('ida-4')).status).toBe(401);
  });
});

it('nobody is made, and nobody becomes an Administrator, by what a provider says', async () => {
  const before = await test.store.db.user.findMany({ select: { id: true, roles: true }, orderBy: { id: 'asc' } });
  accounts['boss'] = { email: 'boss@harbor.example', email_verified: true };
  const { status, me } = await signIn('boss');
  expect([status, me.statusCode]).toEqual([401, 401]);
  expect((await test.call('administrator', 'GET', '/v1/audit?limit=1')).body.items, 'who it was is not kept').toMatchObject([{ action: 'session.refused', actorId: null, details: { method: 'oidc' } }]);
  expect(await test.store.db.user.findMany({ select: { id: true, roles: true }, orderBy: { id: 'asc' } })).toEqual(before);
});

describe('a sign-in', () => {
  it('ends only in the browser that began it, and once', async () => {
    const user = await invited();
    accounts['ida-5'] = { email: user.email, email_verified: true };
    const browser: Browser = { cookies: new Map() };
    const address = await atProvider((await begin(browser)).json<{ redirectTo: string }>().redirectTo, 'ida-5');
    expect((await comeBack({ cookies: new Map() }, address)).statusCode).toBe(401);
    const victim: Browser = { cookies: new Map() };
    await begin(victim);
    expect((await comeBack(victim, address)).statusCode).toBe(401);
    expect((await comeBack(browser, address)).statusCode).toBe(303);
    expect((await comeBack(browser, address)).statusCode).toBe(401);
  });

  it('whose answer was tampered with fails', async () => {
    const browser: Browser = { cookies: new Map() };
    const address = new URL(await atProvider((await begin(browser)).json<{ redirectTo: string }>().redirectTo, 'ida-5'));
    address.searchParams.set('code', 'made-up');
    expect((await comeBack(browser, address.href)).statusCode).toBe(401);
    expect((await test.call('administrator', 'GET', '/v1/audit?limit=1')).body.items).toMatchObject([{ action: 'session.refused', actorId: null, details: { method: 'oidc' }, address: '127.0.0.1' }]);
  });

  it('carries PKCE, state and nonce, and leaves no secret in the address or the database', async () => {
    const browser: Browser = { cookies: new Map() };
    const url = new URL((await begin(browser)).json<{ redirectTo: string }>().redirectTo);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ code_challenge_method: 'S256', response_type: 'code', redirect_uri: callback });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(url.searchParams.get(name)!.length).toBeGreaterThan(40);
    expect(url.href).not.toContain('client-secret-zq');
    const rows = JSON.stringify(await test.store.db.oidcSignIn.findMany());
    expect(rows).not.toContain(url.searchParams.get('state'));
    expect(JSON.stringify(await test.store.db.identityProvider.findMany())).not.toContain('client-secret-zq');
  });

  it('at an organization without a provider is refused', async () => {
    expect((await begin({ cookies: new Map() }, { tenantId: test.tenants[1]!.id })).statusCode).toBe(404);
    expect((await begin({ cookies: new Map() }, { email: 'a@nowhere.example' })).statusCode).toBe(404);
  });
});

describe('the settings', () => {
  const put = (body: object, who: 'administrator' | 'manager' = 'administrator') => test.call(who, 'PUT', '/v1/identity-provider', { issuer, clientId: 'onboarder', allowedDomains: ['harbor.example'], ...body });

  it('are an Administrator’s, show no secret, and keep it when none is sent', async () => {
    expect((await put({}, 'manager')).status).toBe(403);
    expect((await put({})).status).toBe(200);
    const shown = await test.call('administrator', 'GET', '/v1/identity-provider');
    expect(shown.body).toEqual({ issuer, clientId: 'onboarder', allowedDomains: ['harbor.example'], mailTrust: 'verified_claim', redirectUri: callback });
  });

  it('keep how addresses are trusted when it is left out', async () => {
    const trusted = async (body: object) => (await put(body)).body['mailTrust'] as string;
    expect(await trusted({ mailTrust: 'always' })).toBe('always');
    expect(await trusted({})).toBe('always');
    expect(await trusted({ mailTrust: 'verified_claim' })).toBe('verified_claim');
  });

  it('are refused when no provider answers there', async () => {
    for (const wrong of ['http://127.0.0.1:1', `${issuer}/nothing`]) expect((await put({ issuer: wrong })).body).toMatchObject({ code: 'invalid', errors: [{ field: 'issuer' }] });
    expect((await put({ allowedDomains: ['no domain'] })).status).toBe(400);
  });
});
