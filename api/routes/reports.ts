import { z } from 'zod';
import type { ReportGroup } from '../../domain/onboardings/report.js';
import { reportedSeats } from '../../domain/onboardings/report.js';
import type { waitedFor } from '../../domain/onboardings/times.js';
import { stages } from '../../domain/stages.js';
import { appendAudit, inTransaction, readMailSettings, type FinishedFilter, type Store } from '../../store/index.js';
import { csvOfRows } from '../../tables/write-csv.js';
import { xlsxOfSheets, type Sheet, type SheetCell } from '../../tables/write-sheets.js';
import type { Actor } from '../../domain/roles.js';
import { contentDisposition } from '../content-disposition.js';
import { finishedOnboardings, mostReported, namesOf, peopleOf, reportOf } from '../reports/finished.js';
import { monthTable, onboardingTable, personTable } from '../reports/tables.js';
import { section } from '../schemas/common.js';
import { finishedFilter, finishedQuery, namedPerson, waitingSchema, wholeSeconds, type Names } from '../schemas/export-record.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const seconds = z.int();

const group = z
  .object({
    month: z.string().nullable().describe('As 2026-03, on the calendar of your organization; null in a report by person.'),
    seat: z.enum(reportedSeats).nullable(),
    person: namedPerson.nullable().describe('Null in a report by month, and where nobody was assigned.'),
    onboardings: z.int(),
    seconds: z.object({ mean: seconds, median: seconds, longest: seconds }).nullable().describe('From the first entry to the end of the export.'),
    stages: z.partialRecord(z.enum(stages), seconds).describe('Mean seconds in each stage.'),
    waiting: waitingSchema.describe('Mean seconds that each was waited for.'),
    sendBacks: z.record(section, z.int()),
    resets: z.int(),
    standIns: z.int().describe('Onboardings in which somebody of yours stood in for the outgoing MSP.'),
    blockedExports: z.int(),
    counts: z.record(z.string(), z.int()).describe('Records exported.'),
    records: z.int(),
    skipped: z.int(),
  })
  .meta({ id: 'OnboardingReportGroup' });

const tableNames = ['onboardings', 'by_month', 'by_person'] as const;
const limits = `Of the latest ${mostReported.toLocaleString('en')} that the filters leave.`;

