import { Table } from './table.js';
import { resourceNames, type Body, type ResourceName } from './rows.js';

/** One change, as it is kept in the journal: `null` body is a removal. */
export type Change = readonly [resource: ResourceName, id: string, body: Body | null];

/** All records of the stand-in's one account, and the counter that ids come from. */
export class Store {
  readonly tables: Readonly<Record<ResourceName, Table>>;
  /** How many ids were given out; with the mode it decides the next id. */
  idsGiven = 0;
  /** Records that are marked for deletion. */
  readonly marked = new Set<string>();
  /** Called with every committed set of changes, before the request is answered. */
  onCommit: (changes: readonly Change[]) => void = () => {};

  constructor() {
    this.tables = Object.fromEntries(resourceNames.map((name) => [name, new Table(name)])) as Record<ResourceName, Table>;
  }

  nextId(mode: 'small' | 'large17'): string {
    this.idsGiven += 1;
    // The large ids are odd and lie between 2^53 and 2^54, where a double holds even numbers only: rounding always shows.
    return mode === 'small' ? String(20_000_000 + this.idsGiven * 3) : String(10_000_000_000_000_001n + BigInt(this.idsGiven) * 1_526n);
  }

  begin(): Transaction {
    return new Transaction(this);
  }

  apply(change: Change): void {
    const [resource, id, body] = change;
    if (body === null) this.tables[resource].delete(id);
    else this.tables[resource].put(id, body);
    if (body?.goneAt !== undefined) this.marked.add(id);
    else if (this.marked.size > 0) this.marked.delete(id);
  }
}

/** A set of changes that are visible at once and are either kept or taken back together. */
export class Transaction {
  private readonly changes: Change[] = [];
  private readonly before: Change[] = [];

  constructor(private readonly store: Store) {}

  put(resource: ResourceName, id: string, body: Body): void {
    this.change([resource, id, body]);
  }

  remove(resource: ResourceName, id: string): void {
    this.change([resource, id, null]);
  }

  private change(change: Change): void {
    const [resource, id] = change;
    this.before.push([resource, id, this.store.tables[resource].get(id)?.body ?? null]);
    this.changes.push(change);
    this.store.apply(change);
  }

  /** Keeps the changes. When they cannot be written down they are taken back, and the error goes on. */
  commit(): void {
    if (this.changes.length === 0) return;
    try {
      this.store.onCommit(this.changes);
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  rollback(): void {
    for (const change of this.before.reverse()) this.store.apply(change);
    this.before.length = 0;
    this.changes.length = 0;
  }
}
