/** Mail from the queue to a real SMTP server, one attempt after the other, as the dispatcher asks for them. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMailActivities } from '../../../activities/index.js';
import { smtpMailer, type SmtpServer } from '../../../activities/mail/smtp.js';
import { templateNames, templates, type TemplateName } from '../../../domain/mail/templates.js';
import { startMailCatcher, type MailCatcher } from '../../../sandbox/mail/index.js';
import { claimMs } from '../../../store/mail/sending.js';
import { createUser, newId, queueMail, type ClientKey } from '../../../store/index.js';
import { newClient } from '../../store/support.js';
import { openTestStore, type TestStore } from '../../support/store.js';

let test: TestStore;
let catcher: MailCatcher;
beforeAll(async () => {
  [test, catcher] = await Promise.all([openTestStore(), startMailCatcher()]);
});
afterEach(() => {
  catcher.setFaults();
});
afterAll(async () => {
  await catcher.close();
  await test.close();
});

const minute = 60_000;
const publicUrl = 'https://onboarding.harbor.example';

function serverOf(one: MailCatcher, more: Partial<SmtpServer> = {}): SmtpServer {
  const { hostname, port } = new URL(one.smtpUrl);
  return { host: hostname, port: Number(port), tls: 'none', login: null, from: 'donotreply@harbor.example', ...more };
}

/** Sends everything that is due at a time, and says how each attempt ended. */
async function sendDue(now = new Date(), server = serverOf(catcher), deadlineMs?: number): Promise<string[]> {
  const activities = createMailActivities({ store: test.store, post: { mailer: smtpMailer(server, deadlineMs), publicUrl } });
  const run = <T>(work: () => Promise<T>) => new MockActivityEnvironment().run(work) as Promise<T>;
  const { ids } = await run(() => activities.dueMails({ now: now.toISOString(), limit: 50 }));
  const outcomes = [];
  for (const mailId of ids) outcomes.push((await run(() => activities.sendMail({ mailId, now: now.toISOString() }))).outcome);
  return outcomes;
}

async function person(): Promise<{ id: string; tenantId: string; email: string }> {
  const email = `${newId()}@people.example`;
  const { id, tenantId } = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['manager'], firstName: 'Zoë', lastName: 'O\'Hara', email, scope: null });
  return { id, tenantId, email };
}

/** Queues a mail to a new person. */
async function queued(template: TemplateName = 'ready', facts: object = {}) {
  const client = await newClient(test);
  // What its creation tells others is not what the tests are about.
  await test.store.db.mail.deleteMany({ where: { clientId: client.clientId } });
  const to = await person();
  const id = (await queueMail(test.store, { ...client, to: to.id, template, facts: templates[template].parse(facts) as never, dedupeKey: newId() }))!;
  return { client, to, id, row: () => test.store.db.mail.findUniqueOrThrow({ where: { id } }), user: () => test.store.db.user.findUniqueOrThrow({ where: { id: to.id } }) };
}

async function rename(client: ClientKey, company: string): Promise<void> {
  const record = await test.store.db.record.findFirstOrThrow({ where: { clientId: client.clientId, kind: 'company' } });
  const place = { table: 'Record', row: record.id, field: 'content' };
  const content = await test.store.vault.openJson<object>(client, place, record.content);
  await test.store.db.record.update({ where: { id: record.id }, data: { content: await test.store.vault.sealJson(client, place, { ...content, company }) } });
}

