import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { firstId, start, type Client } from './support.js';

let sandbox: Sandbox;
let api: Client;
let organization: string;
let other: string;
let under: string;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(async () => {
  sandbox.control.reset();
  organization = await api.make('/organizations', { name: 'Acme', 'short-name': 'AC' });
  other = await api.make('/organizations', { name: 'Other' });
  under = `/organizations/${organization}/relationships`;
});
afterAll(() => sandbox.close());

const ids = (got: { data: { id: string }[] }): string[] => got.data.map(({ id }) => id);

describe('every record of an organization', () => {
  const kinds: [string, object][] = [['locations', { name: 'x' }], ['contacts', { 'first-name': 'x' }], ['passwords', { name: 'x', password: 's' }]];

  it.each(kinds)('%s: needs an organization on the top-level route, in the older form of 422', async (kind, attributes) => {
    const got = await api.post(`/${kind}`, attributes);
    expect([got.status, got.json]).toEqual([
      422, { errors: [{ status: 422, title: 'Valid organization_id is required', source: { pointer: 'data/attributes/organization_id' } }] },
    ]);
    expect((await api.post(`/${kind}`, { ...attributes, 'organization-id': 1 })).status).toBe(401);
    expect((await api.post(`/organizations/1/relationships/${kind}`, attributes)).status).toBe(401);
  });

  it.each(kinds)('%s: takes its organization from the address, alone or in bulk', async (kind, attributes) => {
    const one = await api.post(`${under}/${kind}`, { ...attributes, 'organization-id': other });
    expect([one.status, one.data.type, one.data.attributes['organization-id'], one.data.attributes['organization-name']]).toEqual([201, kind, Number(organization), 'Acme']);
    const bulk = await api.send('POST', `${under}/${kind}`, { data: [{ attributes }, { attributes }] });
    expect([bulk.status, bulk.data.length]).toEqual([201, 2]);
    expect((await api.get(`${under}/${kind}`)).json.meta['total-count']).toBe(3);
    expect((await api.get(`/organizations/${other}/relationships/${kind}`)).data).toEqual([]);
    const top = await api.send('POST', `/${kind}`, { data: [{ attributes: { ...attributes, 'organization-id': organization } }] });
    expect([top.status, top.json.errors[0].title]).toEqual([422, `bulk action not allowed for ${kind[0]?.toUpperCase()}${kind.slice(1, -1)} using this route`]);
  });

  it.each(kinds)('%s: is shown and changed on both routes, but not under a foreign organization', async (kind, attributes) => {
    const id = await api.make(`${under}/${kind}`, attributes);
    expect((await api.get(`${under}/${kind}/${id}`)).data.id).toBe(id);
    expect((await api.patch(`${under}/${kind}/${id}`, { notes: 'n' })).data.attributes.notes).toBe('n');
    expect((await api.send('PATCH', `/${kind}`, { data: [{ type: kind, attributes: { id, notes: 'm' } }] })).data[0].attributes.notes).toBe('m');
    for (const method of ['GET', 'PATCH']) {
      expect((await api.send(method, `/organizations/${other}/relationships/${kind}/${id}`, method === 'GET' ? undefined : { data: { attributes: {} } })).status).toBe(404);
    }
    expect((await api.patch(`/${kind}/${id}`, { 'organization-id': other })).data.attributes['organization-id']).toBe(Number(organization));
  });

  it.each(kinds)('%s: is deleted in bulk by body or by filter, with the objects as answer', async (kind, attributes) => {
    const [a, b, c] = ids(await api.send('POST', `${under}/${kind}`, { data: [{ attributes }, { attributes }, { attributes }] })) as [string, string, string];
    expect((await api.send('DELETE', `/${kind}`, { data: [{ type: kind, attributes: { id: a } }, { type: kind, attributes: { id: 5 } }] })).status).toBe(404);
    expect(ids(await api.send('DELETE', `/${kind}`, { data: [{ type: kind, attributes: { id: a } }] }))).toEqual([a]);
    expect(ids(await api.send('DELETE', `/${kind}?filter[id]=${b}`))).toEqual([b]);
    expect(ids(await api.get(`${under}/${kind}`))).toEqual([c]);
    // The vendor's reference warns of this by its silence: an unknown filter is no filter.
    expect(ids(await api.send('DELETE', `${under}/${kind}?filter[uuid]=1`))).toEqual([c]);
  });

  it.each(kinds)('%s: takes its own whole record back', async (kind, attributes) => {
    const id = await api.make(`${under}/${kind}`, attributes);
    const { data } = await api.get(`/${kind}/${id}`);
    const back = await api.send('PATCH', `/${kind}/${id}`, { data });
    expect([back.status, back.text.length > 0]).toEqual([200, true]);
    const { 'updated-at': _was, ...before } = data.attributes;
    const { 'updated-at': _is, ...after } = (await api.get(`/${kind}/${id}`)).data.attributes;
    expect(after).toEqual(before);
  });
});

