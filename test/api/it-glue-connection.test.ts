import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ProcessUnavailable } from '../../api/process.js';
import { createExport, newId, noteRefused, noteTest, openAsWorker, settleExport, connectionPlace, type ClientKey } from '../../store/index.js';
import { dump } from '../store/support.js';
import { newClient, promptProcess, startTestApi, userId, type TestApi } from './support.js';

const url = '/v1/it-glue-connection';
const apiKey = 'ITG.0123456789abcdef0123456789abcdef';
const day = 24 * 3_600_000;

let test: TestApi;
let tenantId: string;
beforeAll(async () => {
  test = await startTestApi();
  tenantId = test.tenants[0]!.id;
});
afterAll(() => test.close());
beforeEach(async () => {
  test.process = promptProcess(test.store, test.asked);
  await test.store.db.itGlueConnection.deleteMany({});
});

const put = (body: unknown, headers = {}) => test.call('administrator', 'PUT', url, body, headers);
const get = async () => (await test.call('administrator', 'GET', url)).body;
const row = () => test.store.db.itGlueConnection.findUniqueOrThrow({ where: { tenantId } });

describe('the IT Glue connection', () => {
  it('is the administrators\' alone', async () => {
    for (const who of ['manager', 'sales_rep', 'onboarding_engineer'] as const) {
      expect((await test.call(who, 'GET', url)).status).toBe(403);
      expect((await test.call(who, 'PUT', url, { region: 'us', apiKey })).status).toBe(403);
      expect((await test.call(who, 'DELETE', url, { version: 1 })).status).toBe(403);
      expect((await test.call(who, 'POST', `${url}/test`, {})).status).toBe(403);
    }
  });

  it('is none at first, and is another tenant\'s never', async () => {
    expect(await get()).toMatchObject({ state: 'none', version: 0, keyEnding: null, region: null });
    await put({ region: 'us', apiKey });
    const other = await test.call({ token: test.token('administrator', 1) }, 'GET', url);
    expect(other.body).toMatchObject({ state: 'none', version: 0 });
  });

  it('shows a key by its last four characters, and tries it out', async () => {
    const before = test.asked.length;
    const answer = await put({ region: 'eu', webUrl: 'https://acme.eu.itglue.com/', apiKey: ` ${apiKey}\n` });
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { state: 'untested', version: 1, region: 'eu', apiUrl: 'https://api.eu.itglue.com', webUrl: 'https://acme.eu.itglue.com', keyEnding: 'cdef', keySetBy: await userId(test, 'administrator') },
    ]);
    expect(test.asked.slice(before)).toEqual(['test 1']);
  });

  it('keeps the key where only a worker can read it, and only for that tenant and region', async () => {
    await put({ region: 'us', apiKey });
    const { sealedKey } = await row();
    expect(await openAsWorker(test.privateKey, connectionPlace(tenantId, 'us'), sealedKey!)).toBe(apiKey);
    await expect(openAsWorker(test.privateKey, connectionPlace(test.tenants[1]!.id, 'us'), sealedKey!)).rejects.toThrow('does not open at its place');
    await expect(openAsWorker(test.privateKey, connectionPlace(tenantId, 'eu'), sealedKey!)).rejects.toThrow('does not open at its place');
  });

  it('never gives the key away: not in answers, not in the log, not in the database, not in errors', async () => {
    const answers = [await put({ region: 'us', apiKey }), await put({ region: 'mars', apiKey }), await put({ region: 'us', apiKey, extra: apiKey }), await put({ region: 'us', apiKey, version: 9 })];
    answers.push(await test.call('administrator', 'POST', `${url}/test`, {}), await put({ region: 'us', apiKey: `${apiKey} ${apiKey}`, version: 1 }));
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 409, 200, 400]);
    for (const { text } of answers) expect(text).not.toContain('0123456789');
    expect(test.log.join('\n')).not.toContain('0123456789');
    const hex = Buffer.from('0123456789abcdef').toString('hex');
    expect((await dump(test.store)).filter((one) => one.includes('0123456789abcdef') || one.includes(hex))).toEqual([]);
  });

  it('is changed only by who saw it as it is', async () => {
    await put({ region: 'us', apiKey });
    expect((await put({ region: 'us', apiKey })).body).toMatchObject({ code: 'stale_version' });
    expect((await put({ region: 'us', apiKey, version: 2 })).body).toMatchObject({ code: 'stale_version' });
    expect((await put({ region: 'us', apiKey }, { 'if-match': '"2"' })).status).toBe(412);
    expect((await put({ region: 'us', webUrl: 'https://acme.itglue.com', version: 1 })).body).toMatchObject({ version: 2, keyEnding: 'cdef', webUrl: 'https://acme.itglue.com' });
    expect((await test.call('administrator', 'DELETE', url, { version: 1 })).status).toBe(409);
    expect((await test.call('administrator', 'DELETE', url, { version: 2 })).body).toMatchObject({ state: 'none', version: 3, keyEnding: null });
    expect((await put({ region: 'us', apiKey })).body).toMatchObject({ state: 'untested', version: 4 });
  });

  it('keeps the web address when only the key is changed; another region has another one', async () => {
    const webUrl = 'https://acme.itglue.com';
    await put({ region: 'us', webUrl, apiKey });
    expect((await put({ region: 'us', apiKey, version: 1 })).body).toMatchObject({ version: 2, webUrl });
    expect((await put({ region: 'us', webUrl: null, version: 2 })).body).toMatchObject({ version: 3, webUrl: null, keyEnding: 'cdef' });
    await put({ region: 'us', webUrl, version: 3 });
    expect((await put({ region: 'eu', apiKey, version: 4 })).body).toMatchObject({ version: 5, webUrl: null });
  });

  it('says which field is wrong', async () => {
    const fault = async (body: object) => (await put({ region: 'us', apiKey, ...body })).body as { status: number; errors: { field: string }[] };
    expect(await fault({ apiKey: 'short' })).toMatchObject({ status: 400, errors: [{ field: 'apiKey' }] });
    expect(await fault({ webUrl: 'http://acme.itglue.com' })).toMatchObject({ status: 400, errors: [{ field: 'webUrl' }] });
    expect(await fault({ webUrl: 'https://acme.itglue.com/1?x' })).toMatchObject({ status: 400, errors: [{ field: 'webUrl' }] });
    expect(await fault({ region: 'stand_in', webUrl: 'https://acme.itglue.com' })).toMatchObject({ status: 422, errors: [{ field: 'webUrl' }] });
    expect((await put({ region: 'us' })).body).toMatchObject({ status: 422, errors: [{ field: 'apiKey', message: 'is needed' }] });
    await put({ region: 'us', apiKey });
    expect((await put({ region: 'eu', version: 1 })).body).toMatchObject({ status: 422, errors: [{ field: 'apiKey' }] });
    expect(await get()).toMatchObject({ region: 'us', version: 1 });
  });

  it('forgets what it knew of another account\'s lists when the region changes', async () => {
    await put({ region: 'us', apiKey });
    await test.store.db.sharedName.create({ data: { tenantId, resource: 'manufacturer', nameHash: 'x', state: 'known', itGlueId: '5', claimedBy: newId() } });
    await put({ region: 'us', apiKey, version: 1 });
    expect(await test.store.db.sharedName.count({ where: { tenantId } })).toBe(1);
    await put({ region: 'eu', apiKey, version: 2 });
    expect(await test.store.db.sharedName.count({ where: { tenantId } })).toBe(0);
  });

  it('is kept when nobody can try it out now, and says so when a person asks for the test', async () => {
    test.process = { ...test.process, testConnection: () => Promise.reject(new ProcessUnavailable('temporal_unavailable')) };
    expect((await put({ region: 'us', apiKey })).body).toMatchObject({ state: 'untested', version: 1 });
    expect((await test.call('administrator', 'POST', `${url}/test`, {})).body).toMatchObject({ status: 503, code: 'temporal_unavailable' });
    test.process = { ...test.process, testConnection: () => Promise.resolve('waiting') };
    const waiting = await test.call('administrator', 'POST', `${url}/test`, {});
    expect([waiting.status, waiting.body.code, waiting.headers['retry-after']]).toEqual([503, 'no_worker', '5']);
    test.process = { ...test.process, testConnection: () => Promise.resolve('running') };
    expect((await test.call('administrator', 'POST', `${url}/test`, {})).status).toBe(202);
  });

  it('tells what the last test found, and what somebody has to do', async () => {
    await put({ region: 'us', apiKey });
    await noteTest(test.store, tenantId, 1, { result: 'working', lists: { organizationTypes: 'readable' }, passwords: 'no' });
    const shown = await get();
    expect(shown).toMatchObject({ state: 'working', passwordAccess: 'no', lastTest: { result: 'working', lists: { organizationTypes: 'readable' } } });
    expect(shown.warnings).toEqual([expect.stringContaining('lacks "Password Access"')]);
    await noteRefused(test.store, tenantId, 1);
    expect((await get()).warnings[0]).toContain('does not accept the key');
  });

  it('leaves a test of an older key without effect', async () => {
    await put({ region: 'us', apiKey });
    await put({ region: 'us', apiKey: `${apiKey}00`, version: 1 });
    expect(await noteTest(test.store, tenantId, 1, { result: 'key_refused', lists: {}, passwords: 'unknown' })).toBeNull();
    expect(await noteRefused(test.store, tenantId, 1)).toBe('replaced');
    expect(await get()).toMatchObject({ state: 'untested', version: 2 });
  });

  it.each([
    [74, []],
    [76, [expect.stringMatching(/^IT Glue revokes the key on \d{4}-\d\d-\d\d/)]],
  ])('warns of a key that nobody has used for %i days', async (days, warnings) => {
    await put({ region: 'us', apiKey });
    const usedAt = new Date(Date.now() - days * day);
    await test.store.db.itGlueConnection.update({ where: { tenantId }, data: { lastUsedAt: usedAt } });
    expect(await get()).toMatchObject({ warnings, lapsesAt: new Date(usedAt.getTime() + 90 * day).toISOString() });
  });

  it('tells how many exports wait for it, and a waiting export tells why', async () => {
    await put({ region: 'us', apiKey });
    const client: ClientKey = { tenantId, clientId: await newClient(test) };
    const exportId = await createExport(test.store, client, { previewId: newId(), organizationTypeId: null, organizationStatusId: null, startedBy: await userId(test, 'manager') });
    await settleExport(test.store, client, exportId, { state: 'blocked', blockedBy: 'key_refused' });
    await test.store.db.client.update({ where: { id: client.clientId }, data: { stage: 'export_blocked' } });
    expect(await get()).toMatchObject({ waitingExports: 1 });
    const { body } = await test.call('manager', 'GET', `/v1/clients/${client.clientId}/exports/current`);
    expect(body).toMatchObject({ blockedBy: 'key_refused', message: expect.stringContaining('goes on by itself') });
  });
});
