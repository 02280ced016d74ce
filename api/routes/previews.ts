import { z } from 'zod';
import { kindNames } from '../../domain/kinds/index.js';
import { blockWords, createPreview, getPreview, type BlockReason, type ClientKey, type PreviewRow } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { Problem } from '../problem.js';
import { clientParams, id, instant } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const named = z.looseObject({ id: z.string(), name: z.string() });
const homeless = z.looseObject({ kind: z.enum(kindNames), recordId: id, title: z.string(), message: z.string() });

/** What an export will create. The worker writes it; its inner lists are told loosely, since IT Glue's own lists shape them. */
const ready = z
  .looseObject({
    id,
    state: z.literal('ready'),
    dataVersion: z.int().describe('The version of the client that it shows; an export of anything newer is refused.'),
    createdAt: instant,
    target: z.looseObject({ apiUrl: z.string(), webUrl: z.string().nullable(), standIn: z.boolean(), region: z.string().nullable() }),
    counts: z.record(z.string(), z.int()),
    organizationTypes: z.array(named),
    organizationStatuses: z.array(named),
    problems: z.array(homeless.extend({ field: z.string().nullable() })),
    withoutHome: z.array(homeless),
  })
  .meta({ id: 'Preview' });

const building = z.object({ id, state: z.literal('building'), createdAt: instant }).meta({ id: 'PreviewBuilding' });

export async function previewRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { store } = deps;
  const config = { operation: 'export.preview' } as const;

  app.post(
    '/clients/:clientId/previews',
    {
      config,
      schema: {
        ...words('createPreview', 'Exports', 'Show what an export would create', 'Answers 202 with a Location when it takes longer; ask there until it is ready.'),
        params: clientParams,
        body: z.strictObject({}).nullish(),
        response: { 201: ready, 202: building, ...problems('forbidden', 'not_found', 'request_running', 'key_reused', 'no_worker', 'temporal_unavailable', 'preview_failed') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const deadline = new Date(Date.now() + deps.settings.DECISION_TIMEOUT_MS - 300);
      const { previewId } = await once(store, request, client.clientId, request.body, async () => {
        const previewId = await createPreview(store, client, request.actor.userId);
        await deps.process.buildPreview({ ...client, previewId }, deadline);
        return { previewId };
      });
      const shown = await show(client, previewId);
      reply.header('location', `/v1/clients/${client.clientId}/previews/${previewId}`);
      return shown.state === 'ready' ? reply.code(201).send(shown) : reply.code(202).header('retry-after', '1').send(shown);
    },
  );

  app.get(
    '/clients/:clientId/previews/:previewId',
    {
      config,
      schema: {
        ...words('getPreview', 'Exports', 'A preview'),
        params: clientParams.extend({ previewId: id }),
        response: { 200: ready, 202: building, ...problems('forbidden', 'not_found', 'preview_failed') },
      },
    },
    async (request, reply) => {
      const shown = await show(clientOf(request), request.params.previewId);
      return shown.state === 'ready' ? reply.code(200).send(shown) : reply.code(202).header('retry-after', '1').send(shown);
    },
  );

  async function show(client: ClientKey, previewId: string) {
    const preview = await getPreview<Record<string, unknown>>(store, client, previewId);
    if (preview.state === 'failed') throw failed(preview);
    const head = { id: preview.id, createdAt: preview.createdAt.toISOString() };
    if (preview.state === 'building') return { ...head, state: 'building' as const };
    return { ...preview.content, ...head, dataVersion: preview.dataVersion, state: 'ready' as const } as z.output<typeof ready>;
  }
}

function failed(preview: PreviewRow<unknown>): Problem {
  const known = preview.problem && preview.problem in blockWords ? blockWords[preview.problem as BlockReason] : null;
  return new Problem('preview_failed', known ?? 'The preview could not be made; try again', { retryAfter: 5, members: { reason: preview.problem } });
}
