import { z } from 'zod';
import { kinds } from '../../domain/kinds/index.js';
import { prepare, type MakeModel, type PreparedCatalogue } from '../../domain/spelling/index.js';
import { catalogueAge, decideSpelling, getPreview, loadAliases, loadCatalogue, spellingChoices, type ClientKey, type SpellingDecision, type Store } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { Problem } from '../problem.js';
import { clientParams, id, instant } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

/** The spelling rows of a preview, as the worker wrote them. */
interface PreviewedRow {
  readonly recordId: string;
  readonly kind: 'make' | 'model';
  readonly typed: MakeModel;
  readonly suggestion: { readonly itGlueId: string; readonly target: MakeModel; readonly band: 'same' | 'probable' | 'none' } | null;
}

const { name: { schema: name } } = kinds.make.fields;
const one = z.discriminatedUnion('choice', [
  z.strictObject({ recordId: id, choice: z.literal('use_existing') }),
  z.strictObject({ recordId: id, choice: z.literal('keep_new') }),
  z.strictObject({ recordId: id, choice: z.literal('correct'), name }),
]);
const band = z.strictObject({ band: z.enum(['same', 'probable']), choice: z.enum(['use_existing', 'keep_new']) });
const body = z
  .strictObject({
    decisions: z.array(one).max(1_000).default([]),
    bands: z.array(band).max(2).default([]).describe('All rows of a band that nobody has decided yet and that `decisions` does not name.'),
  })
  .refine((given) => given.decisions.length + given.bands.length > 0, 'must hold at least one decision');

const answer = z.object({
  decided: z.int().describe('Rows decided by this request.'),
  open: z.int().describe('Rows of band `probable` that still wait for a decision; an export starts when there are none.'),
  joined: z.int().describe('Makes and models that were joined with the one of the client that has the corrected name.'),
  stale: z.boolean().describe('Whether a name was corrected, so that a new preview is needed.'),
});

const suggestion = z.object({ manufacturer: z.string(), model: z.string(), band: z.enum(['same', 'probable', 'none']), confidence: z.number(), reason: z.string() });

/** Age at which the account's makes and models are read again. */
const refreshAfterMs = 6 * 3600 * 1000;
const askAgainAfterMs = 5 * 60 * 1000;
const startMs = 1_500;

