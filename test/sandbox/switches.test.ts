// One test per switch, both ways. The table is typed: a switch without a test does not compile.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox, Switches } from '../../sandbox/it-glue/index.js';
import { b64, Client, firstId, start, type Got } from './support.js';

let sandbox: Sandbox;
let api: Client;
let organization: string;
let under: string;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(async () => {
  sandbox.control.reset();
  organization = await api.make('/organizations', { name: 'Acme' });
  under = `/organizations/${organization}/relationships`;
});
afterAll(() => sandbox.close());

const set = (changes: Partial<Switches>): Switches => sandbox.control.setSwitches(changes);
const statusOf = async (got: Promise<Got>): Promise<number> => (await got).status;
const maker = (name: string): Promise<Got> => api.post('/manufacturers', { name });
const contact = (attributes: object): Promise<Got> => api.post(`${under}/contacts`, attributes);
const names = (got: Got): string[] => got.data.map((each: { attributes: { name: string } }) => each.attributes.name);
const threeLocations = { data: [{ attributes: { name: 'a' } }, { attributes: { name: 'b' } }, { attributes: { name: 'c' } }] };
const oneBad = { data: [{ attributes: { name: 'a' } }, { attributes: { name: '' } }, { attributes: { name: 'c' } }] };
const locationCount = async (): Promise<number> => (await api.get(`${under}/locations`)).json.meta['total-count'] as number;

