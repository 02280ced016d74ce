import { Readable } from 'node:stream';
import { fromRandomAccessReader, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import type { ByteSource } from '../byte-source.js';
import { megabytes, TableError, tableLimits } from '../table-error.js';

/** The parts of a workbook by their path, each unpacked only when it is asked for. */
export interface WorkbookParts {
  has(path: string): boolean;
  /** The text of a part, piece by piece. One that unpacks to more than it claims ends with an error. */
  text(path: string): AsyncGenerator<string>;
  size(path: string): number;
}

const notExcel = 'The file is not an Excel workbook (.xlsx)';

/** What other packages in a ZIP hold, and what to tell their sender. */
const otherPackages: readonly (readonly [part: RegExp, words: string])[] = [
  [/^xl\/workbook\.bin$/, 'The file is a binary workbook (.xlsb): save it as an Excel workbook (.xlsx) and send that'],
  [/^content\.xml$/, 'The file is an OpenDocument file: save it as an Excel workbook (.xlsx) and send that'],
  [/^word\//, 'The file is a Word document, no table'],
  [/\.csv$/i, 'The file is a ZIP with CSV files: send one of them at a time'],
];

/** Opens the package and looks at what it claims to hold before anything is unpacked. @throws {TableError} */
export async function openParts(file: ByteSource): Promise<WorkbookParts> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    fromRandomAccessReader(new SourceReader(file), file.size, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, opened) =>
      error ? reject(new TableError(notExcel)) : resolve(opened),
    );
  });
  const entries = await entriesOf(zip);
  if (!entries.has('xl/workbook.xml')) {
    const names = [...entries.keys()];
    throw new TableError(otherPackages.find(([part]) => names.some((name) => part.test(name)))?.[1] ?? notExcel);
  }
  return {
    has: (path) => entries.has(path),
    size: (path) => entries.get(path)?.uncompressedSize ?? 0,
    text: (path) => textOf(zip, entries.get(path)),
  };
}

async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let unpacked = 0;
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      unpacked += entry.uncompressedSize;
      if (unpacked > tableLimits.unpackedBytes) return reject(new TableError(`The workbook is too large once unpacked: more than ${megabytes(tableLimits.unpackedBytes)}`));
      if (entries.size >= tableLimits.parts) return reject(new TableError(`The workbook has more than ${tableLimits.parts} parts`));
      if (entry.isEncrypted()) return reject(new TableError('The workbook is protected by a password: take the protection away and send it again'));
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.on('end', resolve);
    zip.on('error', () => reject(new TableError('The file is damaged')));
    zip.readEntry();
  });
  return entries;
}

async function* textOf(zip: ZipFile, entry: Entry | undefined): AsyncGenerator<string> {
  if (!entry) throw new TableError('The workbook is damaged: a part of it is not there');
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(new TableError('The file is damaged')) : resolve(opened)));
  });
  const decoder = new TextDecoder('utf-8');
  try {
    for await (const chunk of stream) yield decoder.decode(chunk as Buffer, { stream: true });
  } catch (error) {
    if (error instanceof TableError) throw error;
    throw new TableError('The file is damaged');
  }
  yield decoder.decode();
}

/** Lets the unpacker read any part of a file that is not on disk. */
class SourceReader extends RandomAccessReader {
  constructor(private readonly file: ByteSource) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const { file } = this;
    const step = 256 * 1024;
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = start; at < end; at += step) yield file.range(at, Math.min(at + step, end));
    }
    return Readable.from(pieces(), { objectMode: false });
  }
}
