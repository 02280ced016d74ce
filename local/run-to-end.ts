/** Runs a program to its end, with a deadline, and keeps the end of what it said. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface RunOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  deadlineMs: number;
  /** Give up when no file in `folder` has grown for `ms` milliseconds. */
  stall?: { folder: string; ms: number };
  /** Told about every 15 seconds, with the seconds since the start. */
  onElapsed?: (seconds: number) => void;
}

export interface RunResult {
  /** Exit code; null when it was killed or could not be started. */
  code: number | null;
  /** The last part of its standard output and standard error. */
  output: string;
  /** Why it was stopped before its end, in words. */
  gaveUp?: string;
}

const KEEP_CHARACTERS = 8_000;

/** Never rejects: a program that cannot be started has code null and the system's reason as output. */
export function runToEnd(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const started = Date.now();
    let output = '';
    let gaveUp: string | undefined;
    // A group of its own: build tools start children, which have to end with them.
    const child = spawn(program, args, { env: options.env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const killGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    };
    const stop = (why: string) => {
      gaveUp ??= why;
      killGroup();
    };
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-KEEP_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);

    const timers = [setTimeout(() => stop(`not done after ${Math.round(options.deadlineMs / 1000)} s`), options.deadlineMs)];
    if (options.onElapsed) timers.push(setInterval(() => options.onElapsed?.(Math.round((Date.now() - started) / 1000)), 15_000));
    if (options.stall) timers.push(watchGrowth(options.stall, () => stop(`nothing arrived for ${options.stall!.ms / 1000} s`)));
    // A group of its own does not get the terminal's Ctrl-C, so it is passed on.
    const onSignal = (signal: NodeJS.Signals) => {
      killGroup();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    process.once('exit', killGroup).once('SIGINT', onSignal).once('SIGTERM', onSignal);

    const finish = (code: number | null) => {
      for (const timer of timers) clearInterval(timer);
      process.off('exit', killGroup).off('SIGINT', onSignal).off('SIGTERM', onSignal);
      resolve({ code, output, ...(gaveUp === undefined ? {} : { gaveUp }) });
    };
    child.once('error', (error) => {
      output = error.message;
      finish(null);
    });
    child.once('close', finish);
  });
}

function watchGrowth({ folder, ms }: { folder: string; ms: number }, onStall: () => void): NodeJS.Timeout {
  let size = -1;
  let since = Date.now();
  return setInterval(() => {
    const now = sizeOf(folder);
    if (now !== size) {
      size = now;
      since = Date.now();
    } else if (Date.now() - since >= ms) {
      onStall();
    }
  }, Math.min(1_000, ms / 2));
}

function sizeOf(folder: string): number {
  let sum = 0;
  for (const name of readdirSync(folder)) {
    // A file may be renamed between the listing and the question.
    sum += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sum;
}
