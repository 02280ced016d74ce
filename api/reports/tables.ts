import { sections } from '../../domain/kinds/index.js';
import { resources } from '../../domain/it-glue/index.js';
import type { ReportGroup } from '../../domain/onboardings/report.js';
import { waitedFor, type WaitedFor } from '../../domain/onboardings/times.js';
import { roleWords } from '../../domain/roles.js';
import { stages, type Stage } from '../../domain/stages.js';
import type { ExportRecordView, FinishedState } from '../../store/index.js';
import type { SheetCell } from '../../tables/write-sheets.js';
import { timeTaken, type Names } from '../schemas/export-record.js';

/** A column of a report's table. Times are hours. */
interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row, names: Names) => SheetCell;
}

export interface ReportTable<Row> {
  readonly name: string;
  readonly header: readonly string[];
  cells(row: Row, names: Names): SheetCell[];
}

/** Stages that take time of an onboarding. */
const timed = stages.filter((stage) => !['retention', 'purged'].includes(stage));

const stageLabels: Readonly<Partial<Record<Stage, string>>> = {
  sales: 'Sales',
  sales_review: 'Sales review',
  accounting: 'Accounting',
  accounting_review: 'Accounting review',
  msp: 'MSP',
  msp_review: 'MSP review',
  sign_off: 'Sign-off',
  ready: 'Ready',
  exporting: 'Export',
  export_blocked: 'Export blocked',
  deleted: 'Deleted',
};

const waitLabels: Readonly<Record<WaitedFor, string>> = {
  ...roleWords,
  engineer_and_manager: 'engineer and manager',
  it_glue: 'IT Glue',
  nobody: 'nobody',
};

const sectionLabels = { sales: 'Sales', accounting: 'Accounting', msp: 'MSP' } as const;
const stateLabels: Readonly<Record<FinishedState, string>> = { kept: 'Kept', on_hold: 'On hold', deleted: 'Deleted', purged: 'Removed' };

const hours = (ms: number | null | undefined): number | null => (ms === null || ms === undefined ? null : Math.round(ms / 36_000) / 100);
const date = (at: string | Date | null | undefined): Date | null => (at ? new Date(at) : null);

/** One line a finished onboarding. */
export const onboardingTable = table<ExportRecordView>('Onboardings', [
  { header: 'Client', value: (row) => row.clientId },
  { header: 'Company', value: (row) => row.company },
  { header: 'State', value: (row) => stateLabels[row.state] },
  { header: 'IT Glue organization', value: (row) => row.organizationId },
  { header: 'Link', value: (row) => row.organizationUrl },
  { header: 'Sales Rep', value: (row, names) => nameOf(row.salesRepId, names) },
  { header: 'Manager', value: (row, names) => nameOf(row.managerId, names) },
  { header: 'Onboarding Engineer', value: (row, names) => nameOf(row.engineerId, names) },
  { header: 'Begun (UTC)', value: (row) => date(row.phases['created']) },
  ...sections.flatMap((section): Column<ExportRecordView>[] => {
    const of = (row: ExportRecordView) => row.approvals.find((one) => one.section === section);
    return [
      { header: `${sectionLabels[section]} approved (UTC)`, value: (row) => date(of(row)?.at) },
      { header: `${sectionLabels[section]} approved by`, value: (row, names) => nameOf(of(row)?.by ?? null, names) },
      { header: `${sectionLabels[section]} sent back`, value: (row) => of(row)?.sendBacks ?? 0 },
      { header: `${sectionLabels[section]} opened again`, value: (row) => of(row)?.resets ?? 0 },
    ];
  }),
  { header: 'Stand-in for the MSP', value: (row) => (row.approvals.some((one) => one.standIn) ? 'Yes' : 'No') },
  { header: 'Signed off (UTC)', value: (row) => date(row.phases['signedOff']) },
  { header: 'Exported (UTC)', value: (row) => row.exportedAt },
  { header: 'End of retention (UTC)', value: (row) => row.purgeAt },
  { header: 'Removed (UTC)', value: (row) => row.purgedAt },
  { header: 'Whole time (h)', value: (row) => hours(timeTaken(row)) },
  ...timed.map((stage): Column<ExportRecordView> => ({ header: `${stageLabels[stage]} (h)`, value: (row) => (row.stages.length === 0 ? null : hours(row.stages.find((one) => one.stage === stage)?.ms ?? 0)) })),
  ...waitedFor.map((who): Column<ExportRecordView> => ({ header: `Waited for ${waitLabels[who]} (h)`, value: (row) => (row.stages.length === 0 ? null : hours(row.waiting[who] ?? 0)) })),
  { header: 'Export runs', value: (row) => row.runs.all },
  { header: 'Runs that stopped', value: (row) => row.runs.blocked },
  ...resources.map((resource): Column<ExportRecordView> => ({ header: `Exported: ${resource}`, value: (row) => row.counts[resource] ?? 0 })),
  { header: 'Left out', value: (row) => row.skipped },
  { header: 'Certificate (SHA-256)', value: (row) => row.certificate?.sha256 ?? null },
]);

const groupColumns: readonly Column<ReportGroup>[] = [
  { header: 'Onboardings', value: (row) => row.onboardings },
  { header: 'Mean time (h)', value: (row) => hours(row.total?.mean) },
  { header: 'Median time (h)', value: (row) => hours(row.total?.median) },
  { header: 'Longest time (h)', value: (row) => hours(row.total?.longest) },
  ...timed.map((stage): Column<ReportGroup> => ({ header: `${stageLabels[stage]}, mean (h)`, value: (row) => (row.total ? hours(row.stages[stage] ?? 0) : null) })),
  ...waitedFor.map((who): Column<ReportGroup> => ({ header: `Waited for ${waitLabels[who]}, mean (h)`, value: (row) => (row.total ? hours(row.waiting[who]) : null) })),
  ...sections.map((section): Column<ReportGroup> => ({ header: `${sectionLabels[section]} sent back`, value: (row) => row.sendBacks[section] })),
  { header: 'Opened again', value: (row) => row.resets },
  { header: 'Stand-ins', value: (row) => row.standIns },
  { header: 'Export runs that stopped', value: (row) => row.blocked },
  { header: 'Records exported', value: (row) => row.records },
  ...resources.map((resource): Column<ReportGroup> => ({ header: `Exported: ${resource}`, value: (row) => row.counts[resource] ?? 0 })),
  { header: 'Left out', value: (row) => row.skipped },
];

export const monthTable = table<ReportGroup>('By month', [{ header: 'Month', value: ({ key }) => ('month' in key ? key.month : null) }, ...groupColumns]);

export const personTable = table<ReportGroup>('By person', [
  { header: 'As', value: ({ key }) => ('seat' in key ? roleWords[key.seat] : null) },
  { header: 'Person', value: ({ key }, names) => ('seat' in key ? (key.userId ? nameOf(key.userId, names) : 'nobody assigned') : null) },
  ...groupColumns,
]);

/** Somebody who is unknown is shown by id, so that their lines stay apart. */
function nameOf(userId: string | null, names: Names): string | null {
  return userId === null ? null : (names.get(userId) ?? userId);
}

function table<Row>(name: string, columns: readonly Column<Row>[]): ReportTable<Row> {
  return { name, header: columns.map((column) => column.header), cells: (row, names) => columns.map((column) => column.value(row, names)) };
}
