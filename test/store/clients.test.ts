import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { assignClient, changeRecord, createClient, getClient, getClientRow, getSingle, listClients, lockClient, readActivity, type ClientKey, type Store } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { add, decide, newClient, refusalOf } from './support.js';

let test: TestStore;
let sales: Actor;
beforeAll(async () => {
  test = await openTestStore();
  sales = await test.actor('sales_rep');
});
afterAll(() => test.close());

const nobody = { engineerId: null, managerId: null, salesRepId: null };
const create = (company: string, actor = sales) => createClient(test.store, actor, company, nobody);

describe('a new client', () => {
  it('starts in sales with its company and three open sections, and one line of history', async () => {
    const view = await create('Acme GmbH');
    expect(view).toMatchObject({ company: 'Acme GmbH', stage: 'sales', version: 1, percent: { sales: 33, accounting: 0, msp: 0 } });
    const history = await readActivity(test.store, sales.tenantId, view.id, { limit: 5, before: null });
    expect(history.map(({ action, details }) => [action, details])).toEqual([['client.created', { company: 'Acme GmbH' }]]);
  });

  it('has a name of its own in the tenant; another tenant may have the same; a refused one leaves no key', async () => {
    await create('Birch Ltd');
    const keyFiles = async () => (await readdir(test.keyFolder)).filter((name) => name.endsWith('.key'));
    const keys = await keyFiles();
    for (const name of ['Birch Ltd', ' BIRCH   ltd ']) expect(await refusalOf(create(name))).toBe('name_taken');
    expect(await keyFiles()).toEqual(keys);
    await create('Birch Ltd', await test.actor('sales_rep', 1));
    const race = await Promise.all([1, 2, 3].map(() => refusalOf(create('Cedar'))));
    expect(race.filter((one) => one === 'name_taken')).toHaveLength(2);
  });

  it('keeps its key when the answer of the database is lost after the commit', async () => {
    const lost: Store = {
      vault: test.store.vault,
      db: new Proxy(test.store.db, {
        get(db, name) {
          if (name !== '$transaction') return Reflect.get(db, name) as unknown;
          return async (...args: Parameters<typeof db.$transaction>) => {
            await db.$transaction(...args);
            throw new Error('connection reset');
          };
        },
      }),
    };
    await expect(createClient(lost, sales, 'Dogwood', nobody)).rejects.toThrow('connection reset');
    const [kept] = (await listClients(test.store, sales.tenantId, {}, { limit: 50, after: null })).filter((one) => one.company === 'Dogwood');
    expect(kept).toBeDefined();
  });
});

describe('renaming the company', () => {
  it('frees the old name and takes the new one', async () => {
    const client = { tenantId: sales.tenantId, clientId: (await create('Elm')).id };
    const company = (await getSingle(test.store, client, 'company'))!;
    const rename = (name: string, version: number) => changeRecord(test.store, client, sales, kindOf('company'), company.id, { version, fields: { company: name }, references: {} });
    await create('Fir');
    expect(await refusalOf(rename('FIR', 1))).toBe('name_taken');
    expect((await getClient(test.store, client)).company).toBe('Elm');
    await rename('Elm Tree', 1);
    expect(await refusalOf(create('elm tree'))).toBe('name_taken');
    await create('Elm');
  });
});

describe('the list', () => {
  it('pages from the newest to the oldest without a gap, of the own tenant only', async () => {
    const actor = await test.actor('sales_rep', 1);
    const made = [];
    for (let n = 0; n < 7; n += 1) made.push((await create(`Paged ${n}`, actor)).id);
    const seen: string[] = [];
    for (let after: string | null = null; ; after = seen.at(-1)!) {
      const page = await listClients(test.store, actor.tenantId, {}, { limit: 3, after });
      seen.push(...page.map((one) => one.id));
      if (page.length < 3) break;
    }
    expect(seen.slice(0, 7)).toEqual(made.reverse());
    expect(new Set(seen).size).toBe(seen.length);
    const own = await listClients(test.store, sales.tenantId, {}, { limit: 100, after: null });
    expect(own.filter((one) => seen.includes(one.id))).toEqual([]);
  });

  it('shows by stage, by person, and deleted ones only when they are asked for', async () => {
    const client = await newClient(test);
    const manager = await test.actor('manager');
    const ids = async (filter: Parameters<typeof listClients>[2]) => (await listClients(test.store, sales.tenantId, filter, { limit: 100, after: null })).map((one) => one.id);
    expect(await ids({ assignedTo: manager.userId })).toContain(client.clientId);
    expect(await ids({ assignedTo: (await test.actor('administrator')).userId })).toEqual([]);
    await putInStage(test.store, client, 'deleted');
    expect(await ids({})).not.toContain(client.clientId);
    expect(await ids({ stage: 'deleted' })).toEqual([client.clientId]);
  });

  it('goes on while a client is being removed, whose key is gone before its rows', async () => {
    const client = await newClient(test, 'purged');
    await test.store.vault.destroyKey(client);
    const all = await listClients(test.store, sales.tenantId, {}, { limit: 100, after: null });
    expect(all.map((one) => one.id)).not.toContain(client.clientId);
    expect(await listClients(test.store, sales.tenantId, { stage: 'purged' }, { limit: 100, after: null })).toMatchObject([{ id: client.clientId, company: '' }]);
    expect(await readActivity(test.store, client.tenantId, client.clientId, { limit: 5, before: null })).toMatchObject([{ action: 'client.created', details: null }]);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { stage: 'deleted', nameHash: 'gone' } });
  });

  it('shows contact addresses and percentages of a whole client', async () => {
    const sample = await createSampleClient(test, { people: 2, configurations: 2, passwords: 1 });
    expect(await getClient(test.store, sample.key)).toMatchObject({
      company: sample.company,
      accountingEmail: 'per@sample.example',
      mspEmail: 'olga@oldmsp.example',
      percent: { sales: 100, accounting: 100, msp: 100 },
    });
  });
});

