import { createHash, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../domain/kinds/index.js';
import {
  askQuestion,
  beginRequest,
  claimName,
  closePurge,
  createPreview,
  decideMappings,
  createRecords,
  createUser,
  destroyClientKey,
  endRequest,
  finishPurge,
  fillPreview,
  getClient,
  getClientRow,
  getExportRecord,
  getRecord,
  getRemoval,
  inTransaction,
  issueToken,
  noteMended,
  KeyGoneError,
  searchUsers,
  planLedger,
  queueMail,
  purgeDue,
  readActivity,
  recordExportOutcome,
  removeRows,
  startSession,
  verifyCertificates,
  writeRemarks,
  type ClientKey,
  type Store,
} from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { openRun } from '../support/export-run.js';
import { contentOf, decide, dump, newClient, propose, purge, refusalOf, unitsOf } from './support.js';

let test: TestStore;
let store: Store;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
});
afterAll(() => test.close());

/** A client with rows in every table that a client has rows in, exported, whose retention is over. */
async function overdue(people = 3): Promise<ClientKey> {
  const { key: client } = await createSampleClient(test, { people: 3, configurations: 2, passwords: 2 });
  const engineer = await test.actor('onboarding_engineer');
  if (people > 3) {
    await putInStage(store, client, 'accounting');
    await createRecords(store, client, engineer, kindOf('person'), Array.from({ length: people - 3 }, (_, n) => ({ content: contentOf('person', { firstName: `P${n}` }), references: {} })));
    // Where the outgoing MSP can be asked.
    await putInStage(store, client, 'msp');
  }
  const user = await createUser(store, { tenantId: client.tenantId, roles: ['msp'], firstName: 'O', lastName: 'R', email: `${randomUUID()}@x.example`, scope: { clientId: client.clientId, section: 'msp' } });
  await startSession(store, user, { method: 'mail_code', userAgent: 'x', policy: { idleMs: 60_000, absoluteMs: 60_000 } });
  await issueToken(store, user, { label: 'msp of a client', expiresAt: new Date(Date.now() + 60_000) });
  await propose(store, client, engineer, 'reset', { section: 'msp', reasons: ['x'] });
  await fillPreview(store, client, await createPreview(store, client, engineer.userId), 1, { x: 1 });
  const request = { tenantId: client.tenantId, actorId: engineer.userId, key: randomUUID(), clientId: client.clientId, fingerprint: 'x' };
  await beginRequest(store, request);
  await endRequest(store, request, { status: 200, body: {} });
  await askQuestion(store, client, engineer, 'msp', 'Which one?', { page: null, recordId: null, field: null });
  await inTransaction(store, (context) => writeRemarks(context, client, engineer, 'msp', randomUUID(), [{ text: 'Look again' }]));
  await putInStage(store, client, 'sign_off');
  await decide(store, client, engineer, 'sign_off');
  const units = await unitsOf(store, client);
  await planLedger(store, client, units);
  await store.db.spellingChoice.create({ data: { ...client, recordId: units[0]!.recordId, choice: 'keep_new', decidedBy: engineer.userId, decidedAt: new Date() } });
  await queueMail(store, { ...client, to: engineer.userId, template: 'ready', facts: {}, dedupeKey: `ready/${client.clientId}` });
  await store.db.reminder.create({ data: { ...client, id: randomUUID(), userId: engineer.userId, case: 'msp_entry', number: 1, remindedAt: new Date(), mailId: randomUUID() } });
  await decideMappings(store, client, engineer, [{ list: 'contactTypes', word: 'Owner', entry: { id: '7', name: 'Owner' } }]);
  await store.db.mailCode.create({ data: { ...client, id: randomUUID(), userId: user.id, hash: randomUUID(), codeHash: 'x', expiresAt: new Date() } });
  await store.db.exportStep.create({ data: { ...client, resource: 'contact', holder: randomUUID() } });
  const importId = randomUUID();
  await store.db.import.create({ data: { ...client, id: importId, kind: 'person', section: 'accounting', createdBy: engineer.userId, expiresAt: new Date() } });
  await store.db.importChunk.create({ data: { importId, clientId: client.clientId, part: randomUUID(), index: 0, content: Buffer.from('x') } });
  await store.db.importBlock.create({ data: { importId, run: randomUUID(), sequence: 0, clientId: client.clientId, action: 'new', kind: 'person', section: 'accounting', first: 0, rows: 1, recordIds: [randomUUID()], contents: Buffer.from('x') } });
  await noteMended(store, { ...client, runId: randomUUID(), kind: 'workflow_missing' });
  await claimName(store, { tenantId: client.tenantId, list: 'manufacturer', key: `Claimed ${client.clientId}` }, client.clientId);
  const downloadId = randomUUID();
  await store.db.download.create({ data: { ...client, id: downloadId, format: 'csv', passwords: 'left_out', attachments: 'left_out', createdBy: engineer.userId, expiresAt: new Date() } });
  await store.db.downloadChunk.create({ data: { downloadId, clientId: client.clientId, build: randomUUID(), index: 0, content: Buffer.from('x') } });
  await recordExportOutcome(store, client, await openRun(test, client), { state: 'done', organizationId: '42', organizationUrl: null });
  await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(Date.now() - 1_000) } });
  return client;
}

