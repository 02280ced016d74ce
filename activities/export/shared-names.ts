import { setTimeout as sleep } from 'node:timers/promises';
import { claimName, releaseName, settleName, type SharedList, type Store } from '../../store/index.js';
import { ItGlueError } from '../../it-glue/index.js';

/** How long one export waits for another one that is creating the same name, before it asks again later. */
const waitMs = 150_000;
const lookEveryMs = 500;
const refreshEveryMs = 20_000;

export interface SharedName {
  readonly tenantId: string;
  readonly list: SharedList;
  /** The name; for a model, the manufacturer's id and the name. */
  readonly key: string;
}

/**
 * Finds or creates an entry of a list that all organizations share, so that exports that run at the same time end with one
 * entry. Whoever claims the name first works on it; the others wait for its id.
 * @param known looks for the entry in IT Glue; @param create finds or creates it there
 */
export async function sharedEntry(
  store: Store,
  claimant: string,
  name: SharedName,
  work: { create: () => Promise<string>; stillThere: (id: string) => Promise<boolean> },
  signal: AbortSignal,
): Promise<string> {
  const until = Date.now() + waitMs;
  for (;;) {
    const claim = await claimName(store, name, claimant);
    switch (claim.state) {
      case 'known':
        // Entries can be merged or removed by hand in IT Glue's own screens: what we remember must still be true.
        if (await work.stillThere(claim.itGlueId)) return claim.itGlueId;
        await releaseName(store, name);
        continue;
      case 'ours':
        return createOwned(store, claimant, name, work.create);
      case 'theirs':
        if (Date.now() > until) throw new Error('Another export holds a name of a shared list for too long');
        await sleep(lookEveryMs, undefined, { signal });
    }
  }
}

async function createOwned(store: Store, claimant: string, name: SharedName, create: () => Promise<string>): Promise<string> {
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
