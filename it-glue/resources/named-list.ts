import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { bodyOfOne } from '../bodies.js';
import type { Caller } from '../caller.js';
import { read, readOne, type ItGlueId, type ItGlueRecord } from '../envelope.js';
import { ItGlueError } from '../errors.js';
import { listAll, type ListOptions } from '../pages.js';
import { route } from '../routes.js';
import { foldName, nameFilters, pickByName } from './names.js';
import type { CallOptions } from './organization-records.js';

/** Waits before each look after an unknown outcome: a request that timed out here may still finish there. */
export const DEFAULT_SETTLE_DELAYS_MS: readonly number[] = [2_000, 5_000, 15_000, 30_000];

const named = z.object({ name: read.text, createdAt: read.text });
export type Named = z.output<typeof named>;

export interface ReadableList {
  /** Everything the account has of this kind. */
  list(options?: ListOptions): Promise<ItGlueRecord<Named>[]>;
}

export interface GetOrCreateOptions extends CallOptions {
  /** Awaited just before a create is sent, and only then: the place to write down the intent. */
  readonly beforeCreate?: (name: string) => Promise<void>;
  /** The whole list as it was read just now: spares `getOrCreate` its own look. */
  readonly lookedAt?: readonly ItGlueRecord<{ readonly name: string | null }>[];
}

export interface GotOrCreated {
  readonly id: ItGlueId;
  /** As IT Glue spells it, which may differ in case from what was asked for. */
  readonly name: string;
  /** `settled`: the create's answer was lost, the record was found afterwards. */
  readonly how: 'existing' | 'created' | 'settled';
}

/** A list of the account that may grow: types, categories, manufacturers. One record per request, no bulk. */
export interface GrowingList extends ReadableList {
  /** Equal name first, then equal but for case and outer blanks; the lowest id of several. */
  findByName(name: string, options?: CallOptions): Promise<ItGlueRecord<Named> | null>;
  /** Creates without looking. Use `getOrCreate` unless the look has been done. */
  create(name: string, options?: CallOptions): Promise<ItGlueRecord<Named>>;
  /**
   * Finds or creates. A refused create is looked up again (somebody was quicker); an unknown outcome is settled by
   * looking up with growing delays, and thrown on as `unknownOutcome` when nothing appears. Calls of one process for
   * one name queue up; for several processes the caller needs a lock of its own around this.
   */
  getOrCreate(name: string, options?: GetOrCreateOptions): Promise<GotOrCreated>;
  /**
   * The same for many names with one look at the whole list, so that a new name costs one request. Gives one outcome
   * per name, in the order of the names; names equal but for case share one. One that fails does not stop the others.
   */
  getOrCreateMany(names: readonly string[], options?: GetOrCreateOptions): Promise<(GotOrCreated | ItGlueError)[]>;
}

type GrowingResource = 'configuration_types' | 'configuration_statuses' | 'contact_types' | 'password_categories' | 'manufacturers';
type ReadableResource = GrowingResource | 'organization_types' | 'organization_statuses' | 'operating_systems' | 'platforms';

export function readableList(caller: Caller, resource: ReadableResource): ReadableList {
  return {
    list: (options = {}) =>
      listAll(caller, { route: route(`/${resource}`), reader: named, sort: sortOf(resource), ...options }),
  };
}

/** Password categories are the one list that cannot be sorted by id. */
function sortOf(resource: ReadableResource): string {
  return resource === 'password_categories' ? 'created_at' : 'id';
}