describe('a mail', () => {
  it('reaches the person as plain text and HTML, with the company as it is called and a link to the public address', async () => {
    const { client, to, id, row } = await queued('submitted', { section: 'accounting' });
    await rename(client, 'Müller & <Söhne>');
    expect(await sendDue()).toEqual(['accepted']);
    const [mail] = catcher.mails({ to: to.email });
    const link = `${publicUrl}/clients/${client.clientId}/accounting`;
    expect(mail!.subject).toBe('To review: accounting data of Müller & <Söhne>');
    expect(mail!.text).toContain('Hello Zoë,');
    expect(mail!.text).toContain(link);
    expect(mail!.html).toContain('Müller &amp; &lt;Söhne&gt;');
    expect(mail!.html).toContain(`href="${link}"`);
    expect(mail!.messageId).toBe(`<${id}@harbor.example>`);
    expect(mail!.headers['auto-submitted']).toBe('auto-generated');
    expect(mail!.from).toContain('Harbor Managed IT');
    expect(await row()).toMatchObject({ state: 'sent', outcome: 'accepted', content: null });
  });

  it('is sent once, however often it is asked for and by however many workers', async () => {
    const { to } = await queued();
    await Promise.all([sendDue(), sendDue(), sendDue()]);
    await sendDue();
    expect(catcher.mails({ to: to.email })).toHaveLength(1);
  });

  it.each(templateNames.filter((name) => name !== 'reminder' && name !== 'secrets_shown'))('of every kind can be read: %s', async (name) => {
    const soon = new Date(Date.now() + 600_000).toISOString();
    const all = { section: 'msp', path: '/invitations/abc', expiresAt: soon, code: '042117', reasons: 2, unusedDays: 76, secondsLeft: 432_000, late: false, purgeAt: soon, end: 'retention', as: 'engineer', count: 2 };
    const facts = Object.fromEntries(Object.keys(templates[name].shape).map((key) => [key, all[key as keyof typeof all]]));
    const { to, client } = await queued(name, facts);
    if (name === 'retention_warning') await test.store.db.client.update({ where: { id: client.clientId }, data: { stage: 'retention', purgeAt: soon } });
    expect(await sendDue()).toEqual(['accepted']);
    const [mail] = catcher.mails({ to: to.email });
    expect(mail!.subject).not.toMatch(/undefined|\[object/);
    expect(mail!.text).not.toMatch(/undefined|\[object/);
    if ('code' in facts) expect(mail!.text).toContain('042117');
  });

  it('is not sent to somebody who was deactivated, about a deleted client, or after its code has ended', async () => {
    const [left, deleted, late] = [await queued(), await queued(), await queued('sign_in_code', { code: '123456', expiresAt: new Date(Date.now() - 1).toISOString() })];
    await test.store.db.user.update({ where: { id: left.to.id }, data: { active: false } });
    await test.store.db.client.update({ where: { id: deleted.client.clientId }, data: { stage: 'deleted' } });
    expect(await sendDue()).toEqual(['not_wanted', 'not_wanted', 'not_wanted']);
    for (const { to, row } of [left, deleted, late]) {
      expect(catcher.mails({ to: to.email })).toEqual([]);
      expect(await row()).toMatchObject({ state: 'withheld', content: null });
    }
  });

  it('is no business of a purged client any more', async () => {
    const { client, row } = await queued();
    await test.store.vault.destroyKey(client);
    expect(await sendDue()).toEqual(['not_wanted']);
    expect((await row()).state).toBe('withheld');
  });
});

describe('a refusal', () => {
  it('for good shows at the person, and a mail that arrives later takes it away', async () => {
    const { to, row, user } = await queued();
    catcher.setFaults({ to: to.email, action: 'refuse_550' });
    expect(await sendDue()).toEqual(['mailbox_refused']);
    expect(await row()).toMatchObject({ state: 'refused', attempts: 1 });
    expect((await user()).mailProblem).toBe('mailbox_refused');
    expect(await sendDue(new Date(Date.now() + 24 * 60 * minute))).toEqual([]);

    catcher.setFaults();
    await queueMail(test.store, { tenantId: to.tenantId, to: to.id, template: 'key_refused', facts: {}, dedupeKey: newId() });
    expect(await sendDue()).toEqual(['accepted']);
    expect((await user()).mailProblem).toBeNull();
  });

  it('for now is tried again later, and the mail arrives', async () => {
    const { to, row } = await queued();
    catcher.setFaults({ to: to.email, action: 'refuse_451', times: 1 });
    expect(await sendDue()).toEqual(['try_later']);
    expect(await sendDue()).toEqual([]);
    expect((await row()).state).toBe('queued');
    expect(await sendDue(new Date(Date.now() + 2 * minute))).toEqual(['accepted']);
    expect(catcher.mails({ to: to.email })).toHaveLength(1);
  });

  it('for now that never ends is given up and shows at the person', async () => {
    const { to, row, user } = await queued();
    catcher.setFaults({ to: to.email, action: 'refuse_451' });
    let now = Date.now();
    for (let attempts = 0; (await row()).state === 'queued' && attempts < 20; attempts += 1) {
      await sendDue(new Date(now));
      now += 24 * 60 * minute;
    }
    expect(await row()).toMatchObject({ state: 'failed', outcome: 'try_later', attempts: 8 });
    expect((await user()).mailProblem).toBe('try_later');
  });
});

describe('an attempt whose end nobody knows', () => {
  it('is repeated under the same Message-ID, by which the receiver knows it', async () => {
    const { to, row } = await queued();
    catcher.setFaults({ to: to.email, action: 'cut_kept', times: 1 });
    expect(await sendDue()).toEqual(['no_answer']);
    expect(await sendDue(new Date(Date.now() + 2 * minute))).toEqual(['accepted']);
    const mails = catcher.mails({ to: to.email });
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map((mail) => mail.messageId)).size).toBe(1);
    expect((await row()).state).toBe('sent');
  });

  it('is not repeated for a code: the person asks for a new one', async () => {
    const { to, row } = await queued('sign_in_code', { code: '123456', expiresAt: new Date(Date.now() + 600_000).toISOString() });
    catcher.setFaults({ to: to.email, action: 'cut_lost', times: 1 });
    expect(await sendDue()).toEqual(['no_answer']);
    expect(await sendDue(new Date(Date.now() + 2 * minute))).toEqual([]);
    expect(catcher.mails({ to: to.email })).toEqual([]);
    expect(await row()).toMatchObject({ state: 'failed', content: null });
  });

  it('belongs to its worker for a while; after it died another goes on', async () => {
    const mails = [await queued(), await queued('sign_in_code', { code: '123456', expiresAt: new Date(Date.now() + 600_000).toISOString() })];
    const claimedAt = (ago: number) => test.store.db.mail.updateMany({ where: { id: { in: mails.map(({ id }) => id) } }, data: { state: 'sending', claimedAt: new Date(Date.now() - ago) } });
    await claimedAt(claimMs / 2);
    expect(await sendDue()).toEqual([]);
    await claimedAt(claimMs + 1);
    expect((await sendDue()).sort()).toEqual(['accepted', 'no_answer']);
    expect(await Promise.all(mails.map(async ({ row }) => (await row()).state))).toEqual(['sent', 'failed']);
  });
});

