import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { Client, firstId, start } from './support.js';

let sandbox: Sandbox;
let api: Client;
let under: string;
let organization: string;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(async () => {
  sandbox.control.reset();
  organization = await api.make('/organizations', { name: 'Acme' });
  under = `/organizations/${organization}/relationships`;
});
afterAll(() => sandbox.close());

const secret = 'correct horse';
const make = (more: object = {}): Promise<string> => api.make(`${under}/passwords`, { name: 'Router', username: 'admin', password: secret, ...more });

describe('the value of a password', () => {
  it('comes back from a write only with show_password=true', async () => {
    const attributes = { name: 'A', password: secret };
    expect((await api.post(`${under}/passwords`, attributes)).text).not.toContain(secret);
    expect((await api.post(`${under}/passwords?show_password=true`, attributes)).data.attributes.password).toBe(secret);
    const id = await make();
    expect((await api.patch(`/passwords/${id}`, { notes: 'n' })).text).not.toContain(secret);
    expect((await api.patch(`/passwords/${id}?show_password=true`, { notes: 'n' })).data.attributes.password).toBe(secret);
  });

  it('comes back from show unless show_password=false, never from a list', async () => {
    const id = await make();
    expect((await api.get(`/passwords/${id}`)).data.attributes.password).toBe(secret);
    expect((await api.get(`${under}/passwords/${id}?show_password=false`)).text).not.toContain(secret);
    for (const list of ['/passwords', '/passwords?show_password=true', `${under}/passwords`]) {
      const got = await api.get(list);
      expect([got.data.length, got.text.includes(secret)]).toEqual([1, false]);
    }
  });

  it('is left out for a key without password access', async () => {
    const id = await make();
    const { key } = sandbox.control.addKey({ label: 'blind', passwordAccess: false });
    const blind = new Client(sandbox.url, key);
    expect((await blind.get(`/passwords/${id}?show_password=true`)).data.attributes).not.toHaveProperty('password');
  });

  it('is required, and stays when null or nothing is sent', async () => {
    expect((await api.post(`${under}/passwords`, { name: 'A' })).json.errors[0].source.pointer).toBe('/data/attributes/password');
    const id = await make();
    const before = (await api.get(`/passwords/${id}`)).data.attributes;
    await api.patch(`/passwords/${id}`, { password: null, notes: 'x' });
    expect((await api.get(`/passwords/${id}`)).data.attributes).toMatchObject({ password: secret, 'password-updated-at': before['password-updated-at'] });
  });

  it('keeps characters as they were sent', async () => {
    const odd = ' "q"\\ <&> ü 😀 \t 12345678901234567890 ';
    const id = await make({ password: odd });
    expect((await api.get(`/passwords/${id}`)).data.attributes.password).toBe(odd);
  });
});

it('one-time secrets are written, never read', async () => {
  const id = await make({ 'otp-secret': 'JBSWY3DPEHPK3PXP' });
  const got = await api.get(`/passwords/${id}`);
  expect(got.data.attributes['otp-enabled']).toBe(true);
  expect(got.text).not.toContain('JBSWY3DPEHPK3PXP');
  expect((await api.patch(`/passwords/${id}`, { otpSecret: null })).data.attributes['otp-enabled']).toBe(false);
});

it('carries the documented attributes, nulls included', async () => {
  const category = await firstId(api, 'password_categories');
  const id = await make({ url: 'https://r.test', notes: 'n', 'password-category-id': category, 'password-category-name': 'ignored' });
  const { data } = await api.get(`/passwords/${id}?show_password=false`);
  expect(data).toMatchObject({
    type: 'passwords', relationships: {},
    attributes: {
      name: 'Router', username: 'admin', url: 'https://r.test', notes: 'n', 'autofill-selectors': null, 'updated-by': null, 'resource-id': null, 'resource-type': null,
      'cached-resource-name': null, 'cached-resource-type-name': null, 'password-category-id': Number(category), 'password-category-name': 'Active Directory', 'otp-enabled': false,
      'password-folder-id': null, 'parent-url': null, 'vault-id': null, archived: false, 'my-glue': false, restricted: false,
    },
  });
});

it('is deleted alone with 204', async () => {
  const id = await make();
  expect((await api.send('DELETE', `/passwords/${id}`)).status).toBe(204);
  expect((await api.send('DELETE', `/passwords/${id}`)).status).toBe(404);
});

describe('embedded passwords', () => {
  it('belong to a record of the same organization and are found by its name', async () => {
    const location = await api.make(`${under}/locations`, { name: 'HQ' });
    const id = await make({ 'resource-type': 'Location', 'resource-id': location });
    await make();
    const attributes = (await api.get(`/passwords/${id}`)).data.attributes;
    expect(attributes).toMatchObject({
      'resource-type': 'Location', 'resource-id': Number(location), 'cached-resource-type-name': 'Location', 'cached-resource-name': 'HQ',
      'parent-url': `${sandbox.webUrl}/${organization}/locations/${location}`,
    });
    expect((await api.get('/passwords?filter[cached_resource_name]=HQ')).data.map((each: { id: string }) => each.id)).toEqual([id]);
    const shown = await api.get(`/locations/${location}?include=passwords`);
    expect(shown.data.relationships.passwords.data).toEqual([{ id, type: 'passwords' }]);
    expect(shown.text).not.toContain(secret);
  });

  it('become general ones when the type is spelt otherwise, and cannot be moved', async () => {
    const location = await api.make(`${under}/locations`, { name: 'HQ' });
    const id = await make({ 'resource-type': 'locations', 'resource-id': location });
    expect((await api.patch(`/passwords/${id}`, { 'resource-type': 'Location', 'resource-id': location })).data.attributes).toMatchObject({ 'resource-type': null, 'resource-id': null });
  });

  it('refuse a record that is unknown or of another organization with 401', async () => {
    const foreign = await api.make('/organizations', { name: 'Other' });
    const location = await api.make(`/organizations/${foreign}/relationships/locations`, { name: 'HQ' });
    for (const id of [location, '1']) {
      expect((await api.post(`${under}/passwords`, { name: 'A', password: 's', 'resource-type': 'Location', 'resource-id': id })).status).toBe(401);
    }
  });
});

it('links or makes a category named in relationships', async () => {
  const relationships = { password_category: { data: { type: 'password-categories', attributes: { name: 'Fresh' } } } };
  const one = await api.post(`${under}/passwords`, { name: 'A', password: 's' }, { relationships });
  const two = await api.post(`${under}/passwords`, { name: 'B', password: 's' }, { relationships });
  expect(one.data.attributes['password-category-name']).toBe('Fresh');
  expect(two.data.attributes['password-category-id']).toBe(one.data.attributes['password-category-id']);
});
