import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { v5 } from 'uuid';
import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import { allKinds, type AnyKind, type Section } from '../../domain/kinds/index.js';
import { badRows, getImport, listImports, newId, peekImport, removeExpiredImports, removeImport, type Store } from '../../store/index.js';
import { dayOrders } from '../../tables/dates.js';
import { idHeader } from '../../tables/columns.js';
import type { FileType } from '../../tables/file-type.js';
import { targetName, targetsOf, type ColumnChoice } from '../../tables/match.js';
import { delimiters, encodings } from '../../tables/read.js';
import { megabytes, TableError, tableLimits } from '../../tables/table-error.js';
import { badRowsFile } from '../imports/bad-rows.js';
import type { ImportContent, Imported, PlanSummary } from '../imports/content.js';
import { importPasted } from '../imports/pasted.js';
import { planColumns } from '../imports/plan.js';
import { importSchema, pastedSchema, shownImport, shownPreview, shownResult } from '../imports/shown.js';
import { carryOut, fileHash, receive, remap } from '../imports/steps.js';
import { contentDisposition } from '../content-disposition.js';
import { clientOf } from '../plugins/auth.js';
import { idempotencyKey, once } from '../plugins/idempotency.js';
import { Problem } from '../problem.js';
import { id, instant, iso, sectionParams } from '../schemas/common.js';
import { mustBeOpen } from '../section-open.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** What a request may call its file; null: it says nothing about it (browsers call a CSV file an old Excel file). */
const mediaTypes: Readonly<Record<string, FileType | null>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/plain': 'csv',
  'text/tab-separated-values': 'csv',
  [xlsx]: 'xlsx',
  'application/vnd.ms-excel': null,
  'application/octet-stream': null,
};

const grids = allKinds.filter((kind) => kind.cardinality === 'many');
const gridPaths = grids.map((kind) => kind.path) as [string, ...string[]];
const records = z.enum(gridPaths, `must be one of: ${gridPaths.join(', ')}`);

const url = '/clients/:clientId/sections/:section/imports';
const importParams = sectionParams.extend({ importId: id });
const config = { operation: 'section.edit' } as const;

const readingShape = {
  encoding: z.enum(encodings, `must be one of: ${encodings.join(', ')}`).nullish(),
  delimiter: z.enum(delimiters, 'must be a comma, semicolon, tab or bar').nullish(),
  sheet: z.string().max(255).nullish(),
  headerRow: z.int().min(0).max(1_048_576).nullish().describe('The row with the headers; 0: the file has none.'),
};
const columnsSchema = z
  .array(
    z.strictObject({
      column: z.int().min(0).max(tableLimits.columns - 1).describe('From 0.'),
      field: z.string().max(100).nullish().describe('One of `targets`; null leaves the column out.'),
      dayOrder: z.enum(dayOrders, 'must be day_first or month_first').nullish(),
    }),
  )
  .max(tableLimits.columns);
const mappingBody = z.strictObject({ ...readingShape, columns: columnsSchema.default([]) });
/** Which rows are carried out. */
const which = z.enum(['all', 'good'], 'must be all or good').describe('`all`: refused if any row is bad; `good`: bad rows are left out.');
/** Characters of a pasted table; a file takes more. */
const pastedCharacters = 4 * 1024 * 1024;
const pastedBody = z.strictObject({
  records,
  text: z.string('must be text').min(1, 'must not be empty').max(pastedCharacters, 'is too long to paste; send it as a file'),
  ...readingShape,
  columns: columnsSchema.default([]),
  carryOut: which.nullish().describe('Left out: only tells what would be done.'),
});

