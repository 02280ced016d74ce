/** Who is reminded of a client that stands still, when, and in how many mails. Times are given, none is waited for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderMail } from '../../domain/mail/render.js';
import { defaultMailSettings, type MailSettings } from '../../domain/mail/settings.js';
import { allowedNextDay } from '../../domain/reminders/quiet.js';
import { changeMailSettings, claimMail, composeMail, createUser, dueMails, newId, remindIfIdle, settleMail, type ClientKey } from '../../store/index.js';
import { newClient } from './support.js';
import { openTestStore, type TestStore } from '../support/store.js';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  await settle({});
});
afterAll(() => test.close());

const hour = 3_600_000;
const noQuiet = { quietHours: null, escalateAfter: 3 };
async function settle(reminders: Partial<MailSettings['reminders']>, timeZone = 'UTC'): Promise<MailSettings> {
  const settings = { ...defaultMailSettings, timeZone, reminders: { ...defaultMailSettings.reminders, ...noQuiet, ...reminders } };
  await changeMailSettings(test.store, await test.actor('administrator'), settings);
  return settings;
}

/** Times of this file lie ahead, each test's in a month of its own, so that no day's mail of one is another's. */
let month = 0;
const start = () => new Date(Date.UTC(2031, (month += 1), 10, 12));
const after = (from: Date, hours: number) => new Date(from.getTime() + hours * hour);

/** A client in a stage in which nothing has happened since. */
async function idle(stage: string, since: Date): Promise<ClientKey> {
  const client = await newClient(test, stage);
  await test.store.db.client.update({ where: { id: client.clientId }, data: { lastActivityAt: since, stageChangedAt: since } });
  return client;
}

async function outsider(client: ClientKey, section: 'accounting' | 'msp'): Promise<string> {
  const role = section === 'msp' ? 'msp' : 'accountant';
  return (await createUser(test.store, { tenantId: client.tenantId, roles: [role], firstName: 'Ola', lastName: 'Out', email: `${newId()}@out.example`, scope: { ...client, section } })).id;
}

/** Sends what is due, and says who got what. */
async function deliver(now: Date): Promise<{ to: string; lines: number; subject: string; at: Date }[]> {
  const sent = [];
  for (const id of (await dueMails(test.store, now, 100)).ids) {
    const claimed = (await claimMail(test.store, id, now))!;
    const composed = claimed.mail.template === 'reminder' ? await composeMail(test.store, claimed.mail, 'https://on.example', now) : null;
    if (composed) sent.push({ to: claimed.mail.userId, lines: composed.source.reminded.length, subject: renderMail(composed.source).subject, at: claimed.mail.dueAt });
    await settleMail(test.store, claimed.mail, composed ? 'accepted' : 'not_wanted', now);
  }
  return sent;
}

