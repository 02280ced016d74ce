import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allKinds } from '../../domain/kinds/index.js';
import { removeExpiredDownloads } from '../../store/index.js';
import { ProcessUnavailable } from '../../api/process.js';
import { openZip } from '../support/aes-zip.js';
import { download, passphrase } from './downloading.js';
import { importFile, openClient, xlsx } from './importing.js';
import { newClient, promptProcess, startTestApi, userId, type Answer, type TestApi } from './support.js';

let test: TestApi;
let client: string;
let url: string;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());
beforeEach(async () => {
  client = await openClient(test);
  url = `/v1/clients/${client}/downloads`;
  test.process = promptProcess(test.store, test.asked, test.privateKey);
});

type Validator = ((document: unknown) => boolean) & { errors?: unknown };

/** The validator that the web framework brings along. */
function compiled(schema: object): Validator {
  const framework = createRequire(createRequire(import.meta.url).resolve('fastify'));
  const brought = createRequire(framework.resolve('@fastify/ajv-compiler'));
  const { Ajv2020 } = brought('ajv/dist/2020.js') as { Ajv2020: new (options: object) => { compile(schema: object): Validator } };
  const addFormats = brought('ajv-formats') as (ajv: unknown) => void;
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats(ajv);
  return ajv.compile(schema);
}

const ask = (body: object, who: 'manager' | 'onboarding_engineer' | 'administrator' = 'manager') => test.call(who, 'POST', url, body);
const secret = 'zq-Hunter2-zq';
const addPassword = () => importFile(test, client, 'passwords', `Name,Password,One-time password secret\nRoot,${secret},JBSWY3DPEHPK3PXP\n`);
const history = async () => (await test.call('administrator', 'GET', `/v1/clients/${client}/activity?limit=20`)).body.items as { action: string; words: string; details: Record<string, unknown> }[];
const chunks = () => test.store.db.downloadChunk.count({ where: { clientId: client } });

async function addFile(name: string, bytes: string): Promise<string> {
  const record = await test.call('manager', 'POST', `/v1/clients/${client}/attachments`, { fields: { fileName: name } });
  await test.call('manager', 'PUT', `/v1/clients/${client}/attachments/${record.body.id}/content`, Buffer.from(bytes), { 'content-type': 'application/octet-stream' });
  return record.body.id as string;
}

