/**
 * The table of contents of the process: every workflow, message, id and task queue. The only file of this room that the
 * API and the activities import.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { actions, type Action, type Stage } from '../domain/stages.js';
import type { BlockReason } from '../domain/block-reasons.js';
import type { Section } from '../domain/kinds/index.js';

/** Workflows and their short database activities. */
export const lifecycleQueue = 'client-lifecycle';
/** Activities that talk to IT Glue. */
export const exportQueue = 'it-glue-export';
/** Activities that talk to the mail server: a slow one must hold up nobody's decision. */
export const mailQueue = 'mail';
/** Removes clients, a few at a time: a thousand that are due at once must hold up nobody's decision. */
export const purgeQueue = 'purge';
/** Builds downloads: work for the processor, a few at a time. */
export const downloadQueue = 'downloads';

export const workflowNames = {
  clientLifecycle: 'clientLifecycle',
  itGlueExport: 'itGlueExport',
  exportPreview: 'exportPreview',
  clientDownload: 'clientDownload',
  purge: 'purge',
  catalogueRefresh: 'catalogueRefresh',
  mailDispatch: 'mailDispatch',
  connectionTest: 'connectionTest',
  connectionWatch: 'connectionWatch',
  sweep: 'sweep',
} as const;

export const lifecycleId = (clientId: string): string => `client/${clientId}`;
export const exportWorkflowId = (clientId: string, exportId: string): string => `export/${clientId}/${exportId}`;
export const previewWorkflowId = (clientId: string, previewId: string): string => `preview/${clientId}/${previewId}`;
export const downloadWorkflowId = (clientId: string, downloadId: string): string => `download/${clientId}/${downloadId}`;
export const catalogueWorkflowId = (tenantId: string): string => `catalogue/${tenantId}`;
/** One at a time for each state of a connection. */
export const connectionWorkflowId = (tenantId: string, version: number): string => `connection/${tenantId}/${version}`;
export const purgeWorkflowId = (clientId: string): string => `purge/${clientId}`;

/** What begins the ids of workflows that belong to one client; its id follows. */
const ofOneClient = ['client', 'export', 'preview', 'download', 'purge'] as const;

/** Finds every execution that belongs to a client, running and ended, in Temporal's list. */
export const executionsOf = (clientId: string): string => ofOneClient.map((kind) => `WorkflowId = "${kind}/${clientId}" OR WorkflowId STARTS_WITH "${kind}/${clientId}/"`).join(' OR ');

/** The client that a workflow belongs to, or null for one of the system or a tenant. */
export function clientOfWorkflow(workflowId: string): string | null {
  const [kind, clientId] = workflowId.split('/');
  return clientId && (ofOneClient as readonly string[]).includes(kind!) ? clientId : null;
}

/** One for all tenants and workers. */
export const mailDispatchId = 'mail-dispatch';

/** Registered on the Temporal server before the first worker starts. In clear there: stages, dates and ids only. */
export const searchAttributes = {
  ClientStage: 'Keyword',
  TenantId: 'Keyword',
  PurgeAt: 'Datetime',
  NeedsAttention: 'Bool',
} as const;

export interface ClientIds {
  readonly tenantId: string;
  readonly clientId: string;
}

export interface LifecycleInput extends ClientIds {
  /** Filled by continue-as-new only. */
  readonly state?: LifecycleState;
}

/** All that the workflow knows of a client: where it stands and what is due. Ids, enums and dates only. */
export interface LifecycleState {
  readonly stage: Stage;
  /** ISO 8601; the end of retention, or of the time to restore a deleted client. */
  readonly purgeAt: string | null;
  /** The export run that is to be worked on, while the stage is `exporting`. */
  readonly exportId: string | null;
  /** ISO 8601; when to look whether somebody must be reminded. Absent where nobody has asked yet. */
  readonly remindAt?: string | null;
  /** ISO 8601; when the managers are to be warned of the end next. Absent where nobody has asked yet. */
  readonly warnAt?: string | null;
  /** Why the export waits for a person, while the stage is `export_blocked` and it is known. */
  readonly blockedBy?: BlockReason;
}

/** What the workflow is told of a decision. Who, why and the particulars are in the database under `decisionId`. */
export interface DecisionMessage {
  readonly decisionId: string;
  readonly action: Action;
  readonly section: Section | null;
}

/** What a decision led to. */
export interface DecisionAnswer extends LifecycleState {
  readonly decisionId: string;
}

/** One Update for each decision that a person can take (design.md decision 2). */
export const decisionUpdates = Object.fromEntries(
  actions.map((action) => [action, defineUpdate<DecisionAnswer, [DecisionMessage]>(action)]),
) as Readonly<Record<Action, ReturnType<typeof defineUpdate<DecisionAnswer, [DecisionMessage]>>>>;

/** Where the client stands, as the workflow sees it. Lists and pages read the database instead. */
export const lifecycleState = defineQuery<LifecycleState>('state');

/** Tells the workflow that it may believe something else than the database has: it reads where the client stands again. */
export const lookAgain = defineSignal('lookAgain');

/** Why a person stops a running export. */
export type StopReason = 'paused' | 'cancelled';

/** Asks a running export to stop at the next safe point. Without a reason it is cancelled. */
export const cancelExport = defineSignal<[StopReason?]>('cancelExport');

/** Why the export is stopping, or null. Answered only while a worker is there. */
export const exportStopping = defineQuery<StopReason | null>('stopping');

/** Types of failures that cross the border between activities, workflows and the API. Messages carry no data of a client. */
export const failureTypes = {
  /** A decision was refused; details: [code, message, faults by field]. Never retried. */
  refused: 'DecisionRefused',
  /** An export cannot go on without a person; details: [reason, counts by resource where they are known]. Never retried. */
  blocked: 'ExportBlocked',
} as const;

export interface ExportInput extends ClientIds {
  readonly exportId: string;
}

export interface PreviewInput extends ClientIds {
  readonly previewId: string;
}

export interface DownloadInput extends ClientIds {
  readonly downloadId: string;
}

export interface PurgeInput extends ClientIds {
  /** Why, for the certificate. */
  readonly policy: 'retention' | 'deletion';
}

/** Mail was queued: look at once. */
export const mailQueued = defineSignal('mailQueued');

export interface MailDispatchInput {
  /** Longest time between two looks at the queue, for a signal that was lost. */
  readonly idleMs: number;
}

export interface ConnectionInput {
  readonly tenantId: string;
  /** The version of the connection that is meant; another one is left alone. */
  readonly version: number;
  /** In whose name exports go on that waited for it. */
  readonly actorId: string;
}

/** Whether a test of a connection is under way. Answered only while a worker is there. */
export const connectionTestRuns = defineQuery<boolean>('runs');

/** How far a sweep has come. Filled by continue-as-new only. */
export interface SweepInput {
  readonly runId: string;
  /** The last client that was looked at. */
  readonly after: string | null;
  readonly counts: SweepCounts;
}

export interface SweepCounts {
  readonly clients: number;
  readonly mended: number;
  readonly reported: number;
}

export interface CatalogueInput {
  readonly tenantId: string;
}
