import { Client, Connection, isGrpcDeadlineError, isGrpcServiceError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type DataConverter, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey, TypedSearchAttributes, WorkflowNotFoundError } from '@temporalio/common';
import { Refusal, type FieldProblem, type RefusalCode } from '../store/index.js';
import { coalesced } from '../temporal/coalesced.js';
import type { ConnectionOptions } from '../temporal/connection.js';
import {
  cancelExport,
  catalogueWorkflowId,
  connectionTestRuns,
  connectionWorkflowId,
  decisionUpdates,
  exportStopping,
  exportWorkflowId,
  mailDispatchId,
  mailQueued,
  failureTypes,
  lifecycleId,
  lifecycleQueue,
  downloadWorkflowId,
  previewWorkflowId,
  workflowNames,
  type ClientIds,
  type DecisionAnswer,
  type DecisionMessage,
  type DownloadInput,
  type PreviewInput,
} from '../workflows/contract.js';
import { problemOfRefusal } from './problem.js';
import { ProcessUnavailable, type OnboardingProcess } from './process.js';

const tenantAttribute = defineSearchAttributeKey('TenantId', 'KEYWORD');
const stageAttribute = defineSearchAttributeKey('ClientStage', 'KEYWORD');

/** How long the server may take to say that it is there, after a call to it has timed out. */
const probeMs = 250;

/** PENDING_WORKFLOW_TASK_STATE_STARTED; the enum lives in a package that is not ours to depend on. */
const taskStarted = 2;

/** How long a worker may take to show that it has heard a signal. */
const hearMs = 1_500;

/**
 * The process on a Temporal server. Connects with the first call, so the API serves data entry while Temporal is away.
 * `close` ends the connection.
 */