describe('a download', () => {
  it.each([
    ['json', {}, 'application/json', 'json'],
    ['csv', {}, 'application/zip', 'zip'],
    ['xlsx', {}, xlsx, 'xlsx'],
    ['json', { attachments: 'include' }, 'application/zip', 'zip'],
    ['xlsx', { attachments: 'include' }, 'application/zip', 'zip'],
  ] as const)('as %s with %j is a file named after the client that no browser shows or keeps', async (format, more, type, extension) => {
    const made = await ask({ format, ...more });
    expect([made.status, made.body.state, made.body.passwords]).toEqual([201, 'ready', false]);
    const answer = await test.call('onboarding_engineer', 'GET', `${made.headers['location'] as string}/content`);
    expect(answer.headers).toMatchObject({ 'content-length': String(made.body.size), 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(answer.headers['content-type']).toContain(type);
    expect(answer.headers['content-disposition']).toMatch(new RegExp(`^attachment; filename="Company \\d+\\.${extension}"`));
    expect(answer.bytes).toHaveLength(made.body.size);
  });

  it('is listed with how far it is and until when it is kept, for everybody who may download', async () => {
    await importFile(test, client, 'sites', 'Name\nMain\nBranch\n');
    const made = await ask({ format: 'csv' });
    const [listed] = (await test.call('administrator', 'GET', url)).body.items as Record<string, unknown>[];
    expect(listed).toEqual(made.body);
    expect(listed).toMatchObject({ rows: { done: 3, total: 3 }, files: { done: 0, total: 0 }, changedMeanwhile: false, createdBy: await userId(test, 'manager') });
    expect((Date.parse(String(listed!['expiresAt'])) - Date.parse(String(listed!['createdAt']))) / 3_600_000).toBeCloseTo(24, 1);
  });

  it('leaves passwords out, their columns too, unless they are asked for', async () => {
    await addPassword();
    expect((await download(test, client, { format: 'json' })).text).not.toContain(secret);
    const table = (await openZip((await download(test, client, { format: 'csv' })).bytes)).get('passwords.csv')!.toString();
    expect(table).not.toContain(secret);
    expect(table.split('\r\n')[0]!.split(',')).not.toContain('Password');
  });

  it('is in the history with each step', async () => {
    const made = await ask({ format: 'xlsx', attachments: 'include' });
    await test.call('manager', 'GET', `${url}/${made.body.id}/content`);
    await test.call('manager', 'DELETE', `${url}/${made.body.id}`);
    expect((await history()).slice(0, 4).map(({ action, words }) => [action, words])).toEqual([
      ['download.removed', 'Your organization removed a download as Excel, files included.'],
      ['download.fetched', 'Your organization fetched the data as Excel, files included.'],
      ['download.built', 'The system wrote the data into a file, as Excel, files included.'],
      ['download.asked', 'Your organization asked for the data as Excel, files included.'],
    ]);
    expect((await test.call('manager', 'GET', `${url}/${made.body.id}`)).status).toBe(404);
    expect(await chunks()).toBe(0);
  });

  it('has a ZIP in which files of one name have places of their own', async () => {
    const ids = [await addFile('Plan.pdf', 'first'), await addFile('plan.PDF', 'second'), await addFile('Übersicht.txt', 'third')];
    const files = await openZip((await download(test, client, { format: 'json', attachments: 'include' })).bytes);
    expect([...files.keys()]).toEqual(['client.json', 'files/Plan.pdf', 'files/plan (2).PDF', 'files/Übersicht.txt']);
    const document = JSON.parse(files.get('client.json')!.toString()) as { kinds: { attachment: { id: string; file: { path: string; size: number } }[] } };
    const bytes = ids.map((id) => files.get(document.kinds.attachment.find((one) => one.id === id)!.file.path)!.toString());
    expect(bytes).toEqual(['first', 'second', 'third']);
  });

  it('is gone when its time is over, whether or not somebody has cleared up yet', async () => {
    const made = await ask({ format: 'json' });
    await test.store.db.download.update({ where: { id: made.body.id as string }, data: { expiresAt: new Date(Date.now() - 1) } });
    for (const path of ['', '/content']) expect((await test.call('manager', 'GET', `${url}/${made.body.id}${path}`)).status).toBe(404);
    expect((await test.call('manager', 'GET', url)).body.items).toEqual([]);
    expect(await chunks()).toBeGreaterThan(0);
    while ((await removeExpiredDownloads(test.store, new Date())) > 0);
    expect(await chunks()).toBe(0);
  });

  it('is made once for an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': `key-${client}` };
    const [first, second] = [await test.call('manager', 'POST', url, { format: 'json' }, headers), await test.call('manager', 'POST', url, { format: 'json' }, headers)];
    expect(second.body.id).toBe(first.body.id);
    expect((await test.call('manager', 'POST', url, { format: 'csv' }, headers)).body.code).toBe('key_reused');
  });

  it('says that it is being built, holds no more than two of them at once, and ten altogether', async () => {
    test.process = promptProcess(test.store, test.asked);
    const waiting = await ask({ format: 'json' });
    expect([waiting.status, waiting.body.state, waiting.headers['retry-after']]).toEqual([202, 'building', '1']);
    const early = await test.call('manager', 'GET', `${url}/${waiting.body.id}/content`);
    expect([early.status, early.body.code]).toEqual([409, 'wrong_stage']);
    await ask({ format: 'json' });
    expect((await ask({ format: 'json' })).body).toMatchObject({ code: 'limit_reached', detail: '2 downloads of this client are being built; wait for them, or remove one' });
    await test.store.db.download.updateMany({ where: { clientId: client }, data: { state: 'failed' } });
    test.process = promptProcess(test.store, test.asked, test.privateKey);
    for (let kept = 2; kept < 10; kept += 1) expect((await ask({ format: 'json' })).status).toBe(201);
    expect((await ask({ format: 'json' })).body.detail).toContain('10 downloads of this client are kept');
  });

  it('is not kept when nobody can be asked to build it', async () => {
    test.process = { ...test.process, buildDownload: () => Promise.reject(new ProcessUnavailable('temporal_unavailable')) };
    expect((await ask({ format: 'json' })).status).toBe(503);
    expect((await test.call('manager', 'GET', url)).body.items).toEqual([]);
  });

  it.each([
    [{ format: 'pdf' }, 400, 'format'],
    [{ format: 'csv', passwords: 'yes' }, 400, 'passwords'],
    [{ format: 'csv', passwords: 'include' }, 422, 'passphrase'],
    [{ format: 'csv', passwords: 'include', passphrase: 'short one' }, 422, 'passphrase'],
    [{ format: 'csv', passwords: 'include', passphrase: 'zwölf Boxkämpfer jagen Eva' }, 422, 'passphrase'],
    [{ format: 'csv', passwords: 'include', passphrase: 'passwordpassword1234' }, 422, 'passphrase'],
    [{ format: 'csv', passphrase }, 422, 'passphrase'],
  ])('asked for as %j is refused with %i', async (body, status, field) => {
    const answer = await ask(body);
    expect([answer.status, answer.body.errors[0].field]).toEqual([status, field]);
    expect((await test.call('manager', 'GET', url)).body.items).toEqual([]);
  });

  it('of another client, or of another tenant, is not there', async () => {
    const { id } = (await ask({ format: 'json' })).body as { id: string };
    const other = await newClient(test);
    for (const path of ['', '/content']) {
      expect((await test.call('manager', 'GET', `/v1/clients/${other}/downloads/${id}${path}`)).status).toBe(404);
      expect((await test.call({ token: test.token('manager', 1) }, 'GET', `${url}/${id}${path}`)).status).toBe(404);
    }
    expect((await test.call({ token: test.token('manager', 1) }, 'DELETE', `${url}/${id}`)).status).toBe(404);
  });
});

