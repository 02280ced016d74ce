import {
  allHandlersFinished,
  ApplicationFailure,
  ActivityFailure,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  patched,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ExportOutcome } from '../activities/index.js';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { blockWords, type BlockReason } from '../domain/block-reasons.js';
import { stageWords, transitionFor, waitingOn, type Stage } from '../domain/stages.js';
import { purgeSpreadMs } from '../domain/purge-spread.js';
import { inactivityIn } from '../domain/reminders/cases.js';
import { roleWords } from '../domain/roles.js';
import { actions } from '../domain/stages.js';
import { inlineLooks, lifecycleActivities } from './activities.js';
import {
  decisionUpdates,
  exportWorkflowId,
  failureTypes,
  lifecycleState,
  lookAgain,
  purgeWorkflowId,
  type DecisionAnswer,
  type DecisionMessage,
  type LifecycleInput,
  type LifecycleState,
} from './contract.js';
import { itGlueExport } from './it-glue-export.js';
import { purge } from './purge.js';
import { attribute } from './search-attributes.js';

/** History events after which a waiting workflow starts a fresh history, far below the server's own warning. */
const longHistory = 2_000;

const clockPatienceMs = 15_000;
const exportPatienceMs = 60_000;

/**
 * One client's whole life: waits for the people's decisions, exports, keeps, purges. All data is in the database; here is
 * only what happens next.
 */
