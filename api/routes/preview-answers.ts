import { z } from 'zod';
import { mappedListWords, mayGrow } from '../../domain/it-glue/index.js';
import { decideMappings, previewAnswers, skipBeforeExport, withdrawSkip, type FieldProblem, type MappingDecision, type PreviewAnswers } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { openCounts, showPreview } from '../preview-view.js';
import { Problem } from '../problem.js';
import { clientParams, id, skipsBody } from '../schemas/common.js';
import { mappingAnswer, mappingBody } from '../schemas/preview.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const previewParams = clientParams.extend({ previewId: id });
type Mapping = z.output<typeof mappingBody>['mappings'][number];

/** What people answer to a preview before an export starts: what words mean, and which records stay out. */
export async function previewAnswerRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  const config = { operation: 'export.start' } as const;

  app.put(
    '/clients/:clientId/previews/:previewId/mappings',
    {
      config,
      schema: {
        ...words(
          'decideMappings',
          'Exports',
          'Say what types, statuses, categories and operating systems mean in the account',
          'All or none. Each choice holds for this client, and is remembered for later clients of the tenant.',
        ),
        params: previewParams,
        body: mappingBody,
        response: { 200: mappingAnswer, ...problems('invalid_request', 'forbidden', 'not_found', 'invalid', 'wrong_stage') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const { previewId } = request.params;
      const before = await showPreview(store, client, previewId);
      if (before.state !== 'ready') throw new Problem('invalid', 'The preview is not ready yet');
      const faults: FieldProblem[] = [];
      const decisions = request.body.mappings.map((mapping, index): MappingDecision => {
        const fault = faultOf(mapping, before);
        if (fault) faults.push({ field: `mappings[${index}].${fault.field}`, message: fault.message });
        const { list, word } = mapping;
        return { list, word, entry: mapping.choice === 'create' ? null : (before.lists[list].find((one) => one.id === mapping.itGlueId) ?? null) };
      });
      if (faults.length > 0) throw new Problem('invalid', 'A mapping does not fit the preview; nothing was kept', { errors: faults });
      await decideMappings(store, client, request.actor, decisions);
      return answer(await previewAnswers(store, client, previewId));
    },
  );

  app.post(
    '/clients/:clientId/previews/:previewId/skips',
    {
      config,
      schema: {
        ...words('skipBeforeExport', 'Exports', 'Leave records out that IT Glue would refuse', 'All or none. Files and models that hang on them are left out as well; what links to them is created without that link.'),
        params: previewParams,
        body: skipsBody,
        response: { 200: z.object({ skipped: z.int().min(0) }), ...problems('invalid_request', 'forbidden', 'not_found', 'invalid', 'wrong_stage', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    (request) => {
      const client = clientOf(request);
      return once(store, request, client.clientId, request.body, (store) => skipBeforeExport(store, client, request.actor, request.params.previewId, request.body.records));
    },
  );

  app.delete(
    '/clients/:clientId/previews/:previewId/skips/:recordId',
    {
      config,
      schema: {
        ...words('withdrawSkip', 'Exports', 'Take a record into the export again', 'Before the export starts.'),
        params: previewParams.extend({ recordId: id }),
        response: { 204: z.undefined().describe('Taken in again.'), ...problems('forbidden', 'not_found', 'wrong_stage') },
      },
    },
    async (request, reply) => {
      await withdrawSkip(store, clientOf(request), request.actor, request.params.recordId);
      return reply.code(204).send(undefined);
    },
  );
}

function answer(answers: PreviewAnswers): z.output<typeof mappingAnswer> {
  return { lookups: answers.words as unknown as z.output<typeof mappingAnswer>['lookups'], open: openCounts(answers) };
}

/** Why a mapping cannot be kept, or null. */
function faultOf(mapping: Mapping, preview: Pick<z.output<typeof mappingAnswer>, 'lookups'> & { lists: Readonly<Record<Mapping['list'], readonly { id: string }[]>> }): FieldProblem | null {
  const { list, word } = mapping;
  const row = preview.lookups[list].find((one) => one.word === word);
  if (!row) return { field: 'word', message: `is no ${mappedListWords[list]} that the records of this preview use` };
  if (mapping.choice === 'use_existing') {
    return preview.lists[list].some((one) => one.id === mapping.itGlueId) ? null : { field: 'itGlueId', message: `is no ${mappedListWords[list]} of the account` };
  }
  if (row['named'] && mayGrow[list]) return { field: 'choice', message: 'must be use_existing: the account has an entry of that name already' };
  return null;
}