describe('a download with passwords', () => {
  beforeEach(addPassword);
  const withPasswords = { passwords: 'include', passphrase } as const;

  it.each([['json', 'client.json'], ['csv', 'passwords.csv'], ['xlsx', 'client.xlsx']] as const)('as %s is an encrypted ZIP that opens with the passphrase alone', async (format, name) => {
    const { bytes } = await download(test, client, { format, passwords: 'include' });
    expect(bytes.includes(secret)).toBe(false);
    await expect(openZip(bytes, 'violet kettle Monday 17 herrinG')).rejects.toThrow('Wrong passphrase');
    const files = await openZip(bytes, passphrase);
    expect([...files.keys()]).toContain(name);
    if (format !== 'xlsx') expect(files.get(name)!.toString()).toContain(secret);
  });

  it('is told to the client\'s managers by mail, and is fetched by nobody but the person who asked', async () => {
    await test.store.db.mail.deleteMany({ where: { template: 'secrets_shown' } });
    const made = await ask({ format: 'json', ...withPasswords }, 'onboarding_engineer');
    const mails = await test.store.db.mail.findMany({ where: { template: 'secrets_shown' } });
    expect(mails.map((mail) => mail.userId)).toEqual([await userId(test, 'manager')]);
    const content = `${url}/${made.body.id}/content`;
    expect((await test.call('administrator', 'GET', content)).body).toMatchObject({ code: 'forbidden' });
    expect((await test.call('onboarding_engineer', 'GET', content)).status).toBe(200);
    expect((await history()).filter(({ action }) => action.startsWith('download.')).map(({ action, details }) => [action, details['passwords']])).toEqual([
      ['download.fetched', 'included'],
      ['download.built', 'included'],
      ['download.asked', 'included'],
    ]);
  });

  it('keeps the passphrase sealed to the workers until it is built, and nowhere after that', async () => {
    test.process = promptProcess(test.store, test.asked);
    const made = await ask({ format: 'json', ...withPasswords });
    const row = () => test.store.db.download.findUniqueOrThrow({ where: { id: made.body.id as string } });
    const sealed = (await row()).passphrase!;
    const owner = { tenantId: test.tenants[0]!.id, clientId: client };
    const opened = await test.store.vault.open(owner, { table: 'Download', row: made.body.id as string, field: 'passphrase' }, sealed);
    expect(Buffer.from(opened).includes(passphrase)).toBe(false);
    await promptProcess(test.store, [], test.privateKey).buildDownload({ ...owner, downloadId: made.body.id as string }, new Date());
    expect(await row()).toMatchObject({ state: 'ready', passphrase: null });
    expect(test.log.join('')).not.toContain(passphrase);
    expect(JSON.stringify(await history())).not.toContain(passphrase);
  });
});

