import { Readable } from 'node:stream';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tableLimits } from '../../tables/table-error.js';
import { workbookOf, zipOf } from '../support/workbook.js';
import { importFile, importsUrl, openClient, sendFile, xlsx } from './importing.js';
import { startTestApi, type TestApi } from './support.js';

let test: TestApi;
let client: string;
beforeAll(async () => {
  test = await startTestApi();
  client = await openClient(test);
});
afterAll(() => test.close());

function* times(count: number, piece: Buffer) {
  for (let number = 0; number < count; number += 1) yield piece;
}

/** A package whose directory claims that a part unpacks to 10 GB. */
async function claiming(bytes: bigint): Promise<Buffer> {
  const zip = await workbookOf(Buffer.from('<worksheet><sheetData/></worksheet>'));
  const name = Buffer.from('xl/worksheets/sheet1.xml');
  const at = zip.lastIndexOf(name) - 46;
  zip.writeUInt32LE(Number(bytes & 0xffffffffn), at + 24);
  return zip;
}

const compound = (text: string) => Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(1_024), Buffer.from(text, 'utf16le')]);

async function kept() {
  const where = { clientId: client };
  return Promise.all([test.store.db.import.count({ where }), test.store.db.importChunk.count({ where }), test.store.db.importBlock.count({ where })]);
}

const mb = Buffer.alloc(1024 * 1024, 'a');

