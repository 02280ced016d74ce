import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import ExcelJS from 'exceljs';
import { columns, secretColumns, type SampleKind } from './columns.js';

/** A row of a sample file: our word for the column -> what stands there, trimmed; null where nothing does. */
export type Row = Readonly<Record<string, string | null>>;

type Form = Readonly<Record<string, string | null>>;

/** The sample as it lies in its folder, read without any code of the product. */
export interface Sample {
  readonly folder: string;
  readonly forms: Readonly<Record<'company' | 'sales-contact' | 'accounting-contact' | 'accountant' | 'current-msp', Form>>;
  /** In the order in which the files are to be imported. */
  readonly files: readonly { readonly file: string; readonly records: SampleKind; readonly source: string }[];
  readonly rows: Readonly<Record<SampleKind, readonly Row[]>>;
  /** Path and SHA-256 of each attachment by its file name. */
  readonly attachments: ReadonlyMap<string, { readonly path: string; readonly sha256: string; readonly size: number }>;
}

/** Reads a sample folder with its `client.json`. Throws naming the file or column that is not understood. */
export async function readSample(folder: string): Promise<Sample> {
  const client = JSON.parse(await readFile(path.join(folder, 'client.json'), 'utf8')) as Pick<Sample, 'forms' | 'files'> & { attachments: string };
  const rows: Record<SampleKind, Row[]> = { sites: [], personnel: [], vendors: [], configurations: [], applications: [], passwords: [], attachments: [] };
  for (const { file, records } of client.files) {
    const bytes = await readFile(path.join(folder, file));
    const table = file.endsWith('.xlsx') ? await workbookRows(bytes) : csvRows(bytes);
    rows[records].push(...named(file, records, table));
  }
  const attachments = new Map<string, { path: string; sha256: string; size: number }>();
  for (const row of rows.attachments) {
    const file = path.join(folder, client.attachments, row['file']!);
    const bytes = await readFile(file);
    attachments.set(row['file']!, { path: file, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length });
  }
  return { folder, forms: client.forms, files: client.files, rows, attachments };
}

function named(file: string, records: SampleKind, table: readonly (readonly string[])[]): Row[] {
  const [headers = [], ...body] = table;
  const words = headers.map((header) => columns[records][header]);
  const unknown = headers.find((_, index) => words[index] === undefined);
  if (unknown !== undefined) throw new Error(`${file}: the comparison does not know the column "${unknown}"`);
  return body.map((cells) => {
    const row: Record<string, string | null> = {};
    words.forEach((word, index) => {
      if (word === null || word === undefined) return;
      const cell = cells[index] ?? '';
      const value = secretColumns.has(word) ? cell : isoDay(cell.trim());
      row[word] = value === '' ? null : value;
    });
    return row;
  });
}

function csvRows(bytes: Buffer): string[][] {
  const text = decode(bytes);
  const firstLine = text.slice(0, text.indexOf('\n'));
  const delimiter = firstLine.split(';').length > firstLine.split(',').length ? ';' : ',';
  return parse(text, { delimiter, bom: true });
}

/** UTF-8 where the bytes are that, else the code page of western Windows. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1').replace(/[\u0080-\u009f]/g, (character) => windows1252[character.charCodeAt(0) - 0x80]!);
  }
}

/** What windows-1252 has at 0x80 to 0x9f. Node 20 decodes these as Latin-1 also when it is asked for windows-1252. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

async function workbookRows(bytes: Buffer): Promise<string[][]> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(bytes as unknown as ExcelJS.Buffer);
  const sheet = book.worksheets[0];
  if (!sheet) throw new Error('the workbook has no sheet');
  return Array.from({ length: sheet.rowCount }, (_, row) =>
    Array.from({ length: sheet.columnCount }, (__, column) => cellText(sheet.getCell(row + 1, column + 1).value)),
  );
}

function cellText(value: ExcelJS.CellValue): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === 'object') throw new Error('the sample has plain cells only');
  return String(value);
}

/** A day as Americans write it becomes `yyyy-mm-dd`; any other text stays. */
function isoDay(text: string): string {
  const [, month, day, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text) ?? [];
  return year ? `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}` : text;
}