describe('the JSON download', () => {
  it('holds every record with fields, links, answers and authors, and all that was said about them', async () => {
    await importFile(test, client, 'sites', 'Name,City\nMain,Salem\n');
    await importFile(test, client, 'configurations', 'Name,Make,Model,Site\n=DC01,Dell,R740,Main\n');
    const device = (await test.call('manager', 'GET', `/v1/clients/${client}/configurations`)).body.items[0] as { id: string; version: number };
    await test.call('onboarding_engineer', 'PATCH', `/v1/clients/${client}/configurations/${device.id}`, { version: device.version, fields: { hostname: 'dc01' }, answers: { assetTag: { answer: 'not_known', reason: 'Worn off' } } });
    await test.call('manager', 'PUT', `/v1/clients/${client}/sections/msp/pages/vendors/answer`, { answer: 'none' });
    const { stage } = await test.store.db.client.findUniqueOrThrow({ where: { id: client } });
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'msp' } });
    await test.call('manager', 'POST', `/v1/clients/${client}/sections/msp/questions`, { recordId: device.id, text: 'Where does it stand?' });
    await test.store.db.client.update({ where: { id: client }, data: { stage } });
    const { body } = await download(test, client, { format: 'json' });
    expect(Object.keys(body.kinds)).toEqual(allKinds.map((kind) => kind.name));
    const [site, configuration] = [body.kinds.site[0], body.kinds.configuration[0]];
    expect(configuration).toMatchObject({
      id: device.id,
      title: '=DC01',
      fields: { name: '=DC01', hostname: 'dc01', assetTag: null },
      references: { site: { id: site.id, title: 'Main' }, model: { title: 'R740' } },
      answers: { assetTag: { answer: 'not_known', reason: 'Worn off' } },
      entered: { hostname: { by: await userId(test, 'onboarding_engineer'), party: 'internal' } },
      created: { by: await userId(test, 'administrator') },
    });
    expect(body.pageAnswers).toMatchObject([{ page: 'vendors', answer: 'none' }]);
    expect(body.questions).toMatchObject([{ recordId: device.id, messages: [{ text: 'Where does it stand?' }] }]);
    expect(body.people.map((person: { id: string }) => person.id)).toEqual(expect.arrayContaining([await userId(test, 'manager'), await userId(test, 'onboarding_engineer'), await userId(test, 'administrator')]));
  });

  it('is as its published schema says, which is the one in docs/', async () => {
    await addPassword();
    await addFile('a.txt', 'x');
    const published = (await test.call('manager', 'GET', '/v1/schemas/client')).body as object;
    expect(published).toEqual(JSON.parse(await readFile(new URL('../../docs/client.schema.json', import.meta.url), 'utf8')));
    const validate = compiled(published);
    const plain = (await download(test, client, { format: 'json' })) as Answer;
    const whole = JSON.parse((await openZip((await download(test, client, { format: 'json', passwords: 'include', attachments: 'include' })).bytes, passphrase)).get('client.json')!.toString()) as { kinds: { password: object[] } };
    for (const document of [plain.body, whole]) expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    whole.kinds.password[0] = { ...whole.kinds.password[0], position: 'first' };
    expect(validate(whole)).toBe(false);
  });
});
