import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { sweepActivities } from './activities.js';
import type { SweepCounts, SweepInput } from './contract.js';

/**
 * Started by a schedule: finds where the database and the workflows disagree and what was left behind, of all tenants. Mends
 * what can be mended safely beside everything that goes on, and reports the rest.
 */
export async function sweep(input?: SweepInput): Promise<SweepCounts> {
  const runId = input?.runId ?? (await sweepActivities.beginSweep.executeWithOptions({ summary: 'begin' }, []));
  let counts: SweepCounts = input?.counts ?? { clients: 0, mended: 0, reported: 0 };
  const add = (found: SweepCounts) => {
    counts = { clients: counts.clients + found.clients, mended: counts.mended + found.mended, reported: counts.reported + found.reported };
    setCurrentDetails(`${counts.clients} clients looked at; ${counts.mended} mended, ${counts.reported} reported`);
  };

  for (let after: string | null | undefined = input?.after; after !== null; ) {
    const portion: SweepCounts & { next: string | null } = await sweepActivities.sweepClients.executeWithOptions({ summary: 'compare clients with their workflows' }, [{ runId, after: after ?? null }]);
    add(portion);
    after = portion.next;
    if (after !== null && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof sweep>({ runId, after, counts });
  }
  add(await sweepActivities.sweepExecutions.executeWithOptions({ summary: 'look for workflows without a client' }, [{ runId }]));
  add(await sweepActivities.sweepPreviews.executeWithOptions({ summary: 'look for previews and downloads that never end' }, [{ runId }]));
  const { cleared } = await sweepActivities.clearLeftovers.executeWithOptions({ summary: 'clear away what has run out' }, []);
  await sweepActivities.endSweep.executeWithOptions({ summary: 'tell what was found' }, [{ runId, counts, cleared }]);
  return counts;
}
