import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { ZipFile } from 'yazl';
import { allKinds, type AnyKind } from '../domain/kinds/index.js';
import { safeText } from './cells.js';
import { columnsOf } from './columns.js';
import { linkedRecords, type LinkedRecord, type Secrets, type TableSource } from './source.js';

/** A whole client as a ZIP with one CSV file a kind (RFC 4180, UTF-8 with BOM), made as fast as it is taken. */
export function writeCsvZip(source: TableSource): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  // An error in one file must end the download: a ZIP that lacks a file would look whole.
  zip.on('error', (error) => output.destroy(error as Error));
  const kinds = linkedRecords(source);
  for (const kind of allKinds) {
    // Asked for one after the other, in the order in which they were added.
    zip.addReadStreamLazy(`${kind.path}.csv`, { compress: true }, (give) => {
      kinds.next().then(
        ({ value }) => give(null, csvOf(kind, source.secrets, (value as { records: AsyncIterable<LinkedRecord> }).records)),
        (error: unknown) => give(error as Error, null as never),
      );
    });
  }
  zip.end();
  return output;
}

/** One kind as CSV bytes. */
export function csvOf(kind: AnyKind, secrets: Secrets, records: AsyncIterable<LinkedRecord>): Readable {
  const columns = columnsOf(kind, secrets);
  async function* rows(): AsyncGenerator<string[]> {
    for await (const record of records) yield columns.map((column) => cellText(column.value(record)));
  }
  return csvBytes(columns.map((column) => column.header), rows());
}

/** A table of plain texts as CSV bytes; what a spreadsheet would run as a formula begins with an apostrophe. */
export function csvOfRows(header: readonly string[], rows: AsyncIterable<readonly string[]>): Readable {
  async function* safe(): AsyncGenerator<string[]> {
    for await (const row of rows) yield row.map(safeText);
  }
  return csvBytes(header, safe());
}

function csvBytes(header: readonly string[], rows: AsyncIterable<readonly string[]>): Readable {
  async function* all(): AsyncGenerator<readonly string[]> {
    yield header;
    yield* rows;
  }
  // A lone CR or LF is a line end to some readers although it is not the record delimiter here.
  const csv = stringify({ bom: true, record_delimiter: '\r\n', quoted_match: /[\r\n]|^\s|\s$/ });
  return pipeline(Readable.from(all()), csv, () => undefined);
}

function cellText(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  return typeof value === 'number' ? String(value) : safeText(value);
}
