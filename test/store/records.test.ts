import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf, pageByName, type Content } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import {
  allRecords,
  answerPage,
  changeRecord,
  createRecords,
  deleteRecord,
  exportFailures,
  exportProgress,
  getClient,
  getRecord,
  getSingle,
  listRecords,
  readSections,
  recordLimit,
  type ClientKey,
} from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { putInStage } from '../support/sample-client.js';
import { add, contentOf, newClient, propose, refusalOf } from './support.js';
import { applyDecision } from '../../store/index.js';

let test: TestStore;
let actor: Actor;
beforeAll(async () => {
  test = await openTestStore();
  actor = await test.actor('onboarding_engineer');
});
afterAll(() => test.close());

const site = kindOf('site');
const change = (client: ClientKey, id: string, version: number, fields: Partial<Content>) => changeRecord(test.store, client, actor, site, id, { version, fields, references: {} });
const count = (client: ClientKey) => test.store.db.record.count({ where: { clientId: client.clientId } });

describe('records', () => {
  it('are kept in the order in which they were given, and come back as they were', async () => {
    const client = await newClient(test, 'accounting');
    const items = Array.from({ length: 1_005 }, (_, index) => ({ content: contentOf('person', { firstName: `Ada ${index}`, notes: 'ünïcödé 🚀\n"quoted", =1+1', important: index % 2 === 0 }), references: { site: null } }));
    const made = await createRecords(test.store, client, actor, kindOf('person'), items);
    const read = [];
    for await (const record of allRecords(test.store, client, ['person'])) read.push(record);
    expect(read.map((record) => record.content)).toEqual(items.map((item) => item.content));
    expect(read.map((record) => record.id)).toEqual(made.map((record) => record.id));
    expect(read.map((record) => record.position)).toEqual(items.map((_, index) => index + 1));
    expect(read[0]).toMatchObject({ version: 1, section: 'accounting', references: { site: null }, updatedBy: actor.userId });
  });

  it('page without a gap or a repetition', async () => {
    const client = await newClient(test, 'accounting');
    for (const name of ['A', 'B', 'C', 'D', 'E']) await add(test.store, client, actor, 'site', { name });
    const seen: unknown[] = [];
    for (let after: number | null = null; ; ) {
      const page = await listRecords(test.store, client, 'site', { limit: 2, after });
      seen.push(...page.map((record) => record.content['name']));
      if (page.length < 2) break;
      after = page.at(-1)!.position;
    }
    expect(seen).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('are all kept or none: one wrong link among many keeps nothing, and leaves no trace', async () => {
    const client = await newClient(test, 'accounting');
    const before = await test.store.db.auditEntry.count();
    const items = [null, randomUUID()].map((link) => ({ content: contentOf('person', { firstName: 'Ada' }), references: { site: link } }));
    expect(await refusalOf(createRecords(test.store, client, actor, kindOf('person'), items))).toBe('invalid');
    expect(await count(client)).toBe(1);
    expect(await test.store.db.auditEntry.count()).toBe(before);
  });

  it('cannot be there twice where a client has one, and not more often than the limit', async () => {
    const client = await newClient(test);
    await add(test.store, client, actor, 'sales-contact', { firstName: 'Ada' });
    expect(await refusalOf(add(test.store, client, actor, 'sales-contact', { firstName: 'Bo' }))).toBe('limit_reached');
    const second = await newClient(test);
    const both = await Promise.allSettled([1, 2].map((n) => add(test.store, second, actor, 'sales-contact', { firstName: `N${n}` })));
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    await putInStage(test.store, client, 'accounting');
    const many = Array.from({ length: recordLimit + 1 }, () => ({ content: contentOf('person', { firstName: 'A' }), references: {} }));
    expect(await refusalOf(createRecords(test.store, client, actor, kindOf('person'), many))).toBe('limit_reached');
  });
});

describe('a change', () => {
  it('keeps what it does not name, and raises the version by one', async () => {
    const client = await newClient(test, 'accounting');
    const made = await add(test.store, client, actor, 'site', { name: 'HQ', city: 'Portland' });
    const changed = await change(client, made.id, 1, { city: 'Salem', zip: '97301' });
    expect(changed).toMatchObject({ version: 2, content: { name: 'HQ', city: 'Salem', zip: '97301' } });
    expect(await getRecord(test.store, client, 'site', made.id)).toMatchObject({ version: 2, content: changed.content });
  });

  it('with a version that was seen before another change is refused, and says the version now', async () => {
    const client = await newClient(test, 'accounting');
    const { id } = await add(test.store, client, actor, 'site', { name: 'HQ' });
    await change(client, id, 1, { city: 'Salem' });
    await expect(change(client, id, 1, { zip: '1' })).rejects.toMatchObject({ code: 'stale_version', problems: [{ field: 'version', message: 'is not 2' }] });
    expect(await refusalOf(deleteRecord(test.store, client, actor, site, id, 1))).toBe('stale_version');
    expect((await getRecord(test.store, client, 'site', id)).content).toMatchObject({ city: 'Salem', zip: null });
  });

  it('of two people at once loses nothing: one of each version is kept, the other refused', async () => {
    const client = await newClient(test, 'accounting');
    const { id } = await add(test.store, client, actor, 'site', { name: 'HQ', notes: '0' });
    const save = async (who: string) => {
      for (let saved = 0; saved < 5; ) {
        const seen = await getRecord(test.store, client, 'site', id);
        const result = await refusalOf(change(client, id, seen.version, { notes: `${String(seen.content['notes'])} ${who}` }));
        if (result !== 'stale_version') saved += 1;
      }
    };
    await Promise.all([save('a'), save('b')]);
    const last = await getRecord(test.store, client, 'site', id);
    expect(last.version).toBe(11);
    expect(String(last.content['notes']).split(' ').sort().join('')).toBe('0aaaaabbbbb');
  });

  it('keeps the percentage in step', async () => {
    const client = await newClient(test, 'msp');
    const record = await add(test.store, client, actor, 'password', { name: 'Login' });
    expect((await getClient(test.store, client)).percent.msp).toBe(16);
    await changeRecord(test.store, client, actor, kindOf('password'), record.id, { version: 1, fields: { password: 'x' }, references: {} });
    expect((await getClient(test.store, client)).percent.msp).toBe(33);
    for (const page of ['vendors', 'configurations', 'applications', 'attachments']) {
      await answerPage(test.store, client, actor, pageByName('msp', page)!, { answer: 'none', reason: null });
    }
    expect((await getClient(test.store, client)).percent.msp).toBe(100);
    const [section] = await readSections(test.store, client, ['msp']);
    expect(section).toMatchObject({ percent: 100, missing: [] });
  });
});

describe('a name', () => {
  it('is once in a client, whatever its case and blanks, also after a change; other clients may have it', async () => {
    const [client, other] = [await newClient(test, 'accounting'), await newClient(test, 'accounting')];
    await add(test.store, client, actor, 'site', { name: 'Head Office' });
    expect(await refusalOf(add(test.store, client, actor, 'site', { name: ' head  OFFICE' }))).toBe('name_taken');
    const lab = await add(test.store, client, actor, 'site', { name: 'Lab' });
    expect(await refusalOf(change(client, lab.id, 1, { name: 'HEAD OFFICE' }))).toBe('name_taken');
    expect((await getRecord(test.store, client, 'site', lab.id)).version).toBe(1);
    expect(await refusalOf(change(client, lab.id, 1, { name: 'LAB' }))).toMatchObject({ done: { version: 2 } });
    await add(test.store, other, actor, 'site', { name: 'Head Office' });
    const two = ['X', 'x'].map((name) => ({ content: contentOf('site', { name }), references: {} }));
    expect(await refusalOf(createRecords(test.store, client, actor, site, two))).toBe('name_taken');
  });

  it('of a model is once in its make only', async () => {
    const client = await newClient(test, 'msp');
    const [dell, hp] = [await add(test.store, client, actor, 'make', { name: 'Dell' }), await add(test.store, client, actor, 'make', { name: 'HP' })];
    await add(test.store, client, actor, 'model', { name: 'T1' }, { make: dell.id });
    expect(await refusalOf(add(test.store, client, actor, 'model', { name: 't1' }, { make: dell.id }))).toBe('name_taken');
    const other = await add(test.store, client, actor, 'model', { name: 'T1' }, { make: hp.id });
    const moved = changeRecord(test.store, client, actor, kindOf('model'), other.id, { version: 1, fields: {}, references: { make: dell.id } });
    expect(await refusalOf(moved)).toBe('name_taken');
  });
});

describe('a link', () => {
  it('leads only to a record of its own client, of a kind that it allows', async () => {
    const [client, other] = [await newClient(test, 'msp'), await newClient(test, 'msp')];
    const [make, foreign] = [await add(test.store, client, actor, 'make', { name: 'Dell' }), await add(test.store, other, actor, 'make', { name: 'Dell' })];
    const links = [{ make: foreign.id }, { model: make.id }, { make: randomUUID() }, { nothing: make.id }];
    for (const references of links) expect(await refusalOf(add(test.store, client, actor, 'configuration', { name: 'PC' }, references as never)), JSON.stringify(references)).toBe('invalid');
    await add(test.store, client, actor, 'configuration', { name: 'PC' }, { make: make.id, model: null });
  });

  it('is checked by its own rule although another link has the same id', async () => {
    const client = await newClient(test, 'msp');
    const make = await add(test.store, client, actor, 'make', { name: 'Dell' });
    const model = await add(test.store, client, actor, 'model', { name: 'T1' }, { make: make.id });
    expect(await refusalOf(add(test.store, client, actor, 'configuration', { name: 'PC' }, { make: model.id, model: model.id }))).toBe('invalid');
    expect(await refusalOf(add(test.store, client, actor, 'configuration', { name: 'PC' }, { model: make.id, make: make.id }))).toBe('invalid');
  });

  it('keeps the record that it leads to from being deleted', async () => {
    const client = await newClient(test, 'msp');
    const pc = await add(test.store, client, actor, 'configuration', { name: 'PC' });
    const login = await add(test.store, client, actor, 'password', { name: 'Login', password: 'x' }, { configuration: pc.id });
    expect(await refusalOf(deleteRecord(test.store, client, actor, kindOf('configuration'), pc.id, 1))).toBe('referenced');
    await changeRecord(test.store, client, actor, kindOf('password'), login.id, { version: 1, fields: {}, references: { configuration: null } });
    await deleteRecord(test.store, client, actor, kindOf('configuration'), pc.id, 1);
    expect(await refusalOf(getRecord(test.store, client, 'configuration', pc.id))).toBe('not_found');
  });

  it('and the deletion of what it leads to cannot pass each other', async () => {
    const client = await newClient(test, 'msp');
    for (let round = 0; round < 5; round += 1) {
      const pc = await add(test.store, client, actor, 'configuration', { name: 'PC' });
      const [linked, deleted] = await Promise.all([
        refusalOf(add(test.store, client, actor, 'password', { name: 'Login' }, { configuration: pc.id })),
        refusalOf(deleteRecord(test.store, client, actor, kindOf('configuration'), pc.id, 1)),
      ]);
      expect([linked === 'invalid', deleted === 'referenced'].filter(Boolean)).toHaveLength(1);
    }
  });
});

describe('another tenant', () => {
  it('finds nothing, and changes nothing', async () => {
    const client = await newClient(test, 'accounting');
    const { id } = await add(test.store, client, actor, 'site', { name: 'HQ' });
    const foreign = { ...client, tenantId: test.tenants[1]!.id };
    const stranger = await test.actor('administrator', 1);
    expect(await refusalOf(getClient(test.store, foreign))).toBe('not_found');
    expect(await refusalOf(getRecord(test.store, foreign, 'site', id))).toBe('not_found');
    expect(await listRecords(test.store, foreign, 'site', { limit: 10, after: null })).toEqual([]);
    expect(await getSingle(test.store, foreign, 'company')).toBeNull();
    expect(await refusalOf(add(test.store, foreign, stranger, 'site', { name: 'X' }))).toBe('not_found');
    expect(await refusalOf(changeRecord(test.store, foreign, stranger, site, id, { version: 1, fields: { name: 'X' }, references: {} }))).toBe('not_found');
    expect(await refusalOf(deleteRecord(test.store, foreign, stranger, site, id, 1))).toBe('not_found');
    expect(await refusalOf(readSections(test.store, foreign))).toBe('not_found');
    expect((await getRecord(test.store, client, 'site', id)).version).toBe(1);
  });
});

describe('a closed section', () => {
  it('takes no new, changed or deleted record', async () => {
    const client = await newClient(test, 'accounting');
    const { id } = await add(test.store, client, actor, 'site', { name: 'HQ' });
    for (const stage of ['sales', 'accounting_review', 'msp', 'sign_off', 'ready', 'exporting', 'retention', 'purged', 'deleted']) {
      await putInStage(test.store, client, stage);
      expect(await refusalOf(add(test.store, client, actor, 'site', { name: 'X' })), stage).toBe('wrong_stage');
      expect(await refusalOf(change(client, id, 1, { name: 'X' })), stage).toBe('wrong_stage');
      expect(await refusalOf(deleteRecord(test.store, client, actor, site, id, 1)), stage).toBe('wrong_stage');
    }
    await putInStage(test.store, client, 'export_blocked');
    expect(await refusalOf(change(client, id, 1, { name: 'X' }))).toMatchObject({ done: { version: 2 } });
  });

  it('takes no late save: a save and a submission at once never both hold back what was submitted', async () => {
    for (let round = 0; round < 5; round += 1) {
      const client = await newClient(test);
      const sales = await test.actor('sales_rep');
      const contact = { firstName: 'Ada', lastName: 'Lee', email: 'ada@x.example' };
      const made = await add(test.store, client, actor, 'sales-contact', contact);
      await add(test.store, client, actor, 'accounting-contact', contact);
      const id = await propose(test.store, client, sales, 'submit', { section: 'sales' });
      const [saved, submitted] = await Promise.all([
        refusalOf(changeRecord(test.store, client, actor, kindOf('sales-contact'), made.id, { version: 1, fields: { email: null }, references: {} })),
        refusalOf(applyDecision(test.store, client, id)),
      ]);
      const { stage, percent } = await getClient(test.store, client);
      if (submitted === 'incomplete') expect([stage, percent.sales < 100]).toEqual(['sales', true]);
      else expect([stage, saved, percent.sales]).toEqual(['sales_review', 'wrong_stage', 100]);
    }
  });
});

describe('a client key', () => {
  it('with further properties reaches the same rows and no others', async () => {
    const client = await newClient(test, 'accounting');
    const wide = { ...client, id: randomUUID(), kind: 'nothing', stage: 'purged', state: 'x', OR: [{}], name: 'x' } as ClientKey;
    const record = await add(test.store, wide, actor, 'site', { name: 'HQ' });
    expect((await getRecord(test.store, wide, 'site', record.id)).id).toBe(record.id);
    await change(wide, record.id, 1, { city: 'Salem' });
    expect(await listRecords(test.store, wide, 'site', { limit: 5, after: null })).toHaveLength(1);
    expect((await getClient(test.store, wide)).stage).toBe('accounting');
    expect(await exportProgress(test.store, wide)).toEqual([]);
    await deleteRecord(test.store, wide, actor, site, record.id, 2);
    expect(await count(client)).toBe(1);
  });

  it('without one of its ids is refused before the database is asked', async () => {
    const client = await newClient(test, 'accounting');
    for (const half of [{ clientId: client.clientId }, { tenantId: client.tenantId }, {}, { ...client, tenantId: '' }] as ClientKey[]) {
      await expect(getClient(test.store, half)).rejects.toThrow(TypeError);
      await expect(listRecords(test.store, half, 'company', { limit: 5, after: null })).rejects.toThrow(TypeError);
      await expect(exportFailures(test.store, half)).rejects.toThrow(TypeError);
      await expect(add(test.store, half, actor, 'site', { name: 'X' })).rejects.toThrow(TypeError);
    }
  });
});
