import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allRecords, boundTo, createPreview, fillPreview, getClientRow, type ClientKey, type StoredRecord } from '../../store/index.js';
import { readyPreview } from '../../api/schemas/preview.js';
import { newClient, previewContent, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
let client: ClientKey;
let url: string;
let makes: Record<string, string>;

beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

const stage = (name: string) => test.store.db.client.update({ where: { id: client.clientId }, data: { stage: name } });
const call = (method: string, path: string, body?: unknown) => test.call('onboarding_engineer', method, `${url}${path}`, body);

/** A client of three makes that is ready to export. */
beforeEach(async () => {
  client = { tenantId: test.tenants[0]!.id, clientId: await newClient(test) };
  url = `/v1/clients/${client.clientId}`;
  await stage('msp');
  makes = {};
  for (const name of ['Acme', 'Zeta', 'Omega']) makes[name] = (await call('POST', '/makes', { fields: { name } })).body.id as string;
  await stage('ready');
});

const word = (name: string, rest: object = {}) => ({ word: name, records: 2, named: null, alike: null, remembered: null, entry: null, by: 'nothing', undecided: false, ...rest });
const none = { configurationTypes: [], configurationStatuses: [], contactTypes: [], passwordCategories: [], operatingSystems: [] };
const firewall = { id: '3', name: 'Firewall' };

/** A preview of the client as it is now. */
async function previewed(content: object = {}): Promise<string> {
  const records: StoredRecord[] = [];
  for await (const record of allRecords(test.store, client)) records.push(record);
  const id = await createPreview(test.store, client, await userId(test, 'onboarding_engineer'));
  await fillPreview(test.store, client, id, (await getClientRow(test.store, client)).version, { ...previewContent, ...content }, boundTo(records));
  return id;
}

describe('what words mean in the account', () => {
  const content = { lookups: { ...none, configurationTypes: [word('Fire-Wall', { alike: firewall, undecided: true }), word('NAS', { named: { id: '4', name: 'NAS' } })] }, lists: { ...none, configurationTypes: [firewall, { id: '4', name: 'NAS' }] } };
  const put = (id: string, ...mappings: object[]) => call('PUT', `/previews/${id}/mappings`, { mappings });

  it('is chosen by a person and shown from then on', async () => {
    const id = await previewed(content);
    expect((await call('GET', `/previews/${id}`)).body).toMatchObject({ open: { mappings: 1 }, lookups: { configurationTypes: [{ word: 'Fire-Wall', undecided: true }, { word: 'NAS', by: 'name' }] } });
    const answer = await put(id, { list: 'configurationTypes', word: 'Fire-Wall', choice: 'use_existing', itGlueId: '3' });
    expect([answer.status, answer.body.open.mappings]).toEqual([200, 0]);
    const shown = await call('GET', `/previews/${id}`);
    expect(shown.body.lookups.configurationTypes[0]).toMatchObject({ entry: firewall, by: 'person', undecided: false });
    expect(readyPreview.safeParse(shown.body).error).toBeUndefined();
    expect((await put(id, { list: 'configurationTypes', word: 'Fire-Wall', choice: 'create' })).body.lookups.configurationTypes[0]).toMatchObject({ entry: null, by: 'person' });
    expect((await call('GET', '/activity')).text).toContain('said what one word of the client should be in IT Glue');
  });

  it('is refused for words and entries that are not there, naming each, and nothing is kept', async () => {
    const id = await previewed(content);
    const answer = await put(
      id,
      { list: 'configurationTypes', word: 'Fire-Wall', choice: 'use_existing', itGlueId: '99' },
      { list: 'contactTypes', word: 'Fire-Wall', choice: 'create' },
      { list: 'configurationTypes', word: 'NAS', choice: 'create' },
      { list: 'configurationTypes', word: 'NAS', choice: 'use_existing', itGlueId: '3' },
    );
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [
        { field: 'mappings[0].itGlueId', message: 'is no configuration type of the account' },
        { field: 'mappings[1].word', message: 'is no contact type that the records of this preview use' },
        { field: 'mappings[2].choice', message: 'must be use_existing: the account has an entry of that name already' },
      ],
    ]);
    expect(await test.store.db.wordChoice.count({ where: { clientId: client.clientId } })).toBe(0);
    expect((await put(id, { list: 'configurationTypes', word: 'NAS', choice: 'merge' })).status).toBe(400);
    const sales = await test.call('sales_rep', 'PUT', `${url}/previews/${id}/mappings`, { mappings: [{ list: 'configurationTypes', word: 'NAS', choice: 'create' }] });
    expect(sales.status).toBe(403);
  });

  it('must be said before an export starts where it is not certain', async () => {
    const id = await previewed(content);
    const refused = await call('POST', '/exports', { previewId: id });
    expect([refused.status, refused.body.code, refused.body.errors]).toEqual([422, 'undecided', [{ field: 'lookups.configurationTypes', message: 'may be an existing entry in another spelling', word: 'Fire-Wall' }]]);
    await put(id, { list: 'configurationTypes', word: 'Fire-Wall', choice: 'create' });
    expect((await call('POST', '/exports', { previewId: id })).status).toBe(200);
    expect((await put(id, { list: 'configurationTypes', word: 'Fire-Wall', choice: 'create' })).body).toMatchObject({ status: 409, code: 'wrong_stage' });
  });
});

it('an export takes only organization types and statuses that its preview lists', async () => {
  const id = await previewed({ organizationTypes: [{ id: '5', name: 'Customer' }], organizationStatuses: [{ id: '6', name: 'Active' }] });
  const refused = await call('POST', '/exports', { previewId: id, organizationTypeId: '6' });
  expect([refused.status, refused.body.detail]).toEqual([422, expect.stringContaining('organization type is none of the account')]);
  expect((await call('POST', '/exports', { previewId: id, organizationTypeId: '5', organizationStatusId: '6' })).status).toBe(200);
});

