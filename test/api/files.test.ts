import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PNG } from 'pngjs';
import { ZipFile } from 'yazl';
import { contentDisposition } from '../../api/content-disposition.js';
import { contentTypeOf } from '../../api/content-type.js';
import { allRecords } from '../../store/index.js';
import { newClient, startTestApi, type TestApi } from './support.js';

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const sample = new URL('../../examples/cascadia-dental/', import.meta.url);

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

async function openClient(): Promise<string> {
  const id = await newClient(test);
  // The one stage in which every section takes changes.
  await test.store.db.client.update({ where: { id }, data: { stage: 'export_blocked' } });
  return id;
}

async function importFile(client: string, path: string, file: string | Buffer, type = 'text/csv', query = '') {
  return test.call('administrator', 'POST', `/v1/clients/${client}/${path}/import${query}`, file, { 'content-type': type });
}

async function content(client: string) {
  const all = [];
  for await (const { kind, content, references } of allRecords(test.store, { tenantId: test.tenants[0]!.id, clientId: client })) all.push({ kind, content, references });
  return all;
}

describe('the bytes of an attachment', () => {
  const upload = async (name: string, bytes: Buffer | Readable, headers: Record<string, string> = {}) => {
    const url = `/v1/clients/${client}/attachments`;
    const record = await test.call('manager', 'POST', url, { fields: { fileName: name } });
    const answer = await test.call('manager', 'PUT', `${url}/${record.body.id}/content`, bytes, { 'content-type': 'text/html', ...headers });
    return { answer, url: `${url}/${record.body.id}/content` };
  };
  let client: string;
  beforeAll(async () => {
    client = await openClient();
  });

  it('come back as they were, typed by what they are, and never shown in a browser', async () => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(700_000, 7)]);
    const { answer, url } = await upload('Übergabe "A".pdf', bytes);
    expect(answer.body.fields).toMatchObject({ contentType: 'application/pdf', size: bytes.length });
    const back = await test.call('manager', 'GET', url);
    expect(back.bytes.equals(bytes)).toBe(true);
    expect(back.headers).toMatchObject({ 'content-type': 'application/pdf', 'content-length': String(bytes.length), 'x-content-type-options': 'nosniff' });
    expect(back.headers['content-disposition']).toBe(`attachment; filename="Ubergabe _A_.pdf"; filename*=UTF-8''%C3%9Cbergabe%20_A_.pdf`);
  });

  it('may be none, and are not there before they are uploaded', async () => {
    const { answer, url } = await upload('empty.txt', Buffer.alloc(0));
    expect(answer.body.fields).toMatchObject({ size: 0 });
    expect((await test.call('manager', 'GET', url)).bytes).toHaveLength(0);
    const record = await test.call('manager', 'POST', `/v1/clients/${client}/attachments`, { fields: { fileName: 'later' } });
    expect((await test.call('manager', 'GET', `/v1/clients/${client}/attachments/${record.body.id}/content`)).status).toBe(404);
  });

  it('are refused above 100 MB, and leave what was there', async () => {
    const { url } = await upload('a.txt', Buffer.from('first'));
    const announced = await test.call('manager', 'PUT', url, Buffer.from('x'), { 'content-type': 'application/octet-stream', 'content-length': String(101 * 1024 * 1024) });
    expect([announced.status, announced.body.code]).toEqual([413, 'too_large']);
    expect((await test.call('manager', 'GET', url)).text).toBe('first');
  });

  it.each([
    ['%PDF-1.4', 'application/pdf'],
    ['\u00ff\u00d8\u00ff\u00e0', 'image/jpeg'],
    ['GIF89a', 'image/gif'],
    ['hello\n', 'text/plain; charset=utf-8'],
    ['<script>', 'text/plain; charset=utf-8'],
    ['\u0000\u0002\u0003', 'application/octet-stream'],
  ])('that begin with %j are %s', async (head, type) => expect(await contentTypeOf(Buffer.from(head, 'latin1'))).toBe(type));

  it('that are a picture, an Office file or an archive are told apart', async () => {
    expect(await contentTypeOf(PNG.sync.write(new PNG({ width: 2, height: 2 })))).toBe('image/png');
    const workbook = new ExcelJS.Workbook();
    workbook.addWorksheet('Devices').addRow(['DC01']);
    expect(await contentTypeOf(Buffer.from(await workbook.xlsx.writeBuffer()))).toBe(xlsx);
    const archive = new ZipFile();
    archive.addBuffer(Buffer.from('x'), 'notes.txt');
    archive.end();
    expect(await contentTypeOf(Buffer.concat(await (archive.outputStream as Readable).toArray()))).toBe('application/zip');
  });

  it('have a name that no header can be broken with', () => {
    expect(contentDisposition('a\r\nSet-Cookie: x/../"%')).toBe(`attachment; filename="a__Set-Cookie: x_..___"; filename*=UTF-8''a__Set-Cookie%3A%20x_.._%22%25`);
  });
});

