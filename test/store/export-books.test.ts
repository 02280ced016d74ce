import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportUnit } from '../../domain/it-glue/index.js';
import {
  beginRequest,
  rewriteRecord,
  claimName,
  createPreview,
  endRequest,
  entryOf,
  exportFailures,
  exportProgress,
  failPreview,
  fillPreview,
  forgetOldRequests,
  forgetRequest,
  getClientRow,
  getPreview,
  ledgerCounts,
  markCreated,
  markFailed,
  markIntended,
  markPlanned,
  StepTaken,
  takeSteps,
  openEntries,
  planLedger,
  releaseName,
  settledIds,
  settleName,
  type ClientKey,
  type ExportStepName,
  type Store,
} from '../../store/index.js';
import { kindOf } from '../../domain/kinds/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { newClient, refusalOf, unitsOf } from './support.js';

let test: TestStore;
let store: Store;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
});
afterAll(() => test.close());

async function planned(): Promise<{ client: ClientKey; ids: ReadonlyMap<string, string>; units: readonly ExportUnit[] }> {
  const { key: client, ids } = await createSampleClient(test, { people: 2, configurations: 2, passwords: 2 });
  const units = await unitsOf(store, client);
  await planLedger(store, client, units);
  return { client, ids, units };
}
const now = new Date();

const take = async (client: ClientKey, step: ExportStepName) => (await takeSteps(store, client, [step])).get(step)!;

describe('the ledger', () => {
  it('has one entry for each unit of the plan, in its order, however often it is planned', async () => {
    const { client, units } = await planned();
    await planLedger(store, client, units);
    const rows = await store.db.ledgerEntry.findMany({ where: { clientId: client.clientId }, orderBy: { sequence: 'asc' } });
    expect(rows.map((row) => [row.resource, row.recordId, row.parentRecordId])).toEqual(units.map((unit) => [unit.resource, unit.recordId, unit.parent?.recordId ?? null]));
    expect(await ledgerCounts(store, client)).toEqual({ planned: units.length });
  });

  it('keeps what was sent or created over a new plan, and plans again what was refused', async () => {
    const { client, units } = await planned();
    const [a, b, c] = await openEntries(store, client, 'contact', 3);
    await markIntended(store, await take(client, 'contact'), [a!.id, b!.id], now);
    await markCreated(store, [{ id: b!.id, itGlueId: '77' }]);
    await markFailed(store, c!.id, [{ field: 'email', message: 'is taken' }]);
    expect(await exportFailures(store, client)).toMatchObject([{ recordId: c!.recordId, problems: [{ field: 'email', message: 'is taken' }] }]);
    await planLedger(store, client, units);
    expect(await ledgerCounts(store, client)).toEqual({ intended: 1, created: 1, planned: units.length - 2 });
    expect(await exportFailures(store, client)).toEqual([]);
  });

  it('drops what is no longer planned and was never sent, but never what may exist in IT Glue', async () => {
    const { client, units } = await planned();
    const [a, b, c] = await openEntries(store, client, 'configuration', 2).then(async (found) => [...found, (await openEntries(store, client, 'password', 1))[0]!]);
    await markIntended(store, await take(client, 'configuration'), [a!.id, b!.id], now);
    await markCreated(store, [{ id: b!.id, itGlueId: '77' }]);
    await planLedger(store, client, units.filter((unit) => ![a!, b!, c!].some((entry) => entry.recordId === unit.recordId)));
    expect([await entryOf(store, client, 'configuration', a!.recordId), await entryOf(store, client, 'configuration', b!.recordId)].map((entry) => entry?.state)).toEqual(['intended', 'created']);
    expect(await entryOf(store, client, 'password', c!.recordId)).toBeNull();
  });

  it('follows a record that was hung elsewhere while the export was blocked, unless it was sent', async () => {
    const { client, ids } = await planned();
    const engineer = await test.actor('onboarding_engineer');
    await putInStage(store, client, 'export_blocked');
    const [rack, overview] = [ids.get('rack.txt')!, ids.get('overview.txt')!];
    const sent = (await entryOf(store, client, 'attachment', overview))!;
    await markIntended(store, await take(client, 'attachment'), [sent.id], now);
    for (const id of [rack, overview]) await rewriteRecord(store, client, engineer, kindOf('attachment'), id, { version: 2, fields: {}, references: { parent: ids.get('Lab')! } });
    await planLedger(store, client, await unitsOf(store, client));
    expect((await entryOf(store, client, 'attachment', rack))!.parent).toEqual({ resource: 'location', recordId: ids.get('Lab') });
    expect((await entryOf(store, client, 'attachment', overview))!.parent).toEqual(sent.parent);
  });

  it('never gives a created entry another id, state or request', async () => {
    const { client } = await planned();
    const [entry] = await openEntries(store, client, 'contact', 1);
    const hold = await take(client, 'contact');
    await markIntended(store, hold, [entry!.id], now);
    await markCreated(store, [{ id: entry!.id, itGlueId: '77' }]);
    await markCreated(store, [{ id: entry!.id, itGlueId: '88' }]);
    await markFailed(store, entry!.id, [{ field: null, message: 'x' }]);
    await expect(markIntended(store, hold, [entry!.id], new Date())).rejects.toBeInstanceOf(StepTaken);
    await markPlanned(store, hold, [entry!.id]);
    expect(await entryOf(store, client, 'contact', entry!.recordId)).toMatchObject({ state: 'created', itGlueId: '77', attempts: 1 });
    expect(await settledIds(store, client, ['contact'])).toEqual(new Map([[`contact/${entry!.recordId}`, '77']]));
  });

  it('takes no intent from an attempt whose step another one has taken over, and leaves that one alone', async () => {
    const { client } = await planned();
    const [a, b] = await openEntries(store, client, 'location', 2);
    const old = await take(client, 'location');
    const now = await take(client, 'location');
    await markIntended(store, now, [a!.id], new Date());
    await expect(markIntended(store, old, [b!.id], new Date())).rejects.toBeInstanceOf(StepTaken);
    await markPlanned(store, old, [a!.id]);
    expect((await openEntries(store, client, 'location', 9)).map((entry) => entry.state)).toEqual(['intended', 'planned']);
  });

  it('counts each request and knows which entries are open', async () => {
    const { client } = await planned();
    const [a, b] = await openEntries(store, client, 'location', 2);
    const hold = await take(client, 'location');
    await markIntended(store, hold, [a!.id], now);
    await markPlanned(store, hold, [a!.id, b!.id]);
    await markIntended(store, hold, [a!.id], now);
    expect((await openEntries(store, client, 'location', 9)).map((entry) => [entry.state, entry.attempts])).toEqual([['intended', 2], ['planned', 0]]);
    await markCreated(store, [{ id: a!.id, itGlueId: '1' }], 'existing');
    await markFailed(store, b!.id, []);
    expect((await exportProgress(store, client)).find((one) => one.resource === 'location')).toMatchObject({ resource: 'location', total: 2, done: 1, failed: 1, skipped: 0 });
  });

  it('is not another tenant’s to see', async () => {
    const { client, units } = await planned();
    const foreign = { ...client, tenantId: test.tenants[1]!.id };
    expect(await entryOf(store, foreign, units[0]!.resource, units[0]!.recordId)).toBeNull();
    expect(await openEntries(store, foreign, 'contact', 5)).toEqual([]);
    expect(await exportProgress(store, foreign)).toEqual([]);
  });
});

