// Entry for programs: starts the stand-in of the IT Glue API in this process.

import type { AddressInfo } from 'node:net';
import { createControl, type Control } from './control/control.js';
import { controlSide } from './control/http.js';
import { Engine } from './engine.js';
import { newKey } from './keys.js';
import { pagesSide } from './pages/pages.js';
import { createSandboxServer } from './server.js';
import { checkSwitches, type Switches } from './switches.js';
import { Persistence } from './storage/persistence.js';

export type { Control, AttachmentInfo } from './control/control.js';
export type { Diff } from './control/states.js';
export type { FaultKind, FaultRule, FaultState } from './faults.js';
export type { SeedRecord } from './seed.js';
export type { Switches } from './switches.js';
export type { ResourceName, Sync } from './storage/rows.js';

export interface SandboxOptions {
  /** 0 (the default): a free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Key of the label "default", with password access. Default: the one kept in the data file, else a new one. */
  readonly apiKey?: string;
  readonly switches?: Partial<Switches>;
  /** File the state is kept in; its journal, its files and its lock lie beside it. Absent: in memory only. */
  readonly dataFile?: string;
  /** journal (default): what was answered survives a kill. fsync: it survives a power cut too, at the price of speed. */
  readonly durability?: 'journal' | 'fsync';
  /** Told of every finished API request, as "POST /contacts 201 0.4ms". */
  readonly onRequest?: (line: string) => void;
}

export interface Sandbox {
  /** Base address of the API, without a trailing slash. */
  readonly url: string;
  /** Address of the pages; an organization is at `${webUrl}/<id>`. */
  readonly webUrl: string;
  readonly apiKey: string;
  readonly control: Control;
  /** Saves, ends all connections and stops. */
  close(): Promise<void>;
}

/** Starts the stand-in; resolves when it takes requests. Rejects with the port's error, PersistenceError or SwitchError. */
export async function startItGlueSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const engine = new Engine(checkSwitches(options.switches ?? {}));
  const persistence = options.dataFile === undefined ? null : Persistence.open(engine, options.dataFile, options.durability ?? 'journal');
  if (persistence === null) engine.seed();
  if (options.switches !== undefined) engine.switches = { ...engine.switches, ...options.switches };
  const kept = engine.keys.all().find(({ label }) => label === 'default');
  const apiKey = options.apiKey ?? kept?.key ?? newKey();
  if (kept?.key !== apiKey) engine.keys.add({ label: 'default', key: apiKey, passwordAccess: true });
  const control = createControl(engine);
  const server = createSandboxServer(engine, { control: controlSide(engine, control), pages: pagesSide(engine) }, options.onRequest ?? (() => {}));
  const host = options.host ?? '127.0.0.1';
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, host, resolve);
    });
  } catch (error) {
    persistence?.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  // An address that stands for "all of them" is not one to call.
  const callable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  engine.url = `http://${callable}:${port}`;
  engine.webUrl = `${engine.url}/web`;
  return {
    url: engine.url,
    webUrl: engine.webUrl,
    apiKey,
    control,
    close: async () => {
      engine.stopping.abort();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      persistence?.close();
    },
  };
}
