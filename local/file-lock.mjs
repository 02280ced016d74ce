/**
 * Lock files that outlive nobody: a lock names its process by id and start time, so that a lock left by a killed
 * process is recognised even after its id has been given to another one. Plain JavaScript, because the set-up of a
 * fresh clone uses it before anything is installed.
 */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function processStartTime(pid) {
  if (process.platform === 'linux') {
    try {
      // Field 22 of /proc/<pid>/stat (proc(5)), counted after the command name, which may hold spaces and brackets.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Read once: on macOS it costs the start of a process. */
let ownStartTime;

export function lockHolder(path) {
  const holder = readLock(path);
  return holder !== undefined && processStartTime(holder.pid) === holder.startTime ? holder : undefined;
}

export function tryLock(path) {
  ownStartTime ??= processStartTime(process.pid);
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, startTime: ownStartTime }), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      try {
        // link(2) fails if the name exists, and the file appears with its content: no moment with an empty lock.
        linkSync(draft, path);
        return () => releaseOwn(path);
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      if (lockHolder(path) !== undefined) return undefined;
      clearStale(path, `${draft}.stale`);
    }
    return undefined;
  } finally {
    rmSync(draft, { force: true });
  }
}

export async function withLock(path, { waitMs, onWait }, work) {
  const deadline = Date.now() + waitMs;
  let release = tryLock(path);
  if (release === undefined) onWait?.(lockHolder(path)?.pid);
  while (release === undefined) {
    if (Date.now() > deadline) {
      throw new Error(`Another process (${lockHolder(path)?.pid ?? 'unknown'}) has held ${path} for more than ${Math.round(waitMs / 1000)} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    release = tryLock(path);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

function readLock(path) {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}

/** Moves a dead process's lock away; if another process took the lock in between, gives it back. */
function clearStale(path, aside) {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (lockHolder(aside) !== undefined) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

function releaseOwn(path) {
  const holder = readLock(path);
  if (holder?.pid === process.pid && holder.startTime === ownStartTime) rmSync(path, { force: true });
}
