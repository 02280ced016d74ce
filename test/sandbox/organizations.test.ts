import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { firstId, start, type Client } from './support.js';

let sandbox: Sandbox;
let api: Client;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.close());

describe('organizations', () => {
  it('are created one by one with all their attributes', async () => {
    const [type, status] = [await firstId(api, 'organization_types'), await firstId(api, 'organization_statuses')];
    const got = await api.post('/organizations', {
      name: 'Acme', alert: 'Ask first', description: 'd', 'organization-type-id': type, 'organization-status-id': Number(status), 'quick-notes': '<b>n</b>', 'short-name': 'AC',
    });
    expect(got.status).toBe(201);
    expect(got.data).toMatchObject({
      type: 'organizations',
      attributes: {
        name: 'Acme', alert: 'Ask first', description: 'd', 'organization-type-id': Number(type), 'organization-type-name': 'Customer', 'organization-status-id': Number(status),
        'organization-status-name': 'Active', 'quick-notes': '<b>n</b>', 'short-name': 'AC', primary: false, logo: null, 'parent-id': null, 'ancestor-ids': null,
      },
    });
    expect(got.data.id).toMatch(/^\d+$/);
    expect(got.data.attributes['created-at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(got.data.attributes['resource-url']).toBe(`${sandbox.webUrl}/${got.data.id}`);
  });

  it('refuse an array on the top-level route with a status that is a word', async () => {
    const got = await api.send('POST', '/organizations', { data: [{ type: 'organizations', attributes: { name: 'A' } }] });
    expect([got.status, got.json]).toEqual([422, { errors: [{ status: 'unprocessable_entity', title: 'bulk action not allowed for Organization using this route', source: { pointer: 'data' } }] }]);
  });

  it('need a name, take two of the same, and ignore what nobody knows', async () => {
    expect((await api.post('/organizations', { name: ' ' })).json.errors[0]).toEqual({ source: { pointer: '/data/attributes/name' }, detail: "can't be blank", title: 'Unprocessable Entity', status: 422 });
    expect(await api.make('/organizations', { name: 'A', 'alert-message': 'lost' })).not.toBe(await api.make('/organizations', { name: 'A' }));
  });

  it('refuse an unknown type with 401', async () => {
    const got = await api.post('/organizations', { name: 'A', 'organization-type-id': 1 });
    expect([got.status, got.json]).toEqual([401, { errors: [{ status: 401, title: 'Unauthorized', detail: 'Unauthorized resource access', source: { pointer: 'id' } }] }]);
  });

  it('cut quick-notes in lists only', async () => {
    const notes = 'x'.repeat(400);
    const id = await api.make('/organizations', { name: 'A', 'quick-notes': notes });
    expect((await api.get('/organizations?filter[name]=A')).data[0].attributes['quick-notes']).toHaveLength(250);
    expect((await api.get(`/organizations/${id}`)).data.attributes['quick-notes']).toBe(notes);
  });

  it('take their own whole record back, read-only attributes and nulls included', async () => {
    const id = await api.make('/organizations', { name: 'A', 'organization-type-id': await firstId(api, 'organization_types') });
    const { data } = await api.get(`/organizations/${id}`);
    const back = await api.send('PATCH', `/organizations/${id}`, { data: { ...data, attributes: { ...data.attributes, description: 'new', 'organization-status-id': null } } });
    expect(back.status).toBe(200);
    expect(back.data.attributes).toMatchObject({ name: 'A', description: 'new', 'organization-type-name': 'Customer' });
  });

  it('are updated in bulk by id, or by filter with one set of attributes', async () => {
    const [a, b] = [await api.make('/organizations', { name: 'A' }), await api.make('/organizations', { name: 'B' })];
    const byId = await api.send('PATCH', '/organizations', { data: [{ type: 'organizations', attributes: { id: Number(a), alert: '1' } }, { type: 'organizations', attributes: { id: b, alert: '2' } }] });
    expect(byId.data.map((each: { attributes: { alert: string } }) => each.attributes.alert)).toEqual(['1', '2']);
    const byFilter = await api.send('PATCH', '/organizations?filter[name]=A', { data: { attributes: { alert: '3' } } });
    expect(byFilter.data.map((each: { id: string }) => each.id)).toEqual([a]);
    expect((await api.send('PATCH', '/organizations?filter[name]=A', { data: [] })).status).toBe(400);
  });

  it('allow four fields only when a PSA owns them', async () => {
    const id = await api.make('/organizations', { name: 'A' });
    sandbox.control.setSync('organizations', id, { kind: 'psa', id: '77', integration: 'manage' });
    expect((await api.patch(`/organizations/${id}`, { name: 'B' })).status).toBe(422);
    expect((await api.patch(`/organizations/${id}`, { name: 'A', alert: 'x', description: 'y', 'quick-notes': 'z' })).status).toBe(200);
    expect((await api.get('/organizations?filter[psa_id]=77&filter[psa_integration_type]=manage')).data.map((each: { id: string }) => each.id)).toEqual([id]);
    expect((await api.get('/organizations?filter[psa_id]=77')).status).toBe(422);
  });

  it('stay visible for a while after their deletion and then take everything along', async () => {
    sandbox.control.setSwitches({ organizationDeleteDelayMs: 150 });
    const id = await api.make('/organizations', { name: 'A' });
    const location = await api.make('/locations', { 'organization-id': id, name: 'HQ' });
    const gone = await api.send('DELETE', '/organizations', { data: [{ type: 'organizations', attributes: { id } }] });
    expect([gone.status, gone.data[0].id]).toEqual([200, id]);
    expect((await api.get(`/organizations/${id}`)).status).toBe(200);
    await expect.poll(async () => (await api.get(`/organizations/${id}`)).status).toBe(404);
    expect((await api.get(`/locations/${location}`)).status).toBe(404);
  });

  it('are deleted by filter, but not by filter and body at once', async () => {
    sandbox.control.setSwitches({ organizationDeleteDelayMs: 0 });
    await api.make('/organizations', { name: 'A' });
    expect((await api.send('DELETE', '/organizations?filter[name]=A', { data: [{ attributes: { id: 1 } }] })).status).toBe(400);
    expect((await api.send('DELETE', '/organizations?filter[name]=A')).data).toHaveLength(1);
    expect((await api.get('/organizations?filter[name]=A')).data).toEqual([]);
    expect((await api.send('DELETE', '/organizations')).status).toBe(400);
  });

  it('filter by type, status, exclusion, primary, dates and group', async () => {
    const type = await firstId(api, 'organization_types');
    const a = await api.make('/organizations', { name: 'A', 'organization-type-id': type });
    const b = await api.make('/organizations', { name: 'B' });
    const group = await api.make('/groups', { name: 'G' }, { relationships: { organizations: { data: [{ type: 'organizations', id: b }] } } });
    const names = async (query: string): Promise<string[]> => (await api.get(`/organizations?${query}`)).data.map((each: { attributes: { name: string } }) => each.attributes.name);
    expect(await names(`filter[organization-type-id]=${type}`)).toEqual(['A']);
    expect(await names('filter[exclude][name]=A,Stand-in MSP')).toEqual(['B']);
    expect(await names(`filter[exclude][id]=${a},${b}`)).toEqual(['Stand-in MSP']);
    expect(await names('filter[primary]=true')).toEqual(['Stand-in MSP']);
    expect(await names(`filter[group_id]=${group}`)).toEqual(['B']);
    expect(await names('filter[created_at]=2000-01-01,2001-01-01')).toEqual([]);
    expect(await names('filter[created_at]=2000-01-01,*&sort=-name')).toEqual(['Stand-in MSP', 'B', 'A']);
  });
});

describe('lookups', () => {
  it.each(['organization_types', 'organization_statuses', 'configuration_types', 'configuration_statuses', 'contact_types', 'password_categories', 'manufacturers'])(
    '%s are listed, created, shown and renamed, never deleted',
    async (list) => {
      const id = await api.make(`/${list}`, { name: 'Ours' });
      expect((await api.get(`/${list}?filter[name]=Ours`)).data.map((each: { id: string }) => each.id)).toEqual([id]);
      expect((await api.patch(`/${list}/${id}`, { name: 'Theirs' })).data.attributes.name).toBe('Theirs');
      expect((await api.get(`/${list}/${id}`)).data).toMatchObject({ type: list.replace('_', '-'), attributes: { name: 'Theirs' } });
      expect((await api.send('DELETE', `/${list}/${id}`)).status).toBe(404);
      expect((await api.send('POST', `/${list}`, { data: [{ attributes: { name: 'x' } }] })).json.errors[0].status).toBe('unprocessable_entity');
    },
  );

  it('refuse a change of a synced record', async () => {
    const id = await api.make('/manufacturers', { name: 'Dell' });
    sandbox.control.setSync('manufacturers', id, { kind: 'psa', id: '1', integration: 'autotask' });
    expect((await api.patch(`/manufacturers/${id}`, { name: 'HP' })).status).toBe(422);
  });

  it('count what uses them', async () => {
    const organization = await api.make('/organizations', { name: 'A' });
    const [type, category] = [await firstId(api, 'configuration_types'), await firstId(api, 'password_categories')];
    await api.make('/configurations', { 'organization-id': organization, name: 'c', 'configuration-type-id': type });
    await api.make('/passwords', { 'organization-id': organization, name: 'p', password: 's', 'password-category-id': category });
    expect((await api.get(`/configuration_types/${type}`)).data.attributes['configurations-count']).toBe(1);
    expect((await api.get(`/password_categories/${category}`)).data.attributes['passwords-count']).toBe(1);
  });
});

describe('models', () => {
  it('are made under a manufacturer in bulk, or alone; found by paging only; moved by PATCH', async () => {
    const [dell, hp] = [await api.make('/manufacturers', { name: 'Dell' }), await api.make('/manufacturers', { name: 'HP' })];
    const bulk = await api.send('POST', `/manufacturers/${dell}/relationships/models`, { data: [{ attributes: { name: 'R740' } }, { attributes: { name: 'R750' } }] });
    expect(bulk.data.map((each: { attributes: object }) => each.attributes)).toMatchObject([
      { name: 'R740', 'manufacturer-id': Number(dell), 'manufacturer-name': 'Dell' }, { name: 'R750', 'manufacturer-name': 'Dell' },
    ]);
    const free = await api.make('/models', { name: 'Nobody 1' });
    expect((await api.get(`/models/${free}`)).data.attributes).toMatchObject({ 'manufacturer-id': null, 'manufacturer-name': null });
    expect((await api.get('/models?filter[name]=R740')).json.meta['total-count']).toBe(3);
    const moved = bulk.data[0].id as string;
    await api.patch(`/models/${moved}`, { 'manufacturer-id': hp });
    expect((await api.get(`/manufacturers/${hp}/relationships/models`)).data.map((each: { id: string }) => each.id)).toEqual([moved]);
    expect((await api.get(`/manufacturers/${dell}/relationships/models/${moved}`)).status).toBe(404);
    expect((await api.send('DELETE', `/models/${moved}`)).status).toBe(404);
  });
});

describe('geography', () => {
  it('has every country and region of ISO 3166, with the ids of the vendor reference', async () => {
    const countries = await api.get('/countries?page[size]=1000');
    expect(countries.json.meta['total-count']).toBe(249);
    expect(countries.data.slice(0, 3).map((each: { id: string; attributes: { name: string; iso: string } }) => [each.id, each.attributes.name, each.attributes.iso])).toEqual([
      ['1', 'Canada', 'CA'], ['2', 'United States', 'US'], ['3', 'Afghanistan', 'AF'],
    ]);
    expect((await api.get('/regions')).json.meta['total-count']).toBe(5_046);
  });

  it('finds a region by code and country', async () => {
    const [country] = (await api.get('/countries?filter[iso]=CA')).data;
    const [region, ...more] = (await api.get(`/regions?filter[iso]=AB&filter[country_id]=${country.id}`)).data;
    expect(more).toEqual([]);
    expect(region).toEqual({ id: expect.stringMatching(/^\d+$/), type: 'regions', attributes: expect.objectContaining({ name: 'Alberta', iso: 'AB', 'country-id': 1 }) });
  });

  it('lists operating systems with their platform, read-only', async () => {
    const [system] = (await api.get('/operating_systems?filter[name]=Windows%20Server%202022%20Standard')).data;
    expect(system.attributes['platform-name']).toBe('Windows');
    expect((await api.get(`/platforms/${system.attributes['platform-id']}`)).data.attributes.name).toBe('Windows');
    expect((await api.post('/operating_systems', { name: 'x' })).status).toBe(404);
  });
});
