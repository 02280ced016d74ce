import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderMail } from '../../domain/mail/render.js';
import { composeMail, destroyClientKey, finishPurge, getExportRecord, getRemoval, nextWarning, purgeDue, readActivity, tierOf, warnOfRetention, changeRetentionSettings, type ClientKey, type Store } from '../../store/index.js';
import { mailPlace } from '../../store/mail/queue.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { decide, newClient, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
});
afterAll(() => test.close());

const day = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * day);

/** A client that is kept until then, since a month ago. */
async function kept(purgeAt: Date): Promise<ClientKey> {
  const client = await newClient(test, 'retention');
  await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt, stageChangedAt: inDays(-30) } });
  await store.db.exportRecord.create({ data: { ...client, organizationId: '1', counts: {}, phases: {}, approvals: [], exportedAt: inDays(-30), purgeAt } });
  return client;
}
const row = ({ clientId }: ClientKey) => store.db.client.findUniqueOrThrow({ where: { id: clientId } });
const warningsTo = async (client: ClientKey) => {
  const mails = await store.db.mail.findMany({ where: { clientId: client.clientId, template: 'retention_warning' }, orderBy: { id: 'asc' } });
  return Promise.all(mails.map((mail) => store.vault.openJson<{ secondsLeft: number; late: boolean; end: string; purgeAt: string }>(client, mailPlace(mail.id), mail.content!)));
};

describe('warnings of the end of retention', () => {
  it('go to the managers when they are due, once, whoever asks and however often', async () => {
    const client = await kept(inDays(20));
    const at = new Date((await row(client)).purgeAt!.getTime() - 10 * day);
    expect(await nextWarning(store, client, new Date())).toEqual(at);
    await warnOfRetention(store, client, inDays(3));
    expect(await warningsTo(client), 'not before').toEqual([]);
    const asked = await Promise.all([warnOfRetention(store, client, at), warnOfRetention(store, client, at), warnOfRetention(store, client, new Date(at.getTime() + 60_000))]);
    expect(asked.map(({ warnAt }) => warnAt)).toEqual(Array(3).fill(new Date(at.getTime() + 5 * day)));
    expect(await warningsTo(client)).toMatchObject([{ secondsLeft: 864_000, late: false, end: 'retention' }]);
  });

  it('that were missed while nothing ran are told late, and only the last of them', async () => {
    const client = await kept(inDays(20));
    const { warnAt } = await warnOfRetention(store, client, inDays(17));
    expect(await warningsTo(client)).toMatchObject([{ late: true }]);
    expect(warnAt?.getTime()).toBe((await row(client)).purgeAt!.getTime() - day);
  });

  it('that were missed are still to come for a workflow that is started anew, and those that were told are not', async () => {
    const client = await kept(inDays(4));
    const end = (await row(client)).purgeAt!.getTime();
    const next = async () => (await nextWarning(store, client, new Date()))!.getTime();
    expect(await next()).toBe(end - 5 * day);
    await warnOfRetention(store, client, new Date());
    expect(await next()).toBe(end - day);
    expect(await nextWarning(store, await kept(inDays(-1)), new Date()), 'of an end that has passed').toBeNull();
  });

  it('are of the new end when it was moved, and none is told for a client on hold', async () => {
    const client = await kept(inDays(4));
    const manager = await test.actor('manager');
    await decide(store, client, manager, 'move_retention', { facts: { purgeAt: inDays(40).toISOString() } });
    await warnOfRetention(store, client, inDays(31));
    await decide(store, client, manager, 'hold_retention', { reasons: ['a dispute'] });
    expect(await warnOfRetention(store, client, inDays(36))).toEqual({ warnAt: null });
    expect(await warningsTo(client)).toHaveLength(1);
  });
});

