import ExcelJS from 'exceljs';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { describe, expect, it } from 'vitest';
import { kindOf } from '../../domain/kinds/index.js';
import { TableError, tableLimits } from '../../tables/table-error.js';
import { workbookOf } from '../support/workbook.js';
import { converted, readTable } from './reading.js';

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

describe('a spreadsheet error', () => {
  const sites = async (file: Buffer) => converted(kindOf('site'), await readTable(file));
  const fault = (error: string, field = 'city', column = 'City') => [{ row: 2, column, field, message: `holds Excel's error ${error}; correct it in the file or clear it` }];

  it.each(['#N/A', '#REF!', '#NAME?', '#VALUE!', '#NUM!', '#NULL!', '#DIV/0!'])('%s is a fault of its cell, in a workbook and in a CSV file that was saved from one', async (error) => {
    const book = new ExcelJS.Workbook();
    book.addWorksheet('A').addRows([['Name', 'City', 'Colour'], ['Main', { error }, { error }], ['Lab', 'Salem', { error }]]);
    for (const file of [Buffer.from(await book.xlsx.writeBuffer()), Buffer.from(`Name,City,Colour\nMain,${error},${error}\nLab,Salem,${error}\n`)]) {
      // Of a column that is not taken it harms nobody.
      expect((await sites(file)).map(({ faults }) => faults)).toEqual([fault(error), []]);
    }
  });

  it('that nobody knows yet is one, too', async () => {
    const cell = (address: string, text: string) => `<c r="${address}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const file = await workbookOf(Buffer.from(`<worksheet><sheetData><row r="1">${cell('A1', 'Name')}</row><row r="2"><c r="A2" t="e"><f>NEW()</f><v>#LATER!</v></c></row></sheetData></worksheet>`));
    expect((await sites(file)).flatMap(({ faults }) => faults)).toEqual(fault('#UNKNOWN!', 'name', 'Name'));
  });

  it('is only a text where it has our mark, as in a download', async () => {
    expect((await sites(Buffer.from("Name,City\nMain,'#N/A\n"))).map(({ fields, faults }) => [fields['city'], faults])).toEqual([['#N/A', []]]);
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
    expect(table.rows).toEqual([{ number: 2, cells: ['Main', '2026-03-31', 7, 'here', 2, '#N/A'] }]);
  });

  const cellsOf = async (fill: (sheet: ExcelJS.Worksheet) => void, from1904 = false) => {
    const book = new ExcelJS.Workbook();
    book.properties.date1904 = from1904;
    fill(book.addWorksheet('A'));
    return (await readTable(Buffer.from(await book.xlsx.writeBuffer()))).rows.map(({ cells }) => cells);
  };

  it.each<[string, ExcelJS.CellValue, unknown, string?]>([
    ['an error', { error: '#DIV/0!' }, '#DIV/0!'],
    ['a formula that came to an error', { formula: 'VLOOKUP(A1,B:C,2,0)', result: { error: '#REF!' } }, '#REF!'],
    ['a formula that came to a text', { formula: 'A1&"x"', result: 'Salem' }, 'Salem'],
    ['a formula that came to an empty text', { formula: 'IF(A1="","",A1)', result: '' }, undefined],
    ['a formula that was never computed', { formula: 'A1&"x"' } as ExcelJS.CellFormulaValue, '=A1&"x"'],
    ['runs of different looks', { richText: [{ text: 'Acme ' }, { text: 'Dental', font: { bold: true } }] }, 'Acme Dental'],
    ['a link whose text has runs', { text: { richText: [{ text: 'the ' }, { text: 'portal' }] }, hyperlink: 'https://example.com' } as unknown as ExcelJS.CellValue, 'the portal'],
    ['yes', true, true],
    ['no', false, false],
    ['zero', 0, 0],
    ['a postal code', 2139, '02139', '00000'],
    ['a longer postal code', 21391234, '02139-1234', '00000\\-0000'],
    ['a part of a hundred', 0.285, '28.5%', '0.0%'],
    ['a time of the day', 0.375, '09:00', 'h:mm AM/PM'],
    ['a time with seconds', 0.75 + 5 / 86_400, '18:00:05', 'hh:mm:ss'],
    ['a duration', 1.5, '36:00', '[h]:mm'],
    ['a day', 46_112, '2026-03-31', 'dd/mm/yyyy'],
    ['a month', 46_112, '2026-03-31', 'mmmm'],
    ['a day in a language of its own', 46_112, '2026-03-31', '[$-407]d. mmmm yyyy'],
    ['an amount', 1234.5, 1234.5, '_-* #,##0.00\\ "Days"_-;[Red]\\-* #,##0.00\\ "Days"_-'],
    ['a rounded number', 2.75, 2.75, '0'],
  ])('gives %s as a person sees it', async (_, value, expected, format = 'General') => {
    const [row] = await cellsOf((sheet) => {
      sheet.addRow(['Name', 'Value']);
      sheet.addRow(['Main', value]).getCell(2).numFmt = format;
    });
    expect(row![1]).toEqual(expected);
  });

  it('counts its days from 1904 where it says so', async () => {
    const fill = (sheet: ExcelJS.Worksheet) => void sheet.addRows([['Name', 'Day'], ['Main', new Date('2026-03-31T00:00:00Z')]]);
    expect(await cellsOf(fill, true)).toEqual([['Main', '2026-03-31']]);
  });

  it('gives each cell of a shared formula its own result', async () => {
    const rows = await cellsOf((sheet) => {
      sheet.addRows([['Name', 'Twice'], ['a', null], ['b', null], ['c', null]]);
      sheet.fillFormula('B2:B4', 'A2&A2', (row) => ['aa', 'bb', { error: '#N/A' }][row - 2] as string);
    });
    expect(rows).toEqual([['a', 'aa'], ['b', 'bb'], ['c', '#N/A']]);
  });

  it('has cells in the order in which they stand, also where it does not say their places', async () => {
    const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const file = await workbookOf(Buffer.from(`<worksheet><sheetData><row>${text('A')}${text('B')}${text('C')}</row><row>${text('1')}<c/>${text('3')}</row></sheetData></worksheet>`));
    expect((await readTable(file)).rows).toEqual([{ number: 2, cells: ['1', null, '3'] }]);
  });

  it('is refused where rows share a merged cell, as all but the first would lose its value', async () => {
    const merged = (range: string) => cellsOf((sheet) => {
      sheet.addRows([['Name', 'Site', 'Notes'], ['PC1', 'HQ', 'a'], ['PC2', null, 'b'], ['PC3', 'Lab', 'c']]);
      sheet.mergeCells(range);
    });
    await expect(merged('B2:B3')).rejects.toThrow('The cells B2:B3 are merged');
    // A heading over the table, or beside the header, and cells of one row take nothing away.
    for (const range of ['B1:B2', 'B2:C2', 'C4:C9']) expect(await merged(range), range).toHaveLength(3);
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
