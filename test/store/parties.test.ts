import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { changeRecord, findExternalUser, getSingle, inviteExternal, readActivity, startSession, type ClientKey, type Store, type User } from '../../store/index.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { decide } from './support.js';

let test: TestStore;
let store: Store;
let manager: Actor, sales: Actor;
let client: ClientKey;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  [manager, sales] = [await test.actor('manager'), await test.actor('sales_rep')];
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
