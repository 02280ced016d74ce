import { z } from 'zod';
import { createPreview } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { showChanges, showPreview } from '../preview-view.js';
import { Problem } from '../problem.js';
import { clientParams, id } from '../schemas/common.js';
import { buildingPreview, previewChanges, readyPreview } from '../schemas/preview.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const previewParams = clientParams.extend({ previewId: id });
const emptyBody = z.strictObject({}).nullish();

/** What an export would create, before anything is created. */
export async function previewRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { store } = deps;
  const config = { operation: 'export.preview' } as const;

  app.post(
    '/clients/:clientId/previews',
    {
      config,
      schema: {
        ...words('createPreview', 'Exports', 'Show what an export would create', 'Reads the account, writes nothing to it. Answers 202 with a Location when it takes longer; ask there until it is ready.'),
        params: clientParams,
        body: emptyBody,
        response: { 201: readyPreview, 202: buildingPreview, ...problems('forbidden', 'not_found', 'request_running', 'answer_lost', 'key_reused', 'no_worker', 'temporal_unavailable', 'preview_failed') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const deadline = new Date(Date.now() + deps.settings.DECISION_TIMEOUT_MS - 300);
      const { previewId } = await once(store, request, client.clientId, request.body, async (store) => {
        const previewId = await createPreview(store, client, request.actor.userId);
        await deps.process.buildPreview({ ...client, previewId }, deadline);
        return { previewId };
      });
      const shown = await showPreview(store, client, previewId);
      reply.header('location', `/v1/clients/${client.clientId}/previews/${previewId}`);
      return shown.state === 'ready' ? reply.code(201).send(shown) : reply.code(202).header('retry-after', '1').send(shown);
    },
  );

  app.get(
    '/clients/:clientId/previews/:previewId',
    {
      config,
      schema: {
        ...words('getPreview', 'Exports', 'A preview', 'With what was decided about it since it was made.'),
        params: previewParams,
        response: { 200: readyPreview, 202: buildingPreview, ...problems('forbidden', 'not_found', 'preview_failed') },
      },
    },
    async (request, reply) => {
      const shown = await showPreview(store, clientOf(request), request.params.previewId);
      return shown.state === 'ready' ? reply.code(200).send(shown) : reply.code(202).header('retry-after', '1').send(shown);
    },
  );

  app.get(
    '/clients/:clientId/previews/:previewId/changes',
    {
      config,
      schema: {
        ...words('getPreviewChanges', 'Exports', 'What changed since a preview was made', 'The same as the member `changes` of the 409 that starting an export with a stale preview answers.'),
        params: previewParams,
        response: { 200: previewChanges, ...problems('forbidden', 'not_found') },
      },
    },
    async (request) => {
      const changes = await showChanges(store, clientOf(request), request.actor, request.params.previewId);
      if (!changes) throw new Problem('not_found', 'There is no such preview, or it is not ready yet');
      return changes;
    },
  );
}
