/** One part of the stack: a child process that is watched, logged, restarted when it dies, and stopped in the end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './stack-error.js';

export interface PartSpec {
  name: string;
  /** What it is, for messages: "PostgreSQL", "the worker". */
  label: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
  /** Resolves when the part can be used. Without it the part says so itself, by a line `READY {...}` on stdout. */
  probe?: (signal: AbortSignal) => Promise<void>;
  readyWithinMs: number;
  /** Between SIGTERM and SIGKILL. */
  graceMs: number;
}

export interface PartEvents {
  /** A line for the person at the keyboard. */
  report(line: string): void;
  /** A process was started or has ended. */
  onProcess(change: 'started' | 'ended', pid: number): void;
  /** The part died again and again and is not started any more. */
  onGivenUp(error: StackError): void;
}

/** Waits before the restarts of a part that keeps dying, in seconds; after the last one it is given up. */
const RESTART_AFTER_S = [0.2, 1, 2, 5, 10, 20];
/** A part that ran this long has recovered: the next death counts as the first. */
const STEADY_MS = 60_000;
const KEEP_LOG_BYTES = 10 * 1024 * 1024;
const SHOWN_LINES = 12;

export class Part {
  /** What the part said in its READY line. */
  ready: Record<string, unknown> = {};
  #child: ChildProcess | undefined;
  #log: WriteStream | undefined;
  #lastLines: string[] = [];
  #state: 'starting' | 'running' | 'stopping' = 'starting';
  #deaths = 0;
  readonly #stopping = new AbortController();

  constructor(
    readonly spec: PartSpec,
    readonly events: PartEvents,
  ) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the part and resolves when it is ready. @throws StackError */
  async start(): Promise<void> {
    this.#log = openLog(this.spec.logFile);
    await this.#launch();
    this.#state = 'running';
  }

  /** SIGTERM, and SIGKILL for what is left after the grace. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    this.#stopping.abort();
    const child = this.#child;
    if (child !== undefined && isAlive(child)) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      signalGroup(child, 'SIGTERM');
      const waiting = new AbortController();
      await Promise.race([ended, sleep(this.spec.graceMs, undefined, { signal: waiting.signal }).catch(() => undefined)]);
      waiting.abort();
      this.kill();
      await ended;
    }
    await new Promise((resolve) => (this.#log === undefined ? resolve(undefined) : this.#log.end(resolve)));
  }

  /** At once, without a chance to tidy up. */
  kill(): void {
    if (this.#child !== undefined && isAlive(this.#child)) signalGroup(this.#child, 'SIGKILL');
  }

  async #launch(): Promise<void> {
    const { command, args, env, cwd, label, readyWithinMs } = this.spec;
    this.#lastLines = [];
    // A group of its own: the terminal's Ctrl-C must reach the parts in order, through us.
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    const pid = child.pid;
    if (pid !== undefined) this.events.onProcess('started', pid);
    const over = new AbortController();
    const died = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new StackError(`${label} cannot be started: ${error.message}.`)));
      // 'close' comes when the last line has been read, too.
      child.once('close', (code, signal) => {
        if (pid !== undefined) this.events.onProcess('ended', pid);
        reject(new StackError(`${label} ended before it was ready (${signal ?? `exit code ${code}`}).${this.#tail()}`));
      });
    });
    const saidReady = this.#readLines(child);
    const probed = this.spec.probe ? this.spec.probe(over.signal) : saidReady;
    const late = sleep(readyWithinMs, undefined, { signal: over.signal }).then(() => {
      throw new StackError(`${label} was not ready within ${Math.round(readyWithinMs / 1000)} s.${this.#tail()}`);
    });
    late.catch(() => undefined);
    probed.catch(() => undefined);
    died.catch(() => undefined);
    try {
      await Promise.race([probed, died, late]);
    } catch (error) {
      this.kill();
      throw error;
    } finally {
      over.abort();
    }
    const startedAt = Date.now();
    if (!isAlive(child)) this.#onDeath(child, startedAt);
    else child.once('exit', () => this.#onDeath(child, startedAt));
  }

  #onDeath(child: ChildProcess, startedAt: number): void {
    if (this.#state === 'stopping' || child !== this.#child) return;
    if (Date.now() - startedAt > STEADY_MS) this.#deaths = 0;
    const how = child.signalCode ?? `exit code ${child.exitCode}`;
    void this.#revive(`${this.spec.label} stopped (${how})`);
  }

  async #revive(why: string): Promise<void> {
    let reason = why;
    for (;;) {
      const wait = RESTART_AFTER_S[this.#deaths];
      if (wait === undefined) {
        this.events.onGivenUp(new StackError(`${reason} and is not started again after ${this.#deaths} attempts; see ${this.spec.logFile}.`));
        return;
      }
      this.#deaths += 1;
      this.events.report(`${reason}; starting it again in ${wait} s.`);
      try {
        await sleep(wait * 1000, undefined, { signal: this.#stopping.signal });
        await this.#launch();
        this.events.report(`${this.spec.label} is running again.`);
        return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        reason = error instanceof Error ? error.message.split('\n')[0]!.replace(/\.$/, '') : String(error);
      }
    }
  }

  /** Logs all output; resolves at the line `READY {...}`. */
  #readLines(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const take = (line: string) => {
        if (line.startsWith('READY ')) {
          this.ready = JSON.parse(line.slice(6)) as Record<string, unknown>;
          resolve();
          // What it says there may hold a key; the log gets the word only.
          this.#log?.write('READY\n');
          return;
        }
        this.#log?.write(`${line}\n`);
        // Frames of a stack trace are for the log; the message that they belong to is for the person.
        if (line.trim() !== '' && !/^\s+at /.test(line)) this.#lastLines = [...this.#lastLines.slice(1 - SHOWN_LINES), line];
      };
      for (const stream of [child.stdout, child.stderr]) {
        if (stream) createInterface({ input: stream }).on('line', take);
      }
    });
  }

  #tail(): string {
    if (this.#lastLines.length === 0) return ` It said nothing; its log is ${this.spec.logFile}.`;
    // A part that can say in one sentence what is wrong needs no frame around it.
    if (this.#lastLines.length === 1) return ` ${this.#lastLines[0]}`;
    return ` The end of ${this.spec.logFile}:\n${this.#lastLines.map((line) => `  ${line}`).join('\n')}`;
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function openLog(path: string): WriteStream {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > KEEP_LOG_BYTES) renameSync(path, `${path}.1`);
  return createWriteStream(path, { flags: 'a', mode: 0o600 });
}