describe('after 48 hours without activity', () => {
  it.each([
    ['sales', 'sales_rep', 'Reminder: sales data of'],
    ['accounting', 'accountant', 'Reminder: accounting data of'],
    ['msp', 'msp', 'Reminder: handover of'],
    ['sales_review', 'manager', 'Reminder: review the sales data of'],
    ['accounting_review', 'onboarding_engineer', 'Reminder: review the accounting data of'],
    ['msp_review', 'onboarding_engineer', 'Reminder: review the MSP data of'],
  ] as const)('in %s the %s is reminded, and nobody before', async (stage, role, subject) => {
    const since = start();
    const client = await idle(stage, since);
    const person = role === 'accountant' ? await outsider(client, 'accounting') : role === 'msp' ? await outsider(client, 'msp') : (await test.actor(role)).userId;
    expect(await remindIfIdle(test.store, client, after(since, 47))).toEqual({ askAgainAt: after(since, 48) });
    expect(await deliver(after(since, 48))).toEqual([]);
    expect(await remindIfIdle(test.store, client, after(since, 48))).toEqual({ askAgainAt: after(since, 96) });
    expect(await deliver(after(since, 49))).toMatchObject([{ to: person, lines: 1, subject: expect.stringContaining(subject) as string }]);
  });

  it.each(['sign_off', 'ready', 'exporting', 'retention', 'deleted', 'purged'])('in %s nobody is', async (stage) => {
    const since = start();
    expect(await remindIfIdle(test.store, await idle(stage, since), after(since, 100))).toEqual({ askAgainAt: null });
  });

  it('all of the role are, where nobody is assigned', async () => {
    const since = start();
    const client = await idle('accounting_review', since);
    const other = await createUser(test.store, { tenantId: client.tenantId, roles: ['onboarding_engineer'], firstName: 'E', lastName: 'Two', email: `${newId()}@x.example`, scope: null });
    await test.store.db.client.update({ where: { id: client.clientId }, data: { engineerId: null } });
    await remindIfIdle(test.store, client, after(since, 48));
    expect((await deliver(after(since, 49))).map(({ to }) => to).sort()).toEqual([(await test.actor('onboarding_engineer')).userId, other.id].sort());
    await test.store.db.user.update({ where: { id: other.id }, data: { active: false } });
  });

  it('of a review, whoever submitted the section is not: everybody else who may approve it is', async () => {
    const since = start();
    const client = await idle('sales_review', since);
    const [manager, administrator] = [await test.actor('manager'), await test.actor('administrator')];
    await test.store.db.sectionState.update({ where: { clientId_section: { clientId: client.clientId, section: 'sales' } }, data: { submittedBy: manager.userId } });
    await remindIfIdle(test.store, client, after(since, 48));
    expect((await deliver(after(since, 49))).map(({ to }) => to)).toEqual([administrator.userId]);
  });

  it('asked twice, also at once, reminds once', async () => {
    const since = start();
    const client = await idle('sales', since);
    await Promise.all([1, 2, 3].map(() => remindIfIdle(test.store, client, after(since, 48))));
    expect(await remindIfIdle(test.store, client, after(since, 50))).toEqual({ askAgainAt: after(since, 96) });
    expect(await deliver(after(since, 51))).toHaveLength(1);
    expect(await test.store.db.reminder.count({ where: { clientId: client.clientId } })).toBe(1);
  });
});

describe('nobody is reminded', () => {
  it('while a stand-in holds the section', async () => {
    const since = start();
    const client = await idle('msp', since);
    await outsider(client, 'msp');
    await test.store.db.sectionState.update({ where: { clientId_section: { clientId: client.clientId, section: 'msp' } }, data: { standIn: true } });
    expect((await remindIfIdle(test.store, client, after(since, 48))).askAgainAt).toEqual(after(since, 96));
    expect(await deliver(after(since, 49))).toEqual([]);
  });

  it.each([
    ['who did it meanwhile', async (client: ClientKey, _person: string, now: Date) => test.store.db.client.update({ where: { id: client.clientId }, data: { lastActivityAt: now } })],
    ['whose client was deleted', async (client: ClientKey) => test.store.db.client.update({ where: { id: client.clientId }, data: { stage: 'deleted' } })],
    ['whose client went on', async (client: ClientKey) => test.store.db.client.update({ where: { id: client.clientId }, data: { stage: 'accounting_review' } })],
    ['who was deactivated', async (_client: ClientKey, person: string) => test.store.db.user.update({ where: { id: person }, data: { active: false } })],
  ] as const)('%s, although the reminder was queued already', async (_name, change) => {
    const since = start();
    const client = await idle('accounting', since);
    const person = await outsider(client, 'accounting');
    await remindIfIdle(test.store, client, after(since, 48));
    await change(client, person, after(since, 48.1));
    expect(await deliver(after(since, 49))).toEqual([]);
    expect(await test.store.db.mail.findFirst({ where: { userId: person, template: 'reminder' } })).toMatchObject({ state: 'withheld' });
  });
});

