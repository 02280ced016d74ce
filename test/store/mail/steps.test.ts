import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../../domain/roles.js';
import { actorById, assignClient, createUser, findExternalUser, getClientRow, newId, recordExportOutcome, type ClientKey, type Store } from '../../../store/index.js';
import { openRun } from '../../support/export-run.js';
import { createSampleClient, putInStage } from '../../support/sample-client.js';
import { openTestStore, type TestStore } from '../../support/store.js';
import { decide, outsider, refusalOf } from '../support.js';

let test: TestStore;
let store: Store;
let manager: Actor, sales: Actor, engineer: Actor;
let client: ClientKey;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  [manager, sales, engineer] = [await test.actor('manager'), await test.actor('sales_rep'), await test.actor('onboarding_engineer')];
});
afterAll(() => test.close());
beforeEach(async () => {
  client = (await createSampleClient(test, { people: 1, configurations: 1, passwords: 1 })).key;
  await putInStage(store, client, 'sales');
  await news();
});

let told = new Set<string>();

/** The mails about the client that were queued since the last look, as "template to role". */
async function news(): Promise<string[]> {
  const mails = await store.db.mail.findMany({ where: { clientId: client.clientId }, orderBy: { id: 'asc' } });
  const lines = [];
  for (const mail of mails.filter(({ id }) => !told.has(id))) {
    const { roles } = await store.db.user.findUniqueOrThrow({ where: { id: mail.userId } });
    lines.push(`${mail.template} to ${roles.join('+')}`);
  }
  told = new Set(mails.map(({ id }) => id));
  return lines.sort();
}

async function leftManager(): Promise<string> {
  const { id } = await createUser(store, { tenantId: client.tenantId, roles: ['manager'], firstName: 'M', lastName: 'Left', email: `${newId()}@x.example`, scope: null });
  await store.db.user.update({ where: { id }, data: { active: false } });
  return id;
}

async function external(section: 'accounting' | 'msp'): Promise<Actor> {
  const email = section === 'accounting' ? 'per@sample.example' : 'olga@oldmsp.example';
  const user = await findExternalUser(store, { ...client, section, email });
  return (await actorById(store, client.tenantId, user!.id))!;
}

