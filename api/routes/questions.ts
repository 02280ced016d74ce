import { z } from 'zod';
import { answerQuestion, askQuestion, clearStuck, closeQuestion, listQuestions, markStuck, type Question } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { id, instant, iso, pageOf, pageQuery, reasonText, section, sectionParams } from '../schemas/common.js';
import { party } from '../schemas/section.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const state = z.enum(['open', 'answered', 'closed']);

const questionSchema = z
  .object({
    id,
    section,
    page: z.string().nullable(),
    recordId: id.nullable(),
    field: z.string().nullable(),
    state: state.describe('`open` waits for the other side, `answered` for whoever asked.'),
    waitingFor: party,
    askedBy: id,
    askedAt: instant,
    updatedAt: instant,
    messages: z.array(z.object({ by: id, party, at: instant, text: z.string() })),
  })
  .meta({ id: 'Question' });

const newQuestion = z.strictObject({
  text: reasonText,
  page: z.string().max(60).optional(),
  recordId: id.optional(),
  field: z.string().max(100).optional(),
});
const questionQuery = pageQuery.extend({ state: state.optional(), page: z.string().max(60).optional(), recordId: id.optional() });
const questionParams = sectionParams.extend({ questionId: id });

/** Questions between the parties of a section, and "stuck". Mails tell of them, never what they say. */
export async function questionRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  const url = '/clients/:clientId/sections/:section/questions';
  const ask = { operation: 'question.ask', client: 'checked_by_handler' } as const;

  app.get(
    url,
    {
      config: { operation: 'question.read' },
      schema: {
        ...words('listQuestions', 'Sections', 'Questions of a section', 'Newest first, with all that was said.'),
        params: sectionParams,
        querystring: questionQuery,
        response: { 200: pageOf(questionSchema), ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      const rows = await listQuestions(store, clientOf(request), request.params.section, filter, { limit: limit + 1, before: readCursor('questions', 'string', cursor) });
      return page('questions', limit, rows, (one) => one.id, shownQuestion);
    },
  );

  app.post(
    url,
    {
      config: ask,
      schema: {
        ...words('askQuestion', 'Sections', 'Ask the other side of a section', 'About the section, a page, a record or one of its fields. Whoever may read the section sees it. 409 while the other side cannot sign in to answer: before and after its section.'),
        params: sectionParams,
        body: newQuestion,
        response: { 201: questionSchema, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'invalid', 'limit_reached', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const { text, page: on = null, recordId = null, field = null } = request.body;
      const asked = await once(store, request, client.clientId, request.body, async (store) =>
        shownQuestion(await askQuestion(store, client, request.actor, request.params.section, text, { page: on, recordId, field })),
      );
      return reply.code(201).send(asked);
    },
  );

  app.post(
    `${url}/:questionId/answers`,
    {
      config: ask,
      schema: {
        ...words('answerQuestion', 'Sections', 'Answer a question, or ask on', 'From the other side it answers; from the side that asked it opens the question again.'),
        params: questionParams,
        body: z.strictObject({ text: reasonText }),
        response: { 200: questionSchema, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'limit_reached', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      return once(store, request, client.clientId, request.body, async (store) =>
        shownQuestion(await answerQuestion(store, client, request.actor, request.params.section, request.params.questionId, request.body.text)),
      );
    },
  );

  app.post(
    `${url}/:questionId/close`,
    {
      config: ask,
      schema: {
        ...words('closeQuestion', 'Sections', 'Close a question', 'By the side that asked it, or by internal people.'),
        params: questionParams,
        body: z.strictObject({}).nullish(),
        response: { 200: questionSchema, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage') },
      },
    },
    async (request) => shownQuestion(await closeQuestion(store, clientOf(request), request.actor, request.params.section, request.params.questionId)),
  );

  app.put(
    '/clients/:clientId/sections/:section/stuck',
    {
      config: { operation: 'section.stuck', client: 'checked_by_handler' },
      schema: {
        ...words('markStuck', 'Sections', 'Say that you cannot go on, and why', 'The manager gets a mail; the lists show it until it is cleared or the section is submitted.'),
        params: sectionParams,
        body: z.strictObject({ reason: reasonText }),
        response: { 204: z.undefined().describe('Kept.'), ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage') },
      },
    },
    async (request, reply) => {
      await markStuck(store, clientOf(request), request.actor, request.params.section, request.body.reason);
      return reply.code(204).send(undefined);
    },
  );

  app.delete(
    '/clients/:clientId/sections/:section/stuck',
    {
      config: { operation: 'section.stuck', client: 'checked_by_handler' },
      schema: {
        ...words('clearStuck', 'Sections', 'Say that it goes on'),
        params: sectionParams,
        response: { 204: z.undefined().describe('Cleared.'), ...problems('forbidden', 'not_found', 'wrong_stage') },
      },
    },
    async (request, reply) => {
      await clearStuck(store, clientOf(request), request.actor, request.params.section);
      return reply.code(204).send(undefined);
    },
  );
}

function shownQuestion(question: Question): z.output<typeof questionSchema> {
  return {
    ...question,
    askedAt: iso(question.askedAt),
    updatedAt: iso(question.updatedAt),
    messages: question.messages.map((message) => ({ ...message, at: iso(message.at) })),
  };
}