export async function clientLifecycle(input: LifecycleInput): Promise<LifecycleState> {
  const client = { tenantId: input.tenantId, clientId: input.clientId };
  // At the very beginning, where nothing else can stand before it in the history.
  const looks = patched('looks-as-activities') ? 'activities' : 'as-before';
  let state: LifecycleState | null = input.state ?? null;
  let deciding = false;
  // The database shows how an export ended a moment before the answer arrives here.
  let recording = false;

  const move = (next: LifecycleState, blockedBy?: BlockReason) => {
    state = {
      stage: next.stage,
      purgeAt: next.purgeAt,
      exportId: next.exportId,
      ...(next.remindAt === undefined ? {} : { remindAt: next.remindAt }),
      ...(next.warnAt === undefined ? {} : { warnAt: next.warnAt }),
      ...(next.stage === 'export_blocked' && blockedBy ? { blockedBy } : {}),
    };
    show(state);
  };

  for (const action of actions) {
    setHandler(decisionUpdates[action], decide, {
      description: `A person's decision: ${action.replace(/_/g, ' ')}`,
      validator: ({ section }: DecisionMessage) => {
        // While another one is under way its end decides: this one is asked again when its turn comes.
        if (state && !recording && !deciding) refuseUnlessPossible(state.stage, action, section);
      },
    });
  }
  setHandler(lifecycleState, () => state ?? { stage: 'sales', purgeAt: null, exportId: null }, { description: 'Where the client stands' });

  setHandler(lookAgain, readAgain, { description: 'Read from the database where the client stands' });

  // One decision at a time, so that each sees what the one before has changed.
  async function decide({ decisionId, action, section }: DecisionMessage): Promise<DecisionAnswer> {
    await condition(() => state !== null && !deciding && !recording);
    // The decision before may have changed what this one found possible.
    refuseUnlessPossible(current().stage, action, section);
    deciding = true;
    try {
      const answer = await lifecycleActivities.applyDecision.executeWithOptions(
        { summary: section ? `${action} ${section}` : action },
        [{ ...client, decisionId }],
      );
      move(answer);
      return answer;
    } catch (error) {
      throw refusalIn(error) ?? error;
    } finally {
      deciding = false;
    }
  }

  /** Like a decision in all but that nothing is decided: none may be under way, and none begins meanwhile. */
  async function readAgain(): Promise<void> {
    await condition(() => state !== null && !deciding && !recording);
    deciding = true;
    try {
      move(await loadState('read again where the client stands'));
    } finally {
      deciding = false;
    }
  }

  if (!state) move(await loadState('read where the client stands'));

  for (;;) {
    const { stage, purgeAt, exportId } = current();
    if (stage === 'purged') break;
    if (stage === 'exporting' && exportId) {
      const outcome = await runExport(exportId);
      if (!outcome) {
        if (tooLong()) await goOnAfresh();
        continue;
      }
      recording = true;
      try {
        const recorded = await lifecycleActivities.recordExport.executeWithOptions({ summary: `export ${outcome.state}` }, [{ ...client, exportId, outcome }]);
        move(recorded, outcome.state === 'blocked' ? outcome.blockedBy : undefined);
      } finally {
        recording = false;
      }
      continue;
    }
    if (purgeAt) {
      const { warnAt } = current();
      if (warnAt && patched('retention-warnings')) {
        await warnWhenDue(stage, purgeAt, warnAt);
        if (tooLong()) await goOnAfresh();
        continue;
      }
      const spread = patched('purge-spread') ? purgeSpreadMs(client.clientId, Date.parse(purgeAt) - Date.now()) : 0;
      await waitFor(() => hasMoved(stage, purgeAt), Date.parse(purgeAt) - Date.now() + spread, `kept until ${purgeAt}`);
      if (hasMoved(stage, purgeAt)) continue;
      // No decision may slip in between the last look and the removal.
      await condition(() => !deciding);
      if (hasMoved(stage, purgeAt)) continue;
      deciding = true;
      try {
        await endRetention(stage);
      } finally {
        deciding = false;
      }
      // Not due by the database's word although the timer fired: the clocks differ. Asking again at once would spin.
      if (!hasMoved(stage, purgeAt)) await waitFor(() => hasMoved(stage, purgeAt), clockPatienceMs, 'the clocks differ; asking again soon');
      continue;
    }
    if (inactivityIn[stage] && current().remindAt !== null && patched('inactivity-reminders')) {
      await remindWhenIdle(stage, purgeAt);
      if (!tooLong()) continue;
    }
    await condition(() => hasMoved(stage, purgeAt) || tooLong());
    if (tooLong()) await goOnAfresh();
  }
  await condition(allHandlersFinished);
  log.info('client purged');
  return current();

  function loadState(summary: string): Promise<LifecycleState> {
    return look(looks, 'state-inline', (activities) => activities.loadState.executeWithOptions({ summary }, [client]));
  }

  /** The export's outcome, or null after a wait for one that an earlier lifecycle left running: only its own parent hears its end. */
  async function runExport(exportId: string): Promise<ExportOutcome | null> {
    try {
      return await executeChild(itGlueExport, {
        workflowId: exportWorkflowId(client.clientId, exportId),
        args: [{ ...client, exportId }],
        staticSummary: 'Export to IT Glue',
        // An export under way outlives a lifecycle that is terminated by hand: the ledger must not be left behind.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // The run that comes after it finds all that it did in the ledger.
      await waitFor(() => hasMoved('exporting', null), exportPatienceMs, 'the same export runs already; looking again soon');
      return null;
    }
  }

  async function goOnAfresh(): Promise<never> {
    await condition(allHandlersFinished);
    return continueAsNew<typeof clientLifecycle>({ ...client, state: current() });
  }

  /** Sleeps until somebody may have to be reminded, asks the database who, and learns when to ask again. */
  async function remindWhenIdle(stage: Stage, purgeAt: string | null): Promise<void> {
    const { remindAt } = current();
    if (remindAt) await waitFor(() => hasMoved(stage, purgeAt) || tooLong(), Date.parse(remindAt) - Date.now(), `a reminder, if nothing happens until ${remindAt}`);
    if (hasMoved(stage, purgeAt) || tooLong()) return;
    const now = new Date().toISOString();
    const { askAgainAt } = await lifecycleActivities.remindIfIdle.executeWithOptions({ summary: 'has nothing happened?' }, [{ ...client, now }]);
    if (!hasMoved(stage, purgeAt)) state = { ...current(), remindAt: askAgainAt };
  }

  /** Sleeps until the next warning of the end is due and has the managers told. */
  async function warnWhenDue(stage: Stage, purgeAt: string, warnAt: string): Promise<void> {
    await waitFor(() => hasMoved(stage, purgeAt) || tooLong(), Date.parse(warnAt) - Date.now(), `a warning at ${warnAt}`);
    if (hasMoved(stage, purgeAt) || tooLong()) return;
    const now = new Date().toISOString();
    const next = await lifecycleActivities.warnOfRetention.executeWithOptions({ summary: 'warn of the end' }, [{ ...client, now }]);
    if (!hasMoved(stage, purgeAt)) state = { ...current(), warnAt: next.warnAt };
  }

  /** Asks the database once more whether the time is really over, and hands the client to its removal. */
  async function endRetention(stage: Stage): Promise<void> {
    const { due, purgeAt } = await look(looks, 'purge-due-inline', (activities) => activities.purgeDue.executeWithOptions({ summary: 'is it really time?' }, [client]));
    if (!due) return move({ stage, purgeAt, exportId: null });
    try {
      await startChild(purge, {
        workflowId: purgeWorkflowId(client.clientId),
        args: [{ ...client, policy: stage === 'deleted' ? 'deletion' : 'retention' }],
        staticSummary: 'Removal of the source data',
        // It removes this workflow's own history last, so it must live on after it.
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      // The sweep was quicker: the removal runs.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    move({ stage: 'purged', purgeAt: null, exportId: null });
  }

  function current(): LifecycleState {
    return state!;
  }

  function hasMoved(stage: Stage, purgeAt: string | null): boolean {
    return current().stage !== stage || current().purgeAt !== purgeAt;
  }

  function tooLong(): boolean {
    const info = workflowInfo();
    return !deciding && (info.continueAsNewSuggested || info.historyLength > longHistory);
  }
}

/**
 * Asks the database by an activity that is tried until it answers. Lifecycles of before asked inside of their own task first, which a
 * worker that stands still there can leave with a history that nobody can go on with (docs/reliability.md).
 */
async function look<T>(form: 'activities' | 'as-before', patch: string, ask: (activities: typeof inlineLooks | typeof lifecycleActivities) => Promise<T>): Promise<T> {
  if (form === 'as-before' && patched(patch)) {
    try {
      return await ask(inlineLooks);
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }
  return ask(lifecycleActivities);
}

/** Waits until the condition holds or the time is over; not at all when it is over already. */
async function waitFor(holds: () => boolean, milliseconds: number, summary: string): Promise<void> {
  if (milliseconds > 0) await condition(holds, milliseconds, { summary });
}

function refuseUnlessPossible(stage: Stage, action: DecisionMessage['action'], section: DecisionMessage['section']): void {
  if (transitionFor(stage, action, section ?? undefined)) return;
  const message = `Not possible now: ${stageWords[stage]}`;
  throw ApplicationFailure.create({ type: failureTypes.refused, message, nonRetryable: true, details: ['wrong_stage', message] });
}

/** The refusal that an activity reported, as the Update's own failure. */
function refusalIn(error: unknown): ApplicationFailure | null {
  const cause = error instanceof ActivityFailure ? error.cause : null;
  if (!(cause instanceof ApplicationFailure) || cause.type !== failureTypes.refused) return null;
  return ApplicationFailure.create({ type: failureTypes.refused, message: cause.message, nonRetryable: true, details: cause.details ?? [] });
}

/** Tells an operator the story: what the client waits for, and search attributes to find it by. */
function show({ stage, purgeAt, blockedBy }: LifecycleState): void {
  const isOnHold = (stage === 'retention' || stage === 'deleted') && purgeAt === null;
  const people = waitingOn[stage].map((role) => roleWords[role]).join(' and ');
  const lines = [`**${stageWords[stage]}**`, blockedBy && blockWords[blockedBy], people && `Waiting on: ${people}`, purgeAt && `Source data is removed at ${purgeAt}`, isOnHold && 'On hold: nothing is removed until it is released'];
  setCurrentDetails(lines.filter(Boolean).join('\n\n'));
  upsertSearchAttributes([
    { key: attribute.ClientStage, value: stage },
    { key: attribute.NeedsAttention, value: stage === 'export_blocked' },
    { key: attribute.PurgeAt, value: purgeAt ? new Date(purgeAt) : null },
  ]);
}
