import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible';
import type { Store, StoreContext } from '../context.js';

/** Tries that may fail within a quarter of an hour, and how long nothing is looked at after one more. */
const limits = {
  /** For one mail address, whether there is such a person or not. */
  account: { points: 10, duration: 900, blockDuration: 900 },
  /** From one network address; an office of many people may share one. */
  address: { points: 100, duration: 900, blockDuration: 900 },
  /** Second factors of one person. */
  second_factor: { points: 10, duration: 900, blockDuration: 900 },
  /** Mails with a link for a new password, for one mail address. */
  reset: { points: 3, duration: 3_600, blockDuration: 0 },
  /** Mails with a sign-in code to one external person. */
  mail_code: { points: 5, duration: 3_600, blockDuration: 0 },
  /** Secrets that one person looks at: enough to work through a handover, too few to carry all of a tenant's away. */
  reveal: { points: 60, duration: 600, blockDuration: 0 },
} as const;
export type Throttled = keyof typeof limits;

/** Too many tries; the right secret would not be looked at either. */
export class Throttle extends Error {
  override name = 'Throttle';
  constructor(readonly retryAfterSeconds: number) {
    super('Too many tries');
  }
}

const limiters = new WeakMap<Store['db'], Record<Throttled, RateLimiterPrisma>>();

/**
 * Counts a try, in the database: for all processes together. Counted before the secret is looked at, so that tries side by
 * side cannot slip through; `forgive` takes it back for one that was right.
 * @param of what is counted by, kept as a keyed hash
 * @throws {Throttle}
 */
export async function countTry(store: Store, what: Throttled, of: string): Promise<void> {
  try {
    await limiterOf(store, what).consume(keyOf(store, what, of));
  } catch (error) {
    if (error instanceof RateLimiterRes) throw new Throttle(Math.max(1, Math.ceil(error.msBeforeNext / 1_000)));
    throw error;
  }
}

/** After the right secret: earlier failures of the account count no more; of an address only this try is taken back. */
export async function forgive(store: Store, what: Throttled, of: string): Promise<void> {
  if (what === 'address') await limiterOf(store, what).reward(keyOf(store, what, of));
  else await limiterOf(store, what).delete(keyOf(store, what, of));
}

/** Until when an account is locked; null when it is not. */
export async function lockedUntil(store: Store, what: Throttled, of: string): Promise<Date | null> {
  const state = await limiterOf(store, what).get(keyOf(store, what, of));
  return state && state.consumedPoints > limits[what].points ? new Date(Date.now() + state.msBeforeNext) : null;
}

const keyOf = (context: StoreContext, what: Throttled, of: string) => context.vault.nameHash(`throttle|${what}`, of);

function limiterOf(store: Store, what: Throttled): RateLimiterPrisma {
  let known = limiters.get(store.db);
  if (!known) {
    const make = (name: Throttled) => new RateLimiterPrisma({ storeClient: store.db, tableName: 'signInThrottle', keyPrefix: name, clearExpiredByTimeout: name === 'account', ...limits[name] });
    known = { account: make('account'), address: make('address'), second_factor: make('second_factor'), reset: make('reset'), mail_code: make('mail_code'), reveal: make('reveal') };
    limiters.set(store.db, known);
  }
  return known[what];
}