const refusals = ['invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'import_invalid', 'limit_reached', 'busy'] as const;

/** Import in two steps: a file and what it means; then, once the person has seen that, the records. */
export async function importRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  await app.register(async (uploads: Api) => uploadRoute(uploads, store));

  app.post(
    `${url}/pasted`,
    {
      config,
      bodyLimit: pastedCharacters * 4,
      schema: {
        ...words('importPasted', 'Records', 'Import a pasted table', 'Of credentials, for example. Nothing of the text is kept: to correct something, send it again.'),
        params: sectionParams,
        body: pastedBody,
        response: { 200: pastedSchema, ...problems(...refusals, 'stale_version', 'stale_preview', 'name_taken', 'too_large', 'request_running', 'key_reused') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const { text, records: path, carryOut: rows, columns, ...reading } = request.body;
      const kind = kindIn(request.params.section, path, 'body.records');
      await mustBeOpen(store, client, kind.section);
      const choices = { reading, columns: choicesOf(columns) };
      checkTargets(kind, choices.columns, null);
      return once(store, request, client.clientId, request.body, async () => {
        const check = rows ? ({ plan }: ImportContent) => mayBeCarriedOut(plan, rows) : null;
        const content = await inWords(() => importPasted(store, client, request.actor, kind, text, choices, check));
        return { records: kind.path, ...shownPreview(kind, content), result: rows ? shownResult(content) : null };
      });
    },
  );

  app.get(
    url,
    {
      config,
      schema: {
        ...words('listImports', 'Records', 'Your imports of the last 24 hours'),
        params: sectionParams,
        response: { 200: z.object({ items: z.array(importSchema.pick({ id: true, records: true, state: true }).extend({ createdAt: instant, expiresAt: instant })) }), ...problems('forbidden', 'not_found') },
      },
    },
    async (request) => {
      const items = await listImports(store, clientOf(request), request.actor, request.params.section);
      return { items: items.map(({ kind, createdAt, expiresAt, ...item }) => ({ ...item, records: pathOf(kind), createdAt: iso(createdAt), expiresAt: iso(expiresAt) })) };
    },
  );

  app.get(
    `${url}/:importId`,
    { config, schema: { ...words('getImport', 'Records', 'What an import would do, or has done'), params: importParams, response: { 200: importSchema, ...problems('forbidden', 'not_found') } } },
    async (request) => shownImport(await own(store, request)),
  );

  app.put(
    `${url}/:importId/mapping`,
    {
      config,
      schema: {
        ...words('mapImport', 'Records', 'Correct how a file is read and what its columns mean', 'Takes the place of what was corrected before. What is left out is found out. Carried out, it is remembered for the next file with the same header.'),
        params: importParams,
        body: mappingBody,
        response: { 200: importSchema, ...problems(...refusals, 'stale_version', 'already_decided') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const imported = await own(store, request);
      await mustBeOpen(store, client, imported.section);
      const { columns, ...reading } = request.body;
      const choices = { reading, columns: choicesOf(columns) };
      const sameTable = JSON.stringify(reading) === JSON.stringify(imported.content.choices);
      checkTargets(kindOfImport(imported), choices.columns, sameTable ? imported.content.table.headers.length : null);
      return shownImport(await inWords(() => remap(store, client, request.actor, imported, choices)));
    },
  );

  app.post(
    `${url}/:importId/carry-out`,
    {
      config,
      schema: {
        ...words('carryOutImport', 'Records', 'Import the rows', 'All of it or nothing. Done once it stays done: the same request again gives the same answer.'),
        params: importParams,
        body: z.strictObject({ rows: which }),
        response: { 200: importSchema, ...problems(...refusals, 'stale_version', 'stale_preview', 'already_decided', 'name_taken') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const imported = await own(store, request);
      return shownImport(await carryOut(store, client, request.actor, imported, (plan) => mayBeCarriedOut(plan, request.body.rows)));
    },
  );

  app.get(
    `${url}/:importId/bad-rows`,
    {
      config,
      schema: {
        ...words('getBadRows', 'Records', 'The rows that cannot be imported, as a CSV file to correct', 'As they were, with the reasons in a last column. Corrected, the file imports again.'),
        params: importParams,
        response: { 200: { content: { 'text/csv': { schema: z.any().meta({ type: 'string', format: 'binary' }) } }, description: 'A CSV file.' }, ...problems('forbidden', 'not_found') },
      },
    },
    async (request, reply) => {
      const imported = await own(store, request);
      const { headers, reading } = imported.content.table;
      const kind = kindOfImport(imported);
      // Columns without headers are called after what they fill, so that the corrected file says it itself.
      const { columns } = planColumns(kind, imported.content.table, { chosen: imported.content.columns, remembered: imported.content.remembered });
      const names = reading.headerRow.value > 0 ? headers : columns.map(({ meaning, header }) => targetsOf(kind).get(targetName(meaning) ?? '')?.label ?? header);
      const rows = badRows(store, clientOf(request), imported.id, imported.run!);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', contentDisposition(`${kind.plural} to correct.csv`))
        .send(badRowsFile(names, rows));
    },
  );

  app.delete(
    `${url}/:importId`,
    {
      config,
      schema: { ...words('removeImport', 'Records', 'Remove an import and its file', 'Records that it made stay.'), params: importParams, response: { 204: z.undefined().describe('Removed.'), ...problems('forbidden', 'not_found') } },
    },
    async (request, reply) => {
      const imported = await own(store, request);
      await removeImport(store, clientOf(request), request.actor, imported.id);
      return reply.code(204).send(undefined);
    },
  );
}

function uploadRoute(app: Api, store: Store): void {
  // The body stays a stream: it is sealed as it comes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(Object.keys(mediaTypes), (_request, payload, done) => done(null, payload));
  app.post(
    url,
    {
      config,
      bodyLimit: tableLimits.bytes,
      schema: {
        ...words(
          'createImport',
          'Records',
          'Send a CSV or Excel file and see what it means',
          `Changes nothing yet. At most ${megabytes(tableLimits.bytes)}, ${tableLimits.rows} rows and ${tableLimits.columns} columns; the file is kept sealed for 24 hours, for you alone. Of a workbook the sheet that is called like the records is read, else the first one. A column \`${idHeader}\` of our own downloads finds the record to change, else its unique name, else what an earlier import knew it by; then blank cells change nothing.`,
        ),
        params: sectionParams,
        querystring: z.strictObject({ records: records.describe('The grid that the rows belong to.') }),
        consumes: Object.keys(mediaTypes),
        response: { 201: importSchema, ...problems(...refusals, 'too_large', 'unsupported_media_type', 'request_running', 'key_reused') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const kind = kindIn(request.params.section, request.query.records, 'query.records');
      const announced = Number(request.headers['content-length'] ?? 0);
      if (announced > tableLimits.bytes) throw tooLarge();
      await mustBeOpen(store, client, kind.section);
      await removeExpiredImports(store, new Date());
      const key = idempotencyKey(request);
      const importId = key === null ? newId() : v5([request.actor.tenantId, request.actor.userId, client.clientId, kind.name, key].join('\n'), importNamespace);
      // Left open when we stop reading: who sent too much shall still get the answer that says so.
      const sent = request.body === undefined || request.body === null ? Readable.from([]) : (request.body as Readable);
      const body = counted(sent.iterator({ destroyOnReturn: false }));
      const declared = mediaTypes[(request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()] ?? null;
      const imported = (await inWords(() => receive(store, client, request.actor, kind, importId, body, declared))) ?? (await sentBefore(store, request, kind.section, importId, body));
      return reply.code(201).header('location', `/v1/clients/${client.clientId}/sections/${kind.section}/imports/${imported.id}`).send(shownImport(imported));
    },
  );
}

// Any fixed UUID will do: it keeps these names apart from names that others derive.
const importNamespace = '0c9a8a3e-52b1-4d0f-8f0e-8d7f2a6f9b11';

/** The import that a request with this Idempotency-Key began before, if it sends the same file. */
async function sentBefore(store: Store, request: FastifyRequest, section: Section, importId: string, body: AsyncIterable<Buffer>): Promise<Imported> {
  const client = clientOf(request);
  const hash = createHash('sha256');
  for await (const piece of body) hash.update(piece);
  const before = await peekImport(store, client, request.actor, importId);
  if (!before || before.state === 'receiving') throw new Problem('request_running', 'A request with this Idempotency-Key is still running', { retryAfter: 1 });
  if (before.fileHash !== fileHash(store, client, hash.digest('hex'))) {
    throw new Problem('key_reused', 'This Idempotency-Key was used for another request', { errors: [{ field: 'Idempotency-Key', message: 'belongs to a request with another file' }] });
  }
  return getImport<ImportContent>(store, client, request.actor, section, importId);
}

async function* counted(body: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const part of body) {
    const piece = part as Buffer;
    size += piece.length;
    if (size > tableLimits.bytes) throw tooLarge();
    yield piece;
  }
}

const tooLarge = () => new Problem('too_large', `A file may have at most ${megabytes(tableLimits.bytes)}`);

async function own(store: Store, request: FastifyRequest): Promise<Imported> {
  const { section, importId } = request.params as { section: Section; importId: string };
  return getImport<ImportContent>(store, clientOf(request), request.actor, section, importId);
}

const kindOfImport = (imported: Imported): AnyKind => grids.find((kind) => kind.name === imported.kind)!;
const pathOf = (name: string): string => grids.find((kind) => kind.name === name)!.path;

/** The grid of that name, in the section that the address names. */
function kindIn(section: Section, path: string, field: string): AnyKind {
  const kind = grids.find((one) => one.path === path && one.section === section);
  if (kind) return kind;
  const there = grids.filter((one) => one.section === section).map((one) => one.path);
  const message = there.length > 0 ? `must be one of this section: ${there.join(', ')}` : 'names no list of this section: it has none';
  throw new Problem('invalid_request', `The ${section} section has no such list`, { errors: [{ field, message }] });
}

const choicesOf = (columns: z.output<typeof columnsSchema>): ColumnChoice[] => columns.map(({ column, field, dayOrder }) => ({ column, target: field, dayOrder }));

/** @param width how many columns the table has, where it is known already */
function checkTargets(kind: AnyKind, choices: readonly ColumnChoice[], width: number | null): void {
  const targets = targetsOf(kind);
  const errors: { field: string; message: string }[] = [];
  const columns = new Set<number>();
  const taken = new Set<string>();
  choices.forEach(({ column, target }, index) => {
    const fault = (name: string, message: string) => errors.push({ field: `body.columns[${index}].${name}`, message });
    if (columns.has(column)) fault('column', 'is named twice');
    if (width !== null && column >= width) fault('column', `must be below ${width}: the file has that many columns`);
    columns.add(column);
    if (!target) return;
    if (!targets.has(target)) fault('field', `must be one of: ${[...targets.keys()].join(', ')}`);
    if (taken.has(target)) fault('field', 'is filled by another column already');
    taken.add(target);
  });
  if (errors.length > 0) throw new Problem('invalid_request', 'The columns are not as they must be; see errors', { errors });
}

function mayBeCarriedOut(plan: PlanSummary, rows: 'all' | 'good'): void {
  if (plan.problems.length > 0) throw new Problem('import_invalid', plan.problems.join('. '));
  if (plan.bad === 0 || rows === 'good') return;
  const { bad, faultCount } = plan;
  throw new Problem('import_invalid', `Nothing was imported: ${bad} rows have ${faultCount} faults. Correct them, or import the good rows only`, {
    members: { bad, errorCount: faultCount, errors: plan.faults.slice(0, 100) },
  });
}

/** A file that cannot be read is the sender's to mend. */
async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TableError) throw new Problem('import_invalid', error.message, { errors: [{ field: 'body', message: error.message }] });
    throw error;
  }
}
