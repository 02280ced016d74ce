import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { firstId, start, type Client, type Got } from './support.js';

let sandbox: Sandbox;
let api: Client;
let organization: string;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(async () => {
  sandbox.control.reset();
  organization = await api.make('/organizations', { name: 'Acme' });
});
afterAll(() => sandbox.close());

it('users are listed, found, renamed, never created', async () => {
  const [user] = (await api.get('/users?filter[email]=avery.quinn@msp.example')).data;
  expect(user).toMatchObject({ type: 'users', attributes: { name: 'Avery Quinn', 'role-name': 'Administrator', reputation: 0, avatar: '', 'my-glue': false } });
  expect((await api.patch(`/users/${user.id}`, { 'first-name': 'Ada', email: 'x@y.test' })).data.attributes).toMatchObject({ name: 'Ada Quinn', email: 'avery.quinn@msp.example' });
  expect((await api.get('/users?filter[name]=Ada Quinn')).data).toHaveLength(1);
  expect((await api.post('/users', { 'first-name': 'x' })).status).toBe(404);
});

it('users are given a picture by its content, and keep it when their record is sent back', async () => {
  const id = await firstId(api, 'users');
  const { data } = await api.patch(`/users/${id}`, { avatar: { content: Buffer.from('png').toString('base64'), file_name: 'me.png' } });
  expect((await api.send('PATCH', `/users/${id}`, { data })).status).toBe(200);
  expect(await (await fetch((await api.get(`/users/${id}`)).data.attributes.avatar)).text()).toBe('png');
  expect((await api.patch(`/users/${id}`, { avatar: { content: '!' } })).status).toBe(422);
});

it('groups are created with members, included, changed and deleted', async () => {
  const user = await firstId(api, 'users');
  const id = await api.make('/groups', { name: 'Techs' }, { relationships: { users: { data: [{ type: 'users', id: user }] } } });
  const got = await api.get(`/groups/${id}?include=users,organizations`);
  expect(got.data.relationships).toEqual({ users: { data: [{ id: user, type: 'users' }] }, organizations: { data: [] } });
  expect((await api.send('PATCH', '/groups', { data: [{ attributes: { id, name: 'Crew' } }] })).data[0].attributes).toMatchObject({ name: 'Crew', 'user-ids': [Number(user)] });
  expect((await api.send('DELETE', `/groups/${id}`)).status).toBe(204);
});

describe('members of a group', () => {
  const made = (users: unknown): Promise<Got> => api.post('/groups', { name: 'Techs' }, { relationships: { users: { data: users }, organizations: { data: [{ type: 'organizations', attributes: { id: organization } }] } } });

  it('are named inside attributes too, and come back in the answer to the write', async () => {
    const user = await firstId(api, 'users');
    const got = await made([{ type: 'users', attributes: { id: Number(user) } }]);
    expect([got.status, got.data.attributes]).toMatchObject([201, { 'user-ids': [Number(user)], 'organization-ids': [Number(organization)], 'my-glue-account-id': null }]);
    expect(got.data.relationships).toEqual({ users: { data: [{ id: user, type: 'users' }] }, organizations: { data: [{ id: organization, type: 'organizations' }] } });
  });

  it('are changed by accounts_user_ids, once', async () => {
    const [one, two] = (await api.get('/users')).data.map((each: { id: string }) => each.id) as [string, string];
    const id = (await made([{ id: one }])).data.id as string;
    expect((await api.patch(`/groups/${id}`, { accounts_user_ids: [Number(two)] })).data.attributes).toMatchObject({ 'user-ids': [Number(two)], 'organization-ids': [Number(organization)] });
    expect((await api.patch(`/groups/${id}`, { 'user-ids': [one] })).data.attributes['user-ids']).toEqual([Number(one)]);
  });

  it.each([['text', 'abc'], ['JSON', '1],"injected":[2'], ['nothing', undefined]])('are refused when the id is %s, and the list of groups stays readable', async (_, id) => {
    const got = await made([{ type: 'users', id }]);
    expect([got.status, got.json.errors[0].source.pointer]).toEqual([422, '/data/attributes/users']);
    expect((await api.get('/groups')).data).toEqual([]);
  });

  it('must exist, wherever they are named', async () => {
    expect((await made([{ id: '1' }])).status).toBe(401);
    expect((await api.post('/groups', { name: 'Techs', 'organization-ids': [1] })).status).toBe(401);
    expect((await api.post('/groups', { name: 'Techs', accounts_user_ids: [1] })).status).toBe(401);
    sandbox.control.setSwitches({ unknownForeignKey: '422' });
    expect((await made([{ id: '1' }])).json.errors).toMatchObject([{ status: 422, detail: 'must exist', source: { pointer: '/data/attributes/users' } }]);
    expect((await api.get('/groups')).data).toEqual([]);
  });
});

it('whatever is put there past the checks, answers stay JSON', async () => {
  sandbox.control.seed([{ resource: 'groups', attributes: { name: 'G', 'user-ids': ['1],"x":[', '007'] } }, { resource: 'locations', attributes: { name: 'L', 'organization-id': organization, 'country-id': '01,"x":1' } }]);
  expect((await api.get('/groups')).data[0].attributes['user-ids']).toEqual(['1],"x":[', '007']);
  expect((await api.get('/locations')).data[0].attributes['country-id']).toBe('01,"x":1');
  expect(() => sandbox.control.seed([{ resource: 'manufacturers', attributes: { name: 'M' }, createdAt: '","x":"' }])).toThrow('createdAt');
});

