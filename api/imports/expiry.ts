import { removeExpiredImports, type Store } from '../../store/index.js';
import type { Api } from '../types.js';

/** How often each process looks for files whose time is over. They cannot be reached any more by then. */
const everyMs = 10 * 60_000;

/** Removes files of imports once their 24 hours are over, also where nobody imports anything any more. */
export function removeWhenExpired(app: Api, store: Store): void {
  const look = async () => {
    // A hundred at a time; after a long pause there may be more.
    for (let removed = 1; removed > 0; ) removed = await removeExpiredImports(store, new Date());
  };
  const timer = setInterval(() => void look().catch((error: unknown) => app.log.warn({ err: error }, 'expired imports were not removed')), everyMs);
  timer.unref();
  app.addHook('onClose', async () => clearInterval(timer));
}
