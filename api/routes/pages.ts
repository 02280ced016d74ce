import { z } from 'zod';
import { answerSchema, answerWords } from '../../domain/answers.js';
import { kindNames, pageByName, pagesOfSection, secretFields, sections, type AnyKind, type Page, type Section } from '../../domain/kinds/index.js';
import { rolesFor } from '../../domain/permissions.js';
import { answerPage, missingIn, notFound, readSections } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, listLimit, section } from '../schemas/common.js';
import { gap, pageSchema, shownPage } from '../schemas/section.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const fieldForm = z.object({
  name: z.string(),
  label: z.string(),
  type: z.string().describe('text, longText, email, phone, url, date, boolean, secret, integer, choice or reference.'),
  required: z.enum(['save', 'submit', 'optional']).describe('`save`: the record cannot be saved without it; `submit`: the section cannot be submitted without it or an answer.'),
  answers: z.array(z.enum(answerWords)).describe('What may be said instead of a value.'),
  page: z.string().describe('The page that shows it.'),
  secret: z.boolean(),
  to: z.array(z.enum(kindNames)).describe('For a reference: the kinds that it may link to.'),
});

const pageForm = z
  .object({
    page: z.string(),
    label: z.string(),
    section,
    answers: z.array(z.enum(answerWords)).describe('What may be said of a page without records.'),
    kinds: z.array(
      z.object({
        kind: z.enum(kindNames),
        label: z.string(),
        plural: z.string(),
        path: z.string().describe('Last part of the address of its records.'),
        cardinality: z.enum(['one', 'many']),
        needed: z.boolean().describe('Whether the section waits for a record, or for an answer.'),
        fields: z.array(fieldForm),
      }),
    ),
  })
  .meta({ id: 'PageForm' });

const pageParams = clientParams.extend({ section, page: z.string().max(60) });
const missingQuery = z.strictObject({ limit: listLimit.default(200) });
const onePage = pageSchema.extend({ missing: z.array(gap).describe('What is missing, at most `limit`.') });

/** Pages of the sections: what they ask for, how far a client is on them, and the answer for a page without records. */
export async function pageRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/pages',
    {
      config: { operation: 'self' },
      schema: {
        ...words('listPages', 'Sections', 'What each page asks for', 'Sections, pages, fields and what each field is needed for, of the sections that you may read.'),
        response: { 200: z.object({ items: z.array(pageForm) }), ...problems() },
      },
    },
    async ({ actor }) => {
      const own = sections.filter((one) => (actor.scope ? actor.scope.section === one : actor.roles.some((role) => rolesFor('section.read', one).includes(role))));
      return { items: own.flatMap((one) => pagesOfSection(one).map(formOf)) };
    },
  );

  app.get(
    '/clients/:clientId/sections/:section/pages/:page',
    {
      config: { operation: 'section.read' },
      schema: {
        ...words('getPage', 'Sections', 'How far a page is, and what it lacks'),
        params: pageParams,
        querystring: missingQuery,
        response: { 200: onePage, ...problems('invalid_request', 'forbidden', 'not_found') },
      },
    },
    async (request) => {
      const page = pageOf(request.params);
      const client = clientOf(request);
      const [[view], missing] = await Promise.all([
        readSections(store, client, [page.section]),
        missingIn(store, client, page.section, page, request.query.limit),
      ]);
      return { ...shownPage(view!.pages.find((one) => one.page.name === page.name)!), missing: missing.map((one) => ({ ...one })) };
    },
  );

  app.put(
    '/clients/:clientId/sections/:section/pages/:page/answer',
    {
      config: { operation: 'section.edit', client: 'checked_by_handler' },
      schema: {
        ...words('answerPage', 'Sections', 'Say why a page has no records', '"None", or "not known" and "not applicable" with a reason. It counts as complete, and goes when the first record comes.'),
        params: pageParams,
        body: answerSchema,
        response: { 204: z.undefined().describe('Kept.'), ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'invalid') },
      },
    },
    async (request, reply) => {
      await answerPage(store, clientOf(request), request.actor, pageOf(request.params), request.body);
      return reply.code(204).send(undefined);
    },
  );

  app.delete(
    '/clients/:clientId/sections/:section/pages/:page/answer',
    {
      config: { operation: 'section.edit', client: 'checked_by_handler' },
      schema: {
        ...words('takeBackPageAnswer', 'Sections', 'Take the answer of a page back'),
        params: pageParams,
        response: { 204: z.undefined().describe('Taken back.'), ...problems('forbidden', 'not_found', 'wrong_stage', 'invalid') },
      },
    },
    async (request, reply) => {
      await answerPage(store, clientOf(request), request.actor, pageOf(request.params), null);
      return reply.code(204).send(undefined);
    },
  );
}

/** @throws {Refusal} 404 when the section has no such page */
export function pageOf(params: { section: Section; page: string }): Page {
  const page = pageByName(params.section, params.page);
  if (!page) throw notFound('page');
  return page;
}

const everyAnswer = [...answerWords];

function formOf(page: Page): z.output<typeof pageForm> {
  return { page: page.name, label: page.label, section: page.section, answers: page.answer === 'allowed' ? everyAnswer : [], kinds: page.kinds.map(kindForm) };
}

function kindForm(kind: AnyKind): z.output<typeof pageForm>['kinds'][number] {
  const secrets = secretFields(kind);
  const fields = Object.entries(kind.fields).filter(([, field]) => !field.derived);
  return {
    kind: kind.name,
    label: kind.label,
    plural: kind.plural,
    path: kind.path,
    cardinality: kind.cardinality,
    needed: kind.needed === 'atLeastOne',
    fields: [
      ...fields.map(([name, field]) => ({
        name,
        label: field.label,
        type: field.type as string,
        required: field.requirement,
        answers: field.answers === 'allowed' ? everyAnswer : [],
        page: field.page ?? kind.page,
        secret: secrets.includes(name),
        to: [],
      })),
      ...Object.entries(kind.references).map(([name, { label, requirement, to }]) => ({
        name,
        label,
        type: 'reference',
        required: requirement,
        answers: [],
        page: kind.page,
        secret: false,
        to: [...to],
      })),
    ],
  };
}
