// Named pictures of the whole state, kept in memory: save, load, list, compare.

import type { Engine } from '../engine.js';
import { resourceNames, type Body, type ResourceName } from '../storage/rows.js';
import { compareIds } from '../storage/rows.js';
import type { Change } from '../storage/store.js';

type Picture = Readonly<Record<ResourceName, ReadonlyMap<string, Body>>>;

/** Ids by what happened to them between two states, per resource; resources without a difference are left out. */
export type Diff = Partial<Record<ResourceName, { readonly created: string[]; readonly changed: string[]; readonly deleted: string[] }>>;

export class States {
  private readonly saved = new Map<string, { readonly at: string; readonly picture: Picture }>();

  constructor(private readonly engine: Engine) {}

  private current(): Picture {
    const { tables } = this.engine.store;
    // Bodies are never changed in place, so a picture costs references only.
    return Object.fromEntries(resourceNames.map((name) => [name, new Map(tables[name].list().map((row) => [row.id, row.body]))])) as unknown as Picture;
  }

  save(name: string): void {
    this.engine.sweep();
    this.saved.set(name, { at: this.engine.now().toISOString(), picture: this.current() });
  }

  list(): { name: string; at: string }[] {
    return [...this.saved].map(([name, { at }]) => ({ name, at }));
  }

  remove(name: string): boolean {
    return this.saved.delete(name);
  }

  clear(): void {
    this.saved.clear();
  }

  /** Makes the records what they were; ids given out since are not given out again. False when there is no such state. */
  load(name: string): boolean {
    const picture = this.saved.get(name)?.picture;
    if (picture === undefined) return false;
    const transaction = this.engine.store.begin();
    for (const [resource, id, body] of differences(this.current(), picture)) {
      if (body === null) transaction.remove(resource, id);
      else transaction.put(resource, id, body);
    }
    transaction.commit();
    return true;
  }

  /** What happened from one saved state to another, or to now. Null when a name is unknown. */
  diff(from: string, to?: string): Diff | null {
    this.engine.sweep();
    const before = this.saved.get(from)?.picture;
    const later = to === undefined ? this.current() : this.saved.get(to)?.picture;
    if (before === undefined || later === undefined) return null;
    const diff: Diff = {};
    for (const [resource, id, body] of differences(before, later)) {
      const entry = (diff[resource] ??= { created: [], changed: [], deleted: [] });
      entry[body === null ? 'deleted' : before[resource].has(id) ? 'changed' : 'created'].push(id);
    }
    for (const entry of Object.values(diff)) for (const ids of Object.values(entry)) ids.sort(compareIds);
    return diff;
  }
}

function differences(before: Picture, later: Picture): Change[] {
  const changes: Change[] = [];
  for (const name of resourceNames) {
    if (before[name].size === later[name].size && name === 'regions') continue;
    for (const [id, body] of later[name]) if (before[name].get(id) !== body) changes.push([name, id, body]);
    for (const id of before[name].keys()) if (!later[name].has(id)) changes.push([name, id, null]);
  }
  return changes;
}
