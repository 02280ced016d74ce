import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../domain/roles.js';
import { changeRetentionSettings, getExportRecord, listExportRecords, markCreated, openEntries, placeOf, planLedger, recordExportOutcome, type ClientKey, type ExportRecordView, type FinishedFilter, type Store } from '../../store/index.js';
import { openRun } from '../support/export-run.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { decide, dump, newClient, outsider, purge, readyPreview, refusalOf, unitsOf } from './support.js';

let test: TestStore;
let store: Store;
let admin: Actor, manager: Actor, sales: Actor, engineer: Actor;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  [admin, manager, sales, engineer] = [await test.actor('administrator'), await test.actor('manager'), await test.actor('sales_rep'), await test.actor('onboarding_engineer')];
});
afterAll(() => test.close());

const done = { state: 'done', organizationId: '42', organizationUrl: 'https://harbor.itglue.example/42' } as const;

/** An onboarding with two send-backs, a reset and a blocked export run, played by people of all parties. */
async function eventful(): Promise<{ client: ClientKey; outsiders: readonly Actor[] }> {
  const { key: client } = await createSampleClient(test, { people: 1, configurations: 1, passwords: 1 });
  await putInStage(store, client, 'sales');
  const accountant = (await outsider(store, client, 'accounting', 'ZqAccountant')).actor;
  const msp = (await outsider(store, client, 'msp', 'ZqOutgoing')).actor;
  const step = (actor: Actor, action: Parameters<typeof decide>[3], section?: 'sales' | 'accounting' | 'msp', reasons?: string[]) => decide(store, client, actor, action, { ...(section ? { section } : {}), ...(reasons ? { reasons } : {}) });
  await step(sales, 'submit', 'sales');
  await step(manager, 'approve', 'sales');
  for (const reason of ['ZqReason one', 'ZqReason two']) {
    await step(accountant, 'submit', 'accounting');
    await step(engineer, 'send_back', 'accounting', [reason]);
  }
  await step(accountant, 'submit', 'accounting');
  await step(engineer, 'approve', 'accounting');
  await step(manager, 'reset', 'sales', ['ZqReason three']);
  await step(sales, 'submit', 'sales');
  await step(admin, 'approve', 'sales');
  await step(engineer, 'submit', 'accounting');
  await step(admin, 'approve', 'accounting');
  await step(msp, 'submit', 'msp');
  await step(engineer, 'approve', 'msp');
  await step(manager, 'sign_off');
  await step(engineer, 'sign_off');
  const { exportId } = await decide(store, client, engineer, 'start_export', { facts: { previewId: await readyPreview(store, client, engineer) } });
  await planLedger(store, client, await unitsOf(store, client));
  await recordExportOutcome(store, client, exportId!, { state: 'blocked', blockedBy: 'no_connection' });
  const again = await step(manager, 'retry_export');
  await recordExportOutcome(store, client, again.exportId!, done);
  return { client, outsiders: [accountant, msp] };
}

/** A client that was exported at that time and is kept. */
async function exported(at: Date, given: { company?: string; organizationId?: string } = {}): Promise<ClientKey> {
  const client = await newClient(test, 'sign_off');
  await recordExportOutcome(store, client, await openRun(test, client), { ...done, organizationId: given.organizationId ?? '42' });
  await store.db.exportRecord.update({ where: { clientId: client.clientId }, data: { exportedAt: at, ...(given.company ? { company: given.company } : {}) } });
  return client;
}

const overdue = (client: ClientKey) => store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(Date.now() - 1_000) } });