/** What stays of a client: its line in the record of export, and what its history says without particulars. */
const lasting = ['ExportRecord', 'AuditEntry', 'Removal'];
const rowsOf = async (client: ClientKey) => (await dump(store)).filter((row) => row.includes(client.clientId));
const tablesOf = async (client: ClientKey) => [...new Set((await rowsOf(client)).map((row) => row.split(' ')[0]!))].sort();

describe('a purge', () => {
  it('removes everything of the client from every table, its key, and nothing of any other client', async () => {
    const [client, other] = [await overdue(), await overdue()];
    const before = await rowsOf(other);
    expect(await tablesOf(client)).toEqual(
      ['AttachmentChunk', 'AuditEntry', 'Client', 'Decision', 'Download', 'DownloadChunk', 'Export', 'ExportRecord', 'ExportStep', 'IdempotencyKey', 'Import', 'ImportBlock', 'ImportChunk', 'LedgerEntry', 'Mail', 'MailCode', 'PageMark', 'Preview', 'Record', 'Remark', 'Question', 'QuestionMessage', 'Reminder', 'SectionState', 'Session', 'SharedName', 'SignOff', 'SpellingChoice', 'SweepFinding', 'User', 'WordChoice'].sort(),
    );
    const clientTables = await store.db.$queryRaw<{ name: string }[]>`SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'clientId' AND data_type = 'uuid'`;
    const covered = await tablesOf(client);
    expect(clientTables.map(({ name }) => name).filter((name) => !covered.includes(name) && !lasting.includes(name)), 'a new table with a client’s rows must be filled above').toEqual([]);
    const tokens = await store.db.accessToken.count();
    const records = await store.db.record.count({ where: { clientId: client.clientId } });
    const removed = await purge(store, client);
    expect(await tablesOf(client)).toEqual([...lasting].sort());
    expect(await readdir(test.keyFolder)).not.toContain(`client-${client.clientId}.key`);
    expect(await store.db.accessToken.count()).toBe(tokens - 1);
    expect(removed).toMatchObject({ record: records, attachmentChunk: 4, user: 1, accessToken: 1, signOff: 2, sectionState: 3, spellingChoice: 1 });
    expect(await rowsOf(other)).toEqual(before);
    expect((await getClient(store, other)).company).toMatch(/^Sample Dental/);
  });

  it('leaves the record of export with a certificate that can be checked, and the history without particulars', async () => {
    const client = await overdue();
    const removed = await purge(store, client);
    const { certificate, purgedAt, company, organizationId } = await getExportRecord(store, client);
    const { sha256, ...body } = certificate!;
    expect(body).toMatchObject({ ...client, removed: { ...removed, client: 1 }, policy: 'retention', records: { company: 1, site: 2, person: 3, password: 2, attachment: 2 }, keyBackupDays: null, erasedEverywhereAt: null });
    expect(await getRemoval(store, client)).toEqual(certificate);
    expect(Date.parse(body.keyDestroyedAt)).toBeLessThanOrEqual(Date.parse(body.finishedAt));
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([purgedAt?.toISOString(), organizationId]).toEqual([body.finishedAt, '42']);
    expect(company).toMatch(/^Sample Dental/);
    const history = await readActivity(store, client.tenantId, client.clientId, { limit: 100, before: null });
    expect(history[0]!.action).toBe('client.purged');
    expect(history.every((entry) => entry.details === null)).toBe(true);
  });

  it('done again at any step changes nothing', async () => {
    const client = await overdue();
    await destroyClientKey(store, client);
    await removeRows(store, client);
    await purge(store, client);
    const after = await dump(store);
    await destroyClientKey(store, client);
    expect(await removeRows(store, client)).toEqual({ removed: {}, more: false });
    await closePurge(store, client, { removed: {}, keyDestroyedAt: new Date(0), policy: 'other' });
    expect(await dump(store)).toEqual(after);
  });

  it('works in portions for a client of 3,000 people', async () => {
    const client = await overdue(3_000);
    await destroyClientKey(store, client);
    expect(await removeRows(store, client)).toMatchObject({ more: true, removed: { record: 500 } });
    const removed = await purge(store, client);
    expect(removed['record']).toBeGreaterThan(2_500);
    expect(await tablesOf(client)).toEqual([...lasting].sort());
  });

  it('frees the company’s name', async () => {
    const client = await overdue();
    const { nameHash } = await getClientRow(store, client);
    await purge(store, client);
    expect(await store.db.client.count({ where: { nameHash } })).toBe(0);
  });

  it('makes everything unreadable from its first step on, while lists of others go on', async () => {
    const client = await overdue();
    const record = await store.db.record.findFirstOrThrow({ where: { clientId: client.clientId, kind: 'person' } });
    await destroyClientKey(store, client);
    await expect(getRecord(store, client, 'person', record.id)).rejects.toThrow(KeyGoneError);
    const users = await searchUsers(store, client.tenantId, { sort: 'created', descending: false, limit: 100, after: null });
    expect(users.length).toBeGreaterThanOrEqual(4);
    expect(users.filter((user) => user.clientId === client.clientId)).toEqual([]);
  });
});