/** Decisions about makes and models before an export, and the look-up while they are typed. */
export async function spellingRoutes(app: Api, { store, process }: ApiDeps): Promise<void> {
  const lookUp = catalogues(store);
  const asked = new Map<string, number>();

  app.post(
    '/clients/:clientId/previews/:previewId/spellings',
    {
      config: { operation: 'export.start' },
      schema: {
        ...words('decideSpellings', 'Exports', 'Decide which makes and models are existing ones', 'Each decision is kept with its author and learned for later clients. One that is corrected to the name of another make or model of the client is joined with it.'),
        params: clientParams.extend({ previewId: id }),
        body,
        response: { 200: answer, ...problems('invalid_request', 'forbidden', 'not_found', 'invalid', 'wrong_stage') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const rows = await rowsOf(store, client, request.params.previewId);
      const before = await spellingChoices(store, client);
      const named = new Map(request.body.decisions.map((decision) => [decision.recordId, decision]));
      const decisions = request.body.decisions.map((decision, index) => explicit(rows, decision, index));
      for (const { band: wanted, choice } of request.body.bands) {
        for (const row of rows.values()) {
          if (row.suggestion?.band === wanted && !before.has(row.recordId) && !named.has(row.recordId)) decisions.push(decisionOf(row, choice));
        }
      }
      const { joined } = await decideSpelling(store, client, request.actor, decisions);
      const decided = await spellingChoices(store, client);
      const open = [...rows.values()].filter((row) => row.suggestion?.band === 'probable' && !decided.has(row.recordId)).length;
      return { decided: decisions.length, open, joined, stale: decisions.some(({ choice }) => choice === 'correct') };
    },
  );

  app.get(
    '/clients/:clientId/spelling',
    {
      config: { operation: 'section.edit', section: 'msp' },
      schema: {
        ...words('lookUpSpelling', 'Records', 'Look a make or model up while it is typed', 'Compares with the makes and models of the IT Glue account as they were last read.'),
        params: clientParams,
        querystring: z.strictObject({ make: z.string().max(300).default(''), model: z.string().max(300).default('') }),
        response: { 200: z.object({ suggestion: suggestion.nullable(), readAt: instant.nullable() }), ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request) => {
      const { tenantId } = clientOf(request);
      const known = await lookUp(tenantId);
      const age = Date.now() - (known?.readAt.getTime() ?? 0);
      if (age > refreshAfterMs && Date.now() - (asked.get(tenantId) ?? 0) > askAgainAfterMs) {
        asked.set(tenantId, Date.now());
        // Not waited for: the answer is given from what is known, the next one from what was read.
        process.refreshCatalogue(tenantId, new Date(Date.now() + startMs)).catch(() => asked.delete(tenantId));
      }
      if (!known) return { suggestion: null, readAt: null };
      const { make, model } = request.query;
      const maker = model === '' ? known.prepared.matchManufacturer(make) : null;
      const found = model === '' ? maker && { ...maker, manufacturer: maker.name, model: '' } : known.prepared.match({ manufacturer: make, model });
      return { suggestion: found, readAt: known.readAt.toISOString() };
    },
  );
}

async function rowsOf(store: Store, client: ClientKey, previewId: string): Promise<Map<string, PreviewedRow>> {
  const { content } = await getPreview<{ spelling?: readonly PreviewedRow[] }>(store, client, previewId);
  return new Map((content?.spelling ?? []).map((row) => [row.recordId, row]));
}

function explicit(rows: ReadonlyMap<string, PreviewedRow>, decision: z.output<typeof one>, index: number): SpellingDecision {
  const row = rows.get(decision.recordId);
  if (!row) throw invalid(`decisions[${index}].recordId`, 'is not a new make or model of this preview');
  if (decision.choice === 'correct') return { recordId: row.recordId, choice: 'correct', kind: row.kind, typed: row.typed, name: decision.name };
  if (decision.choice === 'use_existing' && !row.suggestion) throw invalid(`decisions[${index}].choice`, 'must not be use_existing: nothing was suggested for it');
  return decisionOf(row, decision.choice);
}

function decisionOf(row: PreviewedRow, choice: 'use_existing' | 'keep_new'): SpellingDecision {
  const { recordId, typed, suggestion: suggested } = row;
  if (choice === 'keep_new') return { recordId, choice, typed, refused: suggested?.target ?? null };
  return { recordId, choice, itGlueId: suggested!.itGlueId, typed, target: suggested!.target };
}

function invalid(field: string, message: string): Problem {
  return new Problem('invalid', 'A decision does not fit the preview', { errors: [{ field, message }] });
}

/** Prepared catalogues by tenant, made anew when the worker has read the account again. */
function catalogues(store: Store): (tenantId: string) => Promise<{ prepared: PreparedCatalogue; readAt: Date } | null> {
  const most = 50;
  const kept = new Map<string, { prepared: PreparedCatalogue; readAt: Date }>();
  return async (tenantId) => {
    const readAt = await catalogueAge(store, tenantId);
    if (!readAt) return null;
    const known = kept.get(tenantId);
    if (known && known.readAt.getTime() === readAt.getTime()) return known;
    const [catalogue, aliases] = [await loadCatalogue(store, tenantId), await loadAliases(store, tenantId)];
    if (!catalogue) return null;
    const fresh = { prepared: prepare(catalogue.entries, { aliases }), readAt: catalogue.readAt };
    if (kept.size >= most) kept.delete(kept.keys().next().value!);
    kept.set(tenantId, fresh);
    return fresh;
  };
}
