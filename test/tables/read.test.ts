import ExcelJS from 'exceljs';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { describe, expect, it } from 'vitest';
import { TableError, tableLimits } from '../../tables/table-error.js';
import { readTable } from './reading.js';

const csv = (text: string | Buffer) => readTable(Buffer.from(text as string));

describe('a CSV file', () => {
  it.each([
    [',', 'Name,City\r\nMain,Salem'],
    [';', 'Name;City\nMain;Salem'],
    ['tab', 'Name\tCity\nMain\tSalem'],
    ['|', 'Name|City\nMain|Salem'],
    ['a quoted header with commas', '"Name, first";City\n"Main";Salem'],
    ['the hint of Excel', 'sep=;\r\nName;City\r\nMain;Salem'],
  ])('is read with the delimiter %s', async (_, text) => {
    const table = await csv(text);
    expect(table.headers).toHaveLength(2);
    expect(table.rows[0]!.cells).toEqual(['Main', 'Salem']);
  });

  it.each([
    ['UTF-8', Buffer.from('Name\nGörlitz')],
    ['UTF-8 with BOM', Buffer.from('\uFEFFName\nGörlitz')],
    ['UTF-16 little endian with BOM', Buffer.from('\uFEFFName\nGörlitz', 'utf16le')],
    ['UTF-16 little endian without BOM', Buffer.from('Name\nGörlitz', 'utf16le')],
    ['UTF-16 big endian', Buffer.from('\uFEFFName\nGörlitz', 'utf16le').swap16()],
    ['Windows-1252', Buffer.from('Name\nGörlitz', 'latin1')],
  ])('is read in %s', async (_, bytes) => {
    const table = await readTable(bytes);
    expect(table.headers).toEqual(['Name']);
    expect(table.rows[0]!.cells).toEqual(['Görlitz']);
  });

  it('numbers rows as a spreadsheet shows them and leaves empty ones out', async () => {
    const table = await csv('\n\nName,City\n,\nMain,Salem\n');
    expect(table.rows).toEqual([{ number: 5, cells: ['Main', 'Salem'] }]);
  });

  it.each([
    ['is empty', '', 'The file is empty'],
    ['opens a quotation mark for good', 'Name\n"Main', 'A quotation mark is opened and never closed'],
    ['has too many columns', 'x,'.repeat(tableLimits.columns) + 'y', `at most ${tableLimits.columns} columns`],
    ['has too many rows', `Name\n${'a\n'.repeat(tableLimits.rows + 1)}`, `at most ${tableLimits.rows} rows`],
  ])('is refused in words when it %s', async (_, text, words) => {
    await expect(csv(text)).rejects.toThrow(words);
    await expect(csv(text)).rejects.toBeInstanceOf(TableError);
  });
});

describe('a workbook', () => {
  it('is read from its first visible sheet, whatever its cells hold', async () => {
    const book = new ExcelJS.Workbook();
    book.addWorksheet('Hidden', { state: 'hidden' }).addRow(['no']);
    const sheet = book.addWorksheet('Shown');
    sheet.addRow(['Name', 'When', 'Count', 'Link', 'Sum', 'Bad']);
    sheet.addRow(['Main', new Date('2026-03-31T00:00:00Z'), 7, { text: 'here', hyperlink: 'https://example.com' }, { formula: '1+1', result: 2 }, { error: '#N/A' }]);
    const table = await readTable(Buffer.from(await book.xlsx.writeBuffer()));
    expect(table.headers).toEqual(['Name', 'When', 'Count', 'Link', 'Sum', 'Bad']);
    expect(table.rows).toEqual([{ number: 2, cells: ['Main', '2026-03-31', 7, 'here', 2] }]);
  });

  it('is refused when it is none, and when it would unpack to more than the limit', async () => {
    await expect(readTable(Buffer.from('PK\u0003\u0004 no'))).rejects.toThrow('not an Excel workbook');
    const zip = new ZipFile();
    const zeros = Buffer.alloc(1024 * 1024);
    zip.addReadStream(Readable.from((function* () { for (let i = 0; i <= tableLimits.unpackedBytes / zeros.length; i += 1) yield zeros; })()), 'xl/worksheets/sheet1.xml');
    zip.end();
    const bomb = await buffer(zip.outputStream);
    expect(bomb.length).toBeLessThan(1024 * 1024);
    await expect(readTable(bomb)).rejects.toThrow('too large once unpacked');
  });
});
