import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { start, type Client, type Got } from './support.js';

let sandbox: Sandbox;
let api: Client;
let organization: string;
const names = (got: Got): string[] => got.data.map((each: { attributes: { name: string } }) => each.attributes.name);

beforeAll(async () => {
  ({ sandbox, api } = await start());
  organization = await api.make('/organizations', { name: 'Acme' });
  const bulk = Array.from({ length: 120 }, (_, at) => ({ attributes: { name: `L${String(119 - at).padStart(3, '0')}`, city: at % 2 === 0 ? 'Even' : null } }));
  await api.send('POST', `/organizations/${organization}/relationships/locations`, { data: bulk });
  await api.make(`/organizations/${organization}/relationships/locations`, { name: 'Smith, Jones & Co' });
});
afterAll(() => sandbox.close());

describe('pages', () => {
  it('are of 50 by default, in order of id, with meta and links', async () => {
    const got = await api.get('/locations');
    expect(got.data).toHaveLength(50);
    expect(got.json.meta).toEqual({ 'current-page': 1, 'next-page': 2, 'prev-page': null, 'total-pages': 3, 'total-count': 121, filters: {} });
    const all = [...got.data, ...(await api.get('/locations?page[number]=2')).data].map((each: { id: string }) => Number(each.id));
    expect(all).toEqual([...all].sort((a, b) => a - b));
  });

  it('leave next out of the links of the last one, and prev of the first', async () => {
    const first = (await api.get('/locations?page[size]=100')).json.links;
    const last = (await api.get('/locations?page[size]=100&page[number]=2')).json;
    expect(Object.keys(first)).toEqual(['self', 'first', 'next', 'last']);
    expect(Object.keys(last.links)).toEqual(['self', 'first', 'prev', 'last']);
    expect(last.meta).toMatchObject({ 'next-page': null, 'prev-page': 1 });
  });

  it('can be walked by links.next, which keeps filters and sort', async () => {
    const seen: string[] = [];
    let next: string | undefined = `${sandbox.url}/organizations/${organization}/relationships/locations?filter%5Bcity%5D=Even&sort=name&page%5Bsize%5D=25`;
    while (next !== undefined) {
      const got: Got = await api.get(next.slice(sandbox.url.length));
      seen.push(...names(got));
      next = got.json.links.next as string | undefined;
    }
    expect(seen).toHaveLength(60);
    expect(seen).toEqual([...seen].sort());
  });

  it('are empty past the end, and ignore numbers that are none', async () => {
    expect((await api.get('/locations?page[number]=99')).data).toEqual([]);
    expect((await api.get('/locations?page[number]=0&page[size]=-3')).data).toHaveLength(50);
    expect((await api.get('/locations?page[size]=abc')).data).toHaveLength(50);
  });

  it('are read up to the first sign that is no digit', async () => {
    for (const number of ['2.0', '2,page[size]=50', ' 2']) {
      expect((await api.get(`/locations?page[number]=${encodeURIComponent(number)}`)).json.meta, number).toMatchObject({ 'current-page': 2, 'total-pages': 3 });
    }
    expect((await api.get('/locations?page[size]=20.0')).data).toHaveLength(20);
  });

  it('exist for lookups too', async () => {
    expect((await api.get('/contact_types?page[size]=5')).json.meta).toMatchObject({ 'total-pages': 3, 'total-count': 12 });
  });
});

describe('sort', () => {
  it('goes up, down, by several keys, in either spelling', async () => {
    expect(names(await api.get('/locations?sort=name&page[size]=2'))).toEqual(['L000', 'L001']);
    expect(names(await api.get('/locations?sort=-name&page[size]=2'))).toEqual(['Smith, Jones & Co', 'L119']);
    expect(names(await api.get('/locations?sort=primary,-id&page[size]=1'))).toEqual(['Smith, Jones & Co']);
    expect((await api.get('/locations?sort=-created-at')).status).toBe(200);
  });
});