describe('an import', () => {
  it('takes every file of the sample client as it was handed over, and says what became of each column', async () => {
    const client = await openClient();
    const { files } = JSON.parse(await readFile(new URL('client.json', sample), 'utf8')) as { files: { file: string; records: string }[] };
    for (const { file, records } of files) {
      const answer = await importFile(client, records, await readFile(new URL(file, sample)), file.endsWith('.xlsx') ? xlsx : 'text/csv');
      expect(answer.body, file).toMatchObject({ errors: [] });
      expect(answer.body.created, file).toBe(answer.body.rows);
    }
    const models = await test.call('manager', 'GET', `/v1/clients/${client}/models?limit=1000`);
    expect(models.body.items.every((model: { references: { make: string | null } }) => model.references.make !== null)).toBe(true);
  });

  it('of our own downloads changes nothing, in either format', async () => {
    const client = await openClient();
    await importFile(client, 'sites', 'Name,City,Primary\nMain,Salem,yes\nBranch,Bend,');
    await importFile(client, 'configurations', 'Name,Make,Model,Site,Installed at\n=DC01,Dell,R740,Main,2024-02-29\n=DC01,HP,R740,,');
    await importFile(client, 'passwords', 'Name,Password,Configuration\nRoot,"-x ""1""\n",\n');
    const before = await content(client);
    const workbook = await test.call('manager', 'GET', `/v1/clients/${client}/downloads/xlsx?passwords=include`);
    for (const path of ['sites', 'makes', 'models', 'configurations', 'passwords']) {
      const answer = await importFile(client, path, workbook.bytes, xlsx);
      expect(answer.body, path).toMatchObject({ created: 0, updated: 0, errors: [] });
      expect(answer.body.unchanged, path).toBe(answer.body.rows);
    }
    expect(await content(client)).toEqual(before);
  });

  it('changes records by id, or by their unique name where blanks change nothing', async () => {
    const client = await openClient();
    await importFile(client, 'sites', 'Name,City,Zip\nMain,Salem,97301');
    const [site] = (await test.call('manager', 'GET', `/v1/clients/${client}/sites`)).body.items;
    expect((await importFile(client, 'sites', 'Name,City,Zip\nMAIN,Bend,\nNew,Salem,')).body).toMatchObject({ created: 1, updated: 1 });
    expect((await test.call('manager', 'GET', `/v1/clients/${client}/sites/${site.id}`)).body.fields).toMatchObject({ name: 'MAIN', city: 'Bend', zip: '97301' });
    await importFile(client, 'sites', `Id,Name,City,Zip\n${site.id},Renamed,Bend,`);
    expect((await test.call('manager', 'GET', `/v1/clients/${client}/sites/${site.id}`)).body.fields).toMatchObject({ name: 'Renamed', zip: null });
  });

  it('with any fault writes nothing, and names row, column and field', async () => {
    const client = await openClient();
    await importFile(client, 'personnel', 'First name,Last name\nAda,Byron\nAda,Byron');
    const before = await content(client);
    const answer = await importFile(client, 'configurations', 'Device Name,IP Address,Make,Model,Location,User,Install Date\nPC1,10.0.0.300,Dell,R1,,,\n,,,,,,2024-02-30\nPC2,,,,Nowhere,,\nPC3,,,,,Ada Byron,\n');
    expect([answer.status, answer.body.code, answer.body.created]).toEqual([422, 'import_invalid', 0]);
    expect(answer.body.errors).toEqual([
      { row: 2, column: 'IP Address', field: 'primaryIp', message: 'must be an IP address' },
      { row: 3, column: 'Install Date', field: 'installedAt', message: 'must be a date such as 2026-03-31' },
      { row: 3, column: 'Device Name', field: 'name', message: 'Name is needed' },
      { row: 4, column: 'Location', field: 'site', message: 'names no site of this client' },
      { row: 5, column: 'User', field: 'contact', message: expect.stringContaining('names 2 records') as string },
    ]);
    expect(await content(client)).toEqual(before);
  });

  it('tells beforehand what it would do', async () => {
    const client = await openClient();
    const answer = await importFile(client, 'configurations', 'Name,Make\nPC1,Dell\nPC2,dell', 'text/csv; charset=utf-8', '?dryRun=true');
    expect(answer.body).toMatchObject({ dryRun: true, rows: 2, created: 2, alsoCreated: { make: 1 }, columns: [{ header: 'Name', field: 'name' }, { header: 'Make', field: 'make' }] });
    expect((await content(client)).map((record) => record.kind)).toEqual(['company']);
  });

  it.each([
    ['no table', Buffer.from('PK no'), xlsx, 'The file is not an Excel workbook (.xlsx)'],
    ['no rows', 'Name', 'text/csv', 'The file has a header and no rows'],
    ['no column that is needed', 'City\nSalem', 'text/csv', 'A column "Name" is needed'],
    ['the same name twice', 'Name\nMain\nmain', 'text/csv', 'is the same record as row 2'],
  ])('with %s says so', async (_, file, type, message) => {
    const answer = await importFile(await openClient(), 'sites', file, type);
    expect([answer.status, answer.body.code]).toEqual([422, 'import_invalid']);
    expect(answer.body.errors.map((error: { message: string }) => error.message)).toContain(message);
  });

  it('lists at most 1,000 faults', async () => {
    const answer = await importFile(await openClient(), 'sites', `Name,Primary\n${Array.from({ length: 1_100 }, (_, n) => `s${n},perhaps\n`).join('')}`);
    expect(answer.body.errors).toHaveLength(1_000);
    expect(answer.body.detail).toContain('1100 faults');
  });
});

