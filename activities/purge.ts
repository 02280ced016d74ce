import { heartbeat } from '@temporalio/activity';
import { closePurge, destroyClientKey, removeRows, type ClientKey } from '../store/index.js';
import { lifecycleId } from '../workflows/contract.js';
import type { Dependencies } from './dependencies.js';

/** gRPC status NOT_FOUND. */
const notFound = 5;

/** The steps of a removal. "Not there any more" is success everywhere, so each may be repeated. */
export function purgeActivities({ store, temporal }: Pick<Dependencies, 'store' | 'temporal'>) {
  return {
    async destroyKey(client: ClientKey): Promise<{ at: string }> {
      return { at: (await destroyClientKey(store, client)).at.toISOString() };
    },

    /** Counts by table. A repetition after a crash counts only what was left; the sum before is in the heartbeat. */
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
      await closePurge(store, client, { removed, keyDestroyedAt: new Date(keyDestroyedAt), policy });
    },

    /** Deletes the histories of the client's workflows: its life, its exports, its previews. */
    async deleteHistories({ clientId }: ClientKey): Promise<{ deleted: number }> {
      const { namespace } = temporal.options;
      const prefixes = [`export/${clientId}/`, `preview/${clientId}/`];
      const query = [`WorkflowId = "${lifecycleId(clientId)}"`, ...prefixes.map((prefix) => `WorkflowId STARTS_WITH "${prefix}"`)].join(' OR ');
      let deleted = 0;
      for await (const execution of temporal.workflow.list({ query, pageSize: 200 })) {
        heartbeat(deleted);
        try {
          await temporal.workflowService.deleteWorkflowExecution({
            namespace,
            workflowExecution: { workflowId: execution.workflowId, runId: execution.runId },
          });
          deleted += 1;
        } catch (error) {
          if ((error as { code?: number }).code !== notFound) throw error;
        }
      }
      return { deleted };
    },
  };
}