describe('locations', () => {
  it('carry names of country and region, and telephone numbers as sent and as shown', async () => {
    const region = (await api.get('/regions?filter[iso]=CA&filter[country_id]=2')).data[0].id;
    const got = await api.post(`${under}/locations`, {
      name: 'HQ', primary: 'true', 'address-1': '1 Main St', address_2: 'Floor 2', city: 'Oakland', 'postal-code': '94601', 'country-id': '2', 'region-id': region,
      phone: '415-555-0100', fax: '+1 (415) 555.0101', notes: 'n', restricted: 1,
    });
    expect(got.data.attributes).toMatchObject({
      name: 'HQ', primary: true, 'address-1': '1 Main St', 'address-2': 'Floor 2', city: 'Oakland', 'postal-code': '94601', 'country-id': 2, 'country-name': 'United States',
      'region-id': Number(region), 'region-name': 'California', phone: '4155550100', 'formatted-phone': '(415) 555-0100', fax: '+14155550101', 'formatted-fax': '+1 (415) 555-0101',
      notes: 'n', restricted: true,
    });
    expect(got.data.relationships).toEqual({});
    expect((await api.get(`${under}/locations?filter[city]=Oakland`)).data).toHaveLength(1);
  });

  it('need a name and nothing else; null empties', async () => {
    expect((await api.post(`${under}/locations`, {})).status).toBe(422);
    const id = await api.make(`${under}/locations`, { name: 'A', city: 'X', 'country-id': 2 });
    expect((await api.patch(`/locations/${id}`, { city: null, 'country-id': null })).data.attributes).toMatchObject({ city: null, 'country-id': null, 'country-name': null });
  });

  it('refuse values of the wrong kind by name', async () => {
    const got = await api.post(`${under}/locations`, { name: 'A', primary: 'maybe', 'country-id': 'US' });
    expect(got.json.errors.map((each: { source: { pointer: string } }) => each.source.pointer)).toEqual(['/data/attributes/primary', '/data/attributes/country']);
  });

  it('are deleted one by one under the organization too, and let go of what pointed to them', async () => {
    const id = await api.make(`${under}/locations`, { name: 'A' });
    const contact = await api.make(`${under}/contacts`, { 'first-name': 'C', 'location-id': id });
    expect(ids(await api.send('DELETE', `${under}/locations/${id}`))).toEqual([id]);
    expect((await api.get(`/contacts/${contact}`)).data.attributes['location-id']).toBeNull();
  });
});