describe('a file that cannot be taken is refused in words, and nothing of it is kept', () => {
  it.each<[string, () => Promise<Buffer | string> | Buffer | string, string, number, string]>([
    ['nothing', () => '', 'text/csv', 422, 'The file is empty'],
    ['another type by name', () => '{}', 'application/pdf', 415, 'does not take that Content-Type'],
    ['a picture called CSV', () => Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(99)]), 'text/csv', 422, 'The file is a PNG file'],
    ['a PDF without a name', () => '%PDF-1.7\nName\n', 'application/octet-stream', 422, 'The file is a PDF file'],
    ['a program', () => Buffer.from(Array.from({ length: 999 }, (_, n) => n % 7)), 'text/csv', 422, 'The file is no text'],
    ['a workbook called CSV', () => workbookOf(Buffer.from('<worksheet/>')), 'text/csv', 422, 'calls the file text, but it is an Excel workbook'],
    ['a text called workbook', () => 'Name\nMain\n', xlsx, 422, 'calls the file an Excel workbook, but it is text'],
    ['an old Excel file', () => compound('Workbook'), 'application/vnd.ms-excel', 422, 'an old Excel file (.xls)'],
    ['an encrypted workbook', () => compound('EncryptedPackage'), 'application/octet-stream', 422, 'protected by a password'],
    ['a ZIP of something else', () => zipOf({ 'word/document.xml': Buffer.from('x') }), 'application/octet-stream', 422, 'a Word document'],
    ['an OpenDocument file', () => zipOf({ 'content.xml': Buffer.from('x') }), 'application/octet-stream', 422, 'OpenDocument'],
    ['a ZIP that is cut off', async () => (await workbookOf(Buffer.from('<worksheet/>'))).subarray(0, 200), 'application/octet-stream', 422, 'not an Excel workbook'],
    ['markup that is none', () => workbookOf(Buffer.from('<worksheet><sheetData><row></worksheet>')), 'application/octet-stream', 422, 'damaged'],
    ['a bomb', () => workbookOf(Readable.from(times(401, mb))), 'application/octet-stream', 422, 'too large once unpacked'],
    ['a bomb of shared texts', () => workbookOf(Buffer.from('<worksheet/>'), { 'xl/sharedStrings.xml': Readable.from(times(65, mb)) }), 'application/octet-stream', 422, 'texts of the workbook are too large'],
    ['a part that claims 3 GB', () => claiming(3_000_000_000n), 'application/octet-stream', 422, 'too large once unpacked'],
    ['a part that claims less than it holds', async () => claiming(3n), 'application/octet-stream', 422, 'damaged'],
    ['too many parts', () => zipOf(Object.fromEntries(Array.from({ length: tableLimits.parts + 1 }, (_, n) => [`xl/${n}`, Buffer.from('')]))), 'application/octet-stream', 422, `more than ${tableLimits.parts} parts`],
    ['10,000 columns', () => `${Array.from({ length: 10_000 }, (_, n) => `c${n}`).join(',')}\n1\n`, 'text/csv', 422, `at most ${tableLimits.columns} columns`],
    ['a header of 1 MB', () => `Name,${'x'.repeat(1024 * 1024)}\nMain,1\n`, 'text/csv', 422, 'a longer one in column B'],
    ['a header of 1 MB in many cells', () => `${Array.from({ length: 499 }, (_, n) => `${'x'.repeat(2_100)}${n}`).join(',')}\nMain\n`, 'text/csv', 422, 'The header row may have at most'],
    ['a cell of 1 MB', () => `Name,City\nMain,${'x'.repeat(1024 * 1024)}\n`, 'text/csv', 422, 'row 2 has a longer one in column B'],
    ['a quotation mark that never closes', () => `Name\n"${'x\n'.repeat(3 * 1024 * 1024)}`, 'text/csv', 422, 'quotation mark'],
    ['too many rows', () => `Name\n${'a\n'.repeat(tableLimits.rows + 1)}`, 'text/csv', 422, `at most ${tableLimits.rows} rows`],
    ['a header with control characters', () => 'Na\u0001me,City\nMain,Salem\nBranch,Bend\n', 'text/csv', 422, 'The header of column A holds a character'],
  ])('%s', async (_, file, type, status, words) => {
    const answer = await sendFile(test, client, 'sites', await file(), type);
    expect([answer.status, answer.body.detail ?? answer.body.title]).toEqual([status, expect.stringContaining(words)]);
    expect(await kept()).toEqual([0, 0, 0]);
  }, 60_000);

  it('more than 50 MB, announced or not', async () => {
    const announced = await sendFile(test, client, 'sites', Buffer.from('Name\n'), 'text/csv', { 'content-length': String(10 * 2 ** 30) });
    expect([announced.status, announced.body.code]).toEqual([413, 'too_large']);
    const streamed = await sendFile(test, client, 'sites', Readable.from(times(51, mb)), 'text/csv');
    expect([streamed.status, streamed.body.code]).toEqual([413, 'too_large']);
    expect(await kept()).toEqual([0, 0, 0]);
  }, 60_000);

  it('a pasted text that is too long', async () => {
    const answer = await test.call('administrator', 'POST', `${importsUrl(client, 'sites')}/pasted`, { records: 'sites', text: 'x'.repeat(5 * 1024 * 1024) });
    expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ field: 'text', message: 'is too long to paste; send it as a file' }] });
  });

  it('and the process still takes the next one', async () => {
    expect((await importFile(test, client, 'sites', 'Name\nStill here\n')).body.result).toMatchObject({ created: 1 });
  });
});

