import type { ClientKey } from './client-row.js';
import type { Store } from './context.js';
import { finishPurge, takeInventory } from './purge.js';

const portion = 500;

/**
 * Removes again what came back with an old backup. The key store remembers whose key was destroyed, and it lies apart from the
 * database: a client that the database still holds although its key is destroyed was restored by mistake. To be called before
 * anything is served. Safe to run in several processes at once, and to be stopped anywhere.
 * @returns how many clients were removed
 */
export async function replayPurges(store: Store): Promise<{ removed: number }> {
  let removed = 0;
  let after: string | null = null;
  do {
    const { clients, next } = await store.vault.destroyedClients(after, portion);
    const destroyedAt = new Map(clients.map(({ clientId, at }) => [clientId, at]));
    // One that is being purged right now is the purge's own business: its stage says so already.
    const restored = await store.db.client.findMany({ where: { id: { in: [...destroyedAt.keys()] }, stage: { not: 'purged' } }, select: { id: true, tenantId: true } });
    for (const { id, tenantId } of restored) {
      await removeAgain(store, { tenantId, clientId: id }, destroyedAt.get(id)!);
      removed += 1;
    }
    after = next;
  } while (after !== null);
  return { removed };
}

async function removeAgain(store: Store, client: ClientKey, keyDestroyedAt: Date): Promise<void> {
  await store.db.client.updateMany({ where: { id: client.clientId, tenantId: client.tenantId }, data: { stage: 'purged', stageChangedAt: new Date() } });
  await takeInventory(store, client);
  const facts = { keyDestroyedAt, policy: 'purged before; removed again after a backup was restored' };
  await finishPurge(store, client, facts);
}