describe('a shared name', () => {
  const shared = () => ({ tenantId: test.tenants[0]!.id, list: 'manufacturer' as const, key: `Maker ${randomUUID()}` });
  const makeStale = (seconds: number) => store.db.$executeRaw`UPDATE "SharedName" SET "claimedAt" = now() - make_interval(secs => ${seconds}::int) WHERE "state" = 'intended'`;

  it('is won by one of many claimants, and known to all once it is settled', async () => {
    const name = shared();
    const claimants = Array.from({ length: 6 }, () => randomUUID());
    const claims = await Promise.all(claimants.map((claimant) => claimName(store, name, claimant)));
    expect(claims.filter((claim) => claim.state === 'ours')).toHaveLength(1);
    const winner = claimants[claims.findIndex((claim) => claim.state === 'ours')]!;
    expect(await claimName(store, { ...name, key: name.key.toUpperCase() }, winner), 'a retry keeps its claim').toEqual({ state: 'ours' });
    await settleName(store, name, '42');
    for (const claimant of claimants) expect(await claimName(store, name, claimant)).toEqual({ state: 'known', itGlueId: '42' });
  });

  it('passes to one other when its claimant is silent for two minutes; a late one changes nothing', async () => {
    const name = shared();
    const [dead, a, b] = [randomUUID(), randomUUID(), randomUUID()];
    await claimName(store, name, dead);
    await makeStale(119);
    expect(await claimName(store, name, a)).toEqual({ state: 'theirs' });
    await makeStale(121);
    expect((await Promise.all([claimName(store, name, a), claimName(store, name, b)])).map((claim) => claim.state).sort()).toEqual(['ours', 'theirs']);
    expect(await claimName(store, name, dead)).toEqual({ state: 'theirs' });
    await settleName(store, name, '42');
    await settleName(store, name, '43');
    expect(await claimName(store, name, dead)).toEqual({ state: 'known', itGlueId: '42' });
  });

  it('is free again when it is given up, and is another one in another tenant or list', async () => {
    const name = shared();
    const [a, b] = [randomUUID(), randomUUID()];
    await claimName(store, name, a);
    expect(await claimName(store, { ...name, tenantId: test.tenants[1]!.id }, b)).toEqual({ state: 'ours' });
    expect(await claimName(store, { ...name, list: 'contact_type' }, b)).toEqual({ state: 'ours' });
    await releaseName(store, name);
    expect(await claimName(store, name, b)).toEqual({ state: 'ours' });
  });
});

