import { z } from 'zod';
import { kindNames, kindOf, secretFields, type AnyKind } from '../../domain/kinds/index.js';
import { dayOrders } from '../../tables/dates.js';
import { delimiters, encodings } from '../../tables/read.js';
import { certainties, type Finding } from '../../tables/finding.js';
import { matchedBys, targetName, targetsOf } from '../../tables/match.js';
import { id, instant, iso } from '../schemas/common.js';
import type { ImportContent, Imported } from './content.js';
import { planColumns } from './columns.js';
import { faultLimit } from './plan.js';

const count = z.int().min(0);

const finding = <T extends z.ZodType>(value: T) => z.object({ value, sure: z.enum(certainties), why: z.string() });

/** What a file means: the answer to a look at it. */
export const previewShape = {
  reading: z.object({
    type: z.enum(['csv', 'xlsx']),
    encoding: finding(z.enum(encodings)).nullable(),
    delimiter: finding(z.enum(delimiters)).nullable(),
    sheets: z.array(z.object({ name: z.string(), state: z.enum(['visible', 'hidden']) })),
    sheet: finding(z.string()).nullable(),
    headerRow: finding(count).describe('0: the file has none.'),
  }),
  layout: z.object({ tool: z.string(), name: z.string() }).nullable().describe('The known export that the columns are of.'),
  columns: z.array(
    z.object({
      column: count.describe('From 0.'),
      header: z.string(),
      field: z.string().nullable().describe('What it fills: a field, a link, `<link>.id`, `id`, `sourceKey`; null: left out.'),
      label: z.string().nullable(),
      matchedBy: z.enum(matchedBys).nullable(),
      dates: finding(z.enum([...dayOrders, 'unknown'])).nullable().describe('In which order day and month stand. `unknown`: must be chosen, or its rows are bad.'),
      samples: z.array(z.string()).describe('The first values. Never of a kind of records that holds secrets.'),
    }),
  ),
  targets: z.array(z.object({ field: z.string(), label: z.string(), required: z.boolean() })).describe('What a column can fill.'),
  problems: z.array(z.string()).describe('Why nothing can be imported as it is.'),
  rows: count,
  new: count,
  changed: count,
  same: count.describe('Rows that say what is there already.'),
  bad: count,
  alsoCreated: z.partialRecord(z.enum(kindNames), count).describe('Makes and models that rows name and that are not there.'),
  errorCount: count,
  errors: z.array(z.object({ row: z.int(), column: z.string().nullable(), field: z.string().nullable(), message: z.string() })).describe(`The first ${faultLimit}; the file of bad rows has all.`),
};

const result = z.object({ created: count, updated: count, unchanged: count, leftOut: count.describe('Bad rows.'), alsoCreated: previewShape.alsoCreated });

export const importSchema = z
  .object({
    id,
    records: z.string(),
    state: z.enum(['receiving', 'ready', 'done']),
    createdAt: instant,
    expiresAt: instant.describe('The file is gone by then.'),
    ...previewShape,
    result: result.nullable(),
  })
  .meta({ id: 'Import' });

export const pastedSchema = z.object({ records: z.string(), ...previewShape, result: result.nullable() }).meta({ id: 'PastedImport' });

export function shownImport(imported: Imported): z.output<typeof importSchema> {
  const { content } = imported;
  const kind = kindOf(imported.kind);
  return {
    id: imported.id,
    records: kind.path,
    state: imported.state,
    createdAt: iso(imported.createdAt),
    expiresAt: iso(imported.expiresAt),
    ...shownPreview(kind, content),
    result: imported.state === 'done' ? shownResult(content) : null,
  };
}

export function shownResult({ plan }: ImportContent): z.output<typeof result> {
  return { created: plan.new, updated: plan.changed, unchanged: plan.same, leftOut: plan.bad, alsoCreated: { ...plan.alsoCreated } };
}

export function shownPreview(kind: AnyKind, content: ImportContent) {
  const { table, plan } = content;
  const { layout, columns } = planColumns(kind, table, { chosen: content.columns, remembered: content.remembered });
  const targets = targetsOf(kind);
  const withSecrets = secretFields(kind).length > 0;
  const copied = <T>(one: Finding<T> | null) => one && { ...one };
  return {
    reading: {
      ...table.reading,
      encoding: copied(table.reading.encoding),
      delimiter: copied(table.reading.delimiter),
      sheets: table.reading.sheets.map((sheet) => ({ ...sheet })),
      sheet: copied(table.reading.sheet),
      headerRow: { ...table.reading.headerRow },
    },
    layout: layout && { tool: layout.tool, name: layout.name },
    columns: columns.map(({ header, meaning, by, days }, column) => ({
      column,
      header,
      field: targetName(meaning),
      label: targets.get(targetName(meaning) ?? '')?.label ?? null,
      matchedBy: by,
      dates: copied(days),
      samples: withSecrets ? [] : [...(table.survey.columns[column]?.samples ?? [])],
    })),
    targets: [...targets].map(([field, { label }]) => ({ field, label, required: kind.fields[field]?.requirement === 'save' })),
    problems: [...plan.problems],
    rows: table.survey.rows,
    new: plan.new,
    changed: plan.changed,
    same: plan.same,
    bad: plan.bad,
    alsoCreated: { ...plan.alsoCreated },
    errorCount: plan.faultCount,
    errors: plan.faults.map((fault) => ({ ...fault })),
  };
}