describe('contacts', () => {
  const full = {
    'first-name': 'Mia', 'last-name': 'Berg', title: 'CFO', important: true, notes: 'n',
    'contact-emails': [{ value: 'mia@example.test', 'label-name': 'Work', primary: true }, { value: 'm@home.test', 'label-name': 'Home' }],
    'contact-phones': [{ value: '+1 415 555 0100', 'label-name': 'Work', 'label-type': 'phone', primary: true, extension: '1-2' }],
  };

  it('keep e-mails and phones that are inside the attributes', async () => {
    const type = await firstId(api, 'contact_types');
    const location = await api.make(`${under}/locations`, { name: 'HQ' });
    const got = await api.post(`${under}/contacts`, { ...full, 'contact-type-id': type, 'location-id': location });
    expect(got.data.attributes).toMatchObject({
      name: 'Mia Berg', 'first-name': 'Mia', 'contact-type-name': 'Approver', 'location-name': 'HQ', important: true,
      'contact-emails': [{ primary: true, value: 'mia@example.test', 'label-name': 'Work' }, { primary: false, value: 'm@home.test', 'label-name': 'Home' }],
      'contact-phones': [{ primary: true, value: '+14155550100', extension: '12', 'label-name': 'Work', 'label-type': 'phone', 'formatted-value': '+1 (415) 555-0100' }],
    });
  });

  it('lose e-mails that are beside the attributes, without an error', async () => {
    const got = await api.post(`${under}/contacts`, { 'first-name': 'Bob' }, { contact_emails: [{ value: 'a@b.test', 'label-name': 'Work' }] });
    expect([got.status, got.data.attributes['contact-emails']]).toEqual([201, []]);
  });

  it.each([
    [[{ value: 'no address', 'label-name': 'Work' }]], [[{ value: 'a@b.test' }]], [[{ 'label-name': 'Work' }]], ['a@b.test'],
  ])('refuse the e-mails %j', async (emails) => {
    expect((await api.post(`${under}/contacts`, { 'first-name': 'B', 'contact-emails': emails })).status).toBe(422);
  });

  it('refuse a phone of an unknown kind', async () => {
    expect((await api.post(`${under}/contacts`, { 'first-name': 'B', 'contact-phones': [{ value: '1', 'label-name': 'Work', 'label-type': 'pager' }] })).status).toBe(422);
  });

  it('have no importance until it is set, and the filter then finds them neither way', async () => {
    const id = await api.make(`${under}/contacts`, { 'first-name': 'B' });
    expect((await api.get(`/contacts/${id}`)).data.attributes.important).toBeNull();
    for (const value of ['true', 'false', '0']) expect((await api.get(`/contacts?filter[important]=${value}`)).data).toEqual([]);
    await api.patch(`/contacts/${id}`, { important: '0' });
    expect(ids(await api.get('/contacts?filter[important]=0'))).toEqual([id]);
  });

  it('are found by parts of the name, title, type and primary e-mail', async () => {
    const id = await api.make(`${under}/contacts`, full);
    await api.make(`${under}/contacts`, { 'first-name': 'Other' });
    for (const query of ['filter[first_name]=Mia', 'filter[last-name]=Berg', 'filter[title]=CFO', 'filter[primary_email]=Mia@example.test']) {
      expect(ids(await api.get(`/contacts?${query}`))).toEqual([id]);
    }
    expect((await api.get('/contacts?filter[primary_email]=m@home.test')).data).toEqual([]);
  });

  it('refuse a location of another organization with 401', async () => {
    const foreign = await api.make(`/organizations/${other}/relationships/locations`, { name: 'F' });
    expect((await api.post(`${under}/contacts`, { 'first-name': 'B', 'location-id': foreign })).status).toBe(401);
  });
});

