// Everything a test or a person may do to the stand-in from outside the API. The HTTP form is in http.ts.

import type { Engine } from '../engine.js';
import { checkFault, type FaultRule, type FaultState } from '../faults.js';
import { newKey, type KeyInfo } from '../keys.js';
import type { LoggedRequest } from '../request-log.js';
import { isSync, markSynced, seedRecords, syncRule, type SeedRecord } from '../seed.js';
import { checkSwitches, type Switches } from '../switches.js';
import { resourceNames, type ResourceName, type Sync } from '../storage/rows.js';
import { States, type Diff } from './states.js';

export class ControlError extends Error {}

export interface AttachmentInfo {
  readonly id: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly fileName: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface Control {
  switches(): Switches;
  /** Changes the named switches; the others stay. Throws SwitchError naming the switch. */
  setSwitches(changes: Partial<Switches>): Switches;
  faults(): FaultState[];
  /** Adds rules behind those already set; gives their ids. Throws FaultError naming the field. */
  addFaults(...rules: FaultRule[]): number[];
  clearFaults(): void;
  latency(): number;
  /** Fixed wait before each API request is handled, in ms. */
  setLatency(ms: number): void;
  keys(): KeyInfo[];
  /** Adds a key, or replaces the one of that label. Without `key` one is made up. Password access is given unless false. */
  addKey(key: { label: string; key?: string; passwordAccess?: boolean }): { label: string; key: string };
  revokeKey(label: string): boolean;
  requests(limit?: number): readonly LoggedRequest[];
  /** Requests since the start or the last clear. */
  requestCount(): number;
  clearRequests(): void;
  saveState(name: string): void;
  loadState(name: string): void;
  states(): { name: string; at: string }[];
  diff(from: string, to?: string): Diff;
  /** Back to an account as at first start: records, switches, faults, latency, log, states. Keys stay. */
  reset(): void;
  /** Puts records there as if they had always been; gives their ids. Attribute names in any spelling. */
  seed(records: readonly SeedRecord[]): string[];
  /** Marks a record as owned by a PSA or RMM, as left behind by a PSA, or (null) as nobody's. */
  setSync(resource: ResourceName, id: string, sync: Sync | null): void;
  attachments(): AttachmentInfo[];
  /** Number of records per resource. */
  counts(): Record<ResourceName, number>;
}

export function createControl(engine: Engine): Control {
  const states = new States(engine);
  return {
    switches: () => ({ ...engine.switches }),
    setSwitches: (changes) => {
      engine.switches = { ...engine.switches, ...checkSwitches(changes) };
      engine.onSettings();
      return { ...engine.switches };
    },
    faults: () => engine.faults.list(),
    addFaults: (...rules) => engine.faults.add(rules.map(checkFault)),
    clearFaults: () => engine.faults.clear(),
    latency: () => engine.latencyMs,
    setLatency: (ms) => {
      if (!Number.isInteger(ms) || ms < 0 || ms > 600_000) throw new ControlError('latency must be a whole number of milliseconds from 0 to 600000');
      engine.latencyMs = ms;
      engine.onSettings();
    },
    keys: () => engine.keys.all().map(({ label, passwordAccess }) => ({ label, passwordAccess })),
    addKey: ({ label, key = newKey(), passwordAccess = true }) => {
      if (typeof label !== 'string' || label === '') throw new ControlError('label of a key must be a text');
      if (typeof key !== 'string' || key === '') throw new ControlError('key must be a text');
      if (typeof passwordAccess !== 'boolean') throw new ControlError('passwordAccess must be true or false');
      engine.keys.add({ label, key, passwordAccess });
      return { label, key };
    },
    revokeKey: (label) => engine.keys.revoke(label),
    requests: (limit) => engine.log.list(limit),
    requestCount: () => engine.log.total,
    clearRequests: () => engine.log.clear(),
    saveState: (name) => {
      if (typeof name !== 'string' || name === '') throw new ControlError('name of a state must be a text');
      states.save(name);
    },
    loadState: (name) => {
      if (!states.load(name)) throw new ControlError(`there is no state "${name}"`);
    },
    states: () => states.list(),
    diff: (from, to) => {
      const diff = states.diff(from, to);
      if (diff === null) throw new ControlError(`there is no state "${from}"${to === undefined ? '' : ` or "${to}"`}`);
      return diff;
    },
    reset: () => {
      engine.reset();
      states.clear();
    },
    seed: (records) => seedRecords(engine, records),
    setSync: (resource, id, sync) => {
      if (!resourceNames.includes(resource)) throw new ControlError(`there is no resource "${resource}"`);
      if (sync !== null && !isSync(sync)) throw new ControlError(`${syncRule}, or null`);
      if (!markSynced(engine.store, resource, id, sync)) throw new ControlError(`there is no ${resource} ${id}`);
    },
    attachments: () => engine.store.tables.attachments.list().map(({ id, body: { values } }) => ({
      id, resourceType: String(values['resource_type']), resourceId: String(values['resource_id']), fileName: String(values['attachment_file_name']),
      sha256: String(values['sha256']), size: Number(values['attachment_file_size']),
    })),
    counts: () => Object.fromEntries(resourceNames.map((name) => [name, engine.store.tables[name].size])) as Record<ResourceName, number>,
  };
}
