import { setTimeout as sleep } from 'node:timers/promises';
import { claimName, releaseName, settleName, type SharedList, type Store } from '../../store/index.js';
import { ItGlueError } from '../../it-glue/index.js';
import type { ExportContext } from './context.js';

/** How long one export waits for another one that is creating the same name, before it asks again later. */
const waitMs = 150_000;
const lookEveryMs = 500;
/** How often a claim is made fresh, well within the time after which others take it over. */
export const refreshEveryMs = 20_000;

/**
 * Finds or creates an entry of a list that all organizations share, so that exports that run at the same time end with one
 * entry. Whoever claims the name first works on it; the others wait for its id.
 * @param work `create` finds or creates it in IT Glue; `stillThere` tells whether an id that we remember still exists
 */
export async function sharedEntry(
  context: ExportContext,
  list: SharedList,
  key: string,
  work: { create: () => Promise<string>; stillThere: (id: string) => Promise<boolean> },
): Promise<string> {
  const { store, signal } = context;
  const name = { tenantId: context.client.tenantId, list, key };
  const until = Date.now() + waitMs;
  for (;;) {
    context.safePoint();
    const claim = await claimName(store, name, context.run.id);
    switch (claim.state) {
      case 'known':
        // Entries can be merged or removed by hand in IT Glue's own screens: what we remember must still be true.
        if (await work.stillThere(claim.itGlueId)) return claim.itGlueId;
        await releaseName(store, name);
        continue;
      case 'ours':
        return createOwned(store, context.run.id, name, work.create);
      case 'theirs':
        if (Date.now() > until) throw new Error('Another export holds a name of a shared list for too long');
        await sleep(lookEveryMs, undefined, { signal });
    }
  }
}

async function createOwned(store: Store, claimant: string, name: Parameters<typeof claimName>[1], create: () => Promise<string>): Promise<string> {
  // Claiming again keeps the claim fresh, so that nobody takes it over while IT Glue makes us wait.
  const refresh = setInterval(() => void claimName(store, name, claimant).catch(() => undefined), refreshEveryMs);
  try {
    const id = await create();
    await settleName(store, name, id);
    return id;
  } catch (error) {
    if (error instanceof ItGlueError && error.effect === 'none') await releaseName(store, name);
    throw error;
  } finally {
    clearInterval(refresh);
  }
}