/** Finished onboardings by month and by person, and as files. */
export async function reportRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  const config = { operation: 'report.read' } as const;

  app.get(
    '/export-records/report',
    {
      config,
      schema: {
        ...words('reportOnboardings', 'History', 'Finished onboardings by month or by person', `Time per phase, who was waited for, send-backs and exported records. ${limits}`),
        querystring: finishedQuery.extend({ by: z.enum(['month', 'person']).describe('`person`: by those who were assigned, each in their seat; an onboarding counts for each of them.') }),
        response: { 200: z.object({ by: z.enum(['month', 'person']), timeZone: z.string(), onboardings: z.int(), groups: z.array(group) }), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const { by, ...looked } = query;
      const { timeZone } = await readMailSettings(store, actor.tenantId);
      const { onboardings, groups, names } = await reportOf(store, actor.tenantId, finishedFilter(looked), by, timeZone);
      return { by, timeZone, onboardings, groups: groups.map((one) => shownGroup(one, names)) };
    },
  );

  app.get(
    '/export-records/report/csv',
    {
      config,
      schema: {
        ...words('downloadOnboardingsCsv', 'History', 'Finished onboardings as CSV', `${limits} Times are hours. The download is noted in the audit trail.`),
        querystring: finishedQuery.extend({ table: z.enum(tableNames).default('onboardings') }),
        response: { 200: { description: 'A header and one line each.', content: { 'text/csv': { schema: z.any().meta({ type: 'string' }) } } }, ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }, reply) => {
      const { table, ...looked } = query;
      await noteDownload(store, actor, { format: 'CSV', table, filters: Object.keys(looked) });
      const { header, rows } = await sheetOf(store, actor, finishedFilter(looked), table);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', contentDisposition(`onboardings-${table}.csv`))
        .send(csvOfRows(header, asText(rows)));
    },
  );

  const excel = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  app.get(
    '/export-records/report/xlsx',
    {
      config,
      schema: {
        ...words('downloadOnboardingsExcel', 'History', 'Finished onboardings as an Excel workbook', `Sheets: onboardings, by month, by person. ${limits} Times are hours. The download is noted in the audit trail.`),
        querystring: finishedQuery,
        response: { 200: { description: 'The workbook.', content: { [excel]: { schema: z.any().meta({ type: 'string', format: 'binary' }) } } }, ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }, reply) => {
      await noteDownload(store, actor, { format: 'Excel', filters: Object.keys(query) });
      const sheets: Sheet[] = [];
      for (const table of tableNames) sheets.push(await sheetOf(store, actor, finishedFilter(query), table));
      return reply.type(excel).header('content-disposition', contentDisposition('onboardings.xlsx')).send(xlsxOfSheets(sheets));
    },
  );
}

/** Which filters were used, not for what: the name of a company may not stay. */
function noteDownload(store: Store, actor: Actor, details: { format: string; table?: string; filters: readonly string[] }): Promise<void> {
  return inTransaction(store, (context) => appendAudit(context, { tenantId: actor.tenantId, clientId: null, actorId: actor.userId, party: 'internal', action: 'report.downloaded', details }));
}

async function sheetOf(store: Store, { tenantId }: Actor, filter: FinishedFilter, table: (typeof tableNames)[number]): Promise<Sheet> {
  if (table === 'onboardings') return { name: onboardingTable.name, header: onboardingTable.header, rows: onboardingRows(store, tenantId, filter) };
  const { timeZone } = await readMailSettings(store, tenantId);
  const { groups, names } = await reportOf(store, tenantId, filter, table === 'by_month' ? 'month' : 'person', timeZone);
  const { name, header, cells } = table === 'by_month' ? monthTable : personTable;
  async function* rows() {
    for (const one of groups) yield cells(one, names);
  }
  return { name, header, rows: rows() };
}

async function* onboardingRows(store: Store, tenantId: string, filter: FinishedFilter): AsyncGenerator<SheetCell[]> {
  const names = new Map<string, string>();
  const asked = new Set<string>();
  for await (const row of finishedOnboardings(store, tenantId, filter)) {
    // The same few people are in most of them.
    const unknown = peopleOf(row).filter((id) => !asked.has(id));
    if (unknown.length > 0) for (const [id, name] of await namesOf(store, tenantId, unknown)) names.set(id, name);
    for (const id of unknown) asked.add(id);
    yield onboardingTable.cells(row, names);
  }
}

async function* asText(rows: AsyncIterable<readonly SheetCell[]>): AsyncGenerator<string[]> {
  for await (const row of rows) yield row.map((cell) => (cell instanceof Date ? cell.toISOString() : String(cell ?? '')));
}

function shownGroup({ key, total, stages: times, waiting, sendBacks, blocked, counts, ...rest }: ReportGroup, names: Names): z.output<typeof group> {
  const userId = 'userId' in key ? key.userId : null;
  const inSeconds = <T extends string>(spent: Readonly<Partial<Record<T, number>>>) => Object.fromEntries(Object.entries<number | undefined>(spent).map(([name, ms]) => [name, wholeSeconds(ms!)])) as Record<T, number>;
  return {
    ...rest,
    month: 'month' in key ? key.month : null,
    seat: 'seat' in key ? key.seat : null,
    person: userId === null ? null : { id: userId, name: names.get(userId) ?? null },
    seconds: total && inSeconds({ ...total }),
    stages: inSeconds(times),
    waiting: inSeconds<(typeof waitedFor)[number]>(waiting),
    sendBacks: { ...sendBacks },
    counts: { ...counts },
    blockedExports: blocked,
  };
}
