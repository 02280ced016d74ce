import { forgetOldRequests, forgetOldSignIns, removeExpiredDownloads, removeExpiredImports, type Store } from '../store/index.js';
import type { Api } from './types.js';

/** How often each process looks for what is over. It cannot be reached any more by then. */
const everyMs = 10 * 60_000;

/**
 * Removes what has ended by itself: downloads, files of imports after 24 hours, answers that were kept for repetitions, and what is left of
 * old sign-ins. A portion at a time; after a long pause there may be more.
 */
export function removeWhenExpired(app: Api, store: Store): void {
  const look = async () => {
    for (const remove of [removeExpiredDownloads, removeExpiredImports, forgetOldRequests, forgetOldSignIns]) for (let removed = 1; removed > 0; ) removed = await remove(store, new Date());
  };
  const timer = setInterval(() => void look().catch((error: unknown) => app.log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, 'what has expired was not removed')), everyMs);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}
