import { log, patched, setCurrentDetails } from '@temporalio/workflow';
import { purgeActivities } from './activities.js';
import type { PurgeInput } from './contract.js';

/**
 * Removes a client for good: first the key, so that nothing can be read from here on; then the rows; then the histories of
 * its workflows. The record of export stays and gets the certificate.
 */
export async function purge(input: PurgeInput): Promise<{ removed: Record<string, number> }> {
  const { at, removed, deleted } = patched('removal-in-one') ? await purgeActivities.removeClient.executeWithOptions({ summary: 'destroy the data key, then remove rows and histories' }, [input]) : await stepByStep(input);
  setCurrentDetails(`Data key destroyed at ${at}; ${deleted} workflow histories deleted`);
  log.info('purge finished');
  return { removed };
}

/** As removals were that began before the steps became one activity. */
async function stepByStep({ policy, ...client }: PurgeInput) {
  const { at } = await purgeActivities.destroyKey.executeWithOptions({ summary: 'destroy the data key' }, [client]);
  setCurrentDetails(`Data key destroyed at ${at}`);
  const { removed } = await purgeActivities.removeRows.executeWithOptions({ summary: 'remove rows' }, [client]);
  await purgeActivities.closePurge.executeWithOptions({ summary: 'write the certificate' }, [{ ...client, removed, keyDestroyedAt: at, policy }]);
  const { deleted } = await purgeActivities.deleteHistories.executeWithOptions({ summary: 'delete workflow histories' }, [client]);
  return { at, removed, deleted };
}
