/** Sees how far the exports of a round are, with one look at the database for all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../store/index.js';

export interface Seen {
  /** Of the last run of the export. */
  readonly run: number;
  readonly state: 'running' | 'blocked' | 'done';
  /** Records that are settled, from 0 to 1. */
  readonly share: number;
  /** Changes with everything that happens. */
  readonly trace: string;
}

const lookEveryMs = 350;

export class Watch {
  #seen = new Map<string, Seen>();
  #closed = false;
  readonly #done: Promise<void>;

  constructor(
    private readonly store: Store,
    private readonly clientIds: readonly string[],
  ) {
    this.#done = this.#look();
  }

  of = (clientId: string): Seen | undefined => this.#seen.get(clientId);

  /** Of all clients, from 0 to 1. */
  share(): number {
    return this.clientIds.reduce((sum, id) => sum + (this.#seen.get(id)?.share ?? 0), 0) / this.clientIds.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#done;
  }

  async #look(): Promise<void> {
    while (!this.#closed) {
      // The database is one of the parts that die.
      this.#seen = await this.#read().catch(() => this.#seen);
      await sleep(lookEveryMs);
    }
  }

  async #read(): Promise<Map<string, Seen>> {
    const where = { clientId: { in: [...this.clientIds] } };
    const runs = await this.store.db.export.findMany({ where, orderBy: { number: 'asc' }, select: { clientId: true, number: true, state: true } });
    const entries = await this.store.db.ledgerEntry.groupBy({ by: ['clientId', 'state'], where, _count: true, _sum: { attempts: true } });
    const seen = new Map<string, Seen>();
    for (const { clientId, number, state } of runs) {
      const own = entries.filter((entry) => entry.clientId === clientId);
      const count = (states: readonly string[]) => own.filter((entry) => states.includes(entry.state)).reduce((sum, entry) => sum + entry._count, 0);
      const total = own.reduce((sum, entry) => sum + entry._count, 0);
      const share = total === 0 ? 0 : count(['created', 'existing', 'failed', 'skipped']) / total;
      seen.set(clientId, { run: number, state: state as Seen['state'], share, trace: JSON.stringify([number, state, own]) });
    }
    return seen;
  }
}
