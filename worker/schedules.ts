import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { lifecycleQueue, workflowNames } from '../workflows/contract.js';

/** What the system does by the clock. Every worker sees to it; the first one makes it. */
export async function ensureSchedules({ schedule }: Client): Promise<void> {
  try {
    await schedule.create({
      scheduleId: 'connection-watch',
      spec: { intervals: [{ every: '1h' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h' },
      action: { type: 'startWorkflow', workflowType: workflowNames.connectionWatch, taskQueue: lifecycleQueue, args: [] },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
