import fp from 'fastify-plugin';
import { replayPurges, type Store } from '../../store/index.js';

/**
 * Before the first request is answered, what an old backup brought back is removed again. The database may not be there yet when
 * the process starts, so the first request waits for it; when it fails the next request tries again.
 */
export const restored = fp<{ store: Store }>(
  async (app, { store }) => {
    let replayed: Promise<unknown> | undefined;
    app.addHook('onRequest', async (request) => {
      replayed ??= replayPurges(store).then(({ removed }) => {
        if (removed > 0) request.log.warn({ clients: removed }, 'A restored backup held clients that were purged before; they were removed again');
      });
      await replayed.catch((error: unknown) => {
        replayed = undefined;
        throw error;
      });
    });
  },
  { name: 'restored', fastify: '5.x' },
);
