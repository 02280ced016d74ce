import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kindOf, type Content, type KindName, type ReferenceIds } from '../../domain/kinds/index.js';
import { createRecords, decideSpelling, getClientRow, getRecord, readActivity, type ClientKey, type Store } from '../../store/index.js';
import { activityWords } from '../../api/activity-words.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

let test: TestStore;
let store: Store;
let client: ClientKey;
let ids: ReadonlyMap<string, string>;

beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
});
afterAll(() => test.close());
beforeEach(async () => {
  ({ key: client, ids } = await createSampleClient(test, { people: 1, configurations: 3, passwords: 1 }));
  await putInStage(store, client, 'ready');
});

async function add(kind: KindName, fields: Partial<Content>, references: ReferenceIds = {}): Promise<string> {
  await putInStage(store, client, 'msp');
  const empty = Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, null]));
  const unlinked = Object.fromEntries(Object.keys(kindOf(kind).references).map((name) => [name, null]));
  const [record] = await createRecords(store, client, await test.actor('onboarding_engineer'), kindOf(kind), [{ content: { ...empty, ...fields } as Content, references: { ...unlinked, ...references } }]);
  await putInStage(store, client, 'ready');
  return record!.id;
}

async function correct(kind: 'make' | 'model', recordId: string, name: string) {
  return decideSpelling(store, client, await test.actor('onboarding_engineer'), [{ recordId, choice: 'correct', kind, typed: { manufacturer: 'Del', model: kind === 'make' ? '' : 'x' }, name }]);
}
const referencesOf = async (kind: KindName, id: string) => (await getRecord(store, client, kind, id)).references;

describe('a make or model that is corrected to the name of another one', () => {
  it('is joined with it: what links to it links to the one that stays, and models of one name become one', async () => {
    const del = await add('make', { name: 'Del', notes: 'Small ones' });
    const [twin, own] = [await add('model', { name: 'latitude 5440' }, { make: del }), await add('model', { name: 'Precision 3' }, { make: del })];
    const [first, second] = [await add('configuration', { name: 'A', type: 'Switch' }, { make: del, model: twin }), await add('configuration', { name: 'B', type: 'Switch' }, { make: del, model: own })];
    const before = await getClientRow(store, client);
    const versions = [(await getRecord(store, client, 'configuration', first)).version];

    expect(await correct('make', del, 'DELL')).toEqual({ joined: 1 });
    const [dell, latitude] = [ids.get('Dell')!, ids.get('Latitude 5440')!];
    expect(await referencesOf('configuration', first)).toMatchObject({ make: dell, model: latitude, site: null });
    expect(await referencesOf('configuration', second)).toMatchObject({ make: dell, model: own });
    expect(await referencesOf('model', own)).toEqual({ make: dell });
    await expect(getRecord(store, client, 'make', del)).rejects.toMatchObject({ code: 'not_found' });
    await expect(getRecord(store, client, 'model', twin)).rejects.toMatchObject({ code: 'not_found' });
    expect((await getRecord(store, client, 'make', dell)).content).toMatchObject({ name: 'Dell', notes: 'Small ones' });

    // A device that moved twice, once with its make and once with its model, was changed: a stale edit must be refused.
    expect((await getRecord(store, client, 'configuration', first)).version).toBeGreaterThan(versions[0]!);
    expect((await getClientRow(store, client)).version).toBe(before.version + 1);
    const words = (await readActivity(store, client.tenantId, client.clientId, { limit: 10, before: null })).map(activityWords);
    expect(words).toContain('Your organization joined Del with Dell under Makes.');
    expect(words).toContain('Your organization joined latitude 5440 with Latitude 5440 under Models.');
    // The name that went is free again.
    expect(await add('make', { name: 'Del' })).not.toBe(del);
  });

  it('is joined within its make only', async () => {
    const [dell, acme] = [ids.get('Dell')!, ids.get('Acme Networks')!];
    const other = await add('model', { name: 'FW-200' }, { make: dell });
    expect(await correct('model', other, 'FW-100')).toEqual({ joined: 0 });
    expect(await referencesOf('model', ids.get('FW-100')!)).toEqual({ make: acme });
    const third = await add('model', { name: 'FW-1OO' }, { make: acme });
    const device = await add('configuration', { name: 'C', type: 'Switch' }, { make: acme, model: third });
    expect(await correct('model', third, 'fw-100')).toEqual({ joined: 1 });
    expect(await referencesOf('configuration', device)).toMatchObject({ model: ids.get('FW-100')! });
  });

  it('may be its own name in another writing', async () => {
    expect(await correct('make', ids.get('Dell')!, 'DELL')).toEqual({ joined: 0 });
    expect((await getRecord(store, client, 'make', ids.get('Dell')!)).content['name']).toBe('DELL');
  });

  it('is refused when it is in IT Glue already, and then nothing is changed', async () => {
    const del = await add('make', { name: 'Del' });
    const device = await add('configuration', { name: 'A', type: 'Switch' }, { make: del });
    await store.db.ledgerEntry.create({ data: { id: del, ...client, resource: 'manufacturer', recordId: del, kind: 'make', sequence: 1, state: 'created', itGlueId: '7' } });
    const version = (await getClientRow(store, client)).version;
    await expect(correct('make', del, 'Dell')).rejects.toMatchObject({ code: 'invalid' });
    expect(await referencesOf('configuration', device)).toMatchObject({ make: del });
    expect((await getClientRow(store, client)).version).toBe(version);
  });
});
