// The stand-in without a network: account, keys, switches, faults, log. The server and the control interface both work on it.

import type { Account } from './handling.js';
import type { Scene } from './definitions/field.js';
import { Faults } from './faults.js';
import { Keys } from './keys.js';
import { RateLimit } from './rate-limit.js';
import { removeRecord } from './removal.js';
import { RequestLog } from './request-log.js';
import { seedAccount, seedGeography } from './seed.js';
import { defaultSwitches, type Switches } from './switches.js';
import { memoryBlobs, type Blobs } from './storage/blobs.js';
import { resourceNames } from './storage/rows.js';
import { Store } from './storage/store.js';

export class Engine implements Account {
  readonly store = new Store();
  readonly keys = new Keys();
  readonly faults = new Faults();
  readonly log = new RequestLog();
  readonly rateLimit = new RateLimit();
  switches: Switches;
  latencyMs = 0;
  blobs: Blobs = memoryBlobs();
  /** Aborted when the stand-in stops: whatever still waits is given up and writes nothing any more. */
  readonly stopping = new AbortController();
  /** Set once the port is known. */
  url = '';
  webUrl = '';
  /** Called when switches, keys or latency change, so that they can be kept. */
  onSettings: () => void = () => {};

  constructor(readonly startSwitches: Partial<Switches>, readonly now: () => Date = () => new Date()) {
    this.switches = { ...defaultSwitches(), ...startSwitches };
    this.keys.onChange = () => this.onSettings();
  }

  scene(origin: string): Scene {
    return { tables: this.store.tables, switches: this.switches, webUrl: this.webUrl, origin, now: this.now };
  }

  /** Fills an empty store: the account's lists, and the countries and regions that all accounts share. */
  seed(): void {
    this.seedFixed();
    seedAccount(this.store, this.store.begin(), this.switches.idMode, this.now().toISOString());
  }

  /** Back to an account as at first start; only the keys stay. */
  reset(): void {
    const transaction = this.store.begin();
    for (const name of resourceNames) {
      if (name !== 'countries' && name !== 'regions') for (const row of [...this.store.tables[name].list()]) transaction.remove(name, row.id);
    }
    this.store.idsGiven = 0;
    this.switches = { ...defaultSwitches(), ...this.startSwitches };
    seedAccount(this.store, transaction, this.switches.idMode, this.now().toISOString());
    transaction.commit();
    this.faults.clear();
    this.log.clear();
    this.rateLimit.clear();
    this.latencyMs = 0;
    this.onSettings();
  }

  seedFixed(): void {
    seedGeography(this.store, this.now().toISOString());
  }

  /** Removes organizations whose time has come. Looked at before every request, so no timer is needed. */
  sweep(): void {
    const { marked, tables } = this.store;
    if (marked.size === 0) return;
    const now = this.now().getTime();
    const transaction = this.store.begin();
    for (const id of [...marked]) {
      if ((tables.organizations.get(id)?.body.goneAt ?? Infinity) <= now) removeRecord(this.store, transaction, 'organizations', id);
    }
    transaction.commit();
  }
}
