/** What holds for every request before anybody's data is touched: headers, addresses, HTTP itself, JSON. */
import type { InjectOptions } from 'fastify';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newClient, startTestApi, type TestApi } from '../api/support.js';

let test: TestApi;
let client: string;
let file: string;
let port: number;
beforeAll(async () => {
  test = await startTestApi({ publicUrl: 'https://onboarding.example', proxies: ['10.0.0.5'] });
  client = await newClient(test);
  file = (await test.call('manager', 'POST', `/v1/clients/${client}/downloads`, { format: 'json' })).body.id as string;
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  port = (test.app.server.address() as AddressInfo).port;
});
afterAll(() => test.close());

const authorization = () => ({ authorization: `Bearer ${test.token('manager')}` });

describe('every answer', () => {
  const answers: [string, () => InjectOptions][] = [
    ['a list', () => ({ url: '/v1/clients', headers: authorization() })],
    ['a file', () => ({ url: `/v1/clients/${client}/downloads/${file}/content`, headers: authorization() })],
    ['a refusal', () => ({ url: '/v1/clients' })],
    ['an address that is not there', () => ({ url: '/v1/<script>alert(1)</script>' })],
    ['a body that is wrong', () => ({ method: 'POST', url: '/v1/clients', payload: '{', headers: { ...authorization(), 'content-type': 'application/json' } })],
    ['the document', () => ({ url: '/openapi.json' })],
    ['a probe', () => ({ url: '/livez' })],
  ];

  it.each(answers)('may not be framed, guessed at, run or referred from: %s', async (_name, request) => {
    const { headers } = await test.app.inject(request());
    expect(headers['content-security-policy']).toBe("default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'");
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin' });
    expect(headers['x-powered-by'] ?? headers['server']).toBeUndefined();
    // No other site's page may read anything.
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(answers.slice(0, 5))('under /v1 is kept by nobody on the way: %s', async (_name, request) => {
    expect((await test.app.inject(request())).headers['cache-control']).toBe('no-store');
  });

  it('that is a page of the document runs scripts of this server alone', async () => {
    const policy = String((await test.app.inject('/docs')).headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    for (const none of ['default-src', 'base-uri', 'form-action', 'frame-ancestors']) expect(policy).toContain(`${none} 'none'`);
  });
});

describe('whose address it is', () => {
  const tryFrom = async (remoteAddress: string, forwarded: string) => {
    const headers = { 'x-forwarded-for': forwarded };
    return (await test.app.inject({ method: 'POST', url: '/v1/sign-in/external/code', remoteAddress, headers, payload: { code: '000000', challenge: `coo_${'x'.repeat(43)}` } })).statusCode;
  };

  it('cannot be chosen by writing X-Forwarded-For, neither directly nor through our proxy', async () => {
    // Each names another address; what counts is where the connection or the proxy's own entry comes from.
    const direct = [];
    for (let n = 0; n < 101; n += 1) direct.push(await tryFrom('10.7.7.7', `192.0.2.${n}`));
    expect([direct[99], direct[100]]).toEqual([401, 429]);
    const through = [];
    for (let n = 0; n < 101; n += 1) through.push(await tryFrom('10.0.0.5', `192.0.2.${n}, 10.8.8.8`));
    expect([through[99], through[100]]).toEqual([401, 429]);
    expect(await tryFrom('10.0.0.5', '10.8.8.9')).toBe(401);
  });

  it('stands in the audit trail as our own proxy says it; the proxy’s own stands there where that is no address', async () => {
    const noted = async (remoteAddress: string, forwarded: string) => {
      await test.app.inject({ url: '/v1/audit/download', remoteAddress, headers: { ...authorization(), 'x-forwarded-for': forwarded } });
      return (await test.call('manager', 'GET', '/v1/audit?limit=1')).body.items[0].address as string;
    };
    expect(await noted('10.0.0.5', '192.0.2.1, 10.8.8.8')).toBe('10.8.8.8');
    expect(await noted('10.7.7.7', '192.0.2.1')).toBe('10.7.7.7');
    expect(await noted('10.0.0.5', '=1+1')).toBe('10.0.0.5');
  });

  it('and the name of the server are not taken from a header for links in mails', async () => {
    await test.app.inject({ method: 'POST', url: '/v1/sign-in/password-reset', headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' }, payload: { email: 'nobody@x.example' } });
    const me = await test.app.inject({ url: '/v1/me', headers: { ...authorization(), host: 'evil.example' } });
    expect(me.body).not.toContain('evil.example');
    // A page under a foreign name of this server is no page of this server.
    const foreign = await test.app.inject({ method: 'POST', url: '/v1/sign-in/password', headers: { host: 'evil.example', origin: 'https://evil.example' }, payload: { email: 'nobody@x.example', password: 'gravel violin harbour' } });
    expect(foreign.statusCode).toBe(403);
  });
});

describe('a request that two servers could read differently', () => {
  const raw = async (...lines: string[]) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(lines.join('\r\n'));
    return text(socket.setTimeout(20_000, () => socket.destroy()));
  };
  const smuggled = 'GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n';

  it.each([
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['chunks of an unknown kind', ['Transfer-Encoding: xchunked, identity']],
    ['a length with a sign', ['Content-Length: +5']],
    ['a header with a blank before the colon', ['Transfer-Encoding : chunked']],
    ['a header over two lines', ['X-One: a', ' b: c', 'Transfer-Encoding:', ' chunked', 'Content-Length: 3']],
  ])('is refused, and the connection ends: %s', async (_name, headers) => {
    const answer = await raw('POST /livez HTTP/1.1', 'Host: x', ...headers, '', `0\r\n\r\n${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  it('or that asks for an echo, or says one thing twice, gets neither', async () => {
    const answer = await raw('TRACE /v1/me HTTP/1.1', 'Host: x', 'X-Secret: zq-echo', 'Connection: close', '', '');
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).not.toContain('zq-echo');
    for (const url of ['/v1/clients?limit=1&limit=2', '/v1/clients?stage=sales&stage=msp']) expect((await test.app.inject({ url, headers: authorization() })).statusCode, url).toBe(400);
  });

  it('or whose header never ends is not waited for without end', () => {
    const { headersTimeout, requestTimeout, timeout, maxHeadersCount } = test.app.server;
    expect(headersTimeout).toBeGreaterThan(0);
    expect(headersTimeout).toBeLessThanOrEqual(15_000);
    expect(requestTimeout).toBeGreaterThan(headersTimeout);
    expect(requestTimeout).toBeLessThanOrEqual(300_000);
    expect(timeout).toBeGreaterThan(0);
    expect(maxHeadersCount ?? 2_000).toBeLessThanOrEqual(2_000);
  });
});

describe('JSON that reaches for the prototype', () => {
  it.each(['{"company":"A","__proto__":{"roles":["administrator"]}}', '{"company":"A","constructor":{"prototype":{"admin":true}}}', '{"__proto__":null,"company":"A"}'])('is refused: %s', async (payload) => {
    const answer = await test.app.inject({ method: 'POST', url: '/v1/clients', payload, headers: { ...authorization(), 'content-type': 'application/json' } });
    expect(answer.statusCode).toBe(400);
    expect(({} as Record<string, unknown>)['admin'] ?? ({} as Record<string, unknown>)['roles']).toBeUndefined();
  });

  it('and a table whose columns do neither names fields nor changes anything', async () => {
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'msp' } });
    const csv = Buffer.from('Company,__proto__,constructor,toString\nFiberlink,x,y,z\n');
    const sent = await test.call('manager', 'POST', `/v1/clients/${client}/sections/msp/imports?records=vendors`, csv, { 'content-type': 'text/csv' });
    expect(sent.status, sent.text).toBe(201);
    const done = await test.call('manager', 'POST', `/v1/clients/${client}/sections/msp/imports/${sent.body.id}/carry-out`, { rows: 'all' });
    expect(done.status, done.text).toBe(200);
    const [vendor] = (await test.call('manager', 'GET', `/v1/clients/${client}/vendors`)).body.items;
    expect(vendor.fields.company).toBe('Fiberlink');
    expect(Object.keys(vendor.fields)).not.toContain('toString');
  });
});

it('a log line cannot be made up by what a request says', async () => {
  const before = test.log.length;
  await test.app.inject({ url: '/v1/%0a%7b%22level%22:60,%22msg%22:%22forged%22%7d', headers: { 'x-request-id': 'abc\n{"level":60}', 'user-agent': 'x\n{"msg":"forged"}' } });
  for (const line of test.log.slice(before)) {
    expect(line.trimEnd()).not.toContain('\n');
    expect(line).not.toContain('forged');
  }
});
