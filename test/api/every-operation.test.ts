import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from '../../api/openapi.js';
import { operations } from '../../domain/permissions.js';
import { newClient, startTestApi, type TestApi } from './support.js';

interface Operation {
  operationId: string;
  security?: unknown[];
  'x-operation'?: string;
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
}
const document = (await openapiDocument()) as { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } };
const all = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
const versioned = all.filter(({ path }) => path.startsWith('/v1/'));

let test: TestApi;

beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

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

describe('a query', () => {
  const hostile = ['\u0000', 'a\u0000b', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '-1', '1e999', '%', "'", '\u202e', 'x'.repeat(3_000), '[]'];

  it('that holds what no database can is refused with its field, at every address', async () => {
    const client = await newClient(test);
    const failed: string[] = [];
    for (const { path, method, operation } of versioned.filter((one) => one.method === 'get')) {
      const parameters = ((operation as { parameters?: { in: string; name: string }[] }).parameters ?? []).filter((one) => one.in === 'query');
      const url = path.replace('{section}', 'sales').replace('{page}', 'sales-contact').replace(/\{\w+\}/g, client);
      for (const { name } of parameters) {
        for (const value of hostile) {
          const answer = await test.call('manager', 'GET', `${url}?${name}=${encodeURIComponent(value)}`);
          if (answer.status >= 500) failed.push(`${method} ${path} ${name}=${JSON.stringify(value.slice(0, 30))}: ${answer.status}`);
        }
      }
    }
    expect(failed).toEqual([]);
    const nul = await test.call('manager', 'GET', '/v1/export-records?company=%00');
    expect([nul.status, nul.body.errors]).toEqual([400, [{ field: 'company', message: 'holds a character that cannot be stored' }]]);
    const yearZero = await test.call('manager', 'GET', '/v1/audit?from=0000-01-01T00:00:00Z');
    expect([yearZero.status, yearZero.body.errors]).toEqual([400, [{ field: 'from', message: 'must be in 1900 or later' }]]);
  });
});
