import { z } from 'zod';
import { answersSchema, type Answer } from '../../domain/answers.js';
import type { AnyKind, Content } from '../../domain/kinds/index.js';
import { changeRecord, createRecords, getSingle, notFound, Refusal, saveForm } from '../../store/index.js';
import { shownOne } from '../record-notes.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, version } from '../schemas/common.js';
import { changeWords, given, pascal, recordSchema, refuseBoth, wholeRecord } from '../schemas/record.js';
import type { Api, ApiDeps } from '../types.js';
import { seenVersion, seenVersionIfAny, staleness } from '../versions.js';
import { problems, words } from '../words.js';

/** Routes of a kind that a client has once: a form that is read and saved as a whole. */
export function formRoutes(app: Api, { store }: ApiDeps, kind: AnyKind): void {
  const url = `/clients/:clientId/${kind.path}`;
  const answer = recordSchema(kind);
  const name = pascal(kind.name);

  app.get(
    url,
    {
      config: { operation: 'section.read', section: kind.section },
      schema: {
        ...words(`get${name}`, 'Records', `${kind.label} of a client`),
        params: clientParams,
        response: { 200: answer, ...problems('forbidden', 'not_found') },
      },
    },
    async (request, reply) => {
      const record = await getSingle(store, clientOf(request), kind.name);
      if (!record) throw notFound(`${kind.label.toLowerCase()} yet`);
      return reply.header('etag', `"${record.version}"`).send(await shownOne(store, clientOf(request), kind, record));
    },
  );

  app.put(
    url,
    {
      config: { operation: 'section.edit', section: kind.section },
      schema: {
        ...words(`put${name}`, 'Records', `Save the ${kind.label.toLowerCase()} of a client`, 'Without `version` the form is made; with it all fields are replaced, and those left out become empty.'),
        params: clientParams,
        body: z.strictObject({ version: version.optional(), fields: kind.entrySchema, answers: answersSchema(kind).optional() }),
        response: {
          200: answer,
          ...problems('invalid_request', 'forbidden', 'not_found', 'stale_version', 'precondition_failed', 'wrong_stage', 'name_taken'),
        },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const fields = request.body.fields as Content;
      const answers = given((request.body.answers ?? {}) as Record<string, Answer | null>);
      refuseBoth(fields, answers);
      const seen = seenVersionIfAny(request, request.body.version);
      const before = await getSingle(store, client, kind.name);
      if (before && seen === null) seenVersion(request, undefined);
      if (!before && seen !== null) throw new Refusal('stale_version', `${kind.label} does not exist yet; save it without a version`, [{ field: 'version', message: 'must be left out' }]);
      const record = before
        ? await changeRecord(store, client, request.actor, kind, before.id, { version: seen!, fields, references: {}, answers })
        : (await createRecords(store, client, request.actor, kind, [wholeRecord(kind, { fields, answers })]))[0]!;
      return reply.header('etag', `"${record.version}"`).send(await shownOne(store, clientOf(request), kind, record));
    },
  );

  app.patch(
    url,
    {
      config: { operation: 'section.edit', section: kind.section, client: 'checked_by_handler' },
      schema: {
        ...words(`change${name}`, 'Records', `Save some fields of the ${kind.label.toLowerCase()}`, `${changeWords} Without a version, or with 0, the form need not be there yet.`),
        params: clientParams,
        body: z.strictObject({ version: z.int('must be a whole number').min(0, 'must be at least 0').optional(), fields: kind.changeSchema.optional(), answers: answersSchema(kind).optional() }),
        response: {
          200: answer,
          ...problems('invalid_request', 'forbidden', 'not_found', 'stale_version', 'precondition_failed', 'wrong_stage', 'name_taken'),
        },
      },
    },
    async (request, reply) => {
      const fields = given((request.body.fields ?? {}) as Content);
      const answers = given((request.body.answers ?? {}) as Record<string, Answer | null>);
      refuseBoth(fields, answers);
      const seen = request.body.version === 0 ? 0 : (seenVersionIfAny(request, request.body.version) ?? 0);
      const record = await saveForm(store, clientOf(request), request.actor, kind, { version: seen, fields, references: {}, answers, against: staleness(request) });
      return reply.header('etag', `"${record.version}"`).send(await shownOne(store, clientOf(request), kind, record));
    },
  );
}
