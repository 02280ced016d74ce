import type { MessagePort, Worker } from 'node:worker_threads';
import type { BatchSealing } from '../../../store/index.js';
import type { ReadingChoices, Table } from '../../../tables/read.js';
import type { RawRow } from '../../../tables/rows.js';
import { TableError } from '../../../tables/table-error.js';

/** What an import asks of its thread. */
export type ThreadCalls = {
  /** Opens a file; rows that are asked for from then on are those of it. */
  open(file: { readonly size: number; readonly plain: boolean; readonly choices: ReadingChoices; readonly sheet: string }): Promise<Omit<Table, 'rows'>>;
  /** The next portion of rows; null after the last one. */
  rows(): Promise<readonly RawRow[] | null>;
  seal: BatchSealing;
};

/** What the thread asks of its import. */
export type ImportCalls = {
  bytes(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
};

type Calls = Record<string, (...given: never[]) => unknown>;

type Message =
  | { readonly is: 'call'; readonly id: number; readonly name: string; readonly given: readonly unknown[] }
  | { readonly is: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly is: 'error'; readonly id: number; readonly kind: 'table' | 'other'; readonly error: unknown };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Calls in both ways between two threads. What is sent is copied, but for bytes that are answered: those pass over to who asked. */
export class Line<Theirs extends Calls, Ours extends Calls> {
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;
  private broken: { readonly by: unknown } | null = null;

  constructor(
    private readonly port: MessagePort | Worker,
    private readonly ours: Ours,
  ) {
    port.on('message', (message: Message) => void this.take(message));
  }

  /** Whether an answer is awaited. */
  get waits(): boolean {
    return this.waiting.size > 0;
  }

  call<N extends keyof Theirs & string>(name: N, ...given: Parameters<Theirs[N]>): Promise<Awaited<ReturnType<Theirs[N]>>> {
    return new Promise((resolve, reject) => {
      if (this.broken) return reject(this.broken.by as Error);
      const id = (this.calls += 1);
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.port.postMessage({ is: 'call', id, name, given } satisfies Message);
    });
  }

  /** Whether the other side can still answer. */
  get stands(): boolean {
    return this.broken === null;
  }

  /** Nothing is answered any more: whoever waits, or asks from now on, gets the error. */
  break(by: unknown): void {
    this.broken ??= { by };
    for (const { reject } of this.waiting.values()) reject(this.broken.by);
    this.waiting.clear();
  }

  private async take(message: Message): Promise<void> {
    if (message.is === 'call') return this.answer(message);
    const caller = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.is === 'answer') return caller?.resolve(message.value);
    // An error loses its class on its way.
    caller?.reject(message.kind === 'table' ? new TableError(String(message.error)) : message.error);
  }

  private async answer({ id, name, given }: Extract<Message, { is: 'call' }>): Promise<void> {
    try {
      const value: unknown = await this.ours[name]!(...(given as never[]));
      this.port.postMessage({ is: 'answer', id, value } satisfies Message, bytesIn(value));
    } catch (error) {
      const told = error instanceof TableError ? { kind: 'table' as const, error: error.message } : { kind: 'other' as const, error };
      this.port.postMessage({ is: 'error', id, ...told } satisfies Message);
    }
  }
}

/** What need not be copied: bytes alone or as a member called so. They have a buffer of their own. */
function bytesIn(value: unknown): ArrayBuffer[] {
  const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null)?.bytes;
  return bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [];
}
