import type { ByteSource } from './byte-source.js';
import { cellText, saysNothing } from './cells.js';
import { delimiters, type Delimiter } from './delimiter.js';
import { encodings, type Encoding } from './encoding.js';
import { fileTypeOf, type FileType } from './file-type.js';
import { chosen, type Finding } from './finding.js';
import { openCsv } from './read-csv.js';
import type { RawRow } from './rows.js';
import { megabytes, TableError, tableLimits } from './table-error.js';
import { readBook, type Sheet } from './xlsx/book.js';
import { openParts } from './xlsx/package.js';
import { sharedTexts, sheetRows } from './xlsx/sheet-rows.js';

/** What a person may say of how a file is to be read; null or left out: it is found out. */
export interface ReadingChoices {
  readonly encoding?: Encoding | null | undefined;
  readonly delimiter?: Delimiter | null | undefined;
  readonly sheet?: string | null | undefined;
  /** The row that holds the headers as a spreadsheet numbers it; 0 when there is none. */
  readonly headerRow?: number | null | undefined;
}

/** How a file was read. */
export interface Reading {
  readonly type: FileType;
  readonly encoding: Finding<Encoding> | null;
  readonly delimiter: Finding<Delimiter> | null;
  readonly sheets: readonly { readonly name: string; readonly state: 'visible' | 'hidden' }[];
  readonly sheet: Finding<string> | null;
  readonly headerRow: Finding<number>;
}

/** A file as rows of cells, in portions. Rows that show nothing are left out. */
export interface Table {
  readonly reading: Reading;
  readonly headers: readonly string[];
  readonly rows: AsyncGenerator<readonly RawRow[]>;
}

export { delimiters, encodings };

/**
 * Opens one sheet of a workbook, or a CSV file of any common delimiter and encoding. What cannot be known for sure is in
 * `reading` with how sure it is.
 * @param wanted the sheet of that name is read where there is one and nobody chose another, as in our own downloads
 * @throws {TableError} when it is no such file, or one of `tableLimits` is passed; also while rows are read
 */
export async function openTable(file: ByteSource, choices: ReadingChoices, wanted: { readonly sheet: string }): Promise<Table> {
  if (file.size > tableLimits.bytes) throw new TableError(`The file may have at most ${megabytes(tableLimits.bytes)}`);
  const type = await fileTypeOf(file);
  const { rows, ...facts } = type === 'csv' ? await csvRows(file, choices) : await xlsxRows(file, choices, wanted.sheet);
  const limited = withinLimits(rows);
  const { headers, headerRow, rest } = await headed(limited, choices.headerRow ?? null);
  return { reading: { type, ...facts, headerRow }, headers, rows: rest };
}

async function csvRows(file: ByteSource, choices: ReadingChoices) {
  const { encoding, delimiter, rows } = await openCsv(file, { encoding: choices.encoding ?? null, delimiter: choices.delimiter ?? null });
  return { encoding, delimiter, sheets: [], sheet: null, rows };
}

async function xlsxRows(file: ByteSource, choices: ReadingChoices, wanted: string) {
  const parts = await openParts(file);
  const book = await readBook(parts);
  const { sheet, found } = sheetOf(book.sheets, choices.sheet ?? null, wanted);
  const rows = sheetRows(parts, book, sheet, await sharedTexts(parts), choices.headerRow ?? null);
  return { encoding: null, delimiter: null, sheets: book.sheets.map(({ name, state }) => ({ name, state })), sheet: found, rows };
}

function sheetOf(sheets: readonly Sheet[], choice: string | null, wanted: string): { sheet: Sheet; found: Finding<string> } {
  const called = (name: string) => sheets.find((one) => one.name.trim().toLowerCase() === name.trim().toLowerCase());
  if (choice !== null) {
    const sheet = called(choice);
    if (!sheet) throw new TableError(`The workbook has no sheet "${choice}"`);
    return { sheet, found: chosen(sheet.name) };
  }
  const named = called(wanted);
  if (named) return { sheet: named, found: { value: named.name, sure: 'certain', why: 'it is called like the records' } };
  const visible = sheets.filter((one) => one.state === 'visible');
  const sheet = visible[0] ?? sheets[0]!;
  const only = visible.length === 1 || sheets.length === 1;
  return { sheet, found: { value: sheet.name, sure: only ? 'certain' : 'likely', why: only ? 'it is the only one that is shown' : 'it is the first one' } };
}

async function* withinLimits(portions: AsyncIterable<readonly RawRow[]>): AsyncGenerator<RawRow[]> {
  let count = 0;
  for await (const portion of portions) {
    const rows: RawRow[] = [];
    for (const row of portion) {
      const { cells, number } = row;
      let said = false;
      for (let index = 0; index < cells.length; index += 1) {
        const cell = cells[index]!;
        if (saysNothing(cell)) continue;
        said = true;
        if (index >= tableLimits.columns) throw new TableError(`The file may have at most ${tableLimits.columns} columns; row ${number} has ${cells.length}`);
        if (typeof cell === 'string' && cell.length > tableLimits.cellCharacters) {
          throw new TableError(`A cell may have at most ${tableLimits.cellCharacters} characters; row ${number} has a longer one in column ${columnLetters(index)}`);
        }
      }
      if (!said) continue;
      count += 1;
      if (count > tableLimits.rows + 1) throw new TableError(`The file may have at most ${tableLimits.rows} rows`);
      rows.push(row);
    }
    if (rows.length > 0) yield rows;
  }
}

/** Takes the header off the rows. */
async function headed(portions: AsyncGenerator<RawRow[]>, choice: number | null): Promise<{ headers: string[]; headerRow: Finding<number>; rest: AsyncGenerator<readonly RawRow[]> }> {
  for (;;) {
    const { value: portion, done } = await portions.next();
    if (done) throw new TableError(choice ? `The file has no row ${choice}` : 'The file is empty');
    const at = choice === null || choice === 0 ? 0 : portion.findIndex((row) => row.number >= choice);
    if (at < 0) continue;
    const row = portion[at]!;
    if (choice && row.number !== choice) throw new TableError(`Row ${choice} is empty; it cannot hold the headers`);
    const body = choice === 0 ? portion : portion.slice(at + 1);
    const headers = choice === 0 ? row.cells.map((_, index) => `Column ${columnLetters(index)}`) : headerTexts(row);
    const headerRow: Finding<number> = choice === null ? { value: row.number, sure: 'certain', why: 'it is the first row that is not empty' } : chosen(choice);
    async function* rest() {
      yield body;
      yield* portions;
    }
    return { headers, headerRow, rest: rest() };
  }
}

function headerTexts({ cells }: RawRow): string[] {
  const headers = cells.slice(0, tableLimits.columns).map((cell) => (cellText(cell) ?? '').trim());
  while (headers.at(-1) === '') headers.pop();
  const characters = headers.reduce((sum, header) => sum + header.length, 0);
  if (characters > tableLimits.headerCharacters) throw new TableError(`The header row may have at most ${tableLimits.headerCharacters} characters; it has ${characters}`);
  const odd = headers.findIndex((header) => /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(header) || !header.isWellFormed());
  if (odd >= 0) throw new TableError(`The header of column ${columnLetters(odd)} holds a character that cannot be read`);
  return headers;
}

/** The letters by which a spreadsheet calls a column, from 0: A, B, ... AA. */
export function columnLetters(index: number): string {
  const rest = Math.floor(index / 26) - 1;
  return (rest >= 0 ? columnLetters(rest) : '') + String.fromCharCode(65 + (index % 26));
}
