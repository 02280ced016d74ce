import { z } from 'zod';
import { kindNames } from '../../domain/kinds/index.js';
import { resources } from '../../domain/it-glue/index.js';
import { blockWords, currentExport, exportFailures, exportProgress, getClientRow } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, iso, maybeInstant, maybeIso } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const count = z.int().min(0);

const answer = z
  .object({
    id,
    number: z.int().describe('Counts the runs of this client; a retry is a new run that goes on where the last one stopped.'),
    state: z.enum(['running', 'blocked', 'done']),
    blockedBy: z.string().nullable(),
    message: z.string().nullable().describe('What a person has to do, while it is blocked.'),
    organizationId: z.string().nullable(),
    organizationUrl: z.string().nullable(),
    progress: z.array(z.object({ kind: z.enum(resources), total: count, done: count, failed: count, skipped: count })),
    failures: z.array(
      z.object({ kind: z.enum(kindNames), recordId: id, title: z.string(), field: z.string().nullable(), message: z.string() }),
    ),
    startedAt: instant,
    finishedAt: maybeInstant,
  })
  .meta({ id: 'Export' });

export async function exportRoutes(app: Api, { store }: ApiDeps): Promise<void> {
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
      const run = await currentExport(store, client);
      const [row, progress, failures] = await Promise.all([getClientRow(store, client), exportProgress(store, client), exportFailures(store, client)]);
      return {
        id: run.id,
        number: run.number,
        state: run.state,
        blockedBy: run.blockedBy,
        message: run.blockedBy && blockWords[run.blockedBy],
        organizationId: row.organizationId,
        organizationUrl: row.organizationUrl,
        progress: progress
          .map(({ resource, ...counts }) => ({ kind: resource, ...counts }))
          .sort((a, b) => resources.indexOf(a.kind) - resources.indexOf(b.kind)),
        failures: failures.flatMap(({ problems: refused, ...record }) =>
          (refused.length > 0 ? refused : [{ field: null, message: 'IT Glue refused it' }]).map(({ field, message }) => ({ ...record, field, message })),
        ),
        startedAt: iso(run.startedAt),
        finishedAt: maybeIso(run.finishedAt),
      };
    },
  );
}