describe('a mail server', () => {
  it('that is away, or does not answer in time, is tried again and blamed on nobody', async () => {
    const { to, row, user } = await queued();
    const gone = await startMailCatcher();
    const server = serverOf(gone);
    await gone.close();
    expect(await sendDue(new Date(), server)).toEqual(['no_connection']);
    catcher.setFaults({ to: to.email, action: 'slow', ms: 3_000 });
    expect(await sendDue(new Date(Date.now() + 2 * minute), serverOf(catcher), 500)).toEqual(['no_answer']);
    expect((await row()).state).toBe('queued');
    expect((await user()).mailProblem).toBeNull();
    await test.store.db.mail.delete({ where: { id: (await row()).id } });
  });

  it('that wants a sign-in gets it; a wrong one is the operator’s to mend', async () => {
    const strict = await startMailCatcher({ login: { user: 'onboarder', password: 'a long secret' } });
    try {
      const { to, user } = await queued();
      expect(await sendDue(new Date(), serverOf(strict, { login: { user: 'onboarder', password: 'wrong' } }))).toEqual(['sender_refused']);
      expect((await user()).mailProblem).toBeNull();
      const later = new Date(Date.now() + 2 * minute);
      expect(await sendDue(later, serverOf(strict, { login: { user: 'onboarder', password: 'a long secret' } }))).toEqual(['accepted']);
      expect(strict.mails({ to: to.email })).toHaveLength(1);
    } finally {
      await strict.close();
    }
  });

  it('without TLS gets nothing when TLS is required', async () => {
    const { to, row } = await queued();
    expect(await sendDue(new Date(), serverOf(catcher, { tls: 'required' }))).toEqual(['sender_refused']);
    expect(catcher.mails({ to: to.email })).toEqual([]);
    await test.store.db.mail.delete({ where: { id: (await row()).id } });
  });
});