it('domains come from elsewhere and are read only', async () => {
  const [id] = sandbox.control.seed([{ resource: 'domains', attributes: { 'organization-id': organization, name: 'acme.test', 'expires-on': '2030-01-31' } }]);
  expect((await api.get(`/organizations/${organization}/relationships/domains`)).data).toMatchObject([{ id, attributes: { name: 'acme.test', 'expires-on': '2030-01-31T00:00:00.000Z', screenshot: '', 'organization-name': 'Acme' } }]);
  expect((await api.get(`/domains?filter[organization_id]=${organization}`)).data).toHaveLength(1);
  expect((await api.post('/domains', { name: 'x' })).status).toBe(404);
});

it('expirations follow the warranty of a configuration', async () => {
  const type = await firstId(api, 'configuration_types');
  const id = await api.make('/configurations', { 'organization-id': organization, name: 'SRV', 'configuration-type-id': type, 'warranty-expires-at': '2031-05-05' });
  const list = `/organizations/${organization}/relationships/expirations`;
  const [expiration] = (await api.get(list)).data;
  expect(expiration).toMatchObject({ relationships: {}, attributes: { 'resource-id': Number(id), 'resource-name': 'SRV', 'resource-type': 'Configuration', 'expiration-date': '2031-05-05T00:00:00.000Z' } });
  expect(expiration.attributes['resource-url']).toBe(`${sandbox.webUrl}/${organization}/configurations/${id}`);
  expect((await api.get(`/expirations/${expiration.id}`)).status).toBe(200);
  for (const date of ['2031-05-05', '2031-05-05T00:00:00.000Z']) expect((await api.get(`/expirations?filter[expiration_date]=${date}`)).data, date).toHaveLength(1);
  expect((await api.get('/expirations?filter[expiration_date]=2031-05-06')).data).toEqual([]);
  expect((await api.get('/expirations?filter[range][expiration_date]=2031-01-01,2031-12-31')).data).toHaveLength(1);
  expect((await api.get('/expirations?filter[range][expiration_date]=*,2030-12-31')).data).toEqual([]);
  await api.patch(`/configurations/${id}`, { 'warranty-expires-at': null });
  expect((await api.get(list)).data).toEqual([]);
});

it('exports say what they hold and whether they are encrypted', async () => {
  expect((await api.post('/exports', { 'organization-id': organization, 'zip-password': 'hidden' })).data.attributes).toMatchObject({ 'export-all': false, 'encrypted-status': 'encrypted' });
  expect((await api.post('/exports', {})).data.attributes).toMatchObject({ 'export-all': true, 'encrypted-status': 'unencrypted' });
});

describe('logs', () => {
  it('tell what was created and changed, at most five pages', async () => {
    await api.patch(`/organizations/${organization}`, { alert: 'x' });
    const got = await api.get('/logs');
    expect(got.data[0].attributes).toMatchObject({ 'resource-type': 'Organization', 'organization-id': Number(organization), 'organization-name': 'Acme' });
    expect(got.data.some((each: { attributes: { action: string } }) => each.attributes.action === 'create')).toBe(true);
    expect(got.data[0].attributes).toMatchObject({ level: 'info', 'account-id': 1, 'ip-address': null, 'ip-city': null, 'ip-region': null, 'ip-country': null, 'user-agent': null });
    await api.send('POST', `/organizations/${organization}/relationships/locations`, { data: [1, 2, 3, 4, 5, 6, 7].map((name) => ({ attributes: { name: String(name) } })) });
    expect((await api.get('/logs?page[size]=1')).json.meta).toMatchObject({ 'total-pages': 5 });
    expect((await api.get('/logs?filter[created_at]=2000-01-01,2000-01-02')).data).toEqual([]);
  });
});

describe('user metrics', () => {
  it('count by day and kind, over a week at most', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const got = await api.get(`/user_metrics?filter[date]=${today}&filter[organization_id]=${organization}`);
    expect(got.data).toMatchObject([{ type: 'user-metrics', attributes: { 'resource-type': 'Organization', created: 1, edited: 0, date: today } }]);
    expect(got.data[0].attributes).not.toHaveProperty('id');
    const owner = await firstId(api, 'users');
    expect((await api.get(`/user_metrics?filter[user_id]=${owner}&filter[date]=${today}, ${today}`)).data.length).toBeGreaterThan(0);
    expect((await api.get('/user_metrics?filter[user_id]=1')).data).toEqual([]);
    for (const range of ['*,2026-01-02', '2026-01-01,2026-01-09']) {
      const refused = await api.get(`/user_metrics?filter[date]=${range}`);
      expect([refused.status, refused.json.errors[0].title]).toEqual([422, 'date range filter cannot be longer than a week, and cannot start with a wildcard']);
    }
    expect((await api.get('/user_metrics?filter[date]=2026-01-01,2026-01-08')).status).toBe(200);
  });
});

it.each(['ssl_certificates', 'checklists', 'checklist_templates', 'tickets'])('%s have a list, which is empty, and nothing else', async (kind) => {
  const got = await api.get(`/${kind}?page[size]=1000&filter[organization_id]=${organization}`);
  expect([got.status, got.data, got.json.meta]).toMatchObject([200, [], { 'total-count': 0, 'total-pages': 1, 'next-page': null }]);
  expect((await api.get(`/${kind}/1`)).status).toBe(404);
  expect((await api.get(`/organizations/${organization}/relationships/${kind}`)).status).toBe(404);
  expect((await api.post(`/${kind}`, { name: 'x' })).status).toBe(404);
});
