import { heartbeat } from '@temporalio/activity';
import { closePurge, destroyClientKey, removeRows, type ClientKey } from '../store/index.js';
import { executionsOf, lifecycleId, purgeWorkflowId } from '../workflows/contract.js';
import type { Dependencies } from './dependencies.js';
import { deleteExecution } from './executions.js';

/** The steps of a removal. "Not there any more" is success everywhere, so each may be repeated. */
export function purgeActivities({ store, temporal }: Pick<Dependencies, 'store' | 'temporal'>) {
  return {
    async destroyKey(client: ClientKey): Promise<{ at: string }> {
      return { at: (await destroyClientKey(store, client)).at.toISOString() };
    },

    /** Counts by table, for the log: a repetition after a crash counts only what was left. The certificate has its own count. */
    async removeRows(client: ClientKey): Promise<{ removed: Record<string, number> }> {
      const total: Record<string, number> = {};
      for (;;) {
        const { removed, more } = await removeRows(store, client);
        for (const [table, count] of Object.entries(removed)) total[table] = (total[table] ?? 0) + count;
        heartbeat(total);
        if (!more) return { removed: total };
      }
    },

    async closePurge(facts: ClientKey & { removed: Record<string, number>; keyDestroyedAt: string; policy: string }): Promise<void> {
      const { removed, keyDestroyedAt, policy, ...client } = facts;
      // A request that was on its way when the client was closed may have left a row behind the removal.
      while (!(await closePurge(store, client, { removed, keyDestroyedAt: new Date(keyDestroyedAt), policy }))) {
        heartbeat();
        while ((await removeRows(store, client, 'all')).more) heartbeat();
      }
    },

    /**
     * Deletes the executions of the client with their histories: its life, its exports, its previews. Not the purge's own, which
     * runs; the sweep takes that.
     */
    async deleteHistories({ clientId }: ClientKey): Promise<{ deleted: number }> {
      // By its name, since Temporal's list may not show yet that it ended.
      let deleted = (await deleteExecution(temporal, { workflowId: lifecycleId(clientId) })) ? 1 : 0;
      for await (const execution of temporal.workflow.list({ query: executionsOf(clientId), pageSize: 200 })) {
        heartbeat(deleted);
        if (execution.workflowId !== purgeWorkflowId(clientId) && (await deleteExecution(temporal, execution))) deleted += 1;
      }
      return { deleted };
    },
  };
}
