import { ActivityFailure } from '@temporalio/workflow';
import { downloadActivities, downloadEndActivities } from './activities.js';
import type { DownloadInput } from './contract.js';

/** Builds a file with a client's data. One that was removed meanwhile is left alone. */
export async function clientDownload(input: DownloadInput): Promise<'ready' | 'not_wanted' | 'failed'> {
  try {
    return await downloadActivities.buildDownload.executeWithOptions({ summary: 'write the file' }, [input]);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await downloadEndActivities.failDownload.executeWithOptions({ summary: 'note that there is no file' }, [input]);
    return 'failed';
  }
}
