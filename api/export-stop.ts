import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { stageWords, type Stage } from '../domain/stages.js';
import { appendAudit, currentExport, getClientRow, inTransaction, Refusal, type ClientKey } from '../store/index.js';
import type { StopReason } from '../workflows/contract.js';
import { clientOf } from './plugins/auth.js';
import { Problem } from './problem.js';
import { id } from './schemas/common.js';
import type { ApiDeps } from './types.js';

export const stopAnswer = z
  .object({
    exportId: id,
    state: z.enum(['stopping', 'waiting']).describe('`waiting`: no worker answers; the request is kept and takes effect when one does.'),
    message: z.string(),
  })
  .meta({ id: 'ExportStopping' });

const messages = {
  stopping: 'The export stops as soon as no request to IT Glue is under way',
  waiting: 'No worker answers right now; the export stops as soon as one does',
} as const;

/**
 * Asks the client's running export to stop. Stopping itself is not waited for: it shows in `exports/current`.
 * @throws {Refusal} `wrong_stage` when nothing runs; {ProcessUnavailable} when Temporal cannot be reached
 */
export async function stopExport(deps: ApiDeps, request: FastifyRequest, reason: StopReason): Promise<z.output<typeof stopAnswer>> {
  const client = clientOf(request);
  const deadline = new Date(Date.now() + deps.settings.DECISION_TIMEOUT_MS - 300);
  const exportId = await runningExport(deps, client);
  const state = await deps.process.stopExport({ ...client, exportId }, reason, deadline);
  if (state === 'absent') {
    // Either it has ended just now, which the stage tells, or no worker has begun it yet.
    await runningExport(deps, client);
    throw new Problem('no_worker', 'The export has not begun yet, because no worker answers; nothing was changed. Try again in a moment.', { retryAfter: 2 });
  }
  await inTransaction(deps.store, (context) =>
    appendAudit(context, {
      ...client,
      actorId: request.actor.userId,
      party: 'internal',
      action: reason === 'paused' ? 'export.pause' : 'export.cancel',
      details: { exportId, state },
    }),
  );
  return { exportId, state, message: messages[state] };
}

async function runningExport({ store }: ApiDeps, client: ClientKey): Promise<string> {
  const { stage } = await getClientRow(store, client);
  if (stage !== 'exporting') throw new Refusal('wrong_stage', `Not possible now: ${stageWords[stage as Stage]}`);
  return (await currentExport(store, client)).id;
}