describe('one person', () => {
  it('gets one mail for two clients that stand still at the same time', async () => {
    const since = start();
    for (const client of [await idle('sales', since), await idle('sales', after(since, 0.1))]) await remindIfIdle(test.store, client, after(since, 48.1));
    expect(await deliver(after(since, 49))).toMatchObject([{ lines: 2, subject: '2 onboardings wait for you' }]);
  });

  it('gets one mail a day: what comes after it waits for the next day, together', async () => {
    const settings = await settle({});
    const since = start();
    const [first, second, third] = [await idle('sales', since), await idle('sales', after(since, 2)), await idle('sales', after(since, 4))];
    await remindIfIdle(test.store, first, after(since, 48));
    expect(await deliver(after(since, 49))).toHaveLength(1);
    await remindIfIdle(test.store, second, after(since, 50));
    await remindIfIdle(test.store, third, after(since, 52));
    expect(await deliver(after(since, 53))).toEqual([]);
    const nextDay = allowedNextDay(after(since, 52), settings);
    expect(await deliver(nextDay)).toMatchObject([{ lines: 2, at: nextDay }]);
  });
});

describe('reminders that lead to nothing', () => {
  it('are repeated, and after as many as the tenant says the manager hears, too', async () => {
    await settle({ escalateAfter: 2, everyHours: 24 });
    const since = start();
    const client = await idle('accounting', since);
    const person = await outsider(client, 'accounting');
    const manager = (await test.actor('manager')).userId;
    const heard = [];
    for (const round of [1, 2, 3]) {
      await remindIfIdle(test.store, client, after(since, 24 * round));
      heard.push((await deliver(after(since, 24 * round + 1))).map(({ to }) => (to === person ? 'accountant' : to === manager ? 'manager' : to)).sort());
    }
    expect(heard).toEqual([['accountant'], ['accountant'], ['accountant', 'manager']]);
  });

  it('and a client that nobody can be reminded of reach the manager at once', async () => {
    await settle({});
    const since = start();
    const client = await idle('msp', since);
    await remindIfIdle(test.store, client, after(since, 48));
    expect(await deliver(after(since, 49))).toMatchObject([{ to: (await test.actor('manager')).userId, subject: expect.stringContaining('No progress') as string }]);
  });

  it('end after thirty, until something happens', async () => {
    await settle({ escalateAfter: null });
    const since = start();
    const client = await idle('sales', since);
    const { userId } = await test.actor('sales_rep');
    const reminder = { id: newId(), ...client, userId, case: 'sales_entry', number: 30, remindedAt: after(since, 48), mailId: newId() };
    await test.store.db.reminder.create({ data: reminder });
    expect((await remindIfIdle(test.store, client, after(since, 96))).askAgainAt).toEqual(after(since, 144));
    expect(await test.store.db.reminder.count({ where: { clientId: client.clientId } })).toBe(1);
    await test.store.db.client.update({ where: { id: client.clientId }, data: { lastActivityAt: after(since, 97) } });
    await remindIfIdle(test.store, client, after(since, 145));
    expect(await test.store.db.reminder.count({ where: { clientId: client.clientId } })).toBe(2);
  });
});

describe('quiet hours', () => {
  it('hold a reminder until the tenant’s morning, also in the night that summer time begins', async () => {
    await settle({ quietHours: { from: '20:00', to: '07:00' } }, 'Europe/Berlin');
    // 2032-03-28: clocks go from 02:00 to 03:00. 23:30 on the evening before is 22:30 UTC.
    const now = new Date('2032-03-27T22:30:00.000Z');
    const client = await idle('sales', after(now, -48));
    await remindIfIdle(test.store, client, now);
    expect(await deliver(new Date('2032-03-28T04:59:59.000Z'))).toEqual([]);
    expect(await deliver(new Date('2032-03-28T05:00:00.000Z'))).toMatchObject([{ lines: 1, at: new Date('2032-03-28T05:00:00.000Z') }]);
    await settle({});
  });
});