describe('a client whose time is not over', () => {
  it('is not due, and loses neither key nor rows, whoever asks', async () => {
    for (const [stage, purgeAt] of [['sales', null], ['exporting', null], ['retention', 3_600_000], ['deleted', 3_600_000], ['retention', null]] as const) {
      const client = await newClient(test, stage);
      await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: purgeAt === null ? null : new Date(Date.now() + purgeAt) } });
      const before = await rowsOf(client);
      expect((await purgeDue(store, client, new Date())).due).toBe(false);
      expect(await refusalOf(destroyClientKey(store, client)), stage).toBe('wrong_stage');
      expect(await refusalOf(removeRows(store, client)), stage).toBe('wrong_stage');
      await closePurge(store, client, { removed: {}, keyDestroyedAt: new Date(), policy: 'x' });
      expect(await rowsOf(client)).toEqual(before);
      expect((await getClient(store, client)).company).not.toBe('');
    }
  });

  it('because it was restored after the purge was found due, is kept', async () => {
    const client = await newClient(test, 'msp');
    const manager = await test.actor('manager');
    await decide(store, client, manager, 'delete');
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(Date.now() - 1_000) } });
    expect((await purgeDue(store, client, new Date())).due).toBe(true);
    await decide(store, client, manager, 'restore');
    expect(await refusalOf(destroyClientKey(store, client))).toBe('wrong_stage');
    expect((await getClient(store, client)).stage).toBe('msp');
  });

  it('by one of two clocks is kept, whichever of them has jumped', async () => {
    const client = await newClient(test, 'retention');
    const in5Days = new Date(Date.now() + 5 * 86_400_000);
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(in5Days.getTime() - 1_000) } });
    expect((await purgeDue(store, client, in5Days)).due).toBe(false);
    expect(await refusalOf(destroyClientKey(store, client, in5Days))).toBe('wrong_stage');
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(Date.now() - 3_600_000) } });
    const behind = new Date(Date.now() - 5 * 86_400_000);
    expect((await purgeDue(store, client, behind)).due).toBe(false);
    expect(await refusalOf(destroyClientKey(store, client, behind))).toBe('wrong_stage');
    expect((await getClient(store, client)).stage).toBe('retention');
    expect((await purgeDue(store, client, new Date())).due).toBe(true);
  });

  it('is out of another tenant’s reach', async () => {
    const client = await overdue();
    const foreign = { ...client, tenantId: test.tenants[1]!.id };
    expect((await purgeDue(store, foreign, new Date())).due).toBe(false);
    expect(await refusalOf(destroyClientKey(store, foreign))).toBe('not_found');
    expect(await refusalOf(removeRows(store, foreign))).toBe('not_found');
    expect((await getClient(store, client)).company).not.toBe('');
  });

  it('is not touched by a purge that names no client', async () => {
    const users = await store.db.user.count();
    for (const half of [{ tenantId: test.tenants[0]!.id }, {}] as ClientKey[]) {
      await expect(removeRows(store, half)).rejects.toThrow(TypeError);
      await expect(destroyClientKey(store, half)).rejects.toThrow(TypeError);
    }
    expect(await store.db.user.count()).toBe(users);
  });
});