const cases: Record<keyof Switches, () => Promise<void>> = {
  idMode: async () => {
    expect(organization).toMatch(/^\d{8,9}$/);
    set({ idMode: 'large17' });
    expect(await api.make('/organizations', { name: 'B' })).toMatch(/^\d{17}$/);
  },
  contentType: async () => {
    const send = (): Promise<number> => statusOf(api.send('POST', '/manufacturers', { data: { attributes: { name: 'A' } } }, { 'content-type': 'application/json' }));
    expect(await send()).toBe(415);
    set({ contentType: 'acceptJson' });
    expect(await send()).toBe(201);
  },
  responseType: async () => {
    set({ responseType: 'json' });
    expect((await api.get('/countries')).headers.get('content-type')).toBe('application/json; charset=utf-8');
  },
  createStatus: async () => {
    set({ createStatus: 'onlyLocations201' });
    expect([await statusOf(maker('A')), await statusOf(api.post(`${under}/locations`, { name: 'HQ' }))]).toEqual([200, 201]);
  },
  invalidUtf8: async () => {
    set({ invalidUtf8: 'reject400' });
    const bytes = Buffer.concat([Buffer.from('{"data":{"attributes":{"name":"'), Buffer.from([0xe9]), Buffer.from('"}}}')]);
    expect(await statusOf(api.send('POST', '/manufacturers', bytes))).toBe(400);
  },
  fourByteCharacters: async () => {
    expect((await maker('a😀')).data.attributes.name).toBe('a😀');
    set({ fourByteCharacters: 'replace' });
    expect((await maker('a😀')).data.attributes.name).toBe('a?');
    set({ fourByteCharacters: 'reject422' });
    expect([await statusOf(maker('a😀')), await statusOf(maker('a😀')), await statusOf(maker('ü'))]).toEqual([422, 422, 201]);
  },
  controlCharacters: async () => {
    expect((await maker('a\u0001b')).data.attributes.name).toBe('a\u0001b');
    set({ controlCharacters: 'strip' });
    expect((await maker('a\u0001b\tc')).data.attributes.name).toBe('ab\tc');
    set({ controlCharacters: 'reject422' });
    expect([await statusOf(maker('a\u0001b')), await statusOf(maker('a\u0001b')), await statusOf(maker('a\nb'))]).toEqual([422, 422, 201]);
  },
  maxBodyBytes: async () => {
    set({ maxBodyBytes: 2_000 });
    expect([await statusOf(maker('x'.repeat(100))), await statusOf(maker('x'.repeat(2_000)))]).toEqual([201, 413]);
  },
  maxNameLength: async () => {
    expect([await statusOf(maker('x'.repeat(255))), await statusOf(maker('x'.repeat(256)))]).toEqual([201, 422]);
    set({ maxNameLength: 0 });
    expect(await statusOf(maker('x'.repeat(5_000)))).toBe(201);
  },
  rateLimit: async () => {
    set({ rateLimit: 2 });
    expect([await statusOf(api.get('/platforms')), await statusOf(api.get('/platforms'))]).toEqual([200, 200]);
    const got = await maker('A');
    expect([got.status, got.json, got.headers.get('retry-after')]).toEqual([429, { message: 'Too Many Requests' }, null]);
    // The limit is per key, and a refused request has done nothing.
    const { key } = sandbox.control.addKey({ label: 'second' });
    expect((await new Client(sandbox.url, key).get('/manufacturers')).data).toEqual([]);
  },
  rateLimitWindowSeconds: async () => {
    set({ rateLimit: 1, rateLimitWindowSeconds: 1 });
    expect([await statusOf(api.get('/platforms')), await statusOf(api.get('/platforms'))]).toEqual([200, 429]);
    await expect.poll(() => statusOf(api.get('/platforms')), { timeout: 3_000 }).toBe(200);
  },
  retryAfter: async () => {
    set({ rateLimit: 1, retryAfter: 'on', rateLimitWindowSeconds: 60 });
    await api.get('/platforms');
    const wait = Number((await api.get('/platforms')).headers.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
  },
  unknownAttributes: async () => {
    const beside = { contact_emails: [{ value: 'a@b.test', 'label-name': 'Work' }] };
    expect(await statusOf(contact({ 'first-name': 'A', surname: 'B' }))).toBe(201);
    set({ unknownAttributes: 'reject422' });
    expect((await contact({ 'first-name': 'A', surname: 'B' })).json.errors[0].source.pointer).toBe('/data/attributes/surname');
    expect(await statusOf(api.post(`${under}/contacts`, { 'first-name': 'A' }, beside))).toBe(422);
    const { data } = await contact({ 'first-name': 'A' });
    expect(await statusOf(api.send('PATCH', `/contacts/${data.id}`, { data }))).toBe(200);
  },
  unknownFilter: async () => {
    expect((await api.get('/organizations?filter[uuid]=x')).data).toHaveLength(2);
    set({ unknownFilter: 'reject400' });
    expect(await statusOf(api.get('/organizations?filter[uuid]=x'))).toBe(400);
  },
  filterName: async () => {
    for (const name of ['Dell', 'DELL', 'Dell EMC']) await maker(name);
    const found = async (): Promise<string[]> => names(await api.get('/manufacturers?filter[name]=Dell'));
    expect(await found()).toEqual(['Dell']);
    set({ filterName: 'exactCaseInsensitive' });
    expect(await found()).toEqual(['Dell', 'DELL']);
    set({ filterName: 'substring' });
    expect(await found()).toEqual(['Dell', 'Dell EMC']);
  },
  nestedFilter: async () => {
    await api.send('POST', `${under}/locations`, threeLocations);
    expect(names(await api.get(`${under}/locations?filter[name]=b`))).toEqual(['b']);
    set({ nestedFilter: 'ignore' });
    expect(names(await api.get(`${under}/locations?filter[name]=b`))).toEqual(['a', 'b', 'c']);
  },
  invalidSort: async () => {
    const sort = (): Promise<number> => statusOf(api.get('/organizations?sort=color'));
    expect(await sort()).toBe(400);
    set({ invalidSort: '422' });
    expect(await sort()).toBe(422);
    set({ invalidSort: 'ignore' });
    expect(await sort()).toBe(200);
  },
  invalidInclude: async () => {
    const include = (): Promise<number> => statusOf(api.get('/organizations?include=color'));
    expect(await include()).toBe(400);
    set({ invalidInclude: '422' });
    expect(await include()).toBe(422);
    set({ invalidInclude: 'ignore' });
    expect(await include()).toBe(200);
  },
  listIncludes: async () => {
    const include = (): Promise<number> => statusOf(api.get(`${under}/locations?include=related_items,authorized_users`));
    expect(await include()).toBe(200);
    set({ listIncludes: 'documented' });
    expect([await include(), await statusOf(api.get(`${under}/locations?include=attachments`))]).toEqual([400, 200]);
  },
  pageSizeAboveMax: async () => {
    expect((await api.get('/regions?page[size]=5000')).data).toHaveLength(1_000);
    set({ pageSizeAboveMax: '400' });
    expect([await statusOf(api.get('/regions?page[size]=1001')), await statusOf(api.get('/regions?page[size]=1000'))]).toEqual([400, 200]);
  },
  countryRegionsRoute: async () => {
    const total = async (): Promise<number> => (await api.get('/countries/2/relationships/regions')).json.meta['total-count'] as number;
    expect(await total()).toBe(5_046);
    set({ countryRegionsRoute: 'filters' });
    expect(await total()).toBe(57);
  },
  regionIso: async () => {
    set({ regionIso: 'full' });
    expect(names(await api.get('/regions?filter[iso]=US-CA'))).toEqual(['California']);
    expect((await api.get('/regions?filter[iso]=CA')).data).toEqual([]);
  },
  unknownForeignKey: async () => {
    set({ unknownForeignKey: '422' });
    const got = await api.post(`${under}/locations`, { name: 'A', 'country-id': 9_999 });
    expect([got.status, got.json.errors[0]]).toEqual([422, { source: { pointer: '/data/attributes/country' }, detail: 'must exist', title: 'Unprocessable Entity', status: 422 }]);
    expect(await statusOf(api.post('/organizations/1/relationships/locations', { name: 'A' }))).toBe(404);
  },
  notFoundForm: async () => {
    set({ notFoundForm: 'html' });
    const got = await api.get('/organizations/1');
    expect([got.status, got.json]).toEqual([404, undefined]);
  },
  bulkAtomicity: async () => {
    const refused = await api.send('POST', `${under}/locations`, oneBad);
    expect([refused.status, refused.json.errors[0].source.pointer, await locationCount()]).toEqual([422, '/data/1/attributes/name', 0]);
    set({ bulkAtomicity: 'partial' });
    expect([await statusOf(api.send('POST', `${under}/locations`, oneBad)), await locationCount()]).toEqual([422, 2]);
    set({ bulkAtomicity: 'partialSilent' });
    const silent = await api.send('POST', `${under}/locations`, oneBad);
    expect([silent.status, names(silent), await locationCount()]).toEqual([201, ['a', 'c'], 4]);
  },
  bulkOrder: async () => {
    const order = async (): Promise<string[]> => names(await api.send('POST', `${under}/locations`, threeLocations));
    expect(await order()).toEqual(['a', 'b', 'c']);
    set({ bulkOrder: 'reversed' });
    expect(await order()).toEqual(['c', 'b', 'a']);
    set({ bulkOrder: 'shuffled' });
    expect(await order()).toEqual(['b', 'a', 'c']);
  },
  embeddedPasswordUnknownType: async () => {
    const embed = (): Promise<Got> => api.post(`${under}/passwords`, { name: 'A', password: 's', 'resource-type': 'configurations', 'resource-id': 1 });
    expect((await embed()).data.attributes['resource-type']).toBeNull();
    set({ embeddedPasswordUnknownType: '422' });
    expect(await statusOf(embed())).toBe(422);
  },
  embeddedResourceType: async () => {
    const location = await api.make(`${under}/locations`, { name: 'HQ' });
    const id = await api.make(`${under}/passwords`, { name: 'A', password: 's', 'resource-type': 'Location', 'resource-id': location });
    const general = await api.make(`${under}/passwords`, { name: 'B', password: 's' });
    const answered = async (): Promise<unknown[]> => {
      const listed = (await api.get(`${under}/passwords`)).data.map((each: { attributes: Record<string, unknown> }) => each.attributes['resource-type']) as unknown[];
      return [...listed, (await api.get(`/passwords/${id}`)).data.attributes['cached-resource-type-name']];
    };
    expect(await answered()).toEqual(['Location', null, 'Location']);
    set({ embeddedResourceType: 'kebabPlural' });
    expect(await answered()).toEqual(['locations', null, 'Location']);
    // What is sent is spelt as the reference has it, either way.
    expect((await api.post(`${under}/passwords`, { name: 'C', password: 's', 'resource-type': 'Location', 'resource-id': location })).data.attributes['resource-type']).toBe('locations');
    expect((await api.get(`/locations/${location}?include=passwords`)).json.included).toHaveLength(2);
    expect((await api.get(`/passwords/${general}`)).data.attributes['resource-type']).toBeNull();
  },
  passwordWithoutPermission: async () => {
    const { key } = sandbox.control.addKey({ label: 'blind', passwordAccess: false });
    const blind = new Client(sandbox.url, key);
    const write = (): Promise<Got> => blind.post(`${under}/passwords`, { name: 'A', password: 'top secret' });
    const written = await write();
    expect(written.status).toBe(201);
    expect((await api.get(`/passwords/${written.data.id}`)).data.attributes.password).toBeNull();
    set({ passwordWithoutPermission: 'reject' });
    const refused = await write();
    expect([refused.status, refused.text.includes('top secret')]).toEqual([422, false]);
  },
  relatedItemDuplicates: async () => {
    const [a, b] = [await api.make(`${under}/locations`, { name: 'a' }), await api.make(`${under}/locations`, { name: 'b' })];
    const relate = (): Promise<number> => statusOf(api.post(`/locations/${a}/relationships/related_items`, { destination_id: b, destination_type: 'Location' }));
    expect([await relate(), await relate()]).toEqual([201, 201]);
    set({ relatedItemDuplicates: 'reject422' });
    expect(await relate()).toBe(422);
  },
  relatedItemsIncluded: async () => {
    const [a, b] = [await api.make(`${under}/locations`, { name: 'a' }), await api.make(`${under}/locations`, { name: 'b' })];
    await api.post(`/locations/${a}/relationships/related_items`, { destination_id: b, destination_type: 'Location' });
    const seen = async (id: string): Promise<number> => (await api.get(`/locations/${id}?include=related_items`)).json.included.length as number;
    expect([await seen(a), await seen(b)]).toEqual([1, 0]);
    set({ relatedItemsIncluded: 'fromBoth' });
    expect([await seen(a), await seen(b)]).toEqual([1, 1]);
    // Each end is shown the other one.
    const shown = async (id: string): Promise<object> => (await api.get(`/locations/${id}?include=related_items`)).json.included[0].attributes as object;
    expect(await shown(a)).toMatchObject({ 'resource-id': Number(b), 'resource-type': 'Location', name: 'b', 'resource-url': expect.stringContaining(b) });
    expect(await shown(b)).toMatchObject({ 'resource-id': Number(a), 'resource-type': 'Location', name: 'a', 'resource-url': expect.stringContaining(a), 'destination-id': Number(b), 'destination-name': 'b' });
  },
  secondPrimaryLocation: async () => {
    const make = (name: string): Promise<Got> => api.post(`${under}/locations`, { name, primary: true });
    const primaries = async (): Promise<string[]> => (await api.get(`${under}/locations`)).data.filter((each: { attributes: { primary: boolean } }) => each.attributes.primary).map((each: { attributes: { name: string } }) => each.attributes.name);
    await make('a');
    await make('b');
    expect(await primaries()).toEqual(['b']);
    set({ secondPrimaryLocation: 'reject422' });
    expect([await statusOf(make('c')), await locationCount()]).toEqual([422, 2]);
    set({ secondPrimaryLocation: 'keepBoth' });
    await make('d');
    expect(await primaries()).toEqual(['b', 'd']);
  },
  contactWithoutName: async () => {
    expect(await statusOf(contact({ title: 'CFO' }))).toBe(201);
    set({ contactWithoutName: 'reject422' });
    expect([await statusOf(contact({ title: 'CFO' })), await statusOf(contact({ 'last-name': 'B' }))]).toEqual([422, 201]);
  },
  unknownContactLabel: async () => {
    const labelled = (label: string): Promise<number> => statusOf(contact({ 'first-name': 'A', 'contact-emails': [{ value: 'a@b.test', 'label-name': label }] }));
    expect(await labelled('Holiday')).toBe(201);
    set({ unknownContactLabel: 'reject422' });
    expect([await labelled('Holiday'), await labelled('work')]).toEqual([422, 201]);
  },
  contactArraysOnPatch: async () => {
    const { data } = await contact({ 'first-name': 'A', 'contact-emails': [{ value: 'a@b.test', 'label-name': 'Work' }] });
    const patch = async (value: string): Promise<string[]> =>
      (await api.patch(`/contacts/${data.id}`, { 'contact-emails': [{ value, 'label-name': 'Home' }] })).data.attributes['contact-emails'].map((each: { value: string }) => each.value);
    expect(await patch('b@b.test')).toEqual(['b@b.test']);
    set({ contactArraysOnPatch: 'merge' });
    expect(await patch('c@b.test')).toEqual(['b@b.test', 'c@b.test']);
    expect((await api.patch(`/contacts/${data.id}`, { title: 'x' })).data.attributes['contact-emails']).toHaveLength(2);
  },
  regionOutsideCountry: async () => {
    const california = (await api.get('/regions?filter[iso]=CA&filter[country_id]=2')).data[0].id as string;
    const place = (): Promise<number> => statusOf(api.post(`${under}/locations`, { name: 'A', 'country-id': 1, 'region-id': california }));
    expect(await place()).toBe(201);
    set({ regionOutsideCountry: 'reject422' });
    expect(await place()).toBe(422);
  },
  modelOfOtherManufacturer: async () => {
    const [dell, hp] = [(await maker('Dell')).data.id as string, (await maker('HP')).data.id as string];
    const model = await api.make(`/manufacturers/${dell}/relationships/models`, { name: 'R740' });
    const type = await firstId(api, 'configuration_types');
    const make = (manufacturer: string): Promise<number> => statusOf(api.post(`${under}/configurations`, { name: 'A', 'configuration-type-id': type, 'manufacturer-id': manufacturer, 'model-id': model }));
    expect(await make(hp)).toBe(201);
    set({ modelOfOtherManufacturer: 'reject422' });
    expect([await make(hp), await make(dell)]).toEqual([422, 201]);
  },
  parentIdOnCreate: async () => {
    const child = (): Promise<Got> => api.post('/organizations', { name: 'Child', 'parent-id': organization });
    expect((await child()).data.attributes['parent-id']).toBeNull();
    set({ parentIdOnCreate: 'accept' });
    expect((await child()).data.attributes).toMatchObject({ 'parent-id': organization, 'ancestor-ids': `[${organization}]` });
  },
  uniqueLookups: async () => {
    expect([await statusOf(maker('Dell')), await statusOf(maker('Dell'))]).toEqual([201, 201]);
    set({ uniqueLookups: 'reject422' });
    const taken = await maker('dell');
    expect([taken.status, taken.json.errors[0].detail]).toEqual([422, 'has already been taken']);
    const [a, b] = [(await maker('A')).data.id as string, (await maker('B')).data.id as string];
    const model = (manufacturer: string): Promise<number> => statusOf(api.post(`/manufacturers/${manufacturer}/relationships/models`, { name: 'M' }));
    expect([await model(a), await model(b), await model(a)]).toEqual([201, 201, 422]);
  },
  organizationDeleteDelayMs: async () => {
    set({ organizationDeleteDelayMs: 0 });
    await api.send('DELETE', '/organizations', { data: [{ attributes: { id: organization } }] });
    expect(await statusOf(api.get(`/organizations/${organization}`))).toBe(404);
  },
  exportDelayMs: async () => {
    const made = await api.post('/exports', { 'organization-id': organization, 'zip-password': 'hidden' });
    expect([made.status, made.data.attributes['download-url'], made.text.includes('hidden')]).toEqual([201, null, false]);
    set({ exportDelayMs: 0 });
    const { data } = await api.get(`/exports/${made.data.id}`);
    const zip = await fetch(data.attributes['download-url']);
    expect([zip.status, Buffer.from(await zip.arrayBuffer()).subarray(0, 2).toString()]).toEqual([200, 'PK']);
    expect(await statusOf(api.send('DELETE', `/exports/${made.data.id}`))).toBe(204);
  },
  extraAttributes: async () => {
    expect((await api.get('/countries/1')).data.attributes).toHaveProperty('asset-layout-id', null);
    set({ extraAttributes: 'off' });
    expect((await api.get('/countries/1')).data.attributes).toEqual({ name: 'Canada', iso: 'CA' });
  },
  refusalWords: async () => {
    const tooLong = `Xanadu ${'n'.repeat(300)}`;
    expect(JSON.stringify((await maker(tooLong)).json)).not.toContain('Xanadu');
    set({ refusalWords: 'repeatsValues' });
    const { status, json } = await maker(tooLong);
    expect([status, json.errors[0].detail, json.errors[1].source.pointer]).toEqual([422, expect.stringContaining(`"${tooLong}"`), expect.stringContaining('Xanadu')]);
  },
};

describe('switch', () => {
  it.each(Object.entries(cases))('%s', (_, run) => run());

  it('refuses unknown names and values by name, and changes nothing then', () => {
    const before = sandbox.control.switches();
    expect(() => set({ nonsense: 'x' } as Partial<Switches>)).toThrow('unknown switch "nonsense"');
    expect(() => set({ bulkOrder: 'sideways' } as unknown as Partial<Switches>)).toThrow('switch "bulkOrder" must be one of sameAsRequest, reversed, shuffled');
    expect(() => set({ rateLimit: -1 })).toThrow('switch "rateLimit" must be a whole number from 0');
    expect(sandbox.control.switches()).toEqual(before);
  });
});

it('attachments in an unknown order still carry their own names', async () => {
  set({ bulkOrder: 'reversed' });
  const location = await api.make(`${under}/locations`, { name: 'HQ' });
  const files = ['1', '2'].map((name) => ({ attributes: { attachment: { content: b64(name), file_name: name } } }));
  expect(names(await api.send('POST', `/locations/${location}/relationships/attachments`, { data: files }))).toEqual(['2', '1']);
});