describe('a download', () => {
  it('leaves passwords out unless they are asked for by somebody who may, and is in the history', async () => {
    const client = await openClient();
    await importFile(client, 'passwords', 'Name,Password\nRoot,hunter2');
    const url = `/v1/clients/${client}/downloads/json`;
    expect((await test.call('manager', 'GET', url)).text).not.toContain('hunter2');
    expect((await test.call('manager', 'GET', `${url}?passwords=include`)).body.kinds.password[0].fields.password).toBe('hunter2');
    expect((await test.call('manager', 'GET', `${url}?passwords=yes`)).status).toBe(400);
    const history = await test.call('manager', 'GET', `/v1/clients/${client}/activity?limit=2`);
    expect(history.body.items.map((item: { details: unknown }) => item.details)).toEqual([{ format: 'JSON', passwords: true }, { format: 'JSON', passwords: false }]);
  });

  it.each([['json', 'application/json'], ['csv', 'application/zip'], ['xlsx', xlsx]])('as %s is a file named after the client', async (path, type) => {
    const answer = await test.call('manager', 'GET', `/v1/clients/${await openClient()}/downloads/${path}`);
    expect(answer.headers['content-type']).toContain(type);
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="Company \d+\.\w+"/);
    expect(answer.bytes.length).toBeGreaterThan(500);
  });
});
