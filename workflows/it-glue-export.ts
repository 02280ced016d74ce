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
import type { BlockedReason, ExportOutcome, ExportStepName, Lane, Order, Progress } from '../activities/index.js';
import { blockWords } from '../domain/block-reasons.js';
import type { Resource } from '../domain/it-glue/index.js';
import { exportActivities, inlineActivities, settlingActivities } from './activities.js';
import { cancelExport, exportStopping, failureTypes, type ExportInput, type StopReason } from './contract.js';

/**
 * Creates one organization with everything in it, each kind after those that it links to:
 *
 *     plan ── organization ─┬─ locations ───── contacts ─┬─ configurations ─┬─ passwords ───┬─ conclusion
 *                           ├─ manufacturers ─ models ───┤                  └─ attachments ─┘
 *                           └─ types and categories ─────┘
 *
 * A small export is one activity, in which models and files are sent as soon as what they belong to is there (activities/export/lanes.ts).
 *
 * The ledger in the database is the memory: whatever is interrupted goes on where it stood. Ends `done`, or `blocked` when a
 * person is needed; a later run with the same ledger goes on.
 */
export async function itGlueExport(input: ExportInput): Promise<ExportOutcome> {
  const form = patched('small-exports-whole') ? 'whole' : 'in-steps';
  const { exportSmall, plan, create, hasMore, conclude, progress } = stepsOf(input, form);
  return untilStopped(input, form, progress, async () => {
    const outcome = await exportSmall([...order, filesOfPasswords]);
    if (outcome) return outcome;
    const beside = form === 'whole' || patched('lists-and-files-beside');
    await plan();
    for (const lanes of beside ? order : orderOfOld) await create(...lanes);
    if (hasMore('attachment')) await create(...filesOfPasswords);
    return conclude();
  });
}

/**
 * How small exports are carried out. The one mark of a present-day history stands at its very beginning, where no signal and no end
 * of an inline activity can come before it. All that the older marks stood for goes with it.
 */
type Form = 'whole' | 'in-steps';

const order: Order = [
  [['organization']],
  [['location', 'contact'], ['manufacturer', 'model'], ['lists']],
  [['configuration']],
  [['password'], ['attachment']],
];

/** They have waited for their passwords. */
const filesOfPasswords = [['attachment']] as const;

/** Exports that began before lists and files had lanes of their own. */
const orderOfOld: Order = [[['organization']], [['location', 'contact'], ['manufacturer', 'model']], [['configuration']], [['password']]];

/** What an operator reads beside each step in Temporal's Web UI. */
const words: Readonly<Record<ExportStepName, string>> = {
  organization: 'create the organization',
  location: 'create locations',
  contact: 'create contacts',
  manufacturer: 'find or create manufacturers',
  model: 'find or create models',
  configuration: 'create configurations',
  password: 'create passwords',
  attachment: 'upload attachments',
  lists: 'find or create types and categories',
};

/**
 * The steps of an export, one activity each. `progress` is what they have done so far. A small export is one inline activity, on
 * the worker that has this workflow: the server's part in a step would take longer than the step. Where that one does not end
 * well, or takes long, the export goes on step by step.
 */
