import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, queueMail } from '../../store/index.js';
import { newClient, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => void (test = await startTestApi()));
afterAll(() => test.close());

const tenantId = () => test.tenants[0]!.id;

/** A mail of a client in a state, to the engineer. */
async function mail(change: object = {}) {
  const clientId = await newClient(test);
  const to = await userId(test, 'onboarding_engineer');
  const id = (await queueMail(test.store, { tenantId: tenantId(), clientId, to, template: 'ready', facts: {}, dedupeKey: newId() }))!;
  await test.store.db.mail.update({ where: { id }, data: change });
  return { clientId, id, to, url: `/v1/clients/${clientId}/mails` };
}

describe('the settings of mail', () => {
  const settings = {
    language: 'de',
    timeZone: 'Europe/Berlin',
    reminders: { everyHours: 24, quietHours: { from: '18:00', to: '08:00' }, weekdays: [1, 2, 3, 4, 5], escalateAfter: null },
  };

  it('are the documented ones until an administrator changes them, and that is noted', async () => {
    expect((await test.call('manager', 'GET', '/v1/settings/mail')).body).toMatchObject({ language: 'en', timeZone: 'UTC', reminders: { everyHours: 48 } });
    expect((await test.call('administrator', 'PUT', '/v1/settings/mail', settings)).status).toBe(200);
    expect((await test.call('manager', 'GET', '/v1/settings/mail')).body).toEqual(settings);
    const tenant = await test.store.db.tenant.findUniqueOrThrow({ where: { id: test.tenants[1]!.id } });
    expect(tenant.settings).toEqual({});
    expect(await test.store.db.auditEntry.count({ where: { tenantId: tenantId(), action: 'settings.mail_changed' } })).toBe(1);
  });

  it.each(['manager', 'sales_rep', 'onboarding_engineer'] as const)('are not the %s’s to change', async (who) => {
    expect((await test.call(who, 'PUT', '/v1/settings/mail', settings)).status).toBe(403);
  });

  it.each([
    ['timeZone', { timeZone: 'Berlin' }],
    ['timeZone', { timeZone: '+02:00' }],
    ['language', { language: 'tlh' }],
    ['reminders.everyHours', { reminders: { ...settings.reminders, everyHours: 0 } }],
    ['reminders.quietHours.from', { reminders: { ...settings.reminders, quietHours: { from: '24:00', to: '08:00' } } }],
    ['reminders.quietHours', { reminders: { ...settings.reminders, quietHours: { from: '08:00', to: '08:00' } } }],
    ['reminders.weekdays', { reminders: { ...settings.reminders, weekdays: [] } }],
  ])('name what is wrong: %s', async (field, change) => {
    const answer = await test.call('administrator', 'PUT', '/v1/settings/mail', { ...settings, ...change });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body.errors)).toContain(field);
  });
});

describe('the mails of a client', () => {
  it('are shown with their state, newest first and page by page, never with what they say', async () => {
    const { clientId, url, to, id } = await mail({ state: 'refused', outcome: 'mailbox_refused' });
    await queueMail(test.store, { tenantId: tenantId(), clientId, to, template: 'sign_off_wanted', facts: {}, dedupeKey: newId() });
    const first = await test.call('manager', 'GET', `${url}?limit=1`);
    expect(first.body.items).toMatchObject([{ template: 'sign_off_wanted', state: 'queued' }]);
    const rest = await test.call('manager', 'GET', `${url}?cursor=${first.body.nextCursor}`);
    expect(rest.body.items[0]).toMatchObject({ id, template: 'ready', state: 'refused', outcome: 'mailbox_refused', userId: to });
    expect(rest.text).not.toMatch(/content|dedupeKey/);
    expect((await test.call('sales_rep', 'GET', url)).status).toBe(403);
    expect((await test.call({ token: test.token('manager', 1) }, 'GET', url)).status).toBe(404);
  });

  it('that were refused are sent again, once; others are not', async () => {
    const { id, to, url } = await mail({ state: 'refused', outcome: 'mailbox_refused', attempts: 1 });
    await test.store.db.user.update({ where: { id: to }, data: { mailProblem: 'mailbox_refused', mailProblemAt: new Date() } });
    expect((await test.call('manager', 'POST', `${url}/${id}/resend`)).body).toMatchObject({ state: 'queued', attempts: 0, outcome: null });
    expect((await test.store.db.user.findUniqueOrThrow({ where: { id: to } })).mailProblem).toBeNull();
    expect((await test.call('manager', 'POST', `${url}/${id}/resend`)).status).toBe(409);
    expect((await test.call('manager', 'POST', `${url}/${newId()}/resend`)).status).toBe(404);
  });
});

describe('a mail that came back', () => {
  it('shows at the person, until their address is mended', async () => {
    const { id, to } = await mail({ state: 'sent', content: null });
    const bounced = (messageId: string) => test.call('administrator', 'POST', '/v1/mail-bounces', { messageId });
    expect((await bounced(`<${id}@harbor.example>`)).status).toBe(204);
    expect((await bounced(`<${id}@harbor.example>`)).status).toBe(204);
    const list = await test.call('manager', 'GET', '/v1/mail-problems');
    expect(list.body.items).toMatchObject([{ userId: to, problem: 'bounced' }]);
    expect((await test.call({ token: test.token('manager', 1) }, 'GET', '/v1/mail-problems')).body.items).toEqual([]);
    expect((await bounced('<not-ours@elsewhere.example>')).status).toBe(422);
    expect((await bounced(`<${newId()}@harbor.example>`)).status).toBe(404);
  });
});