describe('a certificate', () => {
  it('has a SHA-256 over its other members in the order of their names', async () => {
    const client = await overdue();
    await purge(store, client);
    const { sha256, ...facts } = await getRemoval(store, client);
    const inOrder = (value: unknown): unknown => (value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, inOrder(member)])) : value);
    expect(sha256).toBe(createHash('sha256').update(JSON.stringify(inOrder(facts))).digest('hex'));
  });

  it('says when the last backup of the key is gone, where the operator has said how long they are kept', async () => {
    const client = await overdue();
    const { at } = await destroyClientKey(store, client);
    await finishPurge({ ...store, keyBackupDays: 14 }, client, { keyDestroyedAt: at, policy: 'retention' });
    expect(await getRemoval(store, client)).toMatchObject({ keyBackupDays: 14, erasedEverywhereAt: new Date(at.getTime() + 14 * 86_400_000).toISOString() });
  });

  it('is there for a client that was deleted before any export, and counts everything although another process removed half of it', async () => {
    const client = await newClient(test, 'msp');
    await decide(store, client, await test.actor('manager'), 'delete');
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(Date.now() - 1_000) } });
    const { at } = await destroyClientKey(store, client);
    while ((await removeRows(store, client)).more);
    await finishPurge(store, client, { keyDestroyedAt: at, policy: 'deletion' });
    expect(await getRemoval(store, client)).toMatchObject({ policy: 'deletion', records: { company: 1 }, removed: { record: 1, sectionState: 3, decision: 1, client: 1 } });
  });

  it('is not written while rows are left that came in late', async () => {
    const client = await overdue();
    const { at } = await destroyClientKey(store, client);
    while ((await removeRows(store, client)).more);
    const { userId } = await test.actor('manager');
    await store.db.idempotencyKey.create({ data: { ...client, actorId: userId, key: randomUUID(), requestHash: 'x' } });
    const facts = { removed: {}, keyDestroyedAt: at, policy: 'retention' };
    expect(await closePurge(store, client, facts)).toBe(false);
    expect(await store.db.client.count({ where: { id: client.clientId } })).toBe(1);
    await finishPurge(store, client, facts);
    expect(await tablesOf(client)).toEqual([...lasting].sort());
  });

  it('that was changed, exchanged, taken away or made up shows when the audit trail is checked', async () => {
    const [first, second] = [await overdue(), await overdue()];
    for (const client of [first, second]) await purge(store, client);
    const { tenantId } = first;
    const faults = async () => (await verifyCertificates(store, tenantId)).faults.map(({ clientId, reason }) => [clientId, reason.split(' ').slice(-3).join(' ')]);
    expect(await faults()).toEqual([]);
    const set = (clientId: string, certificate: object) => store.db.removal.update({ where: { clientId }, data: { certificate: { ...certificate } } });
    const [mine, other] = [await getRemoval(store, first), await getRemoval(store, second)];

    await set(first.clientId, { ...mine, policy: 'deletion' });
    expect(await faults()).toEqual([[first.clientId, 'removal was changed']]);
    await set(first.clientId, other);
    expect(await faults()).toEqual([[first.clientId, 'audit chain names']]);
    await store.db.removal.delete({ where: { clientId: first.clientId } });
    expect(await faults()).toEqual([[first.clientId, 'removal is gone']]);
    await store.db.removal.create({ data: { ...first, removedAt: new Date(), certificate: { ...mine } } });
    const madeUp = randomUUID();
    await store.db.removal.create({ data: { clientId: madeUp, tenantId, removedAt: new Date(), certificate: { ...mine } } });
    expect(await faults()).toEqual([[madeUp, 'no such removal']]);
    await store.db.removal.delete({ where: { clientId: madeUp } });
    await store.db.exportRecord.update({ where: { clientId: second.clientId }, data: { certificate: { ...other, policy: 'x' } } });
    expect(await faults()).toEqual([[second.clientId, 'removal was changed']]);
  });
});
