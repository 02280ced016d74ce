import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { TableError, tableLimits } from './table-error.js';

const delimiters = [',', ';', '\t', '|'] as const;

/** Characters of the largest record: all columns full of long text would be more than any tool writes. */
const largestRecord = 4 * 1024 * 1024;

/** Rows of a CSV file: its encoding and delimiter are recognised. @throws {TableError} */
export async function* readCsv(file: Buffer): AsyncGenerator<string[]> {
  let text = decode(file);
  // Excel's own hint for the delimiter; it is no row of the table.
  const hint = /^sep=(.)\r?\n/i.exec(text)?.[1];
  if (hint) text = text.slice(text.indexOf('\n') + 1);
  const parser = Readable.from(pieces(text)).pipe(
    parse({ delimiter: hint ?? delimiterOf(text), relax_column_count: true, relax_quotes: true, skip_empty_lines: false, max_record_size: largestRecord }),
  );
  try {
    let rows = 0;
    for await (const row of parser) {
      rows += 1;
      // Blank rows count here: a file of nothing but line ends must not run on.
      if (rows > tableLimits.rows * 2) throw new TableError(`The file may have at most ${tableLimits.rows} rows`);
      yield row as string[];
    }
  } catch (error) {
    if (error instanceof CsvError) throw new TableError(inWords(error));
    throw error;
  }
}

function inWords(error: CsvError): string {
  const line = typeof error['lines'] === 'number' ? ` near line ${error['lines']}` : '';
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return `A quotation mark is opened and never closed${line}`;
  return `The file is not a table${line} (${error.code})`;
}

// In pieces, so that other requests get their turn while a large file is parsed.
function* pieces(text: string): Generator<string> {
  const length = 256 * 1024;
  for (let start = 0; start < text.length; start += length) yield text.slice(start, start + length);
}

function decode(file: Buffer): string {
  const [first, second, third] = file;
  if (first === 0xff && second === 0xfe) return decoded('utf-16le', file);
  if (first === 0xfe && second === 0xff) return decoded('utf-16be', file);
  if (first === 0xef && second === 0xbb && third === 0xbf) return decoded('utf-8', file);
  const guess = utf16Guess(file.subarray(0, 1_024));
  if (guess) return decoded(guess, file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch {
    return file.toString('latin1').replace(/[\u0080-\u009f]/g, (character) => windows1252[character.charCodeAt(0) - 0x80]!);
  }
}

// TextDecoder takes the byte order mark away.
const decoded = (encoding: string, file: Buffer) => new TextDecoder(encoding).decode(file);

/** What windows-1252 has at 0x80 to 0x9f. Node 20 decodes these as Latin-1 also when it is asked for windows-1252. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Text of a Latin script in UTF-16 has a zero in every second byte. */
function utf16Guess(head: Buffer): 'utf-16le' | 'utf-16be' | null {
  let even = 0;
  let odd = 0;
  head.forEach((byte, index) => {
    if (byte !== 0) return;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  });
  const enough = head.length * 0.3;
  if (odd > enough && even === 0) return 'utf-16le';
  return even > enough && odd === 0 ? 'utf-16be' : null;
}

/** The delimiter that the header row has most of, outside quotation marks. */
function delimiterOf(text: string): string {
  const counts = new Map<string, number>();
  let quoted = false;
  for (const character of text.slice(0, 64 * 1024)) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && character === '\n' && counts.size > 0) break;
    else if (!quoted && (delimiters as readonly string[]).includes(character)) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ',';
}
