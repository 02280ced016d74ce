import { sealBatch, type BatchSealing } from '../../store/index.js';
import { openTable } from '../../tables/read.js';
import { startThread } from './thread/thread.js';

/** The heavy work of an import that needs no database: reading a file, and sealing what will be written. */
export interface Tools {
  readonly openTable: typeof openTable;
  readonly seal: BatchSealing;
}

/** They work here and now, on the thread that asks. */
export const tools: Tools = { openTable, seal: sealBatch };

/** Size of the smallest file that gets a thread of its own: to start one takes about as long as to read so much. */
const threadFromBytes = 512 * 1024;

/** For a file of that size: a large one is read and sealed in a thread of its own, which is gone afterwards in all cases. */
export async function withTools<T>(fileBytes: number, work: (tools: Tools) => Promise<T>): Promise<T> {
  if (fileBytes < threadFromBytes) return work(tools);
  const thread = startThread();
  try {
    return await work(thread);
  } finally {
    await thread.end();
  }
}
