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

/** Threads that are started for files on their way in; more files than are read at once get theirs when it is their turn. */
const mostAhead = 2;
let ahead = 0;

type Thread = ReturnType<typeof startThread>;

/** The thread of a file that is on its way in: ready by the time that all of it is there. `end` must be called in all cases. */
export class ThreadAhead {
  private thread: Thread | null = null;

  /** To be told of how much of the file is there. */
  seen(bytes: number): void {
    if (bytes < threadFromBytes || this.thread || ahead >= mostAhead) return;
    ahead += 1;
    this.thread = startThread();
  }

  /** Hands the thread over; null when there is none that works. */
  take(): Thread | null {
    const { thread } = this;
    if (!thread) return null;
    this.thread = null;
    ahead -= 1;
    return thread.stands() ? thread : null;
  }

  async end(): Promise<void> {
    await this.take()?.end();
  }
}

/** For a file of that size: a large one is read and sealed in a thread of its own, which is gone afterwards in all cases. */
export async function withTools<T>(fileBytes: number, ahead: ThreadAhead | null, work: (tools: Tools) => Promise<T>): Promise<T> {
  if (fileBytes < threadFromBytes) return work(tools);
  const thread = ahead?.take() ?? startThread();
  try {
    return await work(thread);
  } finally {
    await thread.end();
  }
}
