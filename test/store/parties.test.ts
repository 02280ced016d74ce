import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { changeRecord, changeUser, findExternalUser, getSingle, inviteExternal, readActivity, startSession, type ClientKey, type Store, type User } from '../../store/index.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { decide, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
let manager: Actor, sales: Actor, administrator: Actor;
let client: ClientKey;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  [manager, sales, administrator] = [await test.actor('manager'), await test.actor('sales_rep'), await test.actor('administrator')];
});
afterAll(() => test.close());

const person = (email: string) => findExternalUser(store, { ...client, section: 'accounting', email });
const invitations = (user: User | null) => store.db.mail.count({ where: { userId: user!.id, template: 'invitation' } });

async function approveSales(): Promise<void> {
  await decide(store, client, sales, 'submit', { section: 'sales' });
  await decide(store, client, manager, 'approve', { section: 'sales' });
}

async function correct(fields: Record<string, string>): Promise<void> {
  await decide(store, client, manager, 'reset', { section: 'sales', reasons: ['The contact is wrong'] });
  const contact = (await getSingle(store, client, 'accounting-contact'))!;
  await changeRecord(store, client, sales, kindOf('accounting-contact'), contact.id, { version: contact.version, fields, references: {} });
  await approveSales();
}

describe('a corrected contact', () => {
  it('is invited, and who was named before is shut out, while people who were invited by hand stay', async () => {
    client = (await createSampleClient(test)).key;
    await putInStage(store, client, 'sales');
    await approveSales();
    const first = (await person('per@sample.example'))!;
    const byHand = await inviteExternal(store, manager, client, { section: 'accounting', firstName: 'Bo', lastName: 'By', email: 'bo@sample.example' });
    await startSession(store, first, { method: 'mail_code', userAgent: 'x', policy: { idleMs: 60_000, absoluteMs: 60_000 } });

    await correct({ email: 'right@sample.example', lastName: 'Right' });
    const [former, second] = [await person('per@sample.example'), await person('right@sample.example')];
    expect([former!.active, second!.active, (await person('bo@sample.example'))!.active]).toEqual([false, true, true]);
    expect([await invitations(former), await invitations(second), await invitations(byHand)]).toEqual([1, 1, 2]);
    expect(await store.db.session.count({ where: { userId: first.id, endedAt: null } })).toBe(0);
    expect((await readActivity(store, client.tenantId, client.clientId, { limit: 50, before: null })).map((entry) => entry.action)).toContain('user.replaced');

    await correct({ email: 'per@sample.example' });
    expect([(await person('per@sample.example'))!.active, (await person('right@sample.example'))!.active]).toEqual([true, false]);
  });

  it('by name alone is the same person under their new name', async () => {
    const before = (await person('per@sample.example'))!;
    await correct({ lastName: 'Dahlberg' });
    expect(await person('per@sample.example')).toMatchObject({ id: before.id, lastName: 'Dahlberg', active: true });
  });

  it('who was shut out by hand stays out when the section before theirs is approved again', async () => {
    const { id } = (await person('per@sample.example'))!;
    await store.db.user.update({ where: { id }, data: { active: false } });
    const sent = await invitations({ id } as User);
    await correct({ workPhone: '555-0199' });
    expect([(await person('per@sample.example'))!.active, await invitations({ id } as User)]).toEqual([false, sent]);
  });
});

describe('a contact whose address an Administrator corrects', () => {
  const form = async () => (await getSingle(store, client, 'accounting-contact'))!;

  it('stands corrected in the form too, and stays the one who is invited', async () => {
    client = (await createSampleClient(test)).key;
    await putInStage(store, client, 'sales');
    await approveSales();
    const { id } = (await person('per@sample.example'))!;
    const before = await form();
    await changeUser(store, administrator, id, { email: 'right@sample.example', lastName: 'Right' });
    const after = await form();
    expect(after).toMatchObject({ version: before.version + 1, updatedBy: administrator.userId, content: { email: 'right@sample.example', lastName: 'Right', firstName: 'Per' } });
    expect((await readActivity(store, client.tenantId, client.clientId, { limit: 50, before: null })).map((entry) => entry.action)).toContain('record.changed');

    await correct({ workPhone: '555-0123' });
    expect(await person('right@sample.example')).toMatchObject({ id, active: true, lastName: 'Right' });
    expect(await person('per@sample.example')).toBeNull();
  });

  it('leaves a form alone that names somebody else by now', async () => {
    const { id } = (await person('right@sample.example'))!;
    await decide(store, client, manager, 'reset', { section: 'sales', reasons: ['The contact is wrong'] });
    const { id: formId, version } = await form();
    await changeRecord(store, client, sales, kindOf('accounting-contact'), formId, { version, fields: { email: 'next@sample.example' }, references: {} });
    await changeUser(store, administrator, id, { email: 'other@sample.example' });
    expect((await form()).content['email']).toBe('next@sample.example');
  });

  it('is refused where people have signed off on the form, and changes nothing', async () => {
    client = (await createSampleClient(test)).key;
    await putInStage(store, client, 'sales');
    await approveSales();
    const { id } = (await person('per@sample.example'))!;
    const version = (await form()).version;
    for (const stage of ['ready', 'deleted']) {
      await putInStage(store, client, stage);
      expect(await refusalOf(changeUser(store, administrator, id, { email: 'late@sample.example' })), stage).toBe('wrong_stage');
    }
    await putInStage(store, client, 'sign_off');
    await decide(store, client, manager, 'sign_off');
    expect(await refusalOf(changeUser(store, administrator, id, { email: 'late@sample.example' }))).toBe('wrong_stage');
    await decide(store, client, manager, 'withdraw_sign_off');
    expect([(await form()).version, (await person('per@sample.example'))!.id]).toEqual([version, id]);
    await changeUser(store, administrator, id, { email: 'late@sample.example' });
    expect((await form()).content['email']).toBe('late@sample.example');
  });

  it('after the export is another in the list of people alone: the form says what was exported', async () => {
    const { id } = (await person('late@sample.example'))!;
    await putInStage(store, client, 'retention');
    await changeUser(store, administrator, id, { email: 'after@sample.example' });
    expect([(await form()).content['email'], (await person('after@sample.example'))!.id]).toEqual(['late@sample.example', id]);
  });
});
