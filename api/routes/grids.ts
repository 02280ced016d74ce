import { z } from 'zod';
import { answersSchema, type Answer } from '../../domain/answers.js';
import type { AnyKind, Content, ReferenceIds } from '../../domain/kinds/index.js';
import { changeRecord, createRecords, deleteRecord, getRecord, listRecords, Refusal } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { shownOne, shownRecords } from '../record-notes.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { clientParams, pageOf, pageQuery, recordParams, version } from '../schemas/common.js';
import { changeWords, entrySchema, given, pascal, recordSchema, referencesSchema, refuseBoth, shownRecord, wholeRecord, type Entry } from '../schemas/record.js';
import type { Api, ApiDeps } from '../types.js';
import { seenVersion, staleness } from '../versions.js';
import { problems, words } from '../words.js';

/** Most records of one batch. */
const batchLimit = 500;

/** Routes of a kind that a client has many of: a grid. */
export function gridRoutes(app: Api, { store }: ApiDeps, kind: AnyKind): void {
  const url = `/clients/:clientId/${kind.path}`;
  const answer = recordSchema(kind);
  const entry = entrySchema(kind);
  const one = pascal(kind.name);
  const many = pascal(kind.path);
  const read = { operation: 'section.read', section: kind.section } as const;
  const edit = { operation: 'section.edit', section: kind.section, client: 'checked_by_handler' } as const;
  const noun = kind.label.toLowerCase();

  app.get(
    url,
    {
      config: read,
      schema: {
        ...words(`list${many}`, 'Records', `${kind.plural} of a client`, 'In the order of the grid.'),
        params: clientParams,
        querystring: pageQuery,
        response: { 200: pageOf(answer), ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const rows = await listRecords(store, clientOf(request), kind.name, { limit: limit + 1, after: readCursor(kind.name, 'number', cursor) });
      const shown = await shownRecords(store, clientOf(request), kind, rows);
      return page(kind.name, limit, shown, (row) => row.position, (row) => row);
    },
  );

  app.post(
    url,
    {
      config: edit,
      schema: {
        ...words(`create${one}`, 'Records', `Add a ${noun}`),
        params: clientParams,
        body: entry,
        response: { 201: answer, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'name_taken', 'invalid', 'limit_reached', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const shown = await once(store, request, client.clientId, request.body, async (store) => {
        const [record] = await createRecords(store, client, request.actor, kind, [wholeRecord(kind, request.body as Entry)]);
        return shownRecord(kind, record!);
      });
      return reply.code(201).header('location', `/v1/clients/${client.clientId}/${kind.path}/${shown.id}`).header('etag', `"${shown.version}"`).send(shown);
    },
  );

  app.post(
    `${url}/batch`,
    {
      config: edit,
      // A record may hold several long texts; 500 of them fit well below this.
      bodyLimit: 16 * 1024 * 1024,
      schema: {
        ...words(`create${many}Batch`, 'Records', `Add up to ${batchLimit} ${kind.plural.toLowerCase()} at once`, 'All or none.'),
        params: clientParams,
        body: z.strictObject({ items: z.array(entry).min(1, 'must hold at least one').max(batchLimit, `must hold at most ${batchLimit}`) }),
        response: { 201: z.object({ items: z.array(answer) }), ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'name_taken', 'invalid', 'limit_reached', 'too_large', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const items = await once(store, request, client.clientId, request.body, async (store) => {
        const records = await createRecords(store, client, request.actor, kind, request.body.items.map((item) => wholeRecord(kind, item as Entry))).catch(nameItem);
        return records.map((record) => shownRecord(kind, record));
      });
      return reply.code(201).send({ items });
    },
  );

  app.get(
    `${url}/:recordId`,
    {
      config: read,
      schema: { ...words(`get${one}`, 'Records', `One ${noun}`), params: recordParams, response: { 200: answer, ...problems('forbidden', 'not_found') } },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const record = await getRecord(store, client, kind.name, request.params.recordId);
      return reply.header('etag', `"${record.version}"`).send(await shownOne(store, client, kind, record));
    },
  );

  app.patch(
    `${url}/:recordId`,
    {
      config: edit,
      schema: {
        ...words(`change${one}`, 'Records', `Change a ${noun}`, changeWords),
        params: recordParams,
        body: z.strictObject({ version: version.optional(), fields: kind.changeSchema.optional(), references: referencesSchema(kind).optional(), answers: answersSchema(kind).optional() }),
        response: { 200: answer, ...problems('invalid_request', 'forbidden', 'not_found', 'stale_version', 'precondition_failed', 'wrong_stage', 'name_taken', 'invalid') },
      },
    },
    async (request, reply) => {
      const { version: inBody, fields, references, answers } = request.body;
      refuseBoth((fields ?? {}) as Partial<Content>, answers ?? {});
      const record = await changeRecord(store, clientOf(request), request.actor, kind, request.params.recordId, {
        version: seenVersion(request, inBody),
        fields: given((fields ?? {}) as Partial<Content>),
        references: given((references ?? {}) as ReferenceIds),
        answers: given((answers ?? {}) as Record<string, Answer | null>),
        against: staleness(request),
      });
      return reply.header('etag', `"${record.version}"`).send(await shownOne(store, clientOf(request), kind, record));
    },
  );

  app.delete(
    `${url}/:recordId`,
    {
      config: edit,
      schema: {
        ...words(`delete${one}`, 'Records', `Remove a ${noun}`, 'Refused while other records link to it.'),
        params: recordParams,
        body: z.strictObject({ version: version.optional() }).nullish(),
        response: { 204: z.undefined().describe('Removed.'), ...problems('invalid_request', 'forbidden', 'not_found', 'stale_version', 'precondition_failed', 'wrong_stage', 'referenced') },
      },
    },
    async (request, reply) => {
      await deleteRecord(store, clientOf(request), request.actor, kind, request.params.recordId, seenVersion(request, request.body?.version));
      return reply.code(204).send(undefined);
    },
  );
}

/** A refusal of a batch names its items as the body does. */
function nameItem(error: unknown): never {
  if (!(error instanceof Refusal)) throw error;
  throw new Refusal(error.code, error.message, error.problems.map(({ item, ...fault }) => ({ ...fault, field: item === undefined ? fault.field : `items[${String(item)}].${fault.field}` })));
}
