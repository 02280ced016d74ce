import { getRemoval, listRemovals } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { certificateSchema, shownCertificate } from '../schemas/certificate.js';
import { clientParams, pageOf, pageQuery } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

/** Certificates of clients that were removed for good, those that were deleted before any export included. */
export async function removalRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  const config = { operation: 'export_record.read' } as const;

  app.get(
    '/removals',
    {
      config,
      schema: { ...words('listRemovals', 'History', 'Certificates of removal', 'Newest client first.'), querystring: pageQuery, response: { 200: pageOf(certificateSchema), ...problems('invalid_request', 'forbidden') } },
    },
    async ({ actor, query }) => {
      const after = readCursor('removals', 'string', query.cursor);
      return page('removals', query.limit, await listRemovals(store, actor.tenantId, { limit: query.limit + 1, after }), ({ clientId }) => clientId, shownCertificate);
    },
  );

  app.get(
    '/removals/:clientId',
    {
      // The certificate outlives its client.
      config: { ...config, client: 'checked_by_handler' },
      schema: {
        ...words('getRemoval', 'History', 'The certificate of removal of a client', 'What was removed, how much, when and why. `npm run audit -- verify` compares it with the audit trail.'),
        params: clientParams,
        response: { 200: certificateSchema, ...problems('forbidden', 'not_found') },
      },
    },
    async (request) => shownCertificate(await getRemoval(store, clientOf(request))),
  );
}