describe('a preview', () => {
  it('is built once, of a version of the data, and is its client’s only', async () => {
    const client = await newClient(test);
    const id = await createPreview(store, client, randomUUID());
    expect(await getPreview(store, client, id)).toMatchObject({ state: 'building', content: null, dataVersion: (await getClientRow(store, client)).version });
    await fillPreview(store, client, id, 7, { sites: ['HQ'] });
    expect(await getPreview(store, client, id)).toMatchObject({ state: 'ready', content: { sites: ['HQ'] }, dataVersion: 7 });
    await failPreview(store, client, id, 'it_glue_unavailable');
    expect((await getPreview(store, client, id)).state).toBe('ready');
    expect(await refusalOf(getPreview(store, await newClient(test), id))).toBe('not_found');
    expect(await refusalOf(createPreview(store, { ...client, tenantId: test.tenants[1]!.id }, randomUUID()))).toBe('not_found');
  });
});

describe('a request with an Idempotency-Key', () => {
  const request = () => ({ tenantId: test.tenants[0]!.id, actorId: randomUUID(), key: `key-${randomUUID()}`, clientId: null, fingerprint: 'POST /x {}' });

  it('is new once, running until it ends, and then answered the same', async () => {
    const one = request();
    const begun = await Promise.all([1, 2, 3].map(() => beginRequest(store, one)));
    expect(begun.map((answer) => answer.state).sort()).toEqual(['new', 'running', 'running']);
    await endRequest(store, one, { status: 201, body: { id: 'x', n: [1] } });
    expect(await beginRequest(store, one)).toEqual({ state: 'done', status: 201, body: { id: 'x', n: [1] } });
    expect(await beginRequest(store, { ...one, fingerprint: 'POST /y {}' })).toEqual({ state: 'different' });
  });

  it('is another one for another person, tenant or key, and new again after it failed', async () => {
    const one = request();
    await beginRequest(store, one);
    for (const other of [{ actorId: randomUUID() }, { tenantId: test.tenants[1]!.id }, { key: 'key-other' }]) expect((await beginRequest(store, { ...one, ...other })).state).toBe('new');
    await forgetRequest(store, one);
    expect((await beginRequest(store, one)).state).toBe('new');
    await endRequest(store, one, { status: 200, body: null });
    await forgetRequest(store, one);
    expect((await beginRequest(store, one)).state, 'an answer is not forgotten').toBe('done');
  });

  it('is forgotten after two days, a portion at a time, and one of yesterday is not', async () => {
    const [old, older, recent] = [request(), request(), request()];
    const ages: [typeof old, number][] = [[old, 49], [older, 72], [recent, 47]];
    for (const [one, hours] of ages) {
      await beginRequest(store, one);
      await endRequest(store, one, { status: 200, body: 'kept' });
      await store.db.idempotencyKey.updateMany({ where: { key: one.key }, data: { createdAt: new Date(Date.now() - hours * 3_600_000) } });
    }
    expect([await forgetOldRequests(store, new Date(), 1), await forgetOldRequests(store, new Date(), 1), await forgetOldRequests(store, new Date(), 1)]).toEqual([1, 1, 0]);
    expect([(await beginRequest(store, recent)).state, (await beginRequest(store, old)).state]).toEqual(['done', 'new']);
  });

  it('whose process died is taken over by one repetition after a minute', async () => {
    const one = request();
    await beginRequest(store, one);
    await store.db.idempotencyKey.updateMany({ where: { key: one.key }, data: { createdAt: new Date(Date.now() - 61_000) } });
    expect((await Promise.all([1, 2, 3].map(() => beginRequest(store, one)))).map((answer) => answer.state).sort()).toEqual(['new', 'running', 'running']);
  });
});
