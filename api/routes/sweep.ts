import { z } from 'zod';
import { sweepKinds, sweepWords } from '../../domain/sweep.js';
import { lastSweep, listSweepFindings } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { id, instant, iso, maybeInstant, maybeIso, pageOf, pageQuery } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

/** The sweep runs every hour; after this long something keeps it from running. */
const lateMs = 3 * 3_600_000;

const finding = z
  .object({
    id,
    clientId: id.nullable().describe('Null for a client that is gone.'),
    kind: z.enum(sweepKinds),
    outcome: z.enum(['mended', 'reported']).describe('`mended`: put right at once. `reported`: a person should look at it.'),
    words: z.string(),
    foundAt: instant,
    seenAt: instant,
    times: z.int().describe('In how many sweeps it was seen.'),
    settledAt: maybeInstant.describe('Of a reported one: when a sweep did not find it any more.'),
  })
  .meta({ id: 'SweepFinding' });

const lastRun = z
  .object({ startedAt: instant, finishedAt: instant, clients: z.int().describe('Clients looked at, of all organizations.'), late: z.boolean().describe('Whether the next one should have ended by now: look at the workers.') })
  .nullable();

/** What the hourly comparison of database and workflows found. */
export async function sweepRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/sweep',
    {
      config: { operation: 'audit.read' },
      schema: {
        ...words('getSweep', 'History', 'What the hourly check of all clients found', 'Every hour the system compares the database with the workflows, mends where they disagree and reports what it cannot mend. Newest first.'),
        querystring: pageQuery.extend({ which: z.enum(['open', 'all']).default('open').describe('`open`: only what a person should look at now.') }),
        response: { 200: pageOf(finding).extend({ lastRun }), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const after = readCursor('sweep', 'string', query.cursor);
      const rows = await listSweepFindings(store, actor.tenantId, query.which, { limit: query.limit + 1, after });
      const last = await lastSweep(store);
      const shown = page('sweep', query.limit, rows, (row) => row.id, (row) => ({ ...row, words: sweepWords[row.kind][row.outcome], foundAt: iso(row.foundAt), seenAt: iso(row.seenAt), settledAt: maybeIso(row.settledAt) }));
      return {
        ...shown,
        lastRun: last && { startedAt: iso(last.startedAt), finishedAt: iso(last.finishedAt), clients: last.clients, late: Date.now() - last.finishedAt.getTime() > lateMs },
      };
    },
  );
}
