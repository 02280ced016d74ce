import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { b64, firstId, start, type Client } from './support.js';

let sandbox: Sandbox;
let api: Client;
let organization: string;
let location: string;
let list: string;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(async () => {
  sandbox.control.reset();
  organization = await api.make('/organizations', { name: 'Acme' });
  location = await api.make(`/organizations/${organization}/relationships/locations`, { name: 'HQ' });
  list = `/locations/${location}/relationships/attachments`;
});
afterAll(() => sandbox.close());

const file = (content: string, name: string): object => ({ attachment: { content, file_name: name } });

describe('attachments', () => {
  it('keep the bytes sent as base64 and serve them at download-url without a key', async () => {
    const got = await api.post(list, file(b64('hello ü'), 'Größe "1".txt'));
    expect(got.status).toBe(201);
    expect(got.data).toMatchObject({ type: 'attachments', attributes: {
      name: 'Größe "1".txt', 'attachment-file-name': 'Größe "1".txt', 'attachment-content-type': 'text/plain', 'attachment-file-size': 8, ext: 'txt', viewable: true,
    } });
    const down = await fetch(got.data.attributes['download-url']);
    expect([down.status, await down.text()]).toEqual([200, 'hello ü']);
    const wrong = got.data.attributes['download-url'].replace(/\/files\/(\d+)\/[^/]+/, '/files/$1/guess');
    expect((await fetch(wrong)).status).toBe(404);
    expect(sandbox.control.attachments()).toEqual([{
      id: got.data.id, resourceType: 'locations', resourceId: location, fileName: 'Größe "1".txt', size: 8, sha256: createHash('sha256').update('hello ü').digest('hex'),
    }]);
  });

  it('are taken from a multipart form, bytes unharmed', async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));
    const form = new FormData();
    form.set('data[type]', 'attachments');
    form.set('data[attributes][attachment]', new File([bytes], 'raw.bin'));
    const got = await api.send('POST', list, form);
    expect([got.status, got.data.attributes['attachment-file-size']]).toEqual([201, 512]);
    expect(Buffer.from(await (await fetch(got.data.attributes['download-url'])).arrayBuffer()).equals(bytes)).toBe(true);
  });

  it.each([['with line breaks', 'aGVs\nbG8='], ['as a data URI', 'data:text/plain;base64,aGVsbG8='], ['cut short', 'aGVsbG8'], ['empty', ''], ['of other letters', '!!!!']])('refuse content %s', async (_, content) => {
    expect((await api.post(list, file(content, 'a.txt'))).status).toBe(422);
  });

  it('need the attachment and the name of its file', async () => {
    expect((await api.post(list, { content: b64('x') })).status).toBe(400);
    expect((await api.post(list, { attachment: { content: b64('x'), 'file-name': 'a.txt' } })).status).toBe(422);
  });

  it('come in bulk, may share a name, are listed, renamed and deleted', async () => {
    const bulk = await api.send('POST', list, { data: [{ attributes: file(b64('1'), 'a.txt') }, { attributes: file(b64('2'), 'a.txt') }] });
    const [a, b] = bulk.data.map((each: { id: string }) => each.id);
    expect((await api.get(list)).json.meta['total-count']).toBe(2);
    expect((await api.patch(`${list}/${a}`, { name: 'b.txt', 'attachment-file-size': 9 })).data.attributes).toMatchObject({ name: 'b.txt', 'attachment-file-name': 'a.txt', 'attachment-file-size': 1 });
    const included = (await api.get(`/locations/${location}?include=attachments`)).json.included;
    expect(included.map((each: { id: string }) => each.id)).toEqual([a, b]);
    expect((await api.send('DELETE', list, { data: [{ type: 'attachments', attributes: { id: a } }] })).data[0].id).toBe(a);
    expect((await api.get(`${list}/${b}`)).data.id).toBe(b);
  });

  it('belong to records that exist, of the kinds that carry them', async () => {
    expect((await api.post('/locations/1/relationships/attachments', file(b64('x'), 'a.txt'))).status).toBe(404);
    expect((await api.post('/documents/1/relationships/attachments', file(b64('x'), 'a.txt'))).status).toBe(404);
    const refused = await api.post(`/organizations/${organization}/relationships/attachments`, file(b64('x'), 'a.txt'));
    expect([refused.status, refused.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  });

  it('go with their record', async () => {
    await api.post(list, file(b64('x'), 'a.txt'));
    await api.send('DELETE', '/locations', { data: [{ attributes: { id: location } }] });
    expect(sandbox.control.attachments()).toEqual([]);
  });

  it('take a file of 7 MB and answer 413 above the limit of the body', async () => {
    expect((await api.post(list, file(Buffer.alloc(7 * 1024 * 1024, 1).toString('base64'), 'big.bin'))).status).toBe(201);
    expect((await api.post(list, file(Buffer.alloc(8 * 1024 * 1024, 1).toString('base64'), 'big.bin'))).status).toBe(413);
  });
});

