import { z } from 'zod';
import { allKinds, secretFields } from '../../domain/kinds/index.js';
import { countTry, getRecord, inTransaction, listReveals, namesOf, noteReveal } from '../../store/index.js';
import { readCursor, writeCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, iso, pageOf, pageQuery, recordParams } from '../schemas/common.js';
import { pascal } from '../schemas/record.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const reveal = z
  .object({
    sequence: z.int().describe('Of the entry in the audit trail.'),
    at: instant,
    actorId: id.nullable(),
    actor: z.string().nullable().describe('Name of the person; null for somebody who is gone.'),
    party: z.enum(['internal', 'client', 'outgoing_msp', 'system']),
    what: z.enum(['secret', 'download']).describe('`download`: the whole client with all secrets.'),
    kind: z.string().nullable(),
    recordId: id.nullable(),
    field: z.string().nullable(),
    title: z.string().nullable().describe('What the record is called now; null when it is gone.'),
    format: z.string().nullable().describe('Of a download.'),
  })
  .meta({ id: 'Reveal' });

/** Secrets are shown one at a time, and each look is in the audit chain before the answer leaves. */
export async function secretRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/clients/:clientId/reveals',
    {
      config: { operation: 'audit.read' },
      schema: {
        ...words('listReveals', 'History', 'Who saw which secrets of a client', 'Newest first: each secret that was shown, and each download with secrets. Managers get a mail about the ones of their clients, the morning after.'),
        params: clientParams,
        querystring: pageQuery,
        response: { 200: pageOf(reveal), ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const { limit, cursor } = request.query;
      const { reveals, next } = await listReveals(store, client, { limit, before: readCursor('reveals', 'number', cursor) });
      const names = await namesOf(store, client.tenantId, reveals.map(({ actorId }) => actorId));
      const items = reveals.map((one) => ({ ...one, at: iso(one.at), actor: names.get(one.actorId ?? '') ?? null, party: one.party as z.output<typeof reveal>['party'] }));
      return { items, nextCursor: next === null ? null : writeCursor('reveals', next) };
    },
  );

  for (const kind of allKinds) {
    const secrets = secretFields(kind);
    const [first, ...others] = secrets;
    if (first === undefined || kind.cardinality === 'one') continue;
    app.post(
      `/clients/:clientId/${kind.path}/:recordId/reveal`,
      {
        config: { operation: 'password.reveal', section: kind.section },
        schema: {
          ...words(`reveal${pascal(kind.name)}`, 'Records', `Show a secret of a ${kind.label.toLowerCase()}`, 'Noted in the client\'s history and told to its manager. Null when it is not set. At most 60 in ten minutes.'),
          params: recordParams,
          body: z.strictObject({ field: z.enum([first, ...others], `must be one of: ${secrets.join(', ')}`) }),
          response: { 200: z.object({ value: z.string().nullable() }), ...problems('invalid_request', 'forbidden', 'not_found', 'too_many_requests') },
        },
      },
      async (request) => {
        const client = clientOf(request);
        await countTry(store, 'reveal', request.actor.userId);
        const { recordId } = request.params;
        const { field } = request.body;
        const record = await inTransaction(store, async (context) => {
          const found = await getRecord(context, client, kind.name, recordId);
          await noteReveal(context, client, request.actor, { kind: kind.name, recordId, field });
          return found;
        });
        return { value: (record.content[field] as string | null | undefined) ?? null };
      },
    );
  }
}
