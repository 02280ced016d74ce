import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { BlockedReason, ExportOutcome, StepCounts } from '../activities/index.js';
import { blockWords } from '../domain/block-reasons.js';
import type { Resource } from '../domain/it-glue/index.js';
import { exportActivities, settlingActivities } from './activities.js';
import { cancelExport, exportStopping, failureTypes, type ExportInput, type StopReason } from './contract.js';

/**
 * Creates one organization with everything in it. The ledger in the database is the memory: whatever is interrupted goes on
 * where it stood. Ends `done`, or `blocked` when a person is needed; a later run with the same ledger goes on.
 */
export async function itGlueExport(input: ExportInput): Promise<ExportOutcome> {
  const scope = new CancellationScope();
  let stopping = null as StopReason | null;
  setHandler(
    cancelExport,
    (reason = 'cancelled') => {
      // The first reason stands until the run ends: what is stopping already cannot stop once more.
      stopping ??= reason;
      scope.cancel();
    },
    { description: 'Stop at the next safe point' },
  );
  setHandler(exportStopping, () => stopping, { description: 'Why it is stopping, or null' });
  const progress: Partial<Record<Resource, StepCounts>> = {};

  const step = async (resource: Resource, words: string) => {
    progress[resource] = await exportActivities.exportResource.executeWithOptions({ summary: words }, [{ ...input, resource }]);
    show(progress);
  };

  try {
    return await scope.run(async () => {
      await exportActivities.planExport.executeWithOptions({ summary: 'write the plan into the ledger' }, [input]);
      await step('organization', 'create the organization');

      const places = step('location', 'create locations').then(() => step('contact', 'create contacts'));
      const makes = step('manufacturer', 'find or create manufacturers').then(() => step('model', 'find or create models'));
      await both(places, makes);

      await step('configuration', 'create configurations');
      await step('password', 'create passwords');
      await step('attachment', 'upload attachments');
      return await exportActivities.concludeExport.executeWithOptions({ summary: 'compare ledger and plan' }, [input]);
    });
  } catch (error) {
    if (stopping && patched('settle-after-stop')) await settle(input);
    const blockedBy = reasonOf(error, stopping);
    log.warn('export blocked', { blockedBy });
    show(progress, blockWords[blockedBy]);
    return { state: 'blocked', blockedBy };
  }
}

/** Finds out what exists, so that whoever stopped the export is told exactly; where that fails the next run does it. */
async function settle(input: ExportInput): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => settlingActivities.settleExport.executeWithOptions({ summary: 'find out what exists' }, [input]));
  } catch (error) {
    log.warn('not everything could be settled', { error: error instanceof Error ? error.name : 'unknown' });
  }
}

/** Waits for both to end before the first error is passed on: nothing is left running behind a blocked export. */
async function both(first: Promise<void>, second: Promise<void>): Promise<void> {
  const results = await Promise.allSettled([first, second]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Why a step ended for good. Only failures that Temporal delivered are read; anything else is a bug and is thrown on. */
function reasonOf(error: unknown, stopping: StopReason | null): BlockedReason {
  if (isCancellation(error)) return stopping ?? 'cancelled';
  if (!(error instanceof ActivityFailure)) throw error;
  if (error.cause instanceof ApplicationFailure && error.cause.type === failureTypes.blocked) {
    return (error.cause.details?.[0] as BlockedReason | undefined) ?? 'internal';
  }
  // The step was on its last attempt, or its worker died, while it was stopping.
  if (stopping) return stopping;
  if (error.cause instanceof TimeoutFailure) return 'no_connection';
  return 'internal';
}

function show(progress: Partial<Record<Resource, StepCounts>>, end?: string): void {
  const rows = Object.entries(progress).map(([resource, { total, done, failed }]) => `| ${resource} | ${total} | ${done} | ${failed} |`);
  const table = ['| resource | planned | done | refused |', '|---|---|---|---|', ...rows];
  setCurrentDetails([...(end ? [`**Stopped**: ${end}`, ''] : []), ...table].join('\n'));
}
