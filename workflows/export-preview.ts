import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { BlockReason } from '../domain/block-reasons.js';
import { lifecycleActivities, previewActivities } from './activities.js';
import { failureTypes, type PreviewInput } from './contract.js';

/** Works out what an export would create. Reads IT Glue's lists, writes nothing there. */
export async function exportPreview(input: PreviewInput): Promise<'ready' | 'failed'> {
  try {
    await previewActivities.buildPreview.executeWithOptions({ summary: 'work out what would be created' }, [input]);
    return 'ready';
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await lifecycleActivities.failPreview.executeWithOptions({ summary: 'note that there is no preview' }, [{ ...input, problem: reasonOf(error) }]);
    return 'failed';
  }
}

/** A reason that a person can do something about, where there is one. */
function reasonOf({ cause }: ActivityFailure): BlockReason | null {
  if (!(cause instanceof ApplicationFailure) || cause.type !== failureTypes.blocked) return null;
  return (cause.details?.[0] as BlockReason | undefined) ?? null;
}