describe('an export with an old preview', () => {
  it('answers 409 and says which records were added, changed and removed since, and by whom', async () => {
    const id = await previewed();
    expect((await call('GET', `/previews/${id}/changes`)).body).toEqual({ stale: false, added: 0, changed: 0, removed: 0, records: [] });
    await stage('msp');
    await test.call('manager', 'PATCH', `${url}/makes/${makes['Acme']}`, { version: 1, fields: { name: 'Acme Networks' } });
    await test.call('manager', 'DELETE', `${url}/makes/${makes['Zeta']}`, { version: 1 });
    await call('POST', '/makes', { fields: { name: 'Sigma' } });
    await stage('ready');

    const { status, body } = await call('POST', '/exports', { previewId: id });
    expect([status, body.code]).toEqual([409, 'stale_preview']);
    expect(body.changes).toMatchObject({ stale: true, added: 1, changed: 1, removed: 1 });
    const manager = { userId: await userId(test, 'manager') };
    const engineer = { userId: await userId(test, 'onboarding_engineer') };
    const records = body.changes.records as { title: string }[];
    expect(records.sort((a, b) => (a.title < b.title ? -1 : 1))).toMatchObject([
      { change: 'changed', kind: 'make', page: 'makes-and-models', section: 'msp', title: 'Acme Networks', fields: ['name'], by: manager },
      { change: 'added', title: 'Sigma', by: engineer },
      { change: 'removed', title: 'Zeta', by: manager },
    ]);
    expect(body.detail).toMatch(/Records since then: 1 added, 1 changed, 1 removed, by \S+/);
    expect((await call('GET', `/previews/${id}`)).body.stale).toBe(true);
    expect((await call('GET', `/previews/${id}/changes`)).body).toMatchObject({ stale: true, added: 1 });
    expect((await test.call({ token: test.token('manager', 1) }, 'GET', `${url}/previews/${id}/changes`)).status).toBe(404);
  });

  it('says so when no record has changed', async () => {
    const id = await previewed();
    await test.store.db.client.update({ where: { id: client.clientId }, data: { version: { increment: 1 } } });
    expect((await call('POST', '/exports', { previewId: id })).body.detail).toContain('The records are the same as then');
  });
});

describe('records that would be refused', () => {
  const problems = () => [
    { kind: 'make', recordId: makes['Acme'], title: 'Acme', field: 'name', message: 'has 300 characters', severity: 'refused', sequence: 4 },
    { kind: 'make', recordId: makes['Zeta'], title: 'Zeta', field: 'notes', message: 'holds an emoji', severity: 'warning', sequence: 5 },
  ];
  const skip = (id: string, ...records: object[]) => call('POST', `/previews/${id}/skips`, { records });

  it('keep an export from starting until each is skipped with a reason', async () => {
    const id = await previewed({ problems: problems() });
    const refused = await call('POST', '/exports', { previewId: id });
    expect([refused.status, refused.body.code, refused.body.errors]).toMatchObject([422, 'undecided', [{ field: 'name', message: 'has 300 characters', recordId: makes['Acme'], title: 'Acme' }]]);
    expect((await skip(id, { recordId: makes['Acme'], reason: 'A test entry' })).body).toEqual({ skipped: 1 });
    const shown = (await call('GET', `/previews/${id}`)).body;
    expect(shown).toMatchObject({ open: { problems: 0 }, problems: [{ skipped: true }, { skipped: false, severity: 'warning' }] });
    expect((await call('GET', '/activity')).text).toContain('left one refused record out of the export: A test entry');
    expect((await call('POST', '/exports', { previewId: id })).status).toBe(200);
  });

  it('can be taken in again before the export starts, and only they can be skipped', async () => {
    const id = await previewed({ problems: problems() });
    expect((await skip(id, { recordId: makes['Zeta'], reason: 'No' }, { recordId: makes['Acme'], reason: 'No' })).body).toMatchObject({ status: 422, errors: [{ field: 'records[0].recordId' }] });
    expect((await skip(id, { recordId: makes['Acme'], reason: ' ' })).status).toBe(400);
    expect((await call('DELETE', `/previews/${id}/skips/${makes['Acme']}`)).status).toBe(404);
    await skip(id, { recordId: makes['Acme'], reason: 'No' });
    expect((await call('DELETE', `/previews/${id}/skips/${makes['Acme']}`)).status).toBe(204);
    expect((await call('GET', `/previews/${id}`)).body.open.problems).toBe(1);
    await stage('msp');
    expect((await skip(id, { recordId: makes['Acme'], reason: 'No' })).body).toMatchObject({ status: 409, code: 'wrong_stage' });
  });
});

it('a make that is corrected to the name of another one of the client is joined with it', async () => {
  const id = await previewed({ spelling: [{ recordId: makes['Zeta'], kind: 'make', typed: { manufacturer: 'Zeta', model: '' }, suggestion: null, decided: null }] });
  const answer = await call('POST', `/previews/${id}/spellings`, { decisions: [{ recordId: makes['Zeta'], choice: 'correct', name: 'omega' }] });
  expect([answer.status, answer.body]).toEqual([200, { decided: 1, open: 0, joined: 1, stale: true }]);
  expect((await call('GET', `/makes/${makes['Zeta']}`)).status).toBe(404);
  expect((await call('GET', `/previews/${id}/changes`)).body).toMatchObject({ removed: 1, records: [{ change: 'removed', title: 'Zeta' }] });
});