function stepsOf(input: ExportInput, form: Form) {
  const progress: Progress = {};
  // In between, each group of lanes was an inline activity of its own, until the first that did not end well.
  let inline = form === 'in-steps' && patched('small-exports-inline');
  let isPlanned = false;

  /** @returns null when the work is left to activities of their own */
  async function tryInline<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (blockedIn(error)) throw error;
      inline = false;
      return null;
    }
  }

  async function createAlone(step: ExportStepName): Promise<void> {
    const options = { summary: words[step] };
    if (step === 'lists') return exportActivities.exportLists.executeWithOptions(options, [input]);
    progress[step] = await exportActivities.exportResource.executeWithOptions(options, [{ ...input, resource: step }]);
    show(progress);
  }

  return {
    progress,
    /**
     * Does everything where that is little. A stop neither keeps it from being called nor breaks it off, which takes seconds anyway:
     * where the task that it began in ran out of time, a stop that came since stands before it in the history.
     * @returns null when it is to be done step by step
     */
    async exportSmall(order: Order): Promise<ExportOutcome | null> {
      if (form !== 'whole') return null;
      const done = await tryInline(async () => {
        const options = { summary: 'everything, if it is little' };
        const asked = CancellationScope.current().consideredCancelled ? 'stop' : 'export';
        const small = await CancellationScope.nonCancellable(() => inlineActivities.exportSmall.executeWithOptions(options, [{ ...input, order, asked }]));
        isPlanned = small === null;
        return small;
      });
      if (done) show(Object.assign(progress, done.progress));
      return done && done.outcome;
    },
    async plan(): Promise<void> {
      if (isPlanned) return;
      const options = { summary: 'write the plan into the ledger' };
      const size = (inline ? await tryInline(() => inlineActivities.planExport.executeWithOptions(options, [input])) : null) ?? (await exportActivities.planExport.executeWithOptions(options, [input]));
      inline &&= size === 'small';
    },
    /** Creates everything of the lanes' resources, the lanes beside each other. */
    async create(...lanes: readonly Lane[]): Promise<void> {
      const summary = lanes.map((lane) => lane.map((step) => words[step]).join(', then ')).join('; ');
      const counts = inline ? await tryInline(() => inlineActivities.exportLanes.executeWithOptions({ summary }, [{ ...input, lanes }])) : null;
      if (counts) show(Object.assign(progress, counts));
      else await sideBySide(lanes, createAlone);
    },
    /** Whether records of the resource have not been sent yet. */
    hasMore(resource: Resource): boolean {
      const counts = progress[resource];
      return !counts || counts.done + counts.failed + counts.skipped < counts.total;
    },
    async conclude(): Promise<ExportOutcome> {
      const options = { summary: 'compare ledger and plan' };
      const outcome = inline ? await tryInline(() => inlineActivities.concludeExport.executeWithOptions(options, [input])) : null;
      return outcome ?? exportActivities.concludeExport.executeWithOptions(options, [input]);
    },
  };
}

/** Does the work until it ends, fails for good or is stopped by a person; says why it did not end. */
async function untilStopped(input: ExportInput, form: Form, progress: Progress, work: () => Promise<ExportOutcome>): Promise<ExportOutcome> {
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
  try {
    return await scope.run(work);
  } catch (error) {
    if (stopping && (form === 'whole' || patched('settle-after-stop'))) await settle(input);
    const blockedBy = reasonOf(error, stopping);
    log.warn('export blocked', { blockedBy });
    Object.assign(progress, blockIn(error)?.details?.[1]);
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

/** Waits for all to end before the first error is passed on: nothing is left running behind a blocked export. */
async function sideBySide(lanes: readonly Lane[], run: (step: ExportStepName) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(
    lanes.map(async (lane) => {
      for (const step of lane) await run(step);
    }),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Why a step ended for good. Only failures that Temporal delivered are read; anything else is a bug and is thrown on. */
function reasonOf(error: unknown, stopping: StopReason | null): BlockedReason {
  if (isCancellation(error)) return stopping ?? 'cancelled';
  const blockedBy = blockedIn(error);
  if (blockedBy) return blockedBy;
  if (!(error instanceof ActivityFailure)) throw error;
  // The step was on its last attempt, or its worker died, while it was stopping.
  if (stopping) return stopping;
  if (error.cause instanceof TimeoutFailure) return 'no_connection';
  return 'internal';
}

/** The reason that a step gave for needing a person; null when it failed in another way. */
function blockedIn(error: unknown): BlockedReason | null {
  const block = blockIn(error);
  return block && ((block.details?.[0] as BlockedReason | undefined) ?? 'internal');
}

/** Inline steps fail without the SDK's frame. */
function blockIn(error: unknown): ApplicationFailure | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.type === failureTypes.blocked ? cause : null;
}

function show(progress: Progress, end?: string): void {
  const rows = Object.entries(progress).map(([resource, { total, done, failed }]) => `| ${resource} | ${total} | ${done} | ${failed} |`);
  const table = ['| resource | planned | done | refused |', '|---|---|---|---|', ...rows];
  setCurrentDetails([...(end ? [`**Stopped**: ${end}`, ''] : []), ...table].join('\n'));
}
