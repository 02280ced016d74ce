/** Who may use the one PostgreSQL session of a PGlite database, and for how long. */
import type { PGlite } from '@electric-sql/pglite';
import { StatusWatcher, message } from './pg-wire.js';

/** A connection as the turns see it. */
export interface Guest {
  /** Whole batches waiting to be executed, oldest first. */
  readonly batches: Buffer[];
  /** Private names of the prepared statements that it has made. */
  readonly statementNames: Set<string>;
  send(bytes: Buffer): void;
  /** Told after a batch of so many bytes has been executed. */
  batchTaken(bytes: number): void;
  fail(code: string, text: string): void;
}

export interface TurnOptions {
  idleTransactionMs: number;
  onFatal?: (error: Error) => void;
}

const SYNC = message('S', Buffer.alloc(0));
const ROLLBACK = message('Q', 'ROLLBACK');

/**
 * First come, first served: a guest holds the database from its first batch until no transaction is open, then goes to
 * the end of the queue. A batch runs synchronously, so a client that dies half-way through sending one has no effect.
 */
export class PgliteTurns {
  readonly #db: PGlite;
  readonly #options: TurnOptions;
  readonly #queue: Guest[] = [];
  #holder: Guest | undefined;
  /** Names of statements left by guests who are gone, deallocated when nobody holds the database. */
  #orphans: string[] = [];
  #idle: NodeJS.Timeout | undefined;
  #scheduled = false;
  #state: 'open' | 'stopped' = 'open';

  constructor(db: PGlite, options: TurnOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** A guest has one more whole batch. */
  request(guest: Guest): void {
    if (guest !== this.#holder && !this.#queue.includes(guest)) this.#queue.push(guest);
    this.#schedule();
  }

  /** Bytes came from a guest: it is not idle. */
  heardFrom(guest: Guest): void {
    if (guest === this.#holder && this.#idle !== undefined) this.#idle.refresh();
  }

  /** A guest is gone: its waiting batches are dropped and its transaction is rolled back. Harmless when repeated. */
  leave(guest: Guest): void {
    guest.batches.length = 0;
    this.#orphans.push(...guest.statementNames);
    guest.statementNames.clear();
    const place = this.#queue.indexOf(guest);
    if (place !== -1) this.#queue.splice(place, 1);
    if (guest === this.#holder) {
      // Sync first: after an error inside a batch PostgreSQL skips everything until it comes.
      this.#execute(Buffer.concat([SYNC, ROLLBACK]), () => undefined);
      this.#release();
    }
    this.#schedule();
  }

  stop(): void {
    this.#state = 'stopped';
    clearTimeout(this.#idle);
  }

  /** One batch per turn of the event loop, so that sockets are read and written between batches. */
  #schedule(): void {
    if (this.#scheduled || this.#state === 'stopped') return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#step();
    });
  }

  #step(): void {
    if (this.#state === 'stopped') return;
    if (this.#holder === undefined) {
      this.#forgetOrphans();
      this.#holder = this.#queue.shift();
    }
    const guest = this.#holder;
    const batch = guest?.batches.shift();
    if (guest === undefined || batch === undefined) return;

    const status = this.#execute(batch, (bytes) => guest.send(bytes));
    if (this.#holder !== guest) return;
    // No ReadyForQuery means that the batch ended in Flush: the rest is still to come.
    if (status === 'I') {
      this.#release();
      if (guest.batches.length > 0) this.#queue.push(guest);
    } else {
      this.#watchIdle(guest);
    }
    guest.batchTaken(batch.length);
    this.#schedule();
  }

  #execute(batch: Buffer, onBytes: (bytes: Buffer) => void): StatusWatcher['status'] {
    if (this.#state === 'stopped') return undefined;
    const watcher = new StatusWatcher();
    // The work is done before the call returns; the promise only tells of an exception. The bytes are a view into
    // PGlite's memory that the next query overwrites, hence the copy.
    this.#db
      .execProtocolRawStream(batch, {
        syncToFs: false,
        onRawData: (bytes) => {
          watcher.feed(bytes);
          onBytes(Buffer.from(bytes));
        },
      })
      .catch((error: unknown) => this.#die(error));
    return watcher.status;
  }

  /** PGlite throws only when its session has ended or its memory is damaged; ordinary SQL errors are answers. */
  #die(failure: unknown): void {
    if (this.#state === 'stopped') return;
    this.stop();
    this.#options.onFatal?.(failure instanceof Error ? failure : new Error(`the embedded database ended: ${JSON.stringify(failure)}`));
  }

  #release(): void {
    this.#holder = undefined;
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  #watchIdle(guest: Guest): void {
    clearTimeout(this.#idle);
    const ms = this.#options.idleTransactionMs;
    this.#idle = setTimeout(() => {
      guest.fail(
        '25P03',
        `the transaction was rolled back: its client sent nothing for ${ms / 1000} s, and the embedded database runs one transaction at a time`,
      );
    }, ms);
    this.#idle.unref();
  }

  #forgetOrphans(): void {
    if (this.#orphans.length === 0) return;
    const names = this.#orphans.splice(0);
    const closes = names.map((name) => message('C', Buffer.from(`S${name}\0`)));
    this.#execute(Buffer.concat([...closes, SYNC]), () => undefined);
  }
}
