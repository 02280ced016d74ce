import { Readable } from 'node:stream';
import { stringify, type Options } from 'csv-stringify/sync';
import type { AnyKind } from '../domain/kinds/index.js';
import { safeText } from './cells.js';
import { columnsOf } from './columns.js';
import { inPieces } from './pieces.js';
import { linkedRecords, type LinkedRecord, type TableSource } from './source.js';
import type { ZipPart } from './zip.js';

/** Rows that are turned into text at one go. */
const rowsAtOnce = 200;

// A lone CR or LF is a line end to some readers although it is not the record delimiter here.
const form: Options = { record_delimiter: '\r\n', quoted_match: /[\r\n]|^\s|\s$/ };

/** One CSV file a kind (RFC 4180, UTF-8 with BOM), to be read one after the other. */
export async function* csvParts(source: TableSource): AsyncGenerator<ZipPart> {
  for await (const { kind, records } of linkedRecords(source)) yield { name: `${kind.path}.csv`, bytes: inPieces(csvOf(kind, source, records)) };
}

async function* csvOf(kind: AnyKind, source: TableSource, records: AsyncIterable<LinkedRecord>): AsyncGenerator<string> {
  const columns = columnsOf(kind, source.secrets);
  async function* rows(): AsyncGenerator<string[]> {
    for await (const record of records) yield columns.map((column) => cellText(column.value(record)));
  }
  yield* csvTexts(columns.map((column) => column.header), rows());
}

/** A table of plain texts as CSV bytes; what a spreadsheet would run as a formula begins with an apostrophe. */
export function csvOfRows(header: readonly string[], rows: AsyncIterable<readonly string[]>): Readable {
  async function* safe(): AsyncGenerator<string[]> {
    for await (const row of rows) yield row.map(safeText);
  }
  return csvOfSafeRows(header, safe());
}

/** The same of texts that no spreadsheet runs as they are. */
export function csvOfSafeRows(header: readonly string[], rows: AsyncIterable<readonly string[]>): Readable {
  return Readable.from(inPieces(csvTexts(header, rows)), { objectMode: false });
}

async function* csvTexts(header: readonly string[], rows: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  yield stringify([[...header]], { ...form, bom: true });
  let held: (readonly string[])[] = [];
  for await (const row of rows) {
    held.push(row);
    if (held.length < rowsAtOnce) continue;
    yield stringify(held as string[][], form);
    held = [];
  }
  if (held.length > 0) yield stringify(held as string[][], form);
}

function cellText(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  return typeof value === 'number' ? String(value) : safeText(value);
}
