/** Processes of a test: started until they are ready, killed or stopped by it, and never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOrphanGuard } from '../../local/orphan-guard.js';

export interface ProcessSpec {
  /** For messages: "API 1 (built)". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** All that it gets besides what every program needs; nothing of the test's own settings leaks into it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Runs as this user instead of the test's. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Resolves when it can be used. Without it the process says so by a line `READY {...}`. */
  readonly probe?: (signal: AbortSignal) => Promise<void>;
  /** The signal that ends it in order; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** What its READY line said. */
  readonly ready: Readonly<Record<string, unknown>>;
  isAlive(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 20_000;
const KEPT_LINES = 40;
const NEEDED_BY_ALL = ['PATH', 'HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'CLIENT_ONBOARDER_CACHE'];

/** The environment of a program without the settings that the test itself was started with. */
export const plainEnvironment = (): Record<string, string> =>
  Object.fromEntries(NEEDED_BY_ALL.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

interface Started {
  readonly spec: ProcessSpec;
  readonly child: ChildProcess;
  /** The last ones that it said. */
  lines: string[];
  end: 'wanted' | 'not wanted';
}

export class Processes {
  readonly #guard = startOrphanGuard();
  readonly #started: Started[] = [];

  /** Starts a process and resolves when it is ready. */
  async start(spec: ProcessSpec): Promise<RunningProcess> {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...plainEnvironment(), ...spec.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the guard ends what it started, too.
      detached: true,
      ...spec.user,
    });
    const one: Started = { spec, child, lines: [], end: 'not wanted' };
    this.#started.push(one);
    const over = new AbortController();
    let ready: Record<string, unknown> = {};
    const said = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          if (line.startsWith('READY ')) {
            ready = JSON.parse(line.slice(6)) as Record<string, unknown>;
            resolve();
          } else one.lines = [...one.lines.slice(1 - KEPT_LINES), line];
        });
      }
    });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new Error(`${spec.name} cannot be started: ${error.message}`)));
      child.once('close', () => reject(new Error(`${spec.name} ended before it was ready:\n${one.lines.join('\n')}`)));
    });
    const late = sleep(READY_WITHIN_MS, undefined, { signal: over.signal }).then(() => {
      throw new Error(`${spec.name} was not ready within ${READY_WITHIN_MS / 1_000} s:\n${one.lines.join('\n')}`);
    });
    const probed = spec.probe?.(over.signal) ?? said;
    for (const promise of [probed, failed, late]) promise.catch(() => undefined);
    if (child.pid !== undefined) this.#guard.add(child.pid);
    await Promise.race([probed, failed, late]).finally(() => over.abort());
    return {
      name: spec.name,
      pid: child.pid!,
      ready,
      isAlive: () => isAlive(child),
      async kill() {
        one.end = 'wanted';
        await ended(child, 'SIGKILL');
      },
    };
  }

  /** What the processes said that ended without being asked to; empty when none did. */
  unexpectedEnds(): string[] {
    return this.#started
      .filter(({ child, end }) => end === 'not wanted' && !isAlive(child))
      .map(({ spec, child, lines }) => `${spec.name} ended by itself (${child.signalCode ?? `exit code ${child.exitCode}`}):\n${lines.join('\n')}`);
  }

  /** Stops all that still run, the last started first. */
  async stopAll(): Promise<void> {
    for (const one of this.#started.reverse()) {
      one.end = 'wanted';
      const stopped = await Promise.race([ended(one.child, one.spec.stopSignal ?? 'SIGTERM').then(() => true), sleep(STOPPED_WITHIN_MS, false, { ref: false })]);
      if (!stopped) await ended(one.child, 'SIGKILL');
    }
    this.#guard.done();
  }
}

const isAlive = (child: ChildProcess) => child.pid !== undefined && child.exitCode === null && child.signalCode === null;

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isAlive(child)) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}