describe('a record of export', () => {
  it('tells when each phase was and how often, who approved in which role, and what was sent back', async () => {
    const { client } = await eventful();
    const record = await getExportRecord(store, client);
    expect(record.stages.map(({ stage, times }) => [stage, times])).toEqual([
      ['sales', 2], ['sales_review', 2], ['accounting', 4], ['accounting_review', 4], ['msp', 2], ['msp_review', 1], ['sign_off', 1], ['ready', 1], ['exporting', 2], ['export_blocked', 1],
    ]);
    const [created, end] = [Date.parse(record.phases['created']!), record.exportedAt.getTime()];
    for (const { begun, ended } of record.stages) expect([created <= Date.parse(begun), begun <= ended, Date.parse(ended) <= end]).toEqual([true, true, true]);
    const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
    expect(sum(record.stages.map((one) => one.ms))).toBe(end - created);
    expect(sum(Object.values(record.waiting))).toBe(end - created);
    expect(record.approvals.map(({ section, role, by, submittedFor, sendBacks, resets }) => [section, role, by, submittedFor, sendBacks, resets])).toEqual([
      ['sales', 'administrator', admin.userId, 'internal', 0, 1],
      ['accounting', 'administrator', admin.userId, 'internal', 2, 0],
      ['msp', 'onboarding_engineer', engineer.userId, 'outgoing_msp', 0, 0],
    ]);
    expect(record.signOffs.map(({ seat, by }) => [seat, by])).toEqual([['manager', manager.userId], ['engineer', engineer.userId]]);
    expect(record.runs).toEqual({ all: 2, blocked: 1, startedBy: manager.userId });
    expect([record.salesRepId, record.managerId, record.engineerId]).toEqual([sales.userId, manager.userId, engineer.userId]);
  });

  it('outlives the purge as it was, and holds nothing of the client’s and the outgoing MSP’s people', async () => {
    const { client, outsiders } = await eventful();
    const before = await getExportRecord(store, client);
    await overdue(client);
    await purge(store, client);
    const { state, purgedAt, certificate, ...kept } = await getExportRecord(store, client);
    expect([state, purgedAt === null, certificate === null]).toEqual(['purged', false, false]);
    const { state: _state, purgedAt: _purgedAt, certificate: _certificate, ...then } = before;
    expect({ ...kept, purgeAt: null }).toEqual({ ...then, purgeAt: null });
    const left = (await dump(store)).filter((row) => row.startsWith('ExportRecord') && row.includes(client.clientId)).join('\n');
    for (const mark of ['ZqAccountant', 'ZqOutgoing', 'ZqReason', 'Nora', 'Dahl', 'Reyes', '@', ...outsiders.map((one) => one.userId)]) expect(left, mark).not.toContain(mark);
  });

  it('counts what was created in IT Glue, and is no other tenant’s', async () => {
    const { key: client } = await createSampleClient(test, { people: 2, configurations: 2, passwords: 2 });
    await planLedger(store, client, await unitsOf(store, client));
    const runId = await openRun(test, client);
    const [one, two] = await openEntries(store, client, 'location', 2);
    await markCreated(store, [{ id: one!.id, itGlueId: '1' }, { id: two!.id, itGlueId: '2' }]);
    await recordExportOutcome(store, client, runId, done);
    const record = await getExportRecord(store, client);
    expect(record).toMatchObject({ state: 'kept', organizationId: '42', organizationUrl: done.organizationUrl, skipped: 0, purgedAt: null, certificate: null });
    expect(record.counts).toMatchObject({ location: 2, contact: 0, configuration: 0 });
    expect(await refusalOf(getExportRecord(store, { ...client, tenantId: test.tenants[1]!.id }))).toBe('not_found');
  });

  it('keeps the company’s name as the tenant wants, at the latest from the purge on', async () => {
    const [kept, left, changed] = [await newClient(test, 'sign_off'), await newClient(test, 'sign_off'), await newClient(test, 'sign_off')];
    const finish = async (client: ClientKey) => recordExportOutcome(store, client, await openRun(test, client), done);
    const nameOf = async (client: ClientKey) => (await getExportRecord(store, client)).company;
    await finish(kept);
    await overdue(kept);
    await purge(store, kept);
    await finish(changed);
    expect([await nameOf(kept), await nameOf(changed)]).toEqual([expect.stringMatching(/^Client/), expect.stringMatching(/^Client/)]);
    await changeRetentionSettings(store, admin, { retentionDays: null, keepCompanyName: false });
    await finish(left);
    expect(await nameOf(left)).toBeNull();
    await overdue(changed);
    await purge(store, changed);
    expect(await nameOf(changed)).toBeNull();
    await changeRetentionSettings(store, admin, { retentionDays: null, keepCompanyName: true });
  });
});

describe('the list of records', () => {
  const year = 2001;
  const within = { from: new Date(`${year}-01-01T00:00:00Z`), to: new Date(`${year + 1}-01-01T00:00:00Z`) };
  const day = (number: number) => new Date(Date.UTC(year, 0, number));
  const list = (filter: FinishedFilter, page: Parameters<typeof listExportRecords>[3] = { limit: 100, after: null }) => listExportRecords(store, test.tenants[0]!.id, { ...within, ...filter }, page);
  const ids = (rows: readonly ExportRecordView[]) => rows.map((row) => row.clientId);
  const made: Record<'kept' | 'held' | 'deleted' | 'gone', ClientKey> = {} as never;

  beforeAll(async () => {
    made.kept = await exported(day(1), { company: 'Übersee 50% Handel_GmbH' });
    made.held = await exported(day(3), { company: 'Acme Dental' });
    made.deleted = await exported(day(2), { company: 'Acme Legal' });
    made.gone = await exported(day(4), { company: 'Gone Ltd' });
    await decide(store, made.held, manager, 'hold_retention', { reasons: ['law'] });
    await decide(store, made.deleted, manager, 'delete');
    await overdue(made.gone);
    await purge(store, made.gone);
  });

  it('has the latest export first, a page after the other, also where two ended in the same moment', async () => {
    const twin = await exported(day(2), { company: 'Twin' });
    const all = ids(await list({}));
    expect(all.slice(0, 2)).toEqual([made.gone.clientId, made.held.clientId]);
    expect(all.slice(2, 4).sort()).toEqual([made.deleted.clientId, twin.clientId].sort());
    const paged: string[] = [];
    for (let after: ReturnType<typeof placeOf> | null = null; ; ) {
      const page: ExportRecordView[] = await list({}, { limit: 2, after });
      paged.push(...ids(page));
      if (page.length < 2) break;
      after = placeOf(page.at(-1)!);
    }
    expect(paged).toEqual(all);
    await store.db.exportRecord.delete({ where: { clientId: twin.clientId } });
  });

  it('is filtered by period, state, and words of the company’s name as they stand', async () => {
    expect(ids(await list({ from: day(2), to: day(4) }))).toEqual([made.held.clientId, made.deleted.clientId]);
    for (const [state, client] of [['kept', made.kept], ['on_hold', made.held], ['deleted', made.deleted], ['purged', made.gone]] as const) expect(ids(await list({ state })), state).toEqual([client.clientId]);
    expect(ids(await list({ company: 'acme' }))).toEqual([made.held.clientId, made.deleted.clientId]);
    expect(ids(await list({ company: 'dental acme' }))).toEqual([made.held.clientId]);
    expect(ids(await list({ company: '50%' }))).toEqual([made.kept.clientId]);
    expect(ids(await list({ company: '_' }))).toEqual([made.kept.clientId]);
    expect(ids(await list({ company: '5%0' }))).toEqual([]);
  });

  it('is filtered by somebody who took part, and is no other tenant’s', async () => {
    expect(ids(await list({ person: engineer.userId }))).toHaveLength(4);
    expect(await list({ person: randomUUID() })).toEqual([]);
    expect(await listExportRecords(store, test.tenants[1]!.id, {}, { limit: 100, after: null })).toEqual([]);
  });
});
