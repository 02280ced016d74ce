import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import type { AnyKind, Section } from '../../domain/kinds/index.js';
import { badRows, getImport, listImports, removeImport, type Store } from '../../store/index.js';
import { dayOrders } from '../../tables/dates.js';
import { targetName, targetsOf, type ColumnChoice } from '../../tables/match.js';
import { delimiters, encodings } from '../../tables/read.js';
import { tableLimits } from '../../tables/table-error.js';
import { badRowsFile } from '../imports/bad-rows.js';
import { checkTargets, grids, importConfig, importsUrl, inWords, kindIn, mayBeCarriedOut, records, refusals } from '../imports/checks.js';
import type { ImportContent, Imported } from '../imports/content.js';
import { noteImport } from '../imports/noted.js';
import { importPasted } from '../imports/pasted.js';
import { planColumns } from '../imports/columns.js';
import { importSchema, pastedSchema, shownImport, shownPreview, shownResult } from '../imports/shown.js';
import { carryOut, remap } from '../imports/steps.js';
import { contentDisposition } from '../content-disposition.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { id, instant, iso, sectionParams } from '../schemas/common.js';
import { mustBeOpen } from '../section-open.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const importParams = sectionParams.extend({ importId: id });

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


/** Import in two steps: a file and what it means; then, once the person has seen that, the records. */
export async function importRoutes(app: Api, { store }: ApiDeps): Promise<void> {

  app.post(
    `${importsUrl}/pasted`,
    {
      config: importConfig,
      bodyLimit: pastedCharacters * 4,
      schema: {
        ...words('importPasted', 'Records', 'Import a pasted table', 'Of credentials, for example. Nothing of the text is kept: to correct something, send it again.'),
        params: sectionParams,
        body: pastedBody,
        response: { 200: pastedSchema, ...problems(...refusals, 'stale_version', 'stale_preview', 'name_taken', 'too_large', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request) => {
      const client = clientOf(request);
      const { text, records: path, carryOut: rows, columns, ...reading } = request.body;
      const kind = kindIn(request.params.section, path, 'body.records');
      await mustBeOpen(store, client, kind.section);
      const choices = { reading, columns: choicesOf(columns) };
      checkTargets(kind, choices.columns, null);
      return once(store, request, client.clientId, request.body, async (store) => {
        const check = rows ? ({ plan }: ImportContent) => mayBeCarriedOut(plan, rows) : null;
        const content = await inWords(() => importPasted(store, client, request.actor, kind, text, choices, check));
        return { records: kind.path, ...shownPreview(kind, content), result: rows ? shownResult(content) : null };
      });
    },
  );

  app.get(
    importsUrl,
    {
      config: importConfig,
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
    `${importsUrl}/:importId`,
    { config: importConfig, schema: { ...words('getImport', 'Records', 'What an import would do, or has done'), params: importParams, response: { 200: importSchema, ...problems('forbidden', 'not_found') } } },
    async (request) => shownImport(await own(store, request)),
  );

  app.put(
    `${importsUrl}/:importId/mapping`,
    {
      config: importConfig,
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
    `${importsUrl}/:importId/carry-out`,
    {
      config: importConfig,
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
    `${importsUrl}/:importId/bad-rows`,
    {
      config: importConfig,
      schema: {
        ...words('getBadRows', 'Records', 'The rows that cannot be imported, as a CSV file to correct', 'As they were, with the reasons in a column behind, and their number where rows say the same. Corrected, the file imports again.'),
        params: importParams,
        response: { 200: { content: { 'text/csv': { schema: z.any().meta({ type: 'string', format: 'binary' }) } }, description: 'A CSV file.' }, ...problems('forbidden', 'not_found') },
      },
    },
    async (request, reply) => {
      const imported = await own(store, request);
      const { plan, table } = imported.content;
      const { headers, reading } = table;
      const kind = kindOfImport(imported);
      // Columns without headers are called after what they fill, so that the corrected file says it itself.
      const { columns } = planColumns(kind, imported.content.table, { chosen: imported.content.columns, remembered: imported.content.remembered });
      const names = reading.headerRow.value > 0 ? headers : columns.map(({ meaning, header }) => targetsOf(kind).get(targetName(meaning) ?? '')?.label ?? header);
      await noteImport(store, clientOf(request), request.actor, 'import.bad_rows_fetched', kind, imported.id);
      const rows = badRows(store, clientOf(request), imported.id, imported.run!);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', contentDisposition(`${kind.plural} to correct.csv`))
        .send(badRowsFile(names, rows, plan));
    },
  );

  app.delete(
    `${importsUrl}/:importId`,
    {
      config: importConfig,
      schema: { ...words('removeImport', 'Records', 'Remove an import and its file', 'Records that it made stay.'), params: importParams, response: { 204: z.undefined().describe('Removed.'), ...problems('forbidden', 'not_found') } },
    },
    async (request, reply) => {
      const imported = await own(store, request);
      await removeImport(store, clientOf(request), request.actor, imported.id);
      await noteImport(store, clientOf(request), request.actor, 'import.removed', kindOfImport(imported), imported.id);
      return reply.code(204).send(undefined);
    },
  );
}

async function own(store: Store, request: FastifyRequest): Promise<Imported> {
  const { section, importId } = request.params as { section: Section; importId: string };
  return getImport<ImportContent>(store, clientOf(request), request.actor, section, importId);
}

const kindOfImport = (imported: Imported): AnyKind => grids.find((kind) => kind.name === imported.kind)!;
const pathOf = (name: string): string => grids.find((kind) => kind.name === name)!.path;

const choicesOf = (columns: z.output<typeof columnsSchema>): ColumnChoice[] => columns.map(({ column, field, dayOrder }) => ({ column, target: field, dayOrder }));
