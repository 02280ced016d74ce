import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type ResourceLimits } from 'node:worker_threads';
import type { ByteSource } from '../../../tables/byte-source.js';
import type { RawRow } from '../../../tables/rows.js';
import { TableError } from '../../../tables/table-error.js';
import { Problem } from '../../problem.js';
import type { Tools } from '../tools.js';
import { Line, type ImportCalls, type ThreadCalls } from './calls.js';

export interface ThreadLimits {
  readonly memory: ResourceLimits;
  /** How long nothing may come while an answer is awaited. */
  readonly silentMs: number;
}

/**
 * The texts that a workbook shares have to be held, and may take 64 MB of it (`tableLimits`); many short ones take several times
 * as much in memory. The small young generation is what the thread fills when it reads a table of any size.
 */
const usualLimits: ThreadLimits = { memory: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 }, silentMs: 120_000 };

/** Portions of rows that are read ahead of the one that is worked on. */
const portionsAhead = 3;

/** Starts a thread for one import. `end` must be called in all cases; it ends the thread at once, whatever it does. */
export function startThread({ memory, silentMs }: ThreadLimits = usualLimits): Tools & { stands(): boolean; end(): Promise<void> } {
  const worker = newWorker(memory);
  let file: ByteSource | null = null;
  const line: Line<ThreadCalls, ImportCalls> = new Line(worker, {
    async bytes(start, end) {
      try {
        return new Uint8Array(await file!.range(start, end));
      } catch (error) {
        // Not told by way of the thread: the error keeps its class.
        line.break(error);
        throw error;
      }
    },
  });
  const silence = setTimeout(() => line.waits && line.break(broken(new Error(`No answer within ${silentMs} ms`))), silentMs);
  worker.on('message', () => silence.refresh());
  worker.on('messageerror', (error) => line.break(broken(error)));
  worker.on('error', (error) => line.break(isOutOfMemory(error) ? tooMuch() : broken(error)));
  worker.on('exit', (code) => line.break(broken(new Error(`The thread ended with ${code}`))));
  const call: typeof line.call = (name, ...given) => {
    if (!line.waits) silence.refresh();
    return line.call(name, ...given);
  };

  async function* rows(): AsyncGenerator<readonly RawRow[]> {
    const ask = () => {
      const portion = call('rows');
      portion.catch(() => undefined);
      return portion;
    };
    const asked = Array.from({ length: portionsAhead }, ask);
    for (let portion = await asked.shift(); portion; portion = await asked.shift()) {
      asked.push(ask());
      yield portion;
    }
  }

  return {
    async openTable(opened, choices, { sheet }) {
      file = opened;
      const facts = await call('open', { size: opened.size, plain: opened.plain ?? false, choices, sheet });
      return { ...facts, rows: rows() };
    },
    seal: (key, batch) => call('seal', key, batch),
    stands: () => line.stands,
    async end() {
      clearTimeout(silence);
      line.break(new Error('The import is over'));
      await worker.terminate();
    },
  };
}

/** From its source the thread is started like any other entry of the project: Node reads no TypeScript. */
function newWorker(memory: ResourceLimits): Worker {
  const extension = extname(fileURLToPath(import.meta.url));
  const entry = new URL(`./entry${extension}`, import.meta.url);
  const options = { name: 'import', execArgv: [], resourceLimits: memory };
  if (extension === '.js') return new Worker(entry, options);
  return new Worker(new URL('../../../local/run.mjs', import.meta.url), { ...options, argv: [fileURLToPath(entry)] });
}

const isOutOfMemory = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';

const tooMuch = () => new TableError('The file takes more memory to read than one import may have: split it, or send it as CSV');

/** For the sender in words; the cause is for the operator's log. */
function broken(cause: unknown): Problem {
  const problem = new Problem('internal', 'The import broke off while the file was read, and nothing of it was kept: send the file again');
  problem.cause = cause;
  return problem;
}
