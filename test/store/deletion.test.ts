import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stages, transitionFor, transitions, type Stage } from '../../domain/stages.js';
import { allRecords, askQuestion, createPreview, decideMappings, destroyClientKey, fillPreview, finishPurge, getClient, getClientRow, getRemoval, inTransaction, readContent, warnOfRetention, writeRemarks, type ClientKey, type Store } from '../../store/index.js';
import { mailPlace } from '../../store/mail/queue.js';
import { openRun } from '../support/export-run.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { decide, dump, newClient, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
});
afterAll(() => test.close());

const day = 86_400_000;
const deletable = transitions.find(({ action }) => action === 'delete')!.from;

/** A client with data of every kind, files, talk, answers, approvals and sign-offs, in that stage. */
async function clientIn(stage: Stage): Promise<ClientKey> {
  const { key: client } = await createSampleClient(test, { people: 3, configurations: 2, passwords: 2 });
  const engineer = await test.actor('onboarding_engineer');
  await store.db.sectionState.updateMany({ where: { clientId: client.clientId, section: 'sales' }, data: { state: 'approved', approvedBy: engineer.userId, approvedAt: new Date(), approvedAs: 'manager', sendBacks: 2 } });
  await askQuestion(store, client, engineer, 'msp', 'Which rack is it in?', { page: null, recordId: null, field: null });
  await inTransaction(store, (context) => writeRemarks(context, client, engineer, 'msp', randomUUID(), [{ text: 'The serial number is missing' }]));
  await fillPreview(store, client, await createPreview(store, client, engineer.userId), 1, { shown: 'something' });
  await decideMappings(store, client, engineer, [{ list: 'contactTypes', word: 'Owner', entry: { id: '7', name: 'Owner' } }]);
  if (stage === 'export_blocked') await store.db.export.update({ where: { id: await openRun(test, client) }, data: { state: 'blocked', blockedBy: 'records' } });
  if (stage === 'retention') {
    const purgeAt = new Date(Date.now() + 25 * day);
    await store.db.exportRecord.create({ data: { ...client, company: 'x', organizationId: '7', counts: {}, phases: {}, approvals: [], exportedAt: new Date(), purgeAt } });
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt, organizationId: '7', exportedAt: new Date() } });
  }
  for (const role of ['engineer', 'manager']) await store.db.signOff.upsert({ where: { clientId_role: { clientId: client.clientId, role } }, create: { ...client, role, userId: engineer.userId }, update: {} });
  await putInStage(store, client, stage);
  return client;
}

/** Grows with each decision, says when something last happened, or (`User`) is invited anew because sign-ins from outside ended. */
const moves = ['AuditEntry', 'AuditHead', 'Decision', 'Mail', 'Client', 'User'];
const rowsOf = async ({ clientId }: ClientKey) => (await dump(store, { except: moves })).filter((row) => row.includes(clientId));

/** Everything that people read of the client, opened. */
async function readable(client: ClientKey) {
  const records = [];
  for await (const record of allRecords(store, client)) records.push(record);
  const files: Record<string, string> = {};
  for (const { id } of records.filter(({ kind }) => kind === 'attachment')) {
    const parts = [];
    for await (const part of (await readContent(store, client, id)).bytes) parts.push(part);
    files[id] = Buffer.concat(parts).toString('base64');
  }
  const { updatedAt: _updated, lastActivityAt: _activity, stageChangedAt: _changed, ...view } = await getClient(store, client);
  const { updatedAt: _u, lastActivityAt: _l, stageChangedAt: _s, ...row } = await getClientRow(store, client);
  return { records, files, view, row };
}

