import { compareIds, groupField, type Body, type ResourceName, type Row } from './rows.js';

/** A list that is kept sorted by id and rebuilt only after a removal. */
class SortedRows {
  private readonly byId = new Map<string, Row>();
  private sorted: Row[] | null = [];

  add(row: Row): void {
    this.byId.set(row.id, row);
    const last = this.sorted?.at(-1);
    // New ids grow, so adding at the end is the rule; anything else is sorted at the next read.
    if (this.sorted !== null && (last === undefined || compareIds(last.id, row.id) < 0)) this.sorted.push(row);
    else this.sorted = null;
  }

  remove(id: string): void {
    if (this.byId.delete(id)) this.sorted = null;
  }

  read(): readonly Row[] {
    this.sorted ??= [...this.byId.values()].sort((a, b) => compareIds(a.id, b.id));
    return this.sorted;
  }

  get size(): number {
    return this.byId.size;
  }
}

const none: readonly Row[] = [];

/** The records of one resource, found by id, by group (organization or other parent) and by name. */
export class Table {
  private readonly rows = new Map<string, Row>();
  private readonly all = new SortedRows();
  private readonly groups = new Map<string, SortedRows>();
  private readonly names = new Map<string, Set<Row>>();
  private readonly groupBy: string | undefined;
  /** Grows with every change; what is computed from a whole table can be kept for as long as it stands still. */
  version = 0;

  constructor(readonly name: ResourceName) {
    this.groupBy = groupField[name];
  }

  get(id: string): Row | undefined {
    return this.rows.get(id);
  }

  list(): readonly Row[] {
    return this.all.read();
  }

  group(key: string): readonly Row[] {
    return this.groups.get(key)?.read() ?? none;
  }

  /** Records whose name is this one when case is not looked at, in order of id. */
  named(name: string): Row[] {
    return [...(this.names.get(name.toLowerCase()) ?? [])].sort((a, b) => compareIds(a.id, b.id));
  }

  get size(): number {
    return this.all.size;
  }

  put(id: string, body: Body): Row {
    this.version += 1;
    let row = this.rows.get(id);
    if (row === undefined) {
      row = { id, body };
      this.rows.set(id, row);
      this.all.add(row);
      this.enter(row);
      return row;
    }
    const moved = this.keyOf(row.body) !== this.keyOf(body) || row.body.values['name'] !== body.values['name'];
    if (moved) this.leave(row);
    row.body = body;
    if (moved) this.enter(row);
    return row;
  }

  delete(id: string): void {
    const row = this.rows.get(id);
    if (row === undefined) return;
    this.version += 1;
    this.rows.delete(id);
    this.all.remove(id);
    this.leave(row);
  }

  private keyOf(body: Body): string | null {
    const key = this.groupBy === undefined ? null : body.values[this.groupBy];
    return typeof key === 'string' ? key : null;
  }

  private enter(row: Row): void {
    const key = this.keyOf(row.body);
    if (key !== null) {
      let group = this.groups.get(key);
      if (group === undefined) this.groups.set(key, (group = new SortedRows()));
      group.add(row);
    }
    const name = row.body.values['name'];
    if (typeof name === 'string') {
      const lower = name.toLowerCase();
      const same = this.names.get(lower);
      if (same === undefined) this.names.set(lower, new Set([row]));
      else same.add(row);
    }
  }

  private leave(row: Row): void {
    const key = this.keyOf(row.body);
    if (key !== null) {
      const group = this.groups.get(key);
      group?.remove(row.id);
      if (group?.size === 0) this.groups.delete(key);
    }
    const name = row.body.values['name'];
    if (typeof name === 'string') {
      const lower = name.toLowerCase();
      const same = this.names.get(lower);
      same?.delete(row);
      if (same?.size === 0) this.names.delete(lower);
    }
  }
}