describe('a warning that waited for its mail server', () => {
  /** What the mail says that was queued for the client's managers, if it is sent then; null when it is withheld. */
  async function sentAt(client: ClientKey, now: Date) {
    const mail = await store.db.mail.findFirstOrThrow({ where: { clientId: client.clientId, template: 'retention_warning' } });
    const composed = await composeMail(store, mail, 'https://on.example', now);
    return composed && renderMail(composed.source);
  }
  const manager = () => test.actor('manager');

  it('says how long it is from then on, and that it is late', async () => {
    const client = await kept(inDays(10));
    await warnOfRetention(store, client, new Date());
    expect((await sentAt(client, new Date()))!.text).not.toContain('comes late');
    const later = (await sentAt(client, inDays(2)))!;
    expect(later.subject).toContain('in 8 days');
    expect(later.text).toContain('comes late');
  });

  it.each([
    ['put on hold', async (client: ClientKey) => void (await decide(store, client, await manager(), 'hold_retention', { reasons: ['a dispute'] }))],
    ['given another end', async (client: ClientKey) => void (await decide(store, client, await manager(), 'move_retention', { facts: { purgeAt: inDays(40).toISOString() } }))],
    ['deleted', async (client: ClientKey) => void (await decide(store, client, await manager(), 'delete'))],
  ])('is withheld when the client was %s meanwhile', async (_what, change) => {
    const client = await kept(inDays(10));
    await warnOfRetention(store, client, new Date());
    await change(client);
    expect(await sentAt(client, new Date())).toBeNull();
  });
});

describe('an end that came while nothing ran', () => {
  const overdue = () => kept(inDays(-1));
  const due = (client: ClientKey) => purgeDue(store, client, new Date());
  const ahead = (at: Date | null) => Math.round((at!.getTime() - Date.now()) / 3_600_000);

  it('and of which nobody was warned is moved by a day, and managers are warned of that, once', async () => {
    const client = await overdue();
    const answers = await Promise.all([due(client), due(client)]);
    expect(answers.map((answer) => answer.due)).toEqual([false, false]);
    const { purgeAt } = await row(client);
    expect(answers.map((answer) => answer.purgeAt)).toEqual([purgeAt, purgeAt]);
    expect(ahead(purgeAt)).toBe(24);
    expect((await getExportRecord(store, client)).purgeAt).toEqual(purgeAt);
    expect(await warningsTo(client)).toMatchObject([{ secondsLeft: 86_400, late: true, end: 'retention', purgeAt: purgeAt!.toISOString() }]);
    expect((await readActivity(store, client.tenantId, client.clientId, { limit: 1, before: null }))[0]).toMatchObject({ action: 'retention.moved_for_warning', party: 'system' });
    expect(await refusalOf(destroyClientKey(store, client))).toBe('wrong_stage');

    // A day later, whether or not the mail is still known.
    await store.db.mail.deleteMany({ where: { clientId: client.clientId } });
    const earlier = (at: Date | null) => new Date(at!.getTime() - 1.1 * day);
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: earlier(purgeAt), purgeSetAt: earlier((await row(client)).purgeSetAt) } });
    expect((await due(client)).due).toBe(true);
  });

  it('of a deleted client too, whose record of export keeps its own end', async () => {
    const client = await overdue();
    await store.db.exportRecord.update({ where: { clientId: client.clientId }, data: { purgeAt: inDays(5) } });
    await store.db.client.update({ where: { id: client.clientId }, data: { stage: 'deleted' } });
    expect((await due(client)).due).toBe(false);
    expect(await warningsTo(client)).toMatchObject([{ end: 'deletion' }]);
    expect(ahead((await getExportRecord(store, client)).purgeAt)).toBe(120);
  });

  it('stays when any of its warnings was queued', async () => {
    const client = await overdue();
    await warnOfRetention(store, client, inDays(-3));
    expect(await warningsTo(client)).toHaveLength(1);
    expect((await due(client)).due).toBe(true);
  });

  it('stays when it was decided at once by two people, was nearer than any warning, or nobody is there to be warned', async () => {
    const atOnce = await kept(inDays(40));
    await decide(store, atOnce, await test.actor('manager'), 'ask_purge', { reasons: ['the client asked us'] });
    await decide(store, atOnce, await test.actor('administrator'), 'confirm_purge');
    expect((await due(atOnce)).due).toBe(true);

    const short = await overdue();
    await store.db.client.update({ where: { id: short.clientId }, data: { stageChangedAt: inDays(-2) } });
    expect((await due(short)).due).toBe(true);

    const alone = await newClient(test, 'retention', 1);
    await store.db.client.update({ where: { id: alone.clientId }, data: { purgeAt: inDays(-1), stageChangedAt: inDays(-30) } });
    const people = { tenantId: alone.tenantId, clientId: null };
    await store.db.user.updateMany({ where: people, data: { active: false } });
    try {
      expect((await due(alone)).due).toBe(true);
    } finally {
      await store.db.user.updateMany({ where: people, data: { active: true } });
    }
  });
});