describe('every step is told to whoever acts next', () => {
  it('through a whole onboarding', async () => {
    await decide(store, client, sales, 'submit', { section: 'sales' });
    expect(await news()).toEqual(['submitted to manager']);
    await decide(store, client, manager, 'approve', { section: 'sales' });
    expect(await news()).toEqual(['approved to onboarding_engineer', 'approved to sales_rep', 'invitation to accountant']);
    await decide(store, client, await external('accounting'), 'submit', { section: 'accounting' });
    expect(await news()).toEqual(['submitted to onboarding_engineer']);
    await decide(store, client, engineer, 'approve', { section: 'accounting' });
    expect(await news()).toEqual(['approved to accountant', 'approved to manager', 'approved to sales_rep', 'invitation to msp']);
    await decide(store, client, await external('msp'), 'submit', { section: 'msp' });
    expect(await news()).toEqual(['submitted to onboarding_engineer']);
    await decide(store, client, engineer, 'approve', { section: 'msp' });
    expect(await news()).toEqual(['approved to manager', 'approved to msp', 'approved to sales_rep', 'sign_off_wanted to manager']);
    await decide(store, client, manager, 'sign_off');
    expect(await news()).toEqual([]);
    await decide(store, client, engineer, 'sign_off');
    expect(await news()).toEqual([]);
  });

  it('when a section is sent back: its owner hears, and is not invited again', async () => {
    await decide(store, client, sales, 'submit', { section: 'sales' });
    await decide(store, client, manager, 'send_back', { section: 'sales', reasons: ['The phone is wrong'] });
    expect(await news()).toEqual(['sent_back to sales_rep', 'submitted to manager']);
  });

  it('when the reviewer submitted a section themselves: everybody else who may approve it hears', async () => {
    await decide(store, client, manager, 'submit', { section: 'sales' });
    expect(await news()).toEqual(['submitted to administrator']);
  });

  it('when a section is sent back whose submitter left: the others of the section hear', async () => {
    for (const [actor, action] of [[sales, 'submit'], [manager, 'approve']] as const) await decide(store, client, actor, action, { section: 'sales' });
    const [gone, other] = [await external('accounting'), (await outsider(store, client, 'accounting')).actor];
    await decide(store, client, gone, 'submit', { section: 'accounting' });
    await store.db.user.update({ where: { id: gone.userId }, data: { active: false } });
    await decide(store, client, engineer, 'send_back', { section: 'accounting', reasons: ['One site is missing'] });
    const mails = await store.db.mail.findMany({ where: { clientId: client.clientId, template: 'sent_back' } });
    expect(mails.map(({ userId }) => userId)).toEqual([other.userId]);
  });

  it('when a sign-off waits for somebody who left: the manager hears', async () => {
    const left = await leftManager();
    await store.db.client.update({ where: { id: client.clientId }, data: { stage: 'msp_review', managerId: left } });
    await store.db.sectionState.updateMany({ where: { clientId: client.clientId, section: 'msp' }, data: { state: 'submitted', submittedBy: sales.userId } });
    await decide(store, client, engineer, 'approve', { section: 'msp' });
    expect((await news()).filter((line) => line.startsWith('sign_off_wanted'))).toEqual(['sign_off_wanted to manager']);
    expect(await store.db.mail.count({ where: { clientId: client.clientId, userId: left, template: 'sign_off_wanted' } })).toBe(0);
  });

  it('when an approval is reset: the party whose access had ended is invited anew', async () => {
    for (const [actor, action] of [[sales, 'submit'], [manager, 'approve']] as const) await decide(store, client, actor, action, { section: 'sales' });
    await decide(store, client, await external('accounting'), 'submit', { section: 'accounting' });
    await decide(store, client, engineer, 'approve', { section: 'accounting' });
    await news();
    await decide(store, client, manager, 'reset', { section: 'accounting', reasons: ['One site is missing'] });
    expect(await news()).toEqual(['invitation to accountant', 'sent_back to accountant']);
  });

  it('when an export ends or needs a person', async () => {
    const first = await openRun(test, client);
    await recordExportOutcome(store, client, first, { state: 'blocked', blockedBy: 'records' });
    await recordExportOutcome(store, client, first, { state: 'blocked', blockedBy: 'records' });
    expect(await news()).toEqual(['export_blocked to manager', 'export_blocked to onboarding_engineer']);
    await recordExportOutcome(store, client, await openRun(test, client), { state: 'done', organizationId: '7', organizationUrl: null });
    expect(await news()).toEqual(['export_done to manager', 'export_done to onboarding_engineer']);
    await store.db.client.update({ where: { id: client.clientId }, data: { managerId: await leftManager() } });
    await recordExportOutcome(store, client, await openRun(test, client), { state: 'blocked', blockedBy: 'records' });
    expect(await store.db.mail.count({ where: { clientId: client.clientId, userId: manager.userId, template: 'export_blocked' } })).toBe(2);
  });

  it('when a client is handed to somebody else', async () => {
    const { version } = await getClientRow(store, client);
    await assignClient(store, client, manager, version, { engineerId: null });
    expect(await news()).toEqual(['reassigned to onboarding_engineer']);
    await assignClient(store, client, manager, version + 1, { engineerId: engineer.userId });
    expect(await news()).toEqual(['assigned to onboarding_engineer']);
  });

  it('and a step that is refused is told to nobody', async () => {
    expect(await refusalOf(decide(store, client, engineer, 'approve', { section: 'sales' }))).not.toHaveProperty('done');
    expect(await news()).toEqual([]);
  });
});