describe('filters', () => {
  it('take several values by comma, and a comma by backslash', async () => {
    expect(names(await api.get('/locations?filter[name]=L001,L002&sort=name'))).toEqual(['L001', 'L002']);
    expect(names(await api.get(`/locations?filter[name]=${encodeURIComponent('Smith\\, Jones & Co')}`))).toEqual(['Smith, Jones & Co']);
    expect(names(await api.get(`/locations?filter[name]=${encodeURIComponent('Smith, Jones & Co')}`))).toEqual([]);
  });

  it('are joined by "and", ignore what nobody knows, and ignore a body', async () => {
    expect(names(await api.get('/locations?filter[city]=Even&filter[name]=L001,L002'))).toHaveLength(1);
    expect((await api.get('/locations?filter[postal_code]=1')).json.meta['total-count']).toBe(121);
    expect((await api.get('/locations?filter[name]=nobody')).data).toEqual([]);
  });

  it('take ids, several and unknown ones', async () => {
    const [a, b] = (await api.get('/locations?page[size]=2')).data.map((each: { id: string }) => each.id);
    expect((await api.get(`/locations?filter[id]=${b},${a},1`)).data.map((each: { id: string }) => each.id)).toEqual([a, b]);
  });
});

describe('filters written as arrays', () => {
  const three = async (): Promise<[string, string, string]> => (await api.get('/locations?page[size]=3')).data.map((each: { id: string }) => each.id);
  const found = async (query: string): Promise<string[]> => (await api.get(`/locations?${query}`)).data.map((each: { id: string }) => each.id);

  it('mean one or the other, with and without numbers', async () => {
    const [a, b, c] = await three();
    expect(await found(`filter[id][]=${a}&filter[id][]=${c}`)).toEqual([a, c]);
    expect(await found(`filter%5Bid%5D%5B0%5D=${a}&filter%5Bid%5D%5B1%5D=${b}`)).toEqual([a, b]);
    expect(await found(`filter[id][0]=${b}`)).toEqual([b]);
    expect(await found(`filter[organization_id][]=${organization}&filter[id][]=${c}`)).toEqual([c]);
    expect((await api.get(`/organizations?filter[exclude][id][]=${organization}`)).json.meta['total-count']).toBe(1);
  });

  it('delete and change what they name, nothing else', async () => {
    const total = (await api.get('/locations')).json.meta['total-count'] as number;
    const [, , keep] = await three();
    const [x, y] = [await api.make('/locations', { 'organization-id': organization, name: 'x' }), await api.make('/locations', { 'organization-id': organization, name: 'y' })];
    const changed = await api.patch(`/locations?filter[id][]=${x}&filter[id][]=${y}`, { notes: 'both' });
    expect(changed.data.map((each: { id: string }) => each.id)).toEqual([x, y]);
    expect((await api.send('DELETE', `/locations?filter[id][0]=${x}`)).data).toHaveLength(1);
    expect((await api.send('DELETE', `/locations?filter[id][]=${y}&filter[id][]=1`)).data).toHaveLength(1);
    expect((await api.get('/locations')).json.meta['total-count']).toBe(total);
    expect((await api.get(`/locations/${keep}`)).data.attributes.notes).toBeNull();
  });
});

describe('include', () => {
  it('brings relations along as linkage and objects, and takes names without records', async () => {
    const location = (await api.get('/locations?page[size]=1')).data[0].id as string;
    const contact = await api.make('/contacts', { 'organization-id': organization, 'first-name': 'A', 'location-id': location });
    const got = await api.get(`/contacts/${contact}?include=location,tickets,recent_versions`);
    expect(got.data.relationships).toEqual({ location: { data: { id: location, type: 'locations' } }, tickets: { data: [] }, 'recent-versions': { data: [] } });
    expect(got.json.included.map((each: { id: string }) => each.id)).toEqual([location]);
    expect((await api.get(`/contacts/${contact}`)).json).not.toHaveProperty('included');
  });

  it('of related items works on lists: each record with its own', async () => {
    const [a, b] = (await api.get('/locations?page[size]=2')).data.map((each: { id: string }) => each.id) as [string, string];
    const item = await api.make(`/locations/${a}/relationships/related_items`, { destination_id: b, destination_type: 'Location', notes: 'n' });
    const got = await api.get('/locations?page[size]=1000&page[number]=1&include=related_items');
    expect(got.json.meta['total-count']).toBe(121);
    expect(got.data[0].relationships).toEqual({ 'related-items': { data: [{ id: item, type: 'related-items' }] } });
    expect(got.data[1].relationships).toEqual({ 'related-items': { data: [] } });
    expect(got.json.included).toMatchObject([{ id: item, type: 'related-items', attributes: { 'resource-id': Number(b), notes: 'n' } }]);
  });

  it('takes no offence at an empty part', async () => {
    const got = await api.get('/locations?page[size]=1&include=attachments,');
    expect([got.status, got.data[0].relationships]).toEqual([200, { attachments: { data: [] } }]);
    expect((await api.get('/locations?include=attachments,color')).status).toBe(400);
  });
});
