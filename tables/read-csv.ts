import { CsvError, parse } from 'csv-parse';
import type { ByteSource } from './byte-source.js';
import { decoded, encodingOf, type Encoding } from './encoding.js';
import { delimiterOf, type Delimiter } from './delimiter.js';
import type { Finding } from './finding.js';
import type { RawRow } from './rows.js';
import { TableError, tableLimits } from './table-error.js';

/** Characters of the largest record: all columns full of long text would be more than any tool writes. */
const largestRecord = 4 * 1024 * 1024;

/** Characters that the delimiter is recognised from. */
const headCharacters = 64 * 1024;

export interface CsvChoices {
  readonly encoding: Encoding | null;
  readonly delimiter: Delimiter | null;
}

export interface OpenCsv {
  readonly encoding: Finding<Encoding>;
  readonly delimiter: Finding<Delimiter>;
  readonly rows: AsyncGenerator<readonly RawRow[]>;
}

/** Opens a CSV file: how it is written is found out first, then its rows come in portions. @throws {TableError} */
export async function openCsv(file: ByteSource, choices: CsvChoices): Promise<OpenCsv> {
  const encoding = await encodingOf(file, choices.encoding);
  const head = await headOf(file, encoding.value);
  // Excel's own hint for the delimiter; it is no row of the table.
  const hint = /^sep=(.)\r?\n/i.exec(head);
  const delimiter = delimiterOf(hint ? head.slice(hint[0].length) : head, hint?.[1] ?? null, choices.delimiter);
  return { encoding, delimiter, rows: rowsOf(file, encoding.value, delimiter.value, hint?.[0].length ?? 0) };
}

async function* rowsOf(file: ByteSource, encoding: Encoding, delimiter: Delimiter, skip: number): AsyncGenerator<readonly RawRow[]> {
  const parser = parse({ delimiter, relax_column_count: true, relax_quotes: true, skip_empty_lines: false, max_record_size: largestRecord });
  // Looked at after each piece; unheard it would end the process.
  parser.on('error', () => undefined);
  // A hint is a line of its own to a spreadsheet, which counts it.
  let number = skip > 0 ? 1 : 0;
  const taken = (): RawRow[] => {
    const rows: RawRow[] = [];
    for (let cells = parser.read() as string[] | null; cells !== null; cells = parser.read() as string[] | null) rows.push({ number: (number += 1), cells });
    // Blank rows count here: a file of nothing but line ends must not run on.
    if (number > tableLimits.rows * 2) throw new TableError(`The file may have at most ${tableLimits.rows} rows`);
    return rows;
  };
  let dropped = 0;
  for await (const text of decoded(file, encoding)) {
    const rest = dropped < skip ? text.slice(skip - dropped) : text;
    dropped += text.length - rest.length;
    // In pieces, so that other requests get their turn while a large file is parsed.
    for (let start = 0; start < rest.length; start += headCharacters) {
      parser.write(rest.slice(start, start + headCharacters));
      if (parser.errored) throw inWords(parser.errored);
      const rows = taken();
      if (rows.length > 0) yield rows;
    }
  }
  parser.end();
  const last: RawRow[] = [];
  try {
    for await (const cells of parser) last.push({ number: (number += 1), cells: cells as string[] });
  } catch (error) {
    throw inWords(error as Error);
  }
  if (last.length > 0) yield last;
}

function inWords(error: Error): Error {
  if (!(error instanceof CsvError)) return error;
  const line = typeof error['lines'] === 'number' ? ` near line ${error['lines']}` : '';
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return new TableError(`A quotation mark is opened and never closed${line}`);
  if (error.code === 'CSV_MAX_RECORD_SIZE') return new TableError(`A row is longer than ${largestRecord / 1024 / 1024} million characters${line}: is a quotation mark never closed?`);
  return new TableError(`The file is not a table${line} (${error.code})`);
}

async function headOf(file: ByteSource, encoding: Encoding): Promise<string> {
  let head = '';
  for await (const text of decoded(file, encoding)) {
    head += text;
    if (head.length >= headCharacters) break;
  }
  return head.slice(0, headCharacters);
}
