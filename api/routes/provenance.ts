import { z } from 'zod';
import { allKinds, type AnyKind } from '../../domain/kinds/index.js';
import { getRecord, getSingle, namesOf, notFound, type StoredRecord } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, recordParams, shownAnswer } from '../schemas/common.js';
import { pascal } from '../schemas/record.js';
import { party } from '../schemas/section.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const answer = z
  .object({
    version: z.int(),
    fields: z
      .record(z.string(), z.object({ by: id, name: z.string().nullable().describe('Null when the person is gone.'), party, at: instant, answer: shownAnswer.nullable() }))
      .describe('By field and reference: who gave it what it holds, when, and for which party. Fields that nobody ever filled are left out.'),
  })
  .meta({ id: 'Provenance' });

/** For every kind: who entered what. Values are not repeated here, so secrets stay where they are. */
export async function provenanceRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  for (const kind of allKinds) {
    const many = kind.cardinality === 'many';
    app.get(
      `/clients/:clientId/${kind.path}${many ? '/:recordId' : ''}/provenance`,
      {
        config: { operation: 'section.read', section: kind.section },
        schema: {
          ...words(`get${pascal(kind.name)}Provenance`, 'Records', `Who entered the fields of ${many ? `a ${kind.label.toLowerCase()}` : `the ${kind.label.toLowerCase()}`}`),
          params: many ? recordParams : clientParams,
          response: { 200: answer, ...problems('forbidden', 'not_found') },
        },
      },
      async (request) => {
        const client = clientOf(request);
        const { recordId } = request.params as { recordId?: string };
        const record = recordId ? await getRecord(store, client, kind.name, recordId) : await getSingle(store, client, kind.name);
        if (!record) throw notFound(`${kind.label.toLowerCase()} yet`);
        const entered = enteredFields(kind, record);
        const names = await namesOf(store, client.tenantId, entered.map(([, one]) => one.by));
        const fields = entered.map(([field, one]) => [field, { ...one, name: names.get(one.by) ?? null, answer: record.answers[field] ?? null }]);
        return { version: record.version, fields: Object.fromEntries(fields) as z.output<typeof answer>['fields'] };
      },
    );
  }
}

function enteredFields(kind: AnyKind, record: StoredRecord) {
  const made = { by: record.created.by, party: record.created.party, at: record.created.at.toISOString() };
  return [...Object.keys(kind.fields), ...Object.keys(kind.references)].flatMap((name) => {
    const changed = record.marks.entered[name];
    if (changed) return [[name, { by: changed.by, party: changed.party, at: changed.at }] as const];
    const filled = (record.content[name] ?? record.references[name] ?? record.answers[name] ?? null) !== null;
    return filled ? [[name, made] as const] : [];
  });
}
