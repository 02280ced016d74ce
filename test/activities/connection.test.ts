import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createExportActivities } from '../../activities/index.js';
import type { Preview } from '../../activities/preview.js';
import type { ConnectionTest } from '../../domain/it-glue-connection.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { connectionsNearLapse, connectionsWaitedFor, createPreview, findConnection, getPreview, newId, noteRefused, putConnection, recordExportOutcome, removeConnection, reportedRecords, tellOfLapsingKey } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { openConnections, type TestConnections } from '../support/connection.js';
import { exportOrder, openRun, runExport } from '../support/export-run.js';
import { createSampleClient, putInStage, type SampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

const day = 24 * 3_600_000;
const readable = { organizationTypes: 'readable', organizationStatuses: 'readable', configurationTypes: 'readable', contactTypes: 'readable', passwordCategories: 'readable' };

describe('a tenant\'s IT Glue connection', () => {
  let test: TestStore;
  let sandbox: Sandbox;
  let connections: TestConnections;
  let tenantId: string;

  beforeAll(async () => {
    test = await openTestStore();
    tenantId = test.tenants[0]!.id;
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    for (const table of ['itGlueConnection', 'ledgerEntry', 'export', 'mail'] as const) await (test.store.db[table] as { deleteMany(): Promise<unknown> }).deleteMany();
    sandbox = await startItGlueSandbox();
    connections = await openConnections(test, sandbox);
  });
  afterEach(async () => {
    await connections.targets.close();
    await sandbox.close();
  });

  const mailsAbout = (template: string) => test.store.db.mail.findMany({ where: { tenantId, template } });
  const activities = () => createExportActivities({ store: test.store, targets: connections.targets, languageModel: null, temporal: null as never });
  const run = <T>(work: () => Promise<T>) => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) }).run(work) as Promise<T>;
  const found = async () => (await findConnection(test.store, tenantId))!;

  async function exportAll(client: SampleClient, exportId: string): Promise<void> {
    const input = { ...client.key, exportId };
    await run(() => activities().planExport(input));
    for (const resource of exportOrder) await run(() => activities().exportResource({ ...input, resource }));
    await run(() => activities().concludeExport(input));
  }

  async function tryOut(version: number): Promise<ConnectionTest> {
    await run(() => activities().testConnection({ tenantId, version, actorId: newId() }));
    return (await found()).lastTest!;
  }

  it('is found working by reading lists alone', async () => {
    const version = await connections.enter(sandbox.apiKey);
    sandbox.control.clearRequests();
    expect(await tryOut(version)).toEqual({ result: 'working', lists: readable, passwords: 'unknown' });
    expect((await found()).state).toBe('working');
    const requests = sandbox.control.requests(100);
    expect(requests.filter(({ method, path }) => method !== 'GET' || path.startsWith('/organizations') || path.startsWith('/passwords'))).toEqual([]);
    expect(requests.length).toBeGreaterThan(4);
  });

  it('tells Temporal that it is being tried, and read, while IT Glue takes its time, so that the death of a worker is noticed', { timeout: 30_000 }, async () => {
    const version = await connections.enter(sandbox.apiKey);
    const work = { try: () => activities().testConnection({ tenantId, version, actorId: newId() }), read: () => activities().refreshCatalogue({ tenantId }) };
    for (const one of [work.try, work.read]) {
      sandbox.control.setLatency(30_000);
      const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });
      const heard = new Promise((resolve) => environment.on('heartbeat', resolve));
      const ended = environment.run(one).catch(() => undefined);
      await heard;
      environment.cancel('CANCELLED');
      sandbox.control.setLatency(0);
      await ended;
    }
  });

  it('tells by an exported password whether the key may read values', async () => {
    await connections.enter(sandbox.apiKey);
    const client = await createSampleClient(test);
    await runExport(test, (await connections.targets.of(tenantId))!.target, client.key, await openRun(test, client.key));
    expect((await tryOut((await found()).version)).passwords).toBe('yes');
    const limited = sandbox.control.addKey({ label: 'limited', passwordAccess: false }).key;
    expect((await tryOut(await connections.enter(limited))).passwords).toBe('no');
    expect((await found()).passwordAccess).toBe('no');
  });

  it('is found out by the first password of an export, before more than one loses its value', async () => {
    const limited = sandbox.control.addKey({ label: 'limited', passwordAccess: false }).key;
    await connections.enter(limited);
    const client = await createSampleClient(test);
    const exportId = await openRun(test, client.key);
    const go = () => exportAll(client, exportId);
    await expect(go()).rejects.toMatchObject({ type: 'ExportBlocked', details: ['no_password_access'] });
    await expect(go()).rejects.toMatchObject({ details: ['no_password_access'] });
    expect((await found()).passwordAccess).toBe('no');
    expect((await readAccount(sandbox, client.company)).passwords).toHaveLength(1);
    const preview = await createPreview(test.store, client.key, (await test.actor('manager')).userId);
    await run(() => activities().buildPreview({ ...client.key, previewId: preview }));
    expect((await getPreview<Preview>(test.store, client.key, preview)).content).toMatchObject({ target: { passwordAccess: 'no' }, warnings: [expect.stringContaining('Password Access')] });

    await connections.enter(sandbox.apiKey);
    expect((await tryOut((await found()).version)).passwords).toBe('unknown');
    await go();
    expect((await found()).passwordAccess).toBe('yes');
    const { passwords } = await readAccount(sandbox, client.company);
    expect(passwords.map((one) => Boolean(one['password'])).sort()).toEqual([false, true, true, true]);
    const told = [];
    for await (const record of reportedRecords(test.store, client.key)) if (record.problems.length > 0) told.push(record);
    expect(told).toMatchObject([{ state: 'created', resource: 'password', problems: [{ field: 'password' }] }]);
  });

  it('is refused when the key was revoked, and no export sends anything then', async () => {
    const version = await connections.enter(sandbox.apiKey);
    sandbox.control.revokeKey('default');
    expect((await tryOut(version)).result).toBe('key_refused');
    expect((await found()).state).toBe('refused');
    expect(await mailsAbout('key_refused'), 'its Administrators hear').toHaveLength(1);

    const client = await createSampleClient(test);
    const exportId = await openRun(test, client.key);
    sandbox.control.clearRequests();
    await run(() => activities().planExport({ ...client.key, exportId }));
    await expect(run(() => activities().exportResource({ ...client.key, exportId, resource: 'organization' }))).rejects.toMatchObject({ type: 'ExportBlocked', details: ['key_refused'] });
    expect(sandbox.control.requestCount()).toBe(0);
  });

  it('is refused as soon as a preview meets a revoked key', async () => {
    await connections.enter(sandbox.apiKey);
    sandbox.control.revokeKey('default');
    const client = await createSampleClient(test);
    const previewId = await createPreview(test.store, client.key, (await test.actor('manager')).userId);
    await expect(run(() => activities().buildPreview({ ...client.key, previewId }))).rejects.toMatchObject({ details: ['key_refused'] });
    expect((await found()).state).toBe('refused');
  });

  it('is limited, not refused, when a list is closed to the key', async () => {
    const version = await connections.enter(sandbox.apiKey);
    sandbox.control.addFaults({ fault: 'html404', method: 'GET', route: '/organization_types' });
    expect(await tryOut(version)).toMatchObject({ result: 'limited', lists: { ...readable, organizationTypes: 'no_access' } });
    expect((await found()).state).toBe('working');
  });

  it('is refused when the key opens another account than unfinished exports are in', async () => {
    const client = await createSampleClient(test);
    await putInStage(test.store, client.key, 'export_blocked');
    const elsewhere = { ...client.key, resource: 'organization', kind: 'company', recordId: client.ids.get(client.company) ?? newId(), sequence: 0, state: 'created', itGlueId: '987654321', settledAt: new Date() };
    await test.store.db.ledgerEntry.create({ data: { id: newId(), ...elsewhere } });
    expect((await tryOut(await connections.enter(sandbox.apiKey))).result).toBe('other_account');
    expect((await found()).state).toBe('refused');
    await putInStage(test.store, client.key, 'deleted');
    expect((await tryOut((await found()).version)).result).toBe('working');
  });

  it('says nothing about the key while IT Glue cannot be reached', async () => {
    const version = await connections.enter(sandbox.apiKey);
    await tryOut(version);
    sandbox.control.addFaults({ fault: 'cutBeforeCommit' });
    expect((await tryOut(version)).result).toBe('unreachable');
    expect((await found()).state).toBe('working');
  });

  it('does not open in another tenant\'s row', async () => {
    await connections.enter(sandbox.apiKey);
    const { sealedKey } = await found();
    await connections.enter(sandbox.apiKey, 1);
    const other = test.tenants[1]!.id;
    await test.store.db.itGlueConnection.update({ where: { tenantId: other }, data: { sealedKey: new Uint8Array(sealedKey), version: { increment: 1 } } });
    await expect(connections.targets.of(other)).rejects.toThrow('does not open at its place');
  });

  it('is opened once for each version, and notes its use at most once an hour', async () => {
    await connections.enter(sandbox.apiKey);
    const first = (await connections.targets.of(tenantId))!.target;
    expect((await connections.targets.of(tenantId))!.target).toBe(first);
    await first.api.organizationTypes.list();
    await expect.poll(async () => (await found()).lastUsedAt).not.toBeNull();
    const { lastUsedAt } = await found();
    await first.api.organizationTypes.list();
    expect((await found()).lastUsedAt).toEqual(lastUsedAt);

    await connections.enter(sandbox.apiKey);
    expect((await connections.targets.of(tenantId))!.target).not.toBe(first);
    expect((await found()).lastUsedAt).toBeNull();
  });

  it('is known by a hash of its key where the pace is kept', async () => {
    await test.store.db.requestPace.deleteMany();
    await connections.enter(sandbox.apiKey);
    await (await connections.targets.of(tenantId))!.target.api.organizationTypes.list();
    const keys = (await test.store.db.requestPace.findMany()).map(({ key }) => key);
    expect(keys).toEqual([expect.stringMatching(/^it-glue\/[\w-]{43}$/)]);
  });

  it('is missing or taken away: exports wait for it', async () => {
    const client = await createSampleClient(test);
    const exportId = await openRun(test, client.key);
    const step = () => run(() => activities().exportResource({ ...client.key, exportId, resource: 'organization' }));
    await expect(step()).rejects.toMatchObject({ details: ['not_connected'] });
    const version = await connections.enter(sandbox.apiKey);
    await removeConnection(test.store, await test.actor('administrator'), version);
    await expect(step()).rejects.toMatchObject({ details: ['not_connected'] });
  });

  it('lets a refusal of the old key that is told after a new one works go on at once', async () => {
    const client = await createSampleClient(test);
    const exportId = await openRun(test, client.key);
    await connections.enter(sandbox.apiKey);
    const version = await connections.enter(sandbox.apiKey);
    expect((await recordExportOutcome(test.store, client.key, newId(), { state: 'blocked', blockedBy: 'key_refused' })).stage).toBe('exporting');
    await tryOut(version);
    const result = await recordExportOutcome(test.store, client.key, exportId, { state: 'blocked', blockedBy: 'key_refused' });
    expect(result.stage).toBe('exporting');
    const runs = await test.store.db.export.findMany({ where: client.key, orderBy: { number: 'asc' } });
    expect(runs.map(({ state, blockedBy }) => [state, blockedBy])).toEqual([['blocked', 'key_refused'], ['running', null]]);
    expect(result.exportId).toBe(runs[1]!.id);
  });

  it('is looked after: waited for by parked exports, unless it is refused', async () => {
    const version = await connections.enter(sandbox.apiKey);
    const client = await createSampleClient(test);
    const exportId = await openRun(test, client.key);
    await recordExportOutcome(test.store, client.key, exportId, { state: 'blocked', blockedBy: 'key_refused' });
    expect(await connectionsWaitedFor(test.store)).toMatchObject([{ tenantId, version }]);
    await noteRefused(test.store, tenantId, version);
    expect(await connectionsWaitedFor(test.store)).toEqual([]);
  });

  it('is named before its key lapses', async () => {
    await connections.enter(sandbox.apiKey);
    await connections.enter(sandbox.apiKey, 1);
    const now = new Date();
    const used = (tenant: number, days: number) => test.store.db.itGlueConnection.update({ where: { tenantId: test.tenants[tenant]!.id }, data: { lastUsedAt: new Date(now.getTime() - days * day) } });
    await used(0, 76);
    await used(1, 74);
    expect(await connectionsNearLapse(test.store, now)).toMatchObject([{ tenantId, lapsesAt: new Date(now.getTime() + 14 * day) }]);
    expect(await connectionsNearLapse(test.store, new Date(now.getTime() + 2 * day))).toHaveLength(2);
    const [lapsing] = await connectionsNearLapse(test.store, now);
    for (const later of [0, 1, 24]) await tellOfLapsingKey(test.store, lapsing!, new Date(now.getTime() + later * 3_600_000));
    expect(await mailsAbout('key_near_lapse'), 'to the Administrator, once in five days').toHaveLength(1);
  });

  it('refuses a change that saw an older one', async () => {
    await connections.enter(sandbox.apiKey);
    await expect(putConnection(test.store, await test.actor('administrator'), { region: 'stand_in', webUrl: null, key: null, seen: 7 })).rejects.toMatchObject({ code: 'stale_version' });
  });
});
