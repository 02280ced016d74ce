import type { Answer } from './transport.js';

const MAX_PAUSE_MS = 5 * 60_000;
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/** `Retry-After` in ms: seconds or a date (read against the server's own `Date`); null when absent or not sensible. */
export function readRetryAfter(answer: Answer): number | null {
  const text = answer.retryAfter?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  const until = Date.parse(text);
  if (Number.isNaN(until)) return null;
  const now = answer.date === null ? NaN : Date.parse(answer.date);
  return Math.min(Math.max(until - (Number.isNaN(now) ? Date.now() : now), 0), MAX_RETRY_AFTER_MS);
}

/** Length of the next pause. Requests that were under way together and all got a 429 count as one. */
export function createPauses(firstMs: number) {
  let inARow = 0;
  let pausedAtMs = -1;
  return {
    next(askedMs: number | null, requestStartedMs: number): number {
      if (inARow === 0 || requestStartedMs > pausedAtMs) inARow += 1;
      pausedAtMs = performance.now();
      // "0" would be an endless loop of 429s: at least a second, growing as well.
      return askedMs === null
        ? Math.min(firstMs * 2 ** (inARow - 1), MAX_PAUSE_MS)
        : Math.max(askedMs, Math.min(1000 * (inARow - 1), MAX_PAUSE_MS));
    },
    answered(requestStartedMs: number): void {
      if (requestStartedMs > pausedAtMs) inARow = 0;
    },
  };
}