describe('configurations', () => {
  let type: string;
  beforeEach(async () => (type = await firstId(api, 'configuration_types')));

  it('carry every attribute back', async () => {
    const [maker, system] = [await api.make('/manufacturers', { name: 'Dell' }), await firstId(api, 'operating_systems')];
    const model = await api.make(`/manufacturers/${maker}/relationships/models`, { name: 'R740' });
    const status = await firstId(api, 'configuration_statuses');
    const location = await api.make(`${under}/locations`, { name: 'HQ' });
    const contact = await api.make(`${under}/contacts`, { 'first-name': 'Mia', 'last-name': 'Berg' });
    const plain = {
      name: 'SRV1', hostname: 'srv1', 'primary-ip': '10.0.0.5', 'mac-address': '00:11:22:33:44:55', 'default-gateway': '10.0.0.1', 'serial-number': 'S1', 'asset-tag': 'T1', position: 'U4',
      'installed-by': 'us', 'purchased-by': 'them', notes: 'a\nb', 'operating-system-notes': 'core', 'warranty-expires-at': '2030-01-31', 'installed-at': '2024-02-29',
      'purchased-at': '2024-01-01', archived: false, restricted: true,
    };
    const got = await api.post(`${under}/configurations`, {
      ...plain, 'configuration-type-id': type, 'configuration-status-id': status, 'manufacturer-id': maker, 'model-id': model, 'operating-system-id': system, 'location-id': location, 'contact-id': contact,
    });
    expect(got.status).toBe(201);
    expect(got.data.attributes).toMatchObject({
      ...plain, 'organization-short-name': 'AC', 'configuration-type-name': 'Managed Server', 'configuration-type-kind': 'server', 'configuration-status-name': 'Active', 'manufacturer-name': 'Dell',
      'model-name': 'R740', 'operating-system-name': 'Windows 10 Pro', 'location-name': 'HQ', 'contact-name': 'Mia Berg', 'psa-integration': 'disabled', 'my-glue': false,
    });
    for (const query of ['filter[serial_number]=S1', 'filter[asset_tag]=T1', 'filter[mac_address]=00:11:22:33:44:55', `filter[contact_id]=${contact}`, `filter[configuration_type_id]=${type}`]) {
      expect(ids(await api.get(`/configurations?${query}`))).toEqual([got.data.id]);
    }
    expect((await api.get('/expirations')).data[0].attributes).toMatchObject({ 'resource-name': 'SRV1', 'expiration-date': '2030-01-31T00:00:00.000Z', 'resource-type-name': 'Configuration' });
  });

  it('name a missing type by association, with a leading slash', async () => {
    const got = await api.post(`${under}/configurations`, { name: 'x' });
    expect(got.json).toEqual({ errors: [{ source: { pointer: '/data/attributes/configuration-type' }, detail: 'must exist', title: 'Unprocessable Entity', status: 422 }] });
    expect((await api.post('/configurations', { name: 'x', 'configuration-type-id': type })).json.errors[0].title).toBe('Valid organization_id is required');
  });

  it.each([['mac-address', '00:11:22:33:44:55:66'], ['primary-ip', '10.0.0.256'], ['warranty-expires-at', '2030-02-30'], ['warranty-expires-at', 'soon'], ['archived', 'maybe']])('refuse %s = %s', async (name, value) => {
    const got = await api.post(`${under}/configurations`, { name: 'x', 'configuration-type-id': type, [name]: value });
    expect([got.status, got.json.errors[0].source.pointer]).toEqual([422, `/data/attributes/${name}`]);
  });

  it('make a primary interface from address and MAC, and follow it', async () => {
    const id = await api.make(`${under}/configurations`, { name: 'x', 'configuration-type-id': type, 'primary-ip': '10.0.0.5', 'mac-address': '00:11:22:33:44:55' });
    const list = `/configurations/${id}/relationships/configuration_interfaces`;
    const [only, ...more] = (await api.get(list)).data;
    expect(more).toEqual([]);
    expect(only.attributes).toMatchObject({ id: Number(only.id), 'ip-address': '10.0.0.5', 'mac-address': '00:11:22:33:44:55', primary: true, 'configuration-id': Number(id) });
    await api.patch(`/configurations/${id}`, { 'primary-ip': '10.0.0.6' });
    expect((await api.get(list)).data[0].attributes['ip-address']).toBe('10.0.0.6');
    await api.patch(`/configuration_interfaces/${only.id}`, { 'ip-address': 'fe80::1' });
    expect((await api.get(`/configurations/${id}`)).data.attributes['primary-ip']).toBe('fe80::1');
  });

  it('take interfaces along when created, not when changed; one primary of the same address stays one', async () => {
    const relationships = { 'configuration_interfaces': { data: [
      { type: 'configuration_interfaces', attributes: { name: 'LAN', 'ip-address': '10.0.0.5', primary: 'true', port: 'P1' } },
      { type: 'configuration_interfaces', attributes: { name: 'WAN', ip_address: '203.0.113.9' } },
    ] } };
    const id = await api.make(`${under}/configurations`, { name: 'x', 'configuration-type-id': type, 'primary-ip': '10.0.0.5' }, { relationships });
    const list = (await api.get(`/configurations/${id}/relationships/configuration_interfaces`)).data;
    expect(list.map((each: { attributes: object }) => each.attributes)).toMatchObject([{ name: 'LAN', primary: true, port: null }, { name: 'WAN', primary: false }]);
    expect((await api.get(`/configurations/${id}?include=configuration_interfaces`)).json.included).toHaveLength(2);
    const refused = await api.send('PATCH', `/configurations/${id}`, { data: { attributes: { name: 'y' }, relationships } });
    expect(refused.status).toBe(422);
    expect((await api.send('PATCH', `/configurations/${id}`, { data: { attributes: { name: 'y' }, relationships: {} } })).status).toBe(200);
  });

  it('have interfaces with routes of their own', async () => {
    const id = await api.make(`${under}/configurations`, { name: 'x', 'configuration-type-id': type });
    const nested = `/configurations/${id}/relationships/configuration_interfaces`;
    const bulk = await api.send('POST', nested, { data: [{ attributes: { name: 'a', 'ip-address': '10.0.0.1', primary: true, port: '7' } }, { attributes: { name: 'b', 'mac-address': '001122334455' } }] });
    expect([bulk.status, bulk.data[0].type, bulk.data[0].attributes.port]).toEqual([201, 'configuration-interfaces', '7']);
    const top = await api.make('/configuration_interfaces', { 'configuration-id': id, name: 'c', primary: true });
    expect((await api.get(`/configuration_interfaces/${bulk.data[0].id}`)).data.attributes.primary).toBe(false);
    expect(ids(await api.get(`${nested}?filter[ip_address]=10.0.0.1`))).toEqual([bulk.data[0].id]);
    expect((await api.post(nested, { 'mac-address': 'nonsense' })).status).toBe(422);
    expect((await api.send('DELETE', `${nested}/${top}`)).status).toBe(204);
    expect((await api.send('DELETE', `/configuration_interfaces/${bulk.data[0].id}`)).status).toBe(404);
  });

  it('come archived and active together unless filtered', async () => {
    const a = await api.make(`${under}/configurations`, { name: 'a', 'configuration-type-id': type, archived: 'true' });
    const b = await api.make(`${under}/configurations`, { name: 'b', 'configuration-type-id': type });
    expect(ids(await api.get('/configurations'))).toEqual([a, b]);
    expect(ids(await api.get('/configurations?filter[archived]=true'))).toEqual([a]);
    expect(ids(await api.get('/configurations?filter[archived]=false'))).toEqual([b]);
  });

  it('allow a short list of changes when a PSA or RMM owns them', async () => {
    const id = await api.make(`${under}/configurations`, { name: 'a', 'configuration-type-id': type });
    sandbox.control.setSync('configurations', id, { kind: 'rmm', id: '5', integration: 'ninja-rmm' });
    expect((await api.patch(`/configurations/${id}`, { hostname: 'h' })).status).toBe(422);
    expect((await api.patch(`/configurations/${id}`, { archived: true, 'asset-tag': 't', notes: 'n', 'warranty-expires-at': '2030-01-01' })).status).toBe(200);
    expect(ids(await api.get('/configurations?filter[rmm_id]=5&filter[rmm_integration_type]=ninja-rmm'))).toEqual([id]);
    sandbox.control.setSync('configurations', id, null);
    expect((await api.patch(`/configurations/${id}`, { hostname: 'h' })).status).toBe(200);
  });

  it.each(['manufacturer-id', 'model-id', 'operating-system-id', 'location-id', 'contact-id', 'configuration-status-id'])('refuse an unknown %s with 401', async (name) => {
    expect((await api.post(`${under}/configurations`, { name: 'a', 'configuration-type-id': type, [name]: 1 })).status).toBe(401);
  });
});