describe('a hold', () => {
  it('needs a reason, stops every end, and cannot be got round by deleting, moving or asking for the removal', async () => {
    const client = await kept(inDays(4));
    const manager = await test.actor('manager');
    expect(await refusalOf(decide(store, client, manager, 'hold_retention'))).toBe('invalid');
    expect(await decide(store, client, manager, 'hold_retention', { reasons: ['a dispute'] })).toMatchObject({ stage: 'retention', purgeAt: null });
    for (const action of ['delete', 'ask_purge', 'confirm_purge', 'hold_retention'] as const) expect(await refusalOf(decide(store, client, manager, action, { reasons: ['x'] })), action).toBe('wrong_stage');
    expect(await refusalOf(decide(store, client, manager, 'move_retention', { facts: { purgeAt: inDays(9).toISOString() } }))).toBe('wrong_stage');
    expect((await getExportRecord(store, client)).purgeAt).toBeNull();
  });

  it('is released to the end as it was', async () => {
    const purgeAt = inDays(40);
    const client = await kept(purgeAt);
    const manager = await test.actor('manager');
    await decide(store, client, manager, 'hold_retention', { reasons: ['a dispute'] });
    expect(await decide(store, client, manager, 'release_hold')).toMatchObject({ purgeAt: purgeAt.toISOString() });
    expect(await refusalOf(decide(store, client, manager, 'release_hold'))).toBe('wrong_stage');
  });
});

describe('a removal at once', () => {
  it('takes two people, a reason, and no longer than seven days between them', async () => {
    const client = await kept(inDays(40));
    const [manager, admin] = [await test.actor('manager'), await test.actor('administrator')];
    expect(await refusalOf(decide(store, client, admin, 'confirm_purge'))).toBe('wrong_stage');
    expect(await refusalOf(decide(store, client, manager, 'ask_purge'))).toBe('invalid');
    await decide(store, client, manager, 'ask_purge', { reasons: ['the client asked us'] });
    expect(await refusalOf(decide(store, client, manager, 'confirm_purge'))).toBe('wrong_role');
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAskedAt: inDays(-8) } });
    expect(await refusalOf(decide(store, client, admin, 'confirm_purge'))).toBe('wrong_stage');
    await decide(store, client, manager, 'ask_purge', { reasons: ['again'] });
    const { purgeAt } = await decide(store, client, admin, 'confirm_purge');
    expect(Date.parse(purgeAt!)).toBeLessThanOrEqual(Date.now());
    const { at } = await destroyClientKey(store, client);
    await finishPurge(store, client, { keyDestroyedAt: at, policy: 'retention' });
    expect((await getRemoval(store, client)).policy, 'the certificate says so').toBe('retention, ended at once by two people');
  });

  it('is for administrators and managers', async () => {
    const client = await kept(inDays(40));
    for (const role of ['sales_rep', 'onboarding_engineer'] as const) expect(await refusalOf(decide(store, client, await test.actor(role), 'ask_purge', { reasons: ['x'] }))).toBe('wrong_role');
  });
});

it('the days of the tenant count instead of the tier’s, and other settings stay', async () => {
  const admin = await test.actor('administrator', 1);
  await store.db.tenant.update({ where: { id: admin.tenantId }, data: { settings: { requireSecondFactor: false } } });
  await changeRetentionSettings(store, admin, { retentionDays: 7, keepCompanyName: false });
  expect((await tierOf(store, admin.tenantId)).retentionSeconds).toBe(7 * 86_400);
  expect((await store.db.tenant.findUniqueOrThrow({ where: { id: admin.tenantId } })).settings).toEqual({ requireSecondFactor: false, retentionDays: 7, keepCompanyName: false });
});
