import type { Stage } from './stages.js';

/** What the sweep looks for: each is a way in which the database and the workflows can come to disagree, or something left behind. */
export const sweepKinds = [
  'workflow_missing',
  'workflow_behind',
  'workflow_without_client',
  'export_without_workflow',
  'preview_stuck',
  'download_stuck',
  'removal_overdue',
  'removal_unfinished',
] as const;
export type SweepKind = (typeof sweepKinds)[number];

/** `mended`: put right by the sweep itself. `reported`: a person should look at it. */
export type SweepOutcome = 'mended' | 'reported';

/** What was found and what the sweep does about it, for people. */
export const sweepWords: Readonly<Record<SweepKind, Readonly<Record<SweepOutcome, string>>>> = {
  workflow_missing: {
    mended: 'The client had no running workflow; it was started again and goes on where the client stands.',
    reported: 'The workflow of the client ends again and again, or cannot be started. Look at its last run in Temporal.',
  },
  workflow_behind: {
    mended: 'The workflow believed another stage or end than the database has; it was told to read them again.',
    reported: 'The workflow believes another stage or end than the database has and does not take the right one over. Look whether it is stuck in Temporal.',
  },
  workflow_without_client: {
    mended: 'A workflow ran for a client that is gone; it was ended and its history deleted.',
    reported: 'Workflows run for clients that this database does not know, too many to be ended unasked. Check whether workers use the right database, or whether a backup was restored.',
  },
  export_without_workflow: {
    mended: 'An export was noted as running but nothing ran; it was parked and waits for a person to go on with it.',
    reported: 'Exports of the client are noted as running again and again although nothing runs. Look at the workers.',
  },
  preview_stuck: {
    mended: 'A preview was being worked out for too long; it was ended, so that a new one can be made.',
    reported: 'Previews of the client do not come to an end. Look at the workers.',
  },
  download_stuck: {
    mended: 'A download was being built for too long; it was ended, so that a new one can be asked for.',
    reported: 'Downloads of the client do not come to an end. Look at the workers.',
  },
  removal_overdue: {
    mended: 'The end of the client had passed and its removal had not begun; it was started.',
    reported: 'The end of the client has passed and its removal does not begin. Look at the workers.',
  },
  removal_unfinished: {
    mended: 'The removal of the client had stopped half-way; it was started again.',
    reported: 'The removal of the client does not come to an end. Look at its workflow in Temporal; its data cannot be read any more.',
  },
};

/** After its last change a client is left alone for so long: a decision may be on its way. */
export const quietMs = 2 * 60_000;
/** A removal begins up to five minutes after the end (`purgeSpreadMs`); after this long it should have. */
export const overdueMs = 15 * 60_000;
/** A removal that has not ended after this long, and that nothing works on, has stopped. */
export const unfinishedMs = 15 * 60_000;
/** A preview gives up by itself after five minutes. */
export const stuckPreviewMs = 15 * 60_000;
/** A download that waits for so long, and that nothing works on, never comes. */
export const stuckDownloadMs = 15 * 60_000;
/** An export whose workflow has been gone for so long is nowhere any more. */
export const lostExportMs = 10 * 60_000;
/** What had to be mended so often within a day comes back: somebody should know why. */
export const comesBackAfter = 3;
/** Workflows without a client that one sweep ends. More than that is rather a wrong or an old database. */
export const mostEnded = 20;

/** A client as the database has it. */
export interface KnownClient {
  readonly stage: Stage;
  readonly purgeAt: Date | null;
  /** When anything about it was last changed. */
  readonly changedAt: Date;
}

/** A client as its running workflow shows it. */
export interface BelievedClient {
  /** Null while it has just begun. */
  readonly stage: string | null;
  readonly purgeAt: Date | null;
}

/** In what the two disagree, or null; `believed` is null where no workflow runs. Whether a removal or an export really runs is for the caller to find out. */
export function disagreement(known: KnownClient, believed: BelievedClient | null, now: Date): SweepKind | null {
  const unchangedMs = now.getTime() - known.changedAt.getTime();
  if (known.stage === 'purged') return unchangedMs > unfinishedMs ? 'removal_unfinished' : null;
  if (!believed) return 'workflow_missing';
  if (unchangedMs < quietMs) return null;
  if (believed.stage !== null && (believed.stage !== known.stage || !sameTime(believed.purgeAt, known.purgeAt))) return 'workflow_behind';
  if (known.purgeAt && now.getTime() - known.purgeAt.getTime() > overdueMs) return 'removal_overdue';
  return known.stage === 'exporting' && unchangedMs > lostExportMs ? 'export_without_workflow' : null;
}

/** Temporal may keep less than milliseconds. */
function sameTime(a: Date | null, b: Date | null): boolean {
  return a === b || (a !== null && b !== null && Math.abs(a.getTime() - b.getTime()) < 1_000);
}
