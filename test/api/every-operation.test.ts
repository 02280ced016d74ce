import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from '../../api/openapi.js';
import { operations } from '../../domain/permissions.js';
import { createUser, issueToken } from '../../store/index.js';
import { newClient, startTestApi, type TestApi } from './support.js';

interface Operation {
  operationId: string;
  security?: unknown[];
  'x-operation'?: string;
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
  requestBody?: { content: Record<string, unknown> };
}
const document = (await openapiDocument()) as { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } };
const all = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
const versioned = all.filter(({ path }) => path.startsWith('/v1/'));
/** All but the ones that sign somebody in. */
const guarded = versioned.filter(({ operation }) => operation['x-operation'] !== 'public');

let test: TestApi;
let clientId: string;
let outsider: string;

beforeAll(async () => {
  test = await startTestApi();
  clientId = await newClient(test);
  const other = await newClient(test);
  await test.store.db.client.updateMany({ data: { stage: 'msp' } });
  const user = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['msp'], firstName: 'O', lastName: 'M', email: 'o@msp.example', scope: { clientId: other, section: 'msp' } });
  outsider = await issueToken(test.store, user, { label: 'test', expiresAt: new Date(Date.now() + 60_000) });
});
afterAll(() => test.close());

const addressOf = (path: string) => path.replace('{clientId}', clientId).replace('{section}', 'msp').replace(/\{\w+Id\}/g, '00000000-0000-7000-8000-000000000001');

// Failed sign-ins are counted by address: each try comes from another one.
let tries = 0;

async function send(method: string, path: string, token: string | null, operation: Operation) {
  tries += 1;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const body = operation.requestBody ? { payload: '{}', headers: { ...headers, 'content-type': Object.keys(operation.requestBody.content)[0]! } } : { headers };
  return test.app.inject({ method: method.toUpperCase() as 'GET', url: addressOf(path), remoteAddress: `10.0.${tries >> 8}.${tries & 255}`, ...body });
}

describe('every operation under /v1', () => {
  it('is there', () => expect(guarded.length).toBeGreaterThan(90));

  it.each(guarded)('$method $path answers 401 without a token', async ({ method, path, operation }) => {
    for (const token of [null, 'cob_this-token-was-never-issued']) {
      const answer = await send(method, path, token, operation);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  });

  it.each(guarded.filter(({ path }) => path.includes('{clientId}')))('$method $path answers 404 (or 403) for a client of another tenant', async ({ method, path, operation }) => {
    for (const user of test.tenants[1]!.users) {
      const answer = await send(method, path, user.token, operation);
      // 400 and 415 come before the data is looked at, and are the same for a client that does not exist.
      expect([400, 403, 404, 415]).toContain(answer.statusCode);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
  });

  it.each(guarded.filter(({ path }) => path.includes('{clientId}')))('$method $path is out of reach for an external person of another client', async ({ method, path, operation }) => {
    const answer = await send(method, path, outsider, operation);
    expect([403, 404]).toContain(answer.statusCode);
  });
});

describe('the document', () => {
  it('is OpenAPI 3.1 with one name, one permission and problem answers for each operation', () => {
    expect(document.openapi).toBe('3.1.0');
    const names = all.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, method, operation } of versioned) {
      const open = operation['x-operation'] === 'public';
      expect([...operations, 'self', 'account', 'public'], `${method} ${path}`).toContain(operation['x-operation']);
      expect(operation.security, path).toEqual(open ? [] : [{ bearer: [] }, { session: [] }]);
      for (const status of [...(open ? [] : ['401']), '429', '500', '503']) {
        expect(Object.keys(operation.responses[status]?.content ?? {}), `${method} ${path} ${status}`).toEqual(['application/problem+json']);
      }
      expect(Object.keys(operation.responses).some((status) => /^[23]/.test(status))).toBe(true);
    }
  });

  it('refers only to schemas that it holds, and uses no keyword of older versions', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(Object.keys(document.components.schemas)).toContain(name);
    expect(text).not.toContain('"nullable":');
    expect(text).not.toContain('"exclusiveMinimum":true');
    for (const { path } of all) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const operation of Object.values(document.paths[path]!)) {
        const parameters = (operation as { parameters?: { in: string; name: string; required?: boolean }[] }).parameters ?? [];
        expect(parameters.filter((one) => one.in === 'path' && one.required).map((one) => one.name).sort(), path).toEqual([...named].sort());
      }
    }
  });

  it('is served, and has a readable page', async () => {
    const served = await test.app.inject('/openapi.json');
    expect(served.json()).toEqual(document);
    const page = await test.app.inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  });
});
