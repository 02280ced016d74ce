import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExportEvents, streamsPerTenant } from '../../api/export-events.js';
import { ProcessUnavailable } from '../../api/process.js';
import { createExport, createPreview, exportSnapshot, fillPreview, newId, settleExport, type ClientKey } from '../../store/index.js';
import { newClient, previewContent, promptProcess, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
let base: string;
let client: ClientKey;
let url: string;
let exportId: string;
let records: { id: string; title: string }[];

beforeAll(async () => {
  test = await startTestApi();
  await test.app.listen({ host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${(test.app.server.address() as AddressInfo).port}`;
});
afterAll(() => test.close());

/** A client of four personnel whose export has created the organization and runs. */
beforeEach(async () => {
  client = { tenantId: test.tenants[0]!.id, clientId: await newClient(test) };
  url = `/v1/clients/${client.clientId}`;
  await stage('accounting');
  records = [];
  for (const firstName of ['=Ada', 'Ben', 'Cyd', 'Dan']) {
    const { body } = await test.call('manager', 'POST', `${url}/personnel`, { fields: { firstName } });
    records.push({ id: body.id as string, title: firstName });
  }
  const user = await userId(test, 'manager');
  const previewId = await createPreview(test.store, client, user);
  await fillPreview(test.store, client, previewId, 1, { ...previewContent, target: { ...previewContent.target, webUrl: 'https://acme.example' } });
  await stage('exporting');
  exportId = await createExport(test.store, client, { previewId, organizationTypeId: null, organizationStatusId: null, startedBy: user });
  const company = await test.store.db.record.findFirstOrThrow({ where: { clientId: client.clientId, kind: 'company' } });
  await enter('organization', 'company', company.id, 0, { state: 'created', itGlueId: '77', settledAt: new Date() });
  for (const [index, { id }] of records.entries()) await enter('contact', 'person', id, index + 1, {});
});
afterEach(() => {
  test.process = promptProcess(test.store, test.asked);
});

const stage = (name: string) => test.store.db.client.update({ where: { id: client.clientId }, data: { stage: name } });
const enter = (resource: string, kind: string, recordId: string, sequence: number, data: object) =>
  test.store.db.ledgerEntry.create({ data: { id: newId(), ...client, resource, kind, recordId, sequence, ...data } });
const settle = (index: number, data: object) => test.store.db.ledgerEntry.updateMany({ where: { recordId: records[index]!.id }, data: { settledAt: new Date(), ...data } });
const created = (index: number) => settle(index, { state: 'created', itGlueId: `9${index}` });
const refused = (index: number) => settle(index, { state: 'failed', problems: [{ field: 'email', message: 'is no address' }] });
const block = async () => {
  await settleExport(test.store, client, exportId, { state: 'blocked', blockedBy: 'records' });
  await stage('export_blocked');
};

describe('how far an export is', () => {
  it('shows each resource, the organization as soon as it is there, the rate and the time left', async () => {
    await test.store.db.export.update({ where: { id: exportId }, data: { startedAt: new Date(Date.now() - 30_000) } });
    await created(0);
    await created(1);
    const { body } = await test.call('manager', 'GET', `${url}/exports/current`);
    expect(body.exists).toBe('In IT Glue: 1 organization, 2 of 4 contacts');
    expect(body).toMatchObject({ organizationId: '77', organizationUrl: 'https://acme.example/77', state: 'running' });
    expect(body.progress).toEqual([
      { kind: 'organization', total: 1, done: 1, failed: 0, skipped: 0, planned: 0, unsettled: 0 },
      { kind: 'contact', total: 4, done: 2, failed: 0, skipped: 0, planned: 2, unsettled: 0 },
    ]);
    // Three records in half a minute.
    expect(body.rate).toBeGreaterThan(5);
    expect(body.rate).toBeLessThanOrEqual(6);
    expect(body.secondsLeft).toBeGreaterThanOrEqual(20);
    expect(body.secondsLeft).toBeLessThan(25);
  });

  it('promises no rate before anything is known, and none when nothing runs', async () => {
    expect((await test.call('manager', 'GET', `${url}/exports/current`)).body).toMatchObject({ rate: null, secondsLeft: null });
    await test.store.db.export.update({ where: { id: exportId }, data: { startedAt: new Date(Date.now() - 30_000) } });
    await block();
    expect((await test.call('manager', 'GET', `${url}/exports/current`)).body).toMatchObject({ rate: null, secondsLeft: null });
  });
});

describe('skipping', () => {
  const skip = (body: unknown, headers = {}) => test.call('onboarding_engineer', 'POST', `${url}/exports/current/skips`, body, headers);

  it('leaves a refused record out, once for a key', async () => {
    await refused(0);
    await block();
    const body = { records: [{ recordId: records[0]!.id, reason: ' Left the company ' }] };
    const headers = { 'idempotency-key': 'skip-once-1' };
    const first = await skip(body, headers);
    expect([first.status, first.body]).toEqual([200, { skipped: 1, together: 0 }]);
    expect((await skip(body, headers)).body).toEqual(first.body);
    const { body: current } = await test.call('manager', 'GET', `${url}/exports/current`);
    expect(current.progress[1]).toMatchObject({ failed: 0, skipped: 1 });
    expect((await test.call('manager', 'GET', `${url}/activity`)).text).toContain('left one refused record out of the export: Left the company.');
  });

  it('says what is wrong with the request, record by record', async () => {
    await refused(0);
    const one = { recordId: records[0]!.id, reason: 'No' };
    expect((await skip({ records: [one] })).body).toMatchObject({ code: 'wrong_stage', status: 409 });
    await block();
    expect((await skip({ records: [{ ...one, reason: ' ' }] })).body).toMatchObject({ status: 400, errors: [{ field: 'records[0].reason' }] });
    expect((await skip({ records: [one, one] })).body).toMatchObject({ status: 400, errors: [{ field: 'records', message: 'names a record twice' }] });
    expect((await skip({ records: [one, { recordId: records[1]!.id, reason: 'No' }] })).body).toMatchObject({
      status: 422,
      code: 'invalid',
      errors: [{ field: 'records[1].recordId', message: 'was not refused by IT Glue' }],
    });
    expect((await test.call('sales_rep', 'POST', `${url}/exports/current/skips`, { records: [one] })).status).toBe(403);
  });
});

describe('pausing and stopping', () => {
  it('leaves an answer that says exactly what exists, and of what it is not known', async () => {
    await created(0);
    await settle(1, { state: 'intended', settledAt: null });
    await settleExport(test.store, client, exportId, { state: 'blocked', blockedBy: 'cancelled' });
    await stage('export_blocked');
    const { body } = await test.call('manager', 'GET', `${url}/exports/current`);
    expect([body.blockedBy, body.exists]).toEqual(['cancelled', 'In IT Glue: 1 organization, 1 of 4 contacts; of 1 records it is not known yet, the next run finds out']);
    expect((await test.call('manager', 'GET', `${url}/exports/current/report.json`)).body.records).toHaveLength(5);
  });

  it('asks the run under way, and notes who did', async () => {
    const answer = await test.call('manager', 'POST', `${url}/exports/pause`);
    expect([answer.status, answer.body]).toMatchObject([202, { exportId, state: 'stopping' }]);
    expect(test.asked.at(-1)).toBe(`paused ${exportId}`);
    expect((await test.call('manager', 'POST', `${url}/exports/cancel`, {})).status).toBe(202);
    expect(test.asked.at(-1)).toBe(`cancelled ${exportId}`);
    const { text } = await test.call('manager', 'GET', `${url}/activity`);
    expect(text).toContain('Your organization asked the export to pause.');
    expect(text).toContain('Your organization asked the export to stop for good.');
  });

  it('says so when the request waits for a worker', async () => {
    test.process = { ...test.process, stopExport: () => Promise.resolve('waiting') };
    const { status, body } = await test.call('manager', 'POST', `${url}/exports/pause`);
    expect([status, body.state, body.message]).toEqual([202, 'waiting', 'No worker answers right now; the export stops as soon as one does']);
  });

  it('refuses when nothing runs, when no worker has begun it, and while the workflow service is away', async () => {
    test.process = { ...test.process, stopExport: () => Promise.resolve('absent') };
    expect((await test.call('manager', 'POST', `${url}/exports/pause`)).body).toMatchObject({ status: 503, code: 'no_worker' });
    test.process = { ...test.process, stopExport: () => Promise.reject(new ProcessUnavailable('temporal_unavailable')) };
    expect((await test.call('manager', 'POST', `${url}/exports/pause`)).body).toMatchObject({ status: 503, code: 'temporal_unavailable' });
    await block();
    expect((await test.call('manager', 'POST', `${url}/exports/pause`)).body).toMatchObject({ status: 409, code: 'wrong_stage' });
  });
});

interface Event {
  readonly event: string;
  readonly id: number;
  readonly data: { progress: { kind: string; done: number }[]; state: string };
}

/** Reads a stream of events until it ends; `seen` is filled as they come. */
async function follow(headers: Record<string, string> = {}) {
  const seen: Event[] = [];
  const request = get(`${base}${url}/exports/current/events`, { headers: { authorization: `Bearer ${test.token('manager')}`, ...headers } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
      if (fields['event']) seen.push({ event: fields['event'], id: Number(fields['id']), data: JSON.parse(fields['data']!) as Event['data'] });
    }
  });
  response.on('error', () => undefined);
  const ended = new Promise((resolve) => response.once('close', resolve));
  return { status: response.statusCode, type: response.headers['content-type'], seen, ended, close: () => request.destroy() };
}

describe('following an export', () => {
  it('tells each change with a rising id, goes on after the last one that was seen, and ends with the run', async () => {
    const first = await follow();
    expect([first.status, first.type]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await expect.poll(() => first.seen.length).toBe(1);
    await created(0);
    await expect.poll(() => first.seen.at(-1)!.data.progress[1]).toMatchObject({ kind: 'contact', done: 1, planned: 3 });
    first.close();

    const last = first.seen.at(-1)!.id;
    const second = await follow({ 'last-event-id': String(last) });
    await refused(1);
    await expect.poll(() => second.seen.length).toBe(1);
    await block();
    await second.ended;
    expect(second.seen.map((one) => one.event)).toEqual(['progress', 'settled']);
    expect(second.seen[1]!.data.state).toBe('blocked');
    const ids = [...first.seen, ...second.seen].map((one) => one.id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));

    // A browser comes back after the end: 204 tells it to stay away. Skipping is a change, and so is a new run.
    expect((await follow({ 'last-event-id': String(ids.at(-1)) })).status).toBe(204);
    await settle(1, { state: 'skipped' });
    const third = await follow({ 'last-event-id': String(ids.at(-1)) });
    await third.ended;
    expect(third.seen[0]!.id).toBeGreaterThan(ids.at(-1)!);
  });

  it('keeps a silent stream alive, asks the database once for all readers, and limits a tenant\'s streams', async () => {
    let reads = 0;
    const events = new ExportEvents((key) => {
      reads += 1;
      return exportSnapshot(test.store, key);
    }, { pollMs: 100, heartbeatMs: 50 });
    const now = await exportSnapshot(test.store, client);
    const streams = Array.from({ length: streamsPerTenant }, () => events.stream({ client, now, seen: null, show: () => ({}), stillMay: async () => true }));
    const texts = streams.map(() => '');
    streams.forEach((stream, index) => stream.on('data', (text: Buffer) => (texts[index] += text.toString())));
    await expect.poll(() => texts.every((text) => text.includes(': still running'))).toBe(true);
    expect(reads).toBeLessThan(streamsPerTenant);
    expect(() => events.stream({ client, now, seen: null, show: () => ({}), stillMay: async () => true })).toThrow('At most 20');
    events.stream({ client: { ...client, tenantId: newId() }, now, seen: null, show: () => ({}), stillMay: async () => true }).destroy();
    streams[0]!.destroy();
    await once(streams[0]!, 'close');
    events.stream({ client, now, seen: null, show: () => ({}), stillMay: async () => true }).resume();
    events.close();
  });

  it('ends for a reader who may not see it any more', async () => {
    const events = new ExportEvents((key) => exportSnapshot(test.store, key), { pollMs: 20, heartbeatMs: 20 });
    const now = await exportSnapshot(test.store, client);
    let may = true;
    const stream = events.stream({ client, now, seen: null, show: () => ({}), stillMay: async () => may });
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await expect.poll(() => text).toContain(': still running');
    may = false;
    await once(stream, 'end');
    events.close();
  });

  it('is closed to people who may not see exports', async () => {
    expect((await test.call('sales_rep', 'GET', `${url}/exports/current/events`)).status).toBe(403);
    expect((await test.call({ token: test.token('manager', 1) }, 'GET', `${url}/exports/current/events`)).status).toBe(404);
  });
});

describe('the report of an export', () => {
  beforeEach(async () => {
    await created(0);
    await refused(1);
    await settle(2, { state: 'intended', settledAt: null });
  });

  it('lists each record with its place in IT Glue and what was wrong, as JSON and as CSV', async () => {
    await refused(3);
    await block();
    await test.call('manager', 'POST', `${url}/exports/current/skips`, { records: [{ recordId: records[3]!.id, reason: 'Left' }] });
    const json = await test.call('manager', 'GET', `${url}/exports/current/report.json`);
    const lines = json.body.records as Record<string, unknown>[];
    expect(lines.map(({ title, state, itGlueId, link, problems }) => [title, state, itGlueId, link, problems])).toEqual([
      [lines[0]!['title'], 'created', '77', 'https://acme.example/77', ''],
      ['=Ada', 'created', '90', 'https://acme.example/77/contacts/90', ''],
      ['Ben', 'refused', null, null, 'email: is no address'],
      ['Cyd', 'not known yet', null, null, ''],
      ['Dan', 'skipped', null, null, 'skipped: Left; email: is no address'],
    ]);
    const csv = await test.call('manager', 'GET', `${url}/exports/current/report.csv`);
    expect(csv.headers['content-disposition']).toContain('.csv');
    const [header, , ada] = csv.text.split('\r\n');
    expect((await test.call('manager', 'GET', '/v1/audit?limit=1')).body.items).toMatchObject([{ action: 'export_report.downloaded', details: { format: 'csv' } }]);
    expect(header).toBe('\ufeffKind,Title,State,IT Glue id,Link,Problems');
    // No spreadsheet runs what a client typed.
    expect(ada).toMatch(/^[^,]+,'=Ada,created,90,https:\/\/acme\.example\/77\/contacts\/90,$/);
  });

  it('is there only once the export has stopped', async () => {
    expect((await test.call('manager', 'GET', `${url}/exports/current/report.csv`)).body).toMatchObject({ status: 409, code: 'wrong_stage' });
    await block();
    await stage('retention');
    expect((await test.call('manager', 'GET', `${url}/exports/current/report.csv`)).status).toBe(200);
    expect((await test.call('sales_rep', 'GET', `${url}/exports/current/report.csv`)).status).toBe(403);
  });
});
