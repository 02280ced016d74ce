import type { Dependencies } from './dependencies.js';

/** gRPC status NOT_FOUND. */
const notFound = 5;

/** Ends an execution where it still runs, and deletes it with its history. @returns whether it was there */
export async function deleteExecution(temporal: Dependencies['temporal'], { workflowId, runId }: { workflowId: string; runId?: string }): Promise<boolean> {
  try {
    await temporal.workflowService.deleteWorkflowExecution({ namespace: temporal.options.namespace, workflowExecution: { workflowId, ...(runId ? { runId } : {}) } });
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === notFound) return false;
    throw error;
  }
}
