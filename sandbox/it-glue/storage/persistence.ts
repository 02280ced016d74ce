// Keeps the state in a file: a snapshot, rewritten as a whole, and a journal beside it that every committed write is
// appended to before it is answered. A kill loses nothing that was answered; with fsync a power cut does not either.

import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Engine } from '../engine.js';
import type { ApiKey } from '../keys.js';
import type { Switches } from '../switches.js';
import type { Change } from './store.js';
import { folderBlobs } from './blobs.js';
import { resourceNames } from './rows.js';

const journalLimit = 256 * 1024 * 1024;
/** Rows of these are the same in every account and come from the data file. */
const fixedTables = new Set(['countries', 'regions']);

interface Settings {
  readonly switches: Switches;
  readonly keys: readonly ApiKey[];
  readonly latencyMs: number;
}

type Line = { readonly n: number; readonly ids?: number; readonly c?: readonly Change[]; readonly settings?: Settings };

export class PersistenceError extends Error {}

function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The new name must be on the disk before the journal it replaces is emptied. */
function syncFolder(folder: string): void {
  // Windows opens no folders; its rename is durable enough.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** When a process started, in ticks since boot; tells a process from a later one of the same number. Empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** One process per data file; a lock left by a killed process is taken over. */
function lock(file: string): void {
  const path = `${file}.lock`;
  const [pid = '0', started = ''] = existsSync(path) ? readFileSync(path, 'utf8').split(' ') : [];
  const owner = Number(pid);
  if (owner > 0 && owner !== process.pid && processRuns(owner) && startOf(owner) === started) throw new PersistenceError(`The data file ${file} is in use by process ${owner}.`);
  const handle = openSync(path, 'w', 0o600);
  writeSync(handle, `${process.pid} ${startOf(process.pid)}`);
  closeSync(handle);
}

function readLine(text: string, file: string, number: number): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    throw new PersistenceError(`Line ${number} of ${file} cannot be read; the file is damaged.`);
  }
}

export class Persistence {
  private readonly journal: number;
  private written = 0;
  private sequence = 0;

  private constructor(private readonly engine: Engine, private readonly file: string, private readonly sync: boolean) {
    this.journal = openSync(`${file}.journal`, 'a+', 0o600);
  }

  /** Loads the file into the engine, or starts it from the engine's seed. Throws PersistenceError in words. */
  static open(engine: Engine, file: string, durability: 'journal' | 'fsync'): Persistence {
    if (!existsSync(dirname(file))) throw new PersistenceError(`The folder of the data file ${file} does not exist.`);
    lock(file);
    engine.blobs = folderBlobs(`${file}.files`, durability === 'fsync');
    const persistence = new Persistence(engine, file, durability === 'fsync');
    persistence.load();
    persistence.compact();
    engine.store.onCommit = (changes) => persistence.append({ ids: engine.store.idsGiven, c: changes });
    engine.onSettings = () => persistence.append({ settings: persistence.settings() });
    return persistence;
  }

  private settings(): Settings {
    const { switches, keys, latencyMs } = this.engine;
    return { switches, keys: keys.all(), latencyMs };
  }

  private append(line: Omit<Line, 'n'>): void {
    this.sequence += 1;
    const text = `${JSON.stringify({ n: this.sequence, ...line })}\n`;
    const length = Buffer.byteLength(text);
    try {
      if (writeSync(this.journal, text) !== length) throw new Error('the disk is full');
      if (this.sync) fsyncSync(this.journal);
    } catch (error) {
      // Half a line in the middle would make the rest unreadable.
      ftruncateSync(this.journal, this.written);
      throw error;
    }
    this.written += length;
    if (this.written > journalLimit) this.compact();
  }

  private apply(line: Line): void {
    const { engine } = this;
    this.sequence = line.n;
    if (line.ids !== undefined) engine.store.idsGiven = line.ids;
    for (const change of line.c ?? []) engine.store.apply(change);
    if (line.settings === undefined) return;
    engine.switches = { ...engine.switches, ...line.settings.switches };
    engine.keys.replaceAll(line.settings.keys);
    engine.latencyMs = line.settings.latencyMs;
  }

  private load(): void {
    const snapshot = existsSync(this.file) ? readFileSync(this.file, 'utf8').split('\n') : null;
    if (snapshot === null) this.engine.seed();
    else {
      this.engine.seedFixed();
      if (!snapshot[0]?.startsWith('{"format":1}')) throw new PersistenceError(`${this.file} is not a data file of this version of the stand-in.`);
      snapshot.slice(1).forEach((text, at) => text === '' || this.apply(readLine(text, this.file, at + 2)));
    }
    const from = this.sequence;
    const lines = readFileSync(`${this.file}.journal`, 'utf8').split('\n');
    // The last line may be torn by a kill; it was not answered then.
    lines.pop();
    lines.forEach((text, at) => {
      const line = readLine(text, `${this.file}.journal`, at + 1);
      if (line.n > from) this.apply(line);
    });
  }

  /** Writes the snapshot anew (temporary file, fsync, rename) and empties the journal. */
  compact(): void {
    const { store } = this.engine;
    const temporary = `${this.file}.tmp`;
    const handle = openSync(temporary, 'w', 0o600);
    writeSync(handle, `${JSON.stringify({ format: 1 })}\n`);
    let pending: Change[] = [];
    const flush = (): void => {
      if (pending.length > 0) writeSync(handle, `${JSON.stringify({ n: this.sequence, ids: store.idsGiven, c: pending } satisfies Line)}\n`);
      pending = [];
    };
    for (const name of resourceNames) {
      if (fixedTables.has(name)) continue;
      for (const row of store.tables[name].list()) if (pending.push([name, row.id, row.body]) >= 1_000) flush();
    }
    flush();
    writeSync(handle, `${JSON.stringify({ n: this.sequence, ids: store.idsGiven, settings: this.settings() } satisfies Line)}\n`);
    fsyncSync(handle);
    closeSync(handle);
    renameSync(temporary, this.file);
    syncFolder(dirname(this.file));
    // Lines that survive a crash between these two steps carry numbers the snapshot already covers.
    ftruncateSync(this.journal, 0);
    this.written = 0;
  }

  close(): void {
    this.compact();
    closeSync(this.journal);
    rmSync(`${this.file}.lock`, { force: true });
  }
}
