import { executeChild, setCurrentDetails } from '@temporalio/workflow';
import { connectionTest } from './connection-test.js';
import { lifecycleActivities } from './activities.js';
import { connectionWorkflowId } from './contract.js';

/** Started by a schedule: finds keys that are about to lapse, and tries out connections that exports still wait for. */
export async function connectionWatch(): Promise<{ lapsing: number; tested: number }> {
  const { lapsing, waitedFor } = await lifecycleActivities.watchConnections.executeWithOptions({ summary: 'look at all connections' }, []);
  let tested = 0;
  for (const input of waitedFor) {
    // One that is being tested already needs no second test, and one that fails must not keep the others waiting.
    await executeChild(connectionTest, { workflowId: connectionWorkflowId(input.tenantId, input.version), args: [input] }).then(
      () => (tested += 1),
      () => undefined,
    );
  }
  setCurrentDetails(`${lapsing.length} keys lapse soon; ${tested} connections tried out`);
  return { lapsing: lapsing.length, tested };
}
