import { ActivityFailure } from '@temporalio/workflow';
import { lifecycleActivities, previewActivities } from './activities.js';
import type { PreviewInput } from './contract.js';

/** Works out what an export would create. Reads IT Glue's lists, writes nothing there. */
export async function exportPreview(input: PreviewInput): Promise<'ready' | 'failed'> {
  try {
    await previewActivities.buildPreview.executeWithOptions({ summary: 'work out what would be created' }, [input]);
    return 'ready';
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await lifecycleActivities.failPreview.executeWithOptions({ summary: 'note that there is no preview' }, [input]);
    return 'failed';
  }
}