describe('an assignment', () => {
  const seen = async (client: ClientKey) => (await getClientRow(test.store, client)).version;
  const signed = async (client: ClientKey) => (await test.store.db.signOff.findMany({ where: { clientId: client.clientId } })).map((one) => one.role).sort();

  it('needs the version that was seen, and changes only whom it names', async () => {
    const client = await newClient(test);
    const admin = await test.actor('administrator');
    const version = await seen(client);
    const before = await getClientRow(test.store, client);
    const after = await assignClient(test.store, client, admin, version, { engineerId: admin.userId });
    expect(after).toMatchObject({ engineerId: admin.userId, managerId: before.managerId, salesRepId: before.salesRepId, version: version + 1 });
    expect(await refusalOf(assignClient(test.store, client, admin, version, { engineerId: null }))).toBe('stale_version');
    expect(await refusalOf(assignClient(test.store, { ...client, tenantId: test.tenants[1]!.id }, admin, version + 1, {}))).toBe('not_found');
  });

  it('of another person withdraws the sign-off of that seat; of the same person it does not', async () => {
    const client = await newClient(test, 'sign_off');
    const [engineer, manager, admin] = [await test.actor('onboarding_engineer'), await test.actor('manager'), await test.actor('administrator')];
    await decide(test.store, client, engineer, 'sign_off');
    await assignClient(test.store, client, admin, await seen(client), { engineerId: engineer.userId, managerId: manager.userId });
    expect(await signed(client)).toEqual(['engineer']);
    await assignClient(test.store, client, admin, await seen(client), { engineerId: admin.userId });
    expect(await signed(client)).toEqual([]);
  });

  it('never leaves a client ready for export with less than two sign-offs', async () => {
    const client = await newClient(test, 'sign_off');
    const [engineer, manager, admin] = [await test.actor('onboarding_engineer'), await test.actor('manager'), await test.actor('administrator')];
    await decide(test.store, client, engineer, 'sign_off');
    expect((await decide(test.store, client, manager, 'sign_off')).stage).toBe('ready');
    const replace = async () => refusalOf(assignClient(test.store, client, admin, await seen(client), { engineerId: admin.userId }));
    expect(await replace()).toBe('wrong_stage');
    await decide(test.store, client, admin, 'delete');
    expect(await replace(), 'nor by the detour over a deletion').toBe('wrong_stage');
    await decide(test.store, client, admin, 'restore');
    expect(await signed(client)).toEqual(['engineer', 'manager']);
    await decide(test.store, client, manager, 'withdraw_sign_off');
    expect(await replace()).toMatchObject({ done: { stage: 'sign_off', engineerId: admin.userId } });
    expect(await signed(client)).toEqual([]);
  });

  it('after the export leaves the sign-offs as history', async () => {
    const client = await newClient(test, 'sign_off');
    const [engineer, admin] = [await test.actor('onboarding_engineer'), await test.actor('administrator')];
    await decide(test.store, client, engineer, 'sign_off');
    await putInStage(test.store, client, 'exporting');
    await assignClient(test.store, client, admin, await seen(client), { engineerId: admin.userId });
    expect(await signed(client)).toEqual(['engineer']);
  });
});

it('locks only a client of the own tenant', async () => {
  const client = await newClient(test);
  await add(test.store, client, sales, 'sales-contact', { firstName: 'Ada' });
  expect(await refusalOf(lockClient(test.store, { ...client, tenantId: test.tenants[1]!.id }))).toBe('not_found');
  expect((await lockClient(test.store, client)).id).toBe(client.clientId);
});
