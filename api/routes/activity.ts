import { z } from 'zod';
import { activityWords } from '../activity-words.js';
import { page, readCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { namesOf, readActivity } from '../../store/index.js';
import { clientParams, id, instant, iso, pageOf, pageQuery } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const entry = z
  .object({
    sequence: z.int(),
    at: instant,
    actorId: id.nullable(),
    party: z.enum(['internal', 'client', 'outgoing_msp', 'system']),
    action: z.string().describe('A stable word such as `record.changed`.'),
    actor: z.string().nullable().describe('Name of the person; null for the system, and for somebody who is gone.'),
    words: z.string().describe('What happened, as a sentence.'),
    details: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Activity' });

export async function activityRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/clients/:clientId/activity',
    {
      config: { operation: 'activity.read' },
      schema: {
        ...words('listActivity', 'History', 'What happened to a client', 'Newest first.'),
        params: clientParams,
        querystring: pageQuery,
        response: { 200: pageOf(entry), ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const { tenantId, clientId } = clientOf(request);
      const rows = await readActivity(store, tenantId, clientId, { limit: limit + 1, before: readCursor('activity', 'number', cursor) });
      const names = await namesOf(store, tenantId, rows.map((row) => row.actorId));
      return page('activity', limit, rows, (row) => row.sequence, (row) => ({
        sequence: row.sequence,
        at: iso(row.at),
        actorId: row.actorId,
        party: row.party as z.output<typeof entry>['party'],
        action: row.action,
        actor: names.get(row.actorId ?? '') ?? null,
        words: activityWords(row),
        details: row.details && { ...row.details },
      }));
    },
  );
}
