/** What a request may say at all: members that are known, addresses that are no scripts, identity providers that are no pages of ours. */
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from '../../api/openapi.js';
import { authorization } from '../../api/oidc.js';
import { createUser, sessionActor, setPassword, startSession } from '../../store/index.js';
import { newClient, startTestApi, userId, type TestApi } from '../api/support.js';

interface Schema {
  type?: string | string[];
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  [keyword: string]: unknown;
}
const document = (await openapiDocument()) as { paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>; components: { schemas: Record<string, Schema> } };

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

/** Places in a schema where members that nobody knows would be taken. */
function openPlaces(schema: Schema, at: string, seen = new Set<string>()): string[] {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)!;
    return seen.has(name) ? [] : openPlaces(document.components.schemas[name]!, at, new Set([...seen, name]));
  }
  const nested = Object.entries(schema).flatMap(([key, value]) => {
    if (key === 'properties') return Object.entries(value as Record<string, Schema>).flatMap(([name, one]) => openPlaces(one, `${at}.${name}`, seen));
    if (Array.isArray(value)) return value.flatMap((one: unknown) => (typeof one === 'object' && one !== null ? openPlaces(one as Schema, at, seen) : []));
    return typeof value === 'object' && value !== null && ['items', 'additionalProperties', 'not'].includes(key) ? openPlaces(value as Schema, `${at}[]`, seen) : [];
  });
  // A map of given keys to given values names its values; anything else must name its members.
  const isOpen = schema.type === 'object' && (schema.additionalProperties === undefined || schema.additionalProperties === true);
  return isOpen ? [at, ...nested] : nested;
}

it('every body names its members, and nothing else is taken', () => {
  const bodies = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      return schema ? [{ name: `${method} ${path}`, schema }] : [];
    }),
  );
  expect(bodies.length).toBeGreaterThan(60);
  expect(openPlaces({ type: 'object', properties: { a: { type: 'array', items: { type: 'object' } } }, additionalProperties: false }, 'x')).toEqual(['x.a[]']);
  expect(bodies.flatMap(({ name, schema }) => openPlaces(schema, name))).toEqual([]);
});

describe('what only the product sets', () => {
  const forged = { tenantId: '00000000-0000-7000-8000-000000000001', stage: 'retention', version: 99, updatedBy: 'x', purgeAt: '2030-01-01T00:00:00Z', roles: ['administrator'] };

  it.each(Object.entries(forged))('is not taken from a request: %s', async (name, value) => {
    const id = await newClient(test);
    const before = await test.store.db.client.findUniqueOrThrow({ where: { id } });
    for (const [method, url, body] of [
      ['POST', '/v1/clients', { company: 'Forged', [name]: value }],
      ['PATCH', `/v1/clients/${id}`, { salesRepId: null, version: before.version, ...(name === 'version' ? { tenantId: value } : { [name]: value }) }],
      ['PUT', `/v1/clients/${id}/sales-contact`, { fields: { firstName: 'A', [name]: value } }],
    ] as const) expect((await test.call('administrator', method, url, body)).status, `${method} ${url}`).toBe(400);
    expect(await test.store.db.client.findUniqueOrThrow({ where: { id } })).toEqual(before);
  });
});

describe('an address that would become a link', () => {
  it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', '\u0001javascript:alert(1)', 'java\u200bscript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:x'])('is no script: %j', async (url) => {
    const id = await newClient(test);
    await test.store.db.client.update({ where: { id }, data: { stage: 'msp' } });
    const answer = await test.call('manager', 'POST', `/v1/clients/${id}/passwords`, { fields: { name: 'n', url } });
    expect([answer.status, answer.body.errors?.[0]?.field]).toEqual([400, 'fields.url']);
    expect(answer.text).not.toContain('alert');
  });

  it.each(['https://mail.example/owa', 'mail.example:8443/x', 'rdp://host', '\\\\server\\share', 'datacenter.example'])('may be any other: %j', async (url) => {
    const id = await newClient(test);
    await test.store.db.client.update({ where: { id }, data: { stage: 'msp' } });
    expect((await test.call('manager', 'POST', `/v1/clients/${id}/passwords`, { fields: { name: 'n', url } })).status).toBe(201);
  });

  it('of an IT Glue account is the one of a server, by TLS', async () => {
    for (const webUrl of ['javascript:alert(1)', 'http://acme.itglue.com', 'https://acme.itglue.com/path', 'https://a:b@acme.itglue.com']) {
      const answer = await test.call('administrator', 'PUT', '/v1/it-glue-connection', { region: 'us', webUrl, apiKey: 'ITG.0123456789abcdef' });
      expect(answer.status, webUrl).toBe(400);
    }
  });

  it('of a sign-in page is no script, whatever a provider says', async () => {
    const configuration = new oidc.Configuration({ issuer: 'http://idp.example', authorization_endpoint: 'javascript:alert(document.domain)//' }, 'onboarder');
    oidc.allowInsecureRequests(configuration);
    await expect(authorization(configuration, { PUBLIC_URL: 'https://onboarding.example' })).rejects.toThrow('only HTTP and HTTPS');
  });
});

describe('the audit trail', () => {
  it('has the sign-ins that failed, for those who are known', async () => {
    const user = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['manager'], firstName: 'F', lastName: 'F', email: 'failed@x.example', scope: null });
    await setPassword(test.store, user, 'tide-lamp-orchard');
    for (const email of [user.email, 'nobody@x.example']) await test.app.inject({ method: 'POST', url: '/v1/sign-in/password', payload: { email, password: 'gravel violin harbour' } });
    await expect.poll(async () => (await test.call('administrator', 'GET', `/v1/audit?action=session.refused`)).body.items).toMatchObject([{ actorId: user.id, details: { method: 'password' } }]);
  });
});

it('a session that was ended belongs to nobody, also for an answer that goes on', async () => {
  const manager = { id: await userId(test, 'manager'), tenantId: test.tenants[0]!.id, clientId: null, section: null };
  const { token, id } = await startSession(test.store, manager, { method: 'password', userAgent: 'x', policy: { idleMs: 60_000, absoluteMs: 60_000 } });
  expect(await sessionActor(test.store, id)).toMatchObject({ userId: manager.id });
  expect(await sessionActor(test.store, id, new Date(Date.now() + 61_000))).toBeNull();
  await test.call({ token }, 'DELETE', '/v1/sessions');
  expect(await sessionActor(test.store, id)).toBeNull();
});
