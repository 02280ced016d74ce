import { setHandler } from '@temporalio/workflow';
import type { ConnectionState } from '../domain/it-glue-connection.js';
import { connectionActivities, testActivities } from './activities.js';
import { connectionTestRuns, type ConnectionInput } from './contract.js';

/** Tries a tenant's IT Glue connection out; where it works, every export that waited for it goes on. */
export async function connectionTest(input: ConnectionInput): Promise<ConnectionState | null> {
  setHandler(connectionTestRuns, () => true, { description: 'Answers while a worker is there' });
  const state = await testActivities.testConnection.executeWithOptions({ summary: 'try the key out' }, [input]);
  if (state === 'working') await connectionActivities.resumeParked.executeWithOptions({ summary: 'let waiting exports go on' }, [input]);
  return state;
}
