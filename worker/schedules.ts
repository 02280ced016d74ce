import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { lifecycleQueue, workflowNames } from '../workflows/contract.js';

const every = { 'connection-watch': workflowNames.connectionWatch, sweep: workflowNames.sweep } as const;

/** What the system does by the clock. Every worker sees to it; the first one makes it. */
export async function ensureSchedules({ schedule }: Client): Promise<void> {
  for (const [scheduleId, workflowType] of Object.entries(every)) {
    try {
      await schedule.create({
        scheduleId,
        spec: { intervals: [{ every: '1h' }] },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1h' },
        action: { type: 'startWorkflow', workflowType, taskQueue: lifecycleQueue, args: [] },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
}
