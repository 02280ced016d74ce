import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { Client, start } from './support.js';

let sandbox: Sandbox;
let api: Client;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.close());

describe('keys', () => {
  it.each(['', 'ITG.wrong'])('answers the gateway form of 403 to the key "%s"', async (key) => {
    const got = await new Client(sandbox.url, key).get('/organizations');
    expect([got.status, got.text]).toEqual([403, '{"message":"Forbidden"}']);
  });

  it('does not take a bearer token', async () => {
    const response = await fetch(`${sandbox.url}/organizations`, { headers: { authorization: `Bearer ${sandbox.apiKey}` } });
    expect(response.status).toBe(403);
  });

  it('refuses a key from the moment it is revoked', async () => {
    const { key } = sandbox.control.addKey({ label: 'second' });
    const second = new Client(sandbox.url, key);
    expect((await second.get('/organizations')).status).toBe(200);
    sandbox.control.revokeKey('second');
    expect((await second.get('/organizations')).status).toBe(403);
    expect((await api.get('/organizations')).status).toBe(200);
  });
});

describe('addresses', () => {
  it.each(['/', '/nonsense', '/flexible_assets', '/documents', '/configuration_interfaces', '/organizations/1/2', '/organizations/1/relationships/organizations'])(
    'answers an HTML page to the unknown route %s',
    async (path) => {
      const got = await api.get(path);
      expect(got.status).toBe(404);
      expect(got.headers.get('content-type')).toContain('text/html');
      expect(got.text).toContain("The page you were looking for doesn't exist (404)");
    },
  );

  it.each([['DELETE', '/organizations/1'], ['POST', '/countries'], ['DELETE', '/manufacturers'], ['PATCH', '/manufacturers'], ['POST', '/organizations/1']])(
    'has no %s %s',
    async (method, path) => expect((await api.send(method, path, { data: {} })).status).toBe(404),
  );

  it.each(['/manufacturers/', '/V1/manufacturers', '/v1/manufacturers/', '//manufacturers'])('takes %s as /manufacturers', async (path) => {
    expect((await api.get(path)).data).toEqual([]);
  });

  it('takes brackets both plain and percent-encoded', async () => {
    await api.make('/manufacturers', { name: 'Dell' });
    await api.make('/manufacturers', { name: 'HP' });
    for (const path of ['/manufacturers?filter[name]=Dell', '/manufacturers?filter%5Bname%5D=Dell']) {
      expect((await api.get(path)).json.meta['total-count']).toBe(1);
    }
  });

  it('answers the JSON form of 404 to an unknown id, also one that is not a number', async () => {
    for (const id of ['999', 'abc']) {
      const got = await api.get(`/organizations/${id}`);
      expect([got.status, got.json]).toEqual([404, { errors: [{ status: 404, title: 'Not Found' }] }]);
    }
  });

  it('changes by PUT as by PATCH', async () => {
    const id = await api.make('/manufacturers', { name: 'Del' });
    expect((await api.send('PUT', `/manufacturers/${id}`, { data: { attributes: { name: 'Dell' } } })).data.attributes.name).toBe('Dell');
  });
});

describe('bodies', () => {
  const body = { data: { type: 'manufacturers', attributes: { name: 'Dell' } } };

  it.each(['application/vnd.api+json', 'application/vnd.api+json; charset=utf-8', 'APPLICATION/VND.API+JSON'])('takes %s', async (type) => {
    expect((await api.send('POST', '/manufacturers', body, { 'content-type': type })).status).toBe(201);
  });

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])('answers 415 to %s', async (type) => {
    expect((await api.send('POST', '/manufacturers', body, { 'content-type': type })).status).toBe(415);
  });

  it('answers JSON of the JSON:API kind', async () => {
    expect((await api.get('/manufacturers')).headers.get('content-type')).toBe('application/vnd.api+json; charset=utf-8');
  });

  it('takes a Content-Type on GET and DELETE without a body', async () => {
    expect((await api.send('GET', '/manufacturers')).status).toBe(200);
    const organization = await api.make('/organizations', { name: 'A' });
    const password = await api.make('/passwords', { 'organization-id': organization, name: 'p', password: 's' });
    const gone = await api.send('DELETE', `/passwords/${password}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
  });

  it.each([['{"data":', 400], ['', 400], ['{}', 400], ['{"data":null}', 400], ['{"data":[]}', 400], ['[1]', 400]])('answers to the body %s with %i', async (text, status) => {
    const got = await api.send('POST', '/manufacturers', text);
    expect(got.status).toBe(status);
    expect(got.json.errors[0]).toMatchObject({ title: 'Bad Request', status: '400' });
  });

  it('falls over on JSON inside a JSON string', async () => {
    expect((await api.send('POST', '/manufacturers', JSON.stringify(JSON.stringify(body)))).status).toBe(500);
    expect((await api.send('POST', '/manufacturers', { data: JSON.stringify(body.data) })).status).toBe(500);
  });

  it('turns bytes that are not UTF-8 into question marks', async () => {
    const bytes = Buffer.concat([Buffer.from('{"data":{"attributes":{"name":"Caf'), Buffer.from([0xe9]), Buffer.from('"}}}')]);
    expect((await api.send('POST', '/manufacturers', bytes)).data.attributes.name).toBe('Caf?');
  });

  it('takes kebab, snake, camel and Pascal spellings, and answers kebab', async () => {
    for (const spelling of ['short-name', 'short_name', 'shortName', 'ShortName']) {
      expect((await api.post('/organizations', { name: 'A', [spelling]: 'x' })).data.attributes['short-name']).toBe('x');
    }
  });

  it('answers 413 in the gateway form above 10 MB and stays usable', async () => {
    const got = await api.post('/organizations', { name: 'A', 'quick-notes': 'x'.repeat(10 * 1024 * 1024) });
    expect([got.status, got.json]).toEqual([413, { message: 'Request Too Long' }]);
    expect((await api.get('/organizations')).status).toBe(200);
  });
});

describe('ids above 2^53', () => {
  it('go in and out as numbers without being rounded', async () => {
    sandbox.control.setSwitches({ idMode: 'large17' });
    const organization = await api.make('/organizations', { name: 'A' });
    expect(organization).toMatch(/^\d{17}$/);
    expect(String(Number(organization))).not.toBe(organization);
    const got = await api.send('POST', '/locations', `{"data":{"type":"locations","attributes":{"organization-id":${organization},"name":"HQ \\"12345678901234567890\\""}}}`);
    expect(got.status).toBe(201);
    expect(got.text).toContain(`"organization-id":${organization},`);
    expect(got.data.attributes.name).toBe('HQ "12345678901234567890"');
    expect((await api.get(`/locations?filter[organization_id]=${organization}`)).json.meta['total-count']).toBe(1);
  });
});

it('reads its own writes at once, from many callers', async () => {
  const names = Array.from({ length: 200 }, (_, at) => `Maker ${at}`);
  await Promise.all(names.map(async (name) => {
    const id = await api.make('/manufacturers', { name });
    expect((await api.get(`/manufacturers/${id}`)).data.attributes.name).toBe(name);
  }));
  expect((await api.get('/manufacturers')).json.meta['total-count']).toBe(200);
});
