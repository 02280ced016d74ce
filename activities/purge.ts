import { activityInfo, heartbeat } from '@temporalio/activity';
import { closePurge, destroyClientKey, removeRows, type ClientKey } from '../store/index.js';
import { executionsOf, lifecycleId, purgeWorkflowId, type PurgeInput } from '../workflows/contract.js';
import type { Dependencies } from './dependencies.js';
import { deleteExecution } from './executions.js';

/** Rows by table. */
type Counts = Record<string, number>;

interface KeyDestroyed {
  /** ISO 8601 */
  readonly at: string;
}

/** The steps of a removal, and all of them in one. "Not there any more" is success everywhere, so each may be repeated. */
export function purgeActivities({ store, temporal }: Pick<Dependencies, 'store' | 'temporal'>) {
  const steps = {
    async destroyKey(client: ClientKey): Promise<KeyDestroyed> {
      return { at: (await destroyClientKey(store, client)).at.toISOString() };
    },

    /** Counts are for the log: a repetition after a crash counts only what was left. The certificate has its own count. */
    async removeRows(client: ClientKey, alive = signsOfLife()): Promise<{ removed: Counts }> {
      const total: Counts = {};
      for (;;) {
        const { removed, more } = await removeRows(store, client);
        for (const [table, count] of Object.entries(removed)) total[table] = (total[table] ?? 0) + count;
        if (!more) return { removed: total };
        alive();
      }
    },

    async closePurge(facts: ClientKey & { removed: Counts; keyDestroyedAt: string; policy: string }, alive = signsOfLife()): Promise<void> {
      const { removed, keyDestroyedAt, policy, ...client } = facts;
      // A request that was on its way when the client was closed may have left a row behind the removal.
      while (!(await closePurge(store, client, { removed, keyDestroyedAt: new Date(keyDestroyedAt), policy }))) {
        alive();
        while ((await removeRows(store, client, 'all')).more) alive();
      }
    },

    /**
     * Deletes the executions of the client with their histories: its life, its exports, its previews. Not the purge's own, which
     * runs; the sweep takes that.
     */
    async deleteHistories({ clientId }: ClientKey, alive = signsOfLife()): Promise<{ deleted: number }> {
      // By its name, since Temporal's list may not show yet that it ended.
      let deleted = (await deleteExecution(temporal, { workflowId: lifecycleId(clientId) })) ? 1 : 0;
      for await (const execution of temporal.workflow.list({ query: executionsOf(clientId), pageSize: 200 })) {
        alive();
        if (execution.workflowId !== purgeWorkflowId(clientId) && (await deleteExecution(temporal, execution))) deleted += 1;
      }
      return { deleted };
    },
  };

  /** A whole removal. An attempt after the first keeps the time at which that one destroyed the key, where it could still say so. */
  async function removeClient({ policy, ...client }: PurgeInput): Promise<KeyDestroyed & { removed: Counts; deleted: number }> {
    const earlier = activityInfo().heartbeatDetails as KeyDestroyed | undefined;
    const now = await steps.destroyKey(client);
    const { at } = earlier ?? now;
    const alive = signsOfLife({ at } satisfies KeyDestroyed);
    const { removed } = await steps.removeRows(client, alive);
    await steps.closePurge({ ...client, removed, keyDestroyedAt: at, policy }, alive);
    const { deleted } = await steps.deleteHistories(client, alive);
    return { at, removed, deleted };
  }
  return { ...steps, removeClient };
}

const signOfLifeMs = 10_000;

/** Tells Temporal now and then that the work goes on. What is done sooner says nothing, since each sign is a write there. */
function signsOfLife(details?: KeyDestroyed): () => void {
  let last = Date.now();
  return () => {
    if (Date.now() - last < signOfLifeMs) return;
    last = Date.now();
    heartbeat(details);
  };
}