describe('related items', () => {
  it('are made one way, twice if asked twice, and read through their source only', async () => {
    const contact = await api.make(`/organizations/${organization}/relationships/contacts`, { 'first-name': 'Mia', 'last-name': 'Berg' });
    const route = `/locations/${location}/relationships/related_items`;
    for (let round = 0; round < 2; round += 1) expect((await api.post(route, { destination_id: contact, destination_type: 'Contact', notes: 'n' })).status).toBe(201);
    const included = (await api.get(`/locations/${location}?include=related_items`)).json.included;
    expect(included).toHaveLength(2);
    expect(included[0]).toMatchObject({ type: 'related-items', attributes: { name: 'Mia Berg', 'resource-id': Number(contact), 'resource-type': 'Contact', notes: 'n' } });
    expect((await api.get(`/contacts/${contact}?include=related_items`)).json.included).toEqual([]);
    expect((await api.get(route)).status).toBe(404);
    expect((await api.patch(`${route}/${included[0].id}`, { notes: 'm', destination_type: 'Location' })).data.attributes).toMatchObject({ notes: 'm', 'destination-type': 'Contact' });
    expect((await api.send('DELETE', route, { data: [{ attributes: { id: included[0].id } }] })).status).toBe(200);
    await api.send('DELETE', `/contacts?filter[id]=${contact}`);
    expect((await api.get(`/locations/${location}?include=related_items`)).json.included).toEqual([]);
  });

  it('say of the other end what kind it is and whether it is archived', async () => {
    const under = `/organizations/${organization}/relationships`;
    const type = await firstId(api, 'configuration_types');
    const server = await api.make(`${under}/configurations`, { name: 'SRV', 'configuration-type-id': type, archived: true });
    const password = await api.make(`${under}/passwords`, { name: 'P', password: 's' });
    const relate = async (id: string, kind: string): Promise<object> => (await api.post(`/locations/${location}/relationships/related_items`, { destination_id: id, destination_type: kind })).data.attributes as object;
    expect(await relate(server, 'Configuration')).toMatchObject({ 'asset-type': 'configuration', archived: true });
    expect(await relate(password, 'Password')).toMatchObject({ 'asset-type': 'password', archived: false });
    expect(await relate(organization, 'Organization')).toMatchObject({ 'asset-type': 'organization', archived: false });
    sandbox.control.setSwitches({ relatedItemsIncluded: 'fromBoth' });
    expect((await api.get(`/configurations/${server}?include=related_items`)).json.included[0].attributes).toMatchObject({ 'asset-type': 'location', archived: false, name: 'HQ' });
  });

  it('are deleted from either end, which ends them at both', async () => {
    const [a, b] = [location, await api.make(`/organizations/${organization}/relationships/locations`, { name: 'b' })];
    const { data } = await api.post(`/locations/${a}/relationships/related_items`, { destination_id: b, destination_type: 'Location' });
    expect(data.attributes).toMatchObject({ 'destination-id': Number(b), 'destination-name': 'b' });
    expect((await api.send('DELETE', `/locations/${b}/relationships/related_items`, { data: [{ attributes: { id: data.id } }] })).status).toBe(200);
    expect((await api.get(`/locations/${a}?include=related_items`)).json.included).toEqual([]);
  });

  it('refuse an unknown kind or target', async () => {
    const route = `/locations/${location}/relationships/related_items`;
    expect((await api.post(route, { destination_id: location, destination_type: 'locations' })).status).toBe(422);
    expect((await api.post(route, { destination_id: '1', destination_type: 'Location' })).status).toBe(422);
    expect((await api.post(route, { destination_type: 'Location' })).status).toBe(422);
  });
});
