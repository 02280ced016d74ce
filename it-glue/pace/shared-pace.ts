import type { Pool } from 'pg';
import { PaceTimeout, type Pace } from './pace.js';
import { grantFrom, pauseUntilAtLeast, type Bucket } from './token-bucket.js';

export interface SharedPaceOptions {
  readonly pool: Pool;
  /** Names the API key that is paced, without being it: an id or a hash. All who use that key must use the same. */
  readonly key: string;
  /** What IT Glue allows per window: 3,000 requests in 300,000 ms by the documents. */
  readonly limit?: number;
  readonly windowMs?: number;
  /** The part of the limit that we use, above 0 up to 1; the rest stays for the MSP's other tools. Default 0.6. */
  readonly share?: number;
  /** Longest wait of one `take`. Default ten minutes. */
  readonly maxWaitMs?: number;
}

/** Tokens fetched ahead while there are plenty, so that a quick worker asks the database once per ten requests. */
const BLOCK = 10;
/** Fetched tokens that are not used by then are dropped: they must not outlive a pause that another worker learnt of. */
const BLOCK_LIFETIME_MS = 1_000;
const DATABASE_DEADLINE_MS = 10_000;

/**
 * One token bucket per API key in PostgreSQL, shared by all workers, on the database's clock. In no window are more
 * than `limit * share` requests let through: a tenth of that at once, the rest evenly. Needs the table of
 * `PACE_TABLE_SQL`.
 */
export function createSharedPace(options: SharedPaceOptions): Pace {
  const { limit = 3_000, windowMs = 300_000, share = 0.6, maxWaitMs = 600_000 } = options;
  if (options.key.length === 0 || options.key.length > 200) throw new RangeError('key: must be 1 to 200 characters');
  if (!(share > 0 && share <= 1)) throw new RangeError('share: must be above 0 and at most 1');
  if (!(limit * share >= 10)) throw new RangeError('limit: less than 10 requests per window are left');
  if (!(windowMs >= 1_000)) throw new RangeError('windowMs: must be at least 1,000');

  const capacity = Math.max(1, Math.floor((limit * share) / 10));
  const bucket: Bucket = { pool: options.pool, key: options.key, capacity, perMs: (limit * share - capacity) / windowMs };
  const waiting = new Set<Waiter>();
  let block = { tokens: 0, droppedAtMs: 0 };
  let pumping = false;
  let pauses = 0;

  async function take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (waiting.size === 0 && block.tokens > 0 && performance.now() < block.droppedAtMs) {
      block.tokens -= 1;
      return;
    }
    const granted = queueUp(waiting, maxWaitMs, signal);
    if (!pumping) {
      pumping = true;
      void pump().finally(() => {
        pumping = false;
      });
    }
    return granted;
  }

  /** Serves those who wait, first come first served, with one database request at a time. */
  async function pump(): Promise<void> {
    while (waiting.size > 0) {
      const needed = waiting.size;
      const pausesBefore = pauses;
      try {
        const grant = await withDeadline(grantFrom(bucket, needed, Math.max(needed, BLOCK)));
        // Granted before a pause that we learnt of meanwhile: void.
        if (pauses !== pausesBefore) continue;
        block = { tokens: grant.tokens, droppedAtMs: performance.now() + BLOCK_LIFETIME_MS };
        for (const waiter of [...waiting].slice(0, grant.tokens)) {
          block.tokens -= 1;
          waiter.settle(() => waiter.resolve());
        }
        if (waiting.size > 0 && grant.tokens < needed) await waitFor(grant.waitMs);
      } catch (error) {
        // Without the database nobody knows what the others send: better not at all. The caller may ask again.
        for (const waiter of [...waiting]) waiter.settle(() => waiter.reject(error));
      }
    }
  }

  /** Waits out what the bucket told; who would wait too long is told at once. */
  async function waitFor(waitMs: number): Promise<void> {
    for (const waiter of [...waiting]) {
      if (performance.now() + waitMs > waiter.untilMs) waiter.settle(() => waiter.reject(new PaceTimeout(Math.ceil(waitMs))));
    }
    if (waiting.size === 0) return;
    // At most a second at a time, so that a cancelled wait ends the pump soon.
    await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(waitMs, 5), 1_000)));
  }

  async function penalise(untilMs: number): Promise<void> {
    block = { tokens: 0, droppedAtMs: 0 };
    pauses += 1;
    await withDeadline(pauseUntilAtLeast(bucket, Math.max(0, untilMs - Date.now())));
  }

  return { take, penalise };
}

interface Waiter {
  readonly untilMs: number;
  resolve(): void;
  reject(error: unknown): void;
  /** Leaves the queue, then does what is given. */
  settle(then: () => void): void;
}

function queueUp(waiting: Set<Waiter>, maxWaitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const waiter: Waiter = {
      untilMs: performance.now() + maxWaitMs,
      resolve,
      reject,
      settle(then) {
        waiting.delete(waiter);
        signal?.removeEventListener('abort', cancel);
        then();
      },
    };
    const cancel = () => waiter.settle(() => reject(signal?.reason));
    signal?.addEventListener('abort', cancel, { once: true });
    waiting.add(waiter);
  });
}

async function withDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not answer in time')), DATABASE_DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