export function temporalProcess(options: {
  connection: ConnectionOptions;
  namespace: string;
  dataConverter: DataConverter;
}): OnboardingProcess & { wakeMail(): void; close(): Promise<void> } {
  const connection = Connection.lazy(options.connection);
  const client = new Client({ connection, namespace: options.namespace, dataConverter: options.dataConverter });

  async function start({ tenantId, clientId }: ClientIds, deadline: Date): Promise<void> {
    await within(deadline, () =>
      client.workflow.start(workflowNames.clientLifecycle, {
        workflowId: lifecycleId(clientId),
        taskQueue: lifecycleQueue,
        args: [{ tenantId, clientId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: 'Onboarding of one client',
        typedSearchAttributes: new TypedSearchAttributes([
          { key: tenantAttribute, value: tenantId },
          { key: stageAttribute, value: 'sales' },
        ]),
      }),
    );
  }

  async function update(ids: ClientIds, message: DecisionMessage, attempt: number, deadline: Date): Promise<DecisionAnswer> {
    return within(deadline, () =>
      client.workflow.getHandle(lifecycleId(ids.clientId)).executeUpdate(decisionUpdates[message.action], {
        args: [message],
        // A withdrawn decision that is tried again is a new Update: the old one ended with a refusal.
        updateId: `${message.decisionId}:${attempt}`,
      }),
    );
  }

  /** Runs calls to the server and tells a server that is away from a worker that is. */
  async function within<T>(deadline: Date, call: () => Promise<T>): Promise<T> {
    try {
      return await client.withDeadline(deadline, call);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      throw new ProcessUnavailable((await check(new Date(Date.now() + probeMs))) ? 'no_worker' : 'temporal_unavailable');
    }
  }

  /** Starts a workflow that fills something a person waits for, and waits for its end until the deadline. */
  async function carryOut(name: string, workflowId: string, input: PreviewInput | DownloadInput, staticSummary: string, deadline: Date): Promise<'ended' | 'running'> {
    const handle = await within(deadline, () =>
      client.workflow.start(name, {
        workflowId,
        taskQueue: lifecycleQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary,
        typedSearchAttributes: new TypedSearchAttributes([{ key: tenantAttribute, value: input.tenantId }]),
      }),
    );
    try {
      await client.withDeadline(deadline, () => handle.result());
      return 'ended';
    } catch (error) {
      // The workflow notes its own failure where it would have put its result; a deadline leaves it running.
      return isUnanswered(error) ? 'running' : 'ended';
    }
  }

  async function check(deadline: Date): Promise<boolean> {
    try {
      await connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
      return true;
    } catch {
      return false;
    }
  }

  /** Whether a worker has the workflow in its hands: while it runs steps inside of it, it hears signals and answers nobody. */
  async function isAtWork(handle: WorkflowHandle): Promise<boolean> {
    try {
      const { raw } = await client.withDeadline(new Date(Date.now() + probeMs), () => handle.describe());
      return raw.pendingWorkflowTask?.state === taskStarted;
    } catch {
      return false;
    }
  }

  return {
    start,
    check,
    async decide(ids, message, attempt, deadline) {
      try {
        try {
          return await update(ids, message, attempt, deadline);
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
          // Temporal was away when the client was created: its workflow begins with the first decision.
          await start(ids, deadline);
          return await update(ids, message, attempt, deadline);
        }
      } catch (error) {
        throw refusalIn(error) ?? error;
      }
    },
    async buildPreview({ tenantId, clientId, previewId }: PreviewInput, deadline) {
      return carryOut(workflowNames.exportPreview, previewWorkflowId(clientId, previewId), { tenantId, clientId, previewId }, 'Preview of an export', deadline);
    },
    async buildDownload({ tenantId, clientId, downloadId }: DownloadInput, deadline) {
      return carryOut(workflowNames.clientDownload, downloadWorkflowId(clientId, downloadId), { tenantId, clientId, downloadId }, 'A file with a client\'s data', deadline);
    },
    async refreshCatalogue(tenantId, deadline) {
      await within(deadline, () =>
        client.workflow.start(workflowNames.catalogueRefresh, {
          workflowId: catalogueWorkflowId(tenantId),
          taskQueue: lifecycleQueue,
          args: [{ tenantId }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'Makes and models of the account',
          typedSearchAttributes: new TypedSearchAttributes([{ key: tenantAttribute, value: tenantId }]),
        }),
      );
    },
    async stopExport({ clientId, exportId }, reason, deadline) {
      const handle = client.workflow.getHandle(exportWorkflowId(clientId, exportId));
      try {
        await within(deadline, () => handle.signal(cancelExport, reason));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'absent';
        throw error;
      }
      try {
        // Only a worker can answer a query, and it sees the signal before it.
        await client.withDeadline(new Date(Math.min(deadline.getTime(), Date.now() + hearMs)), () => handle.query(exportStopping));
        return 'stopping';
      } catch {
        return (await isAtWork(handle)) ? 'stopping' : 'waiting';
      }
    },
    async testConnection(input, deadline) {
      const handle = await within(deadline, () =>
        client.workflow.start(workflowNames.connectionTest, {
          workflowId: connectionWorkflowId(input.tenantId, input.version),
          taskQueue: lifecycleQueue,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'Test of an IT Glue connection',
          typedSearchAttributes: new TypedSearchAttributes([{ key: tenantAttribute, value: input.tenantId }]),
        }),
      );
      try {
        await client.withDeadline(new Date(deadline.getTime() - hearMs), () => handle.result());
        return 'ended';
      } catch (error) {
        if (!isUnanswered(error)) return 'ended';
      }
      try {
        await client.withDeadline(deadline, () => handle.query(connectionTestRuns));
        return 'running';
      } catch {
        return 'waiting';
      }
    },
    // A signal that gets lost costs a moment: the queue is looked at now and then without one.
    wakeMail: coalesced(async () => {
      await client.withDeadline(new Date(Date.now() + hearMs), () => client.workflow.getHandle(mailDispatchId).signal(mailQueued));
    }),
    close: () => connection.close(),
  };
}

// gRPC codes by number: the enum lives in a package that is not ours to depend on. 1 cancelled, 4 deadline, 8 exhausted, 14 unavailable.
const unansweredCodes: readonly number[] = [1, 4, 8, 14];

function isUnanswered(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (isGrpcDeadlineError(error) || (isGrpcServiceError(error) && unansweredCodes.includes(code as number))) return true;
  return cause instanceof Error && isUnanswered(cause);
}

/** The refusal that a failed Update carries, whether its validator or its activity refused. */
function refusalIn(error: unknown): Refusal | null {
  if (!(error instanceof WorkflowUpdateFailedError)) return null;
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type === failureTypes.refused) {
      const [code, message, faults] = (cause.details ?? []) as [unknown, unknown, FieldProblem[]?];
      if (typeof code === 'string' && code in problemOfRefusal) return new Refusal(code as RefusalCode, String(message), faults ?? []);
    }
  }
  return null;
}
