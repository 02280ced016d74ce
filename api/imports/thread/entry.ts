/** What runs in an import's thread: it reads the file's rows and seals what will be written. It has no database and no keys of its own. */
import { parentPort } from 'node:worker_threads';
import { sealBatch } from '../../../store/vault/sealing.js';
import type { ByteSource } from '../../../tables/byte-source.js';
import { openTable, type Table } from '../../../tables/read.js';
import { fileChunkBytes } from '../file-chunks.js';
import { Line, type ImportCalls, type ThreadCalls } from './calls.js';

let table: Table | null = null;

const line: Line<ImportCalls, ThreadCalls> = new Line(parentPort!, {
  async open({ size, plain, choices, sheet }) {
    table = await openTable(fileOf(size, plain), choices, { sheet });
    return { reading: table.reading, headers: table.headers };
  },
  async rows() {
    const next = await table!.rows.next();
    return next.done ? null : next.value;
  },
  seal: sealBatch,
});

/** The file, whose bytes the import has. */
function fileOf(size: number, plain: boolean): ByteSource {
  const range = async (start: number, end: number) => Buffer.from((await line.call('bytes', start, end)).buffer);
  return {
    size,
    plain,
    range,
    async *chunks() {
      const chunk = (start: number) => {
        const read = range(start, Math.min(start + fileChunkBytes, size));
        read.catch(() => undefined);
        return read;
      };
      // The next one comes while the one before is worked on.
      let next = size > 0 ? chunk(0) : null;
      for (let start = fileChunkBytes; next; start += fileChunkBytes) {
        const bytes: Buffer = await next;
        next = start < size ? chunk(start) : null;
        yield bytes;
      }
    },
  };
}