export function growingList(caller: Caller, resource: GrowingResource, settleDelaysMs: readonly number[]): GrowingList {
  const { list } = readableList(caller, resource);
  const queues = new Map<string, Promise<unknown>>();

  async function findByName(name: string, options: CallOptions = {}): Promise<ItGlueRecord<Named> | null> {
    for (const filter of nameFilters(name)) {
      const answered = await listAll(caller, {
        route: route(`/${resource}`),
        reader: named,
        sort: sortOf(resource),
        filter: [['filter[name]', filter]],
        ...options,
      });
      const exact = pickByName(answered, name);
      if (exact !== null && exact.attributes.name === name) return exact;
    }
    // The filter compares exactly on most accounts: a spelling in another case shows only in the whole list.
    return pickByName(await list(options), name);
  }

  function create(name: string, options: CallOptions = {}): Promise<ItGlueRecord<Named>> {
    return caller.write({
      route: route(`/${resource}`),
      body: bodyOfOne(resource.replace(/_/g, '-'), { name }),
      records: 1,
      ...options,
      check: (answer) => readOne(answer, named),
    });
  }

  async function settle(name: string, outcome: ItGlueError, options: CallOptions): Promise<GotOrCreated> {
    for (const delayMs of settleDelaysMs) {
      await sleep(delayMs, undefined, options.signal && { signal: options.signal }).catch(() => {
        throw outcome;
      });
      try {
        const found = await findByName(name, options);
        if (found !== null) return result(found, name, 'settled');
      } catch (error) {
        // While the look-up itself fails for now, the outcome stays unknown; a longer wait may help.
        if (!(error instanceof ItGlueError) || error.kind !== 'busy') throw outcome;
      }
    }
    throw outcome;
  }

  async function createAbsent(name: string, { beforeCreate, lookedAt: _seen, beforeSend, ...options }: GetOrCreateOptions): Promise<GotOrCreated> {
    await beforeCreate?.(name);
    try {
      return result(await create(name, { ...options, ...(beforeSend && { beforeSend }) }), name, 'created');
    } catch (error) {
      if (!(error instanceof ItGlueError)) throw error;
      if (error.kind === 'unknownOutcome') return settle(name, error, options);
      const other = error.kind === 'invalid' ? await findByName(name, options) : null;
      if (other === null) throw error;
      return result(other, name, 'existing');
    }
  }

  /** Calls that share a name go one after another, so that two of this process never both find it absent. */
  async function inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const keys = new Set(names.map(foldName));
    const mine = Promise.all([...keys].map((key) => queues.get(key))).then(work);
    const done = mine.then(() => undefined, () => undefined);
    for (const key of keys) queues.set(key, done);
    try {
      return await mine;
    } finally {
      for (const key of keys) if (queues.get(key) === done) queues.delete(key);
    }
  }

  const getOrCreate = (name: string, options: GetOrCreateOptions = {}) =>
    inTurn([name], async () => {
      const found = options.lookedAt ? pickByName(options.lookedAt, name) : await findByName(name, signalOf(options));
      return found === null ? createAbsent(name, options) : result(found, name, 'existing');
    });

  const getOrCreateMany = (names: readonly string[], options: GetOrCreateOptions = {}) =>
    inTurn(names, async () => {
      if (names.length === 0) return [];
      const there = await list(signalOf(options));
      const absent = new Map<string, Promise<GotOrCreated>>();
      const outcomes = names.map((name) => {
        const found = pickByName(there, name);
        if (found !== null) return result(found, name, 'existing');
        const creating = absent.get(foldName(name)) ?? createAbsent(name, options);
        absent.set(foldName(name), creating);
        return creating;
      });
      return (await Promise.allSettled(outcomes)).map((outcome) => {
        if (outcome.status === 'fulfilled') return outcome.value;
        if (outcome.reason instanceof ItGlueError) return outcome.reason;
        throw outcome.reason;
      });
    });

  return { list, findByName, create, getOrCreate, getOrCreateMany };
}

function signalOf({ signal }: CallOptions): CallOptions {
  return signal ? { signal } : {};
}

function result(record: ItGlueRecord<{ readonly name: string | null }>, asked: string, how: GotOrCreated['how']): GotOrCreated {
  return { id: record.id, name: record.attributes.name ?? asked, how };
}
