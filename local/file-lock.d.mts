/** A value that differs between two processes that had the same id, or undefined if there is no such process. */
export function processStartTime(pid: number): string | undefined;

/** The living process that holds the lock, if any. */
export function lockHolder(path: string): { pid: number; startTime: string } | undefined;

/** Takes the lock and returns the function that releases it, or undefined if a living process holds it. */
export function tryLock(path: string): (() => void) | undefined;

/**
 * Runs `work` while holding the lock, waiting up to `waitMs` for another process to release it.
 * `onWait` is told once, with that process's id, if there is something to wait for.
 */
export function withLock<T>(
  path: string,
  options: { waitMs: number; onWait?: (pid: number | undefined) => void },
  work: () => Promise<T>,
): Promise<T>;
