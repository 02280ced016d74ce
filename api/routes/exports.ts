import { z } from 'zod';
import { kindNames } from '../../domain/kinds/index.js';
import { resources } from '../../domain/it-glue/index.js';
import { blockWords, exportedOrganization, exportFailures, exportSnapshot, skipRecords, type ExportSnapshot } from '../../store/index.js';
import { existsWords } from '../export-words.js';
import { stopAnswer, stopExport } from '../export-stop.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { clientParams, id, instant, iso, maybeInstant, maybeIso, skipsBody } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const count = z.int().min(0);

export const exportProgressAnswer = z.object({
  id,
  number: z.int().describe('Counts the runs of this client; a retry is a new run that goes on where the last one stopped.'),
  state: z.enum(['running', 'blocked', 'done']),
  progress: z.array(
    z.object({
      kind: z.enum(resources),
      total: count,
      done: count.describe('In IT Glue, created by us or there before.'),
      failed: count,
      skipped: count,
      planned: count.describe('Not in IT Glue.'),
      unsettled: count.describe('A request is under way, or its outcome is not known yet; the next run finds out.'),
    }),
  ),
  rate: z.number().nullable().describe('Records per minute, over the last minute; null until known.'),
  secondsLeft: z.int().nullable(),
});

const answer = exportProgressAnswer
  .extend({
    blockedBy: z.string().nullable(),
    message: z.string().nullable().describe('What a person has to do, while it is blocked.'),
    exists: z.string().describe('What is in IT Glue now, in one sentence.'),
    organizationId: z.string().nullable().describe('As soon as the organization exists.'),
    organizationUrl: z.string().nullable(),
    failures: z.array(
      z.object({ kind: z.enum(kindNames), recordId: id, title: z.string(), field: z.string().nullable(), message: z.string() }),
    ),
    startedAt: instant,
    finishedAt: maybeInstant,
  })
  .meta({ id: 'Export' });

/** How far a run is, as an answer and as an event show it. */
export function shownProgress({ run, progress, rate, secondsLeft }: ExportSnapshot) {
  return { id: run.id, number: run.number, state: run.state, progress: progress.map(({ resource, ...counts }) => ({ kind: resource, ...counts })), rate, secondsLeft };
}

export async function exportRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { store } = deps;
  app.get(
    '/clients/:clientId/exports/current',
    {
      config: { operation: 'export.read' },
      schema: {
        ...words('getCurrentExport', 'Exports', 'How far the export is', '`progress` is by IT Glue resource, in the order of creation; `failures` lists at most 200 records.'),
        params: clientParams,
        response: { 200: answer, ...problems('forbidden', 'not_found') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const snapshot = await exportSnapshot(store, client);
      const [organization, failures] = await Promise.all([exportedOrganization(store, client), exportFailures(store, client)]);
      const { run } = snapshot;
      return {
        ...shownProgress(snapshot),
        blockedBy: run.blockedBy,
        message: run.blockedBy && blockWords[run.blockedBy],
        exists: existsWords(snapshot.progress),
        organizationId: organization.id,
        organizationUrl: organization.url,
        failures: failures.flatMap(({ problems: refused, ...record }) =>
          (refused.length > 0 ? refused : [{ field: null, message: 'IT Glue refused it' }]).map(({ field, message }) => ({ ...record, field, message })),
        ),
        startedAt: iso(run.startedAt),
        finishedAt: maybeIso(run.finishedAt),
      };
    },
  );

  app.post(
    '/clients/:clientId/exports/current/skips',
    {
      config: { operation: 'export.start' },
      schema: {
        ...words(
          'skipRecords',
          'Exports',
          'Leave refused records out of the export',
          'Only while the export waits for a person, and only records that IT Glue refused; all or none. What links to them is created without that link; files and models that hang on them are left out as well. Retry the export afterwards.',
        ),
        params: clientParams,
        body: skipsBody,
        response: {
          200: z.object({ skipped: count, together: count.describe('Files and models that hang on the skipped records.') }).meta({ id: 'Skipped' }),
          ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'invalid', 'request_running', 'answer_lost', 'key_reused'),
        },
      },
    },
    (request) => {
      const client = clientOf(request);
      return once(store, request, client.clientId, request.body, (store) => skipRecords(store, client, request.actor, request.body.records));
    },
  );

  const stops = [
    ['pause', 'paused', 'pauseExport', 'Pause a running export'],
    ['cancel', 'cancelled', 'cancelExport', 'Stop a running export'],
  ] as const;
  for (const [path, reason, operationId, summary] of stops) {
    app.post(
      `/clients/:clientId/exports/${path}`,
      {
        config: { operation: 'export.start' },
        schema: {
          ...words(
            operationId,
            'Exports',
            summary,
            `It stops when no request is under way any more; then the export is blocked by \`${reason}\`, and \`exports/current\` says what exists. \`exports/retry\` goes on. Nothing is removed from IT Glue.`,
          ),
          params: clientParams,
          body: z.strictObject({}).nullish(),
          response: { 202: stopAnswer, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'no_worker', 'temporal_unavailable') },
        },
      },
      async (request, reply) => reply.code(202).send(await stopExport(deps, request, reason)),
    );
  }
}
