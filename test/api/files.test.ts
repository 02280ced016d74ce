import type { Readable } from 'node:stream';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PNG } from 'pngjs';
import { ZipFile } from 'yazl';
import { contentDisposition } from '../../api/content-disposition.js';
import { contentTypeOf } from '../../api/content-type.js';
import { xlsx } from './importing.js';
import { newClient, startTestApi, type TestApi } from './support.js';

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

  it('are missing from the section until they are there', async () => {
    const url = `/v1/clients/${client}/attachments`;
    const page = async () => (await test.call('manager', 'GET', `/v1/clients/${client}/sections/msp/pages/attachments`)).body;
    const { body } = await test.call('manager', 'POST', url, { fields: { fileName: 'rack.txt' } });
    expect(body.missing).toEqual(['size']);
    expect(await page()).toMatchObject({ percent: 50, missing: [{ recordId: body.id, title: 'rack.txt', message: 'The file is missing: upload it, or remove the record' }] });
    await test.call('manager', 'PUT', `${url}/${body.id}/content`, Buffer.from('rack'), { 'content-type': 'text/plain' });
    expect(await page()).toMatchObject({ percent: 100, missing: [] });
  });

  it('come back as they were, typed by what they are, and never shown in a browser', async () => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(700_000, 7)]);
    const { answer, url } = await upload('Übergabe "A".pdf', bytes);
    expect(answer.body.fields).toMatchObject({ contentType: 'application/pdf', size: bytes.length });
    const back = await test.call('manager', 'GET', url);
    expect(back.bytes.equals(bytes)).toBe(true);
    expect(back.headers).toMatchObject({ 'content-type': 'application/pdf', 'content-length': String(bytes.length), 'x-content-type-options': 'nosniff' });
    const { items } = (await test.call('manager', 'GET', `/v1/clients/${client}/activity?limit=1`)).body;
    expect(items).toMatchObject([{ action: 'attachment.fetched', words: 'Your organization downloaded a file.', details: { size: bytes.length } }]);
    expect(back.headers['content-disposition']).toBe(`attachment; filename="Ubergabe _A_.pdf"; filename*=UTF-8''%C3%9Cbergabe%20_A_.pdf`);
  });

  it('that do not fit into what the client may keep are refused, as the document says', async () => {
    const { tier } = await test.store.db.tenant.findUniqueOrThrow({ where: { id: test.tenants[0]!.id }, include: { tier: true } });
    await test.store.db.tier.update({ where: { id: tier.id }, data: { clientFilesMegabytes: 0 } });
    try {
      const { answer } = await upload('full.bin', Buffer.alloc(10));
      expect(answer.body.code).toBe('limit_reached');
      const { paths } = (await test.app.inject('/openapi.json')).json<{ paths: Record<string, { put?: { responses: Record<string, { description: string }> } }> }>();
      const put = paths['/v1/clients/{clientId}/attachments/{recordId}/content']!.put!;
      expect(put.responses[answer.status]?.description).toContain('limit_reached');
    } finally {
      await test.store.db.tier.update({ where: { id: tier.id }, data: { clientFilesMegabytes: tier.clientFilesMegabytes } });
    }
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