describe('cells that cannot be kept make their row bad and no other', () => {
  it.each([
    ['a zero character', Buffer.from('Name\nGood\nMa\u0000in\n'), 'holds a character that cannot be stored'],
    ['bytes that are no character', Buffer.concat([Buffer.from('Name,City\nGörlitz,äöüßÄÖÜ\nMa'), Buffer.from([0xff]), Buffer.from('in,x\n')]), 'could not be read'],
    ['half a surrogate pair in UTF-16', Buffer.from('\uFEFFName\nGood\nMa\ud800in\n', 'utf16le'), 'could not be read'],
  ])('%s', async (_, file, words) => {
    const answer = await sendFile(test, client, 'sites', file);
    expect(answer.body).toMatchObject({ new: 1, bad: 1, errors: [{ row: 3, column: 'Name', message: expect.stringContaining(words) as string }] });
  });

  it('half a surrogate pair in a workbook', async () => {
    const cell = (address: string, text: string) => `<c r="${address}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const file = await workbookOf(Buffer.from(`<worksheet><sheetData><row r="1">${cell('A1', 'Name')}</row><row r="2">${cell('A2', 'Ma_xD800_in')}</row></sheetData></worksheet>`));
    expect((await sendFile(test, client, 'sites', file, xlsx)).body).toMatchObject({ bad: 1, errors: [{ row: 2, message: 'holds a character that cannot be stored' }] });
  });
});

describe('formulas', () => {
  it('are text, and stay text in every download', async () => {
    const formulas = new ExcelJS.Workbook();
    formulas.addWorksheet('A').addRows([['Company', 'Service'], [{ formula: '1+1', result: 2 }, { formula: 'HYPERLINK("http://x")' }]]);
    await importFile(test, client, 'vendors', Buffer.from(await formulas.xlsx.writeBuffer()), xlsx);
    await importFile(test, client, 'vendors', 'Company,Service\n=cmd|calc,@SUM(1)\n');
    const { items } = (await test.call('administrator', 'GET', `/v1/clients/${client}/vendors`)).body;
    expect(items.map(({ fields }: { fields: Record<string, unknown> }) => [fields['company'], fields['service']])).toEqual([['2', '=HYPERLINK("http://x")'], ['=cmd|calc', '@SUM(1)']]);
  });
});

describe('a template', () => {
  const template = (path: string, format: string) => test.call('administrator', 'GET', `/v1/clients/${client}/${path}/import-template?format=${format}`);

  it('as CSV has the headers with their marks, and imports again once filled in', async () => {
    const answer = await template('sites', 'csv');
    expect(answer.headers['content-disposition']).toContain('Sites.csv');
    expect(answer.text).toMatch(/^\uFEFFName \*\*,Primary site,Address 1 \*,Address 2,City \*,/);
    const filled = await sendFile(test, client, 'sites', `${answer.text}Filled in,Yes,Street 1,,Bend\r\n`);
    expect(filled.body).toMatchObject({ new: 1, bad: 0, problems: [] });
    expect(filled.body.columns.filter((column: { field: unknown }) => column.field === null)).toEqual([]);
  });

  it('as a workbook says in notes, lists and a second sheet what each column may hold', async () => {
    await importFile(test, client, 'sites', 'Name\nListed\n');
    const file = await template('personnel', 'xlsx');
    const filled = new ExcelJS.Workbook();
    await filled.xlsx.load(file.bytes as never);
    const sheet = filled.getWorksheet('Personnel')!;
    const headers = sheet.getRow(1).values as string[];
    const column = (name: string) => headers.findIndex((header) => header?.startsWith(name));
    expect(sheet.getCell(1, column('First name')).note).toBe('One line of text. Needed to save.');
    expect(sheet.getCell(2, column('Important')).dataValidation.formulae).toEqual(['"Yes,No"']);
    const guide = filled.getWorksheet('How to fill in')!;
    const site = Array.from({ length: guide.rowCount }, (_, row) => guide.getRow(row + 1).values as string[]).find((values) => values[1]?.startsWith('Site'));
    expect(site?.[4]).toContain('Listed');
    sheet.getCell(2, column('First name')).value = 'Ada';
    sheet.getCell(2, column('Site')).value = 'Listed';
    expect((await sendFile(test, client, 'personnel', Buffer.from(await filled.xlsx.writeBuffer()), xlsx)).body).toMatchObject({ new: 1, bad: 0, reading: { sheet: { value: 'Personnel', sure: 'certain' } } });
  });

  it.each(['vendors', 'configurations', 'passwords', 'attachments', 'makes', 'models', 'applications'])('of %s is understood in every column', async (path) => {
    const { text } = await template(path, 'csv');
    const shown = await sendFile(test, client, path, text);
    expect(shown.body.columns.filter((column: { field: unknown }) => column.field === null)).toEqual([]);
    await test.call('administrator', 'DELETE', `${importsUrl(client, path)}/${shown.body.id}`);
  });
});