describe('a deletion', () => {
  it.each(deletable)('at the stage %s is taken back with everything as it was', async (stage) => {
    const client = await clientIn(stage);
    const manager = await test.actor('manager');
    const before = { rows: await rowsOf(client), readable: await readable(client) };
    expect(before.readable.records.length).toBeGreaterThan(15);
    expect(Object.keys(before.readable.files)).toHaveLength(2);
    expect((await decide(store, client, manager, 'delete')).stage).toBe('deleted');
    expect((await decide(store, client, manager, 'restore')).stage).toBe(stage);
    const after = { rows: await rowsOf(client), readable: await readable(client) };
    expect(after.readable).toEqual(before.readable);
    expect(after.rows).toEqual(before.rows);
  });

  it('takes along what was asked for meanwhile: a restored client waits for nobody to confirm its removal', async () => {
    const client = await clientIn('retention');
    const [manager, other] = [await test.actor('manager'), await test.actor('administrator')];
    await decide(store, client, manager, 'delete');
    await decide(store, client, manager, 'ask_purge', { reasons: ['by contract'] });
    await decide(store, client, manager, 'restore');
    expect(await refusalOf(decide(store, client, other, 'confirm_purge'))).toBe('wrong_stage');
  });

  it('that was put on hold is restored to work as before it, and in retention stays on hold', async () => {
    const manager = await test.actor('manager');
    const working = await clientIn('msp');
    await decide(store, working, manager, 'delete');
    await decide(store, working, manager, 'hold_retention', { reasons: ['a dispute'] });
    await decide(store, working, manager, 'restore');
    expect(await getClientRow(store, working)).toMatchObject({ stage: 'msp', purgeAt: null, heldSince: null, heldPurgeAt: null });
    expect((await decide(store, working, manager, 'delete')).stage).toBe('deleted');

    const kept = await clientIn('retention');
    const { purgeAt } = await getClientRow(store, kept);
    await decide(store, kept, manager, 'delete');
    await decide(store, kept, manager, 'hold_retention', { reasons: ['a dispute'] });
    expect(await decide(store, kept, manager, 'restore')).toMatchObject({ stage: 'retention', purgeAt: null });
    expect(await getClientRow(store, kept)).toMatchObject({ purgeAt: null, heldPurgeAt: purgeAt, heldSince: expect.any(Date) as unknown });
    expect(await decide(store, kept, manager, 'release_hold')).toMatchObject({ stage: 'retention', purgeAt: purgeAt!.toISOString() });
  });

  it('is possible at every stage but while an export runs, after the removal, and twice', async () => {
    expect(stages.filter((stage) => !deletable.includes(stage))).toEqual(['exporting', 'purged', 'deleted']);
    const manager = await test.actor('manager');
    for (const stage of ['exporting', 'deleted', 'purged'] as const) expect(await refusalOf(decide(store, await newClient(test, stage), manager, 'delete')), stage).toBe('wrong_stage');
  });

  it('warns like the end of retention, each warning once, and ends with the removal of everything', async () => {
    const client = await clientIn('accounting');
    const { purgeAt } = await decide(store, client, await test.actor('manager'), 'delete');
    const end = Date.parse(purgeAt!);
    for (const days of [11, 10, 10, 6, 5, 4, 1, 0.5]) await warnOfRetention(store, client, new Date(end - days * day));
    const mails = await store.db.mail.findMany({ where: { clientId: client.clientId, template: 'retention_warning' }, orderBy: { id: 'asc' } });
    const told = await Promise.all(mails.map((mail) => store.vault.openJson<object>(client, mailPlace(mail.id), mail.content!)));
    expect(told).toMatchObject([10, 5, 1].map((days) => ({ end: 'deletion', late: false, secondsLeft: days * 86_400 })));

    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(Date.now() - 1_000) } });
    const { at } = await destroyClientKey(store, client);
    await finishPurge(store, client, { keyDestroyedAt: at, policy: 'deletion' });
    expect((await getRemoval(store, client)).policy).toBe('deletion');
    expect((await dump(store)).filter((row) => row.includes(client.clientId)).map((row) => row.split(' ')[0])).toSatisfy((tables: string[]) => tables.every((table) => ['AuditEntry', 'Removal'].includes(table)));
    expect(await refusalOf(decide(store, client, await test.actor('manager'), 'restore')), 'too late').not.toMatchObject({ done: expect.anything() as unknown });
  });
});

describe('exports and removals', () => {
  it('exclude each other: a running export is not removed, and what was removed is not exported', async () => {
    const exporting = await newClient(test, 'sales');
    await openRun(test, exporting);
    await store.db.client.update({ where: { id: exporting.clientId }, data: { purgeAt: new Date(Date.now() - day) } });
    expect(await refusalOf(destroyClientKey(store, exporting))).toBe('wrong_stage');
    const manager = await test.actor('manager');
    for (const action of ['delete', 'ask_purge', 'confirm_purge', 'move_retention'] as const) expect(await refusalOf(decide(store, exporting, manager, action, { reasons: ['x'] })), action).toBe('wrong_stage');

    const removed = await newClient(test, 'purged');
    for (const action of ['start_export', 'retry_export'] as const) {
      expect(transitionFor('purged', action)).toBeUndefined();
      expect(await refusalOf(decide(store, removed, await test.actor('onboarding_engineer'), action, { facts: { previewId: randomUUID() } })), action).toBe('wrong_stage');
    }
  });
});
