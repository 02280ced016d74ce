import { stringify } from 'csv-stringify/sync';
import ExcelJS from 'exceljs';
import yauzl from 'yauzl';
import yazl from 'yazl';
import { buffer } from 'node:stream/consumers';
import type { Cell, Format, Table } from './table.js';

const fixedDay = new Date('2026-05-15T12:00:00Z');
/** Archives keep local times, so this one is local too and comes out alike in every time zone. */
const fixedLocalTime = new Date(2026, 4, 15, 12);

/** The bytes of a table in its format. */
export async function tableBytes(table: Table): Promise<Buffer> {
  if (table.format.type === 'xlsx') return workbook({ sheet: table.format.sheet, headers: table.headers, rows: table.rows });
  return csvBytes(table.format, [table.headers, ...table.rows]);
}

function csvBytes(format: Extract<Format, { type: 'csv' }>, rows: readonly (readonly Cell[])[]): Buffer {
  const text = stringify(rows as Cell[][], {
    delimiter: format.delimiter,
    record_delimiter: format.newline,
    quoted: format.quoted === 'all',
    // A lone line feed in a file with CRLF and blanks at the ends need quotes too, or readers lose them.
    quoted_match: /[\r\n]|^\s|\s$/,
  });
  if (format.encoding === 'windows-1252') return windows1252(text);
  return Buffer.from((format.encoding === 'utf-8 with BOM' ? '\ufeff' : '') + text, 'utf8');
}

/** Windows' western code page: Latin-1 but for 0x80 to 0x9f, of which the sample needs these. */
const beyondLatin1: Readonly<Record<string, number>> = { '€': 0x80, '‚': 0x82, '„': 0x84, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '–': 0x96, '—': 0x97 };

function windows1252(text: string): Buffer {
  return Buffer.from(
    [...text].map((character) => {
      const code = beyondLatin1[character] ?? character.codePointAt(0)!;
      if (code > 0xff) throw new Error(`The code page windows-1252 has no character ${character}`);
      return code;
    }),
  );
}

/** A workbook of one sheet with its header in the first row. */
export async function workbook(content: { sheet: string; headers: readonly string[]; rows: readonly (readonly Cell[])[] }): Promise<Buffer> {
  const book = new ExcelJS.Workbook();
  book.created = fixedDay;
  book.modified = fixedDay;
  book.creator = 'Blue Heron Technology Services';
  const sheet = book.addWorksheet(content.sheet);
  sheet.addRow([...content.headers]).font = { bold: true };
  for (const row of content.rows) sheet.addRow([...row]);
  content.headers.forEach((header, index) => {
    const column = sheet.getColumn(index + 1);
    column.width = Math.max(12, header.length + 2);
    if (content.rows.some((row) => row[index] instanceof Date)) column.numFmt = 'm/d/yyyy';
  });
  return packedAgain(Buffer.from(await book.xlsx.writeBuffer()));
}

/** The same archive with fixed times and order, so that making the sample twice gives the same bytes. */
async function packedAgain(bytes: Buffer): Promise<Buffer> {
  const entries: { name: string; data: Buffer }[] = [];
  const source = await yauzl.fromBufferPromise(bytes);
  for await (const entry of source.eachEntry()) {
    if (!entry.fileName.endsWith('/')) entries.push({ name: entry.fileName, data: await buffer(await source.openReadStreamPromise(entry)) });
  }
  const target = new yazl.ZipFile();
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    target.addBuffer(entry.data, entry.name, { mtime: fixedLocalTime, mode: 0o100644, forceDosTimestamp: true });
  }
  target.end();
  return buffer(target.outputStream);
}
