import { getUsers, listExportRecords, placeOf, type ExportRecordView, type FinishedFilter, type FinishedPlace, type Store } from '../../store/index.js';
import { OnboardingReport, type ReportGrouping } from '../../domain/onboardings/report.js';
import { timeTaken, type Names } from '../schemas/export-record.js';

/** Most onboardings of one report or file, the latest first. */
export const mostReported = 10_000;
const portion = 500;

/** Finished onboardings, the latest first, a portion in memory at a time. */
export async function* finishedOnboardings(store: Store, tenantId: string, filter: FinishedFilter): AsyncGenerator<ExportRecordView> {
  let after: FinishedPlace | null = null;
  for (let given = 0; given < mostReported; given += portion) {
    const rows: ExportRecordView[] = await listExportRecords(store, tenantId, filter, { limit: portion, after });
    yield* rows;
    if (rows.length < portion) return;
    after = placeOf(rows.at(-1)!);
  }
}

/** The groups of a report, by month on the tenant's calendar or by the people who were assigned. */
export async function reportOf(store: Store, tenantId: string, filter: FinishedFilter, by: ReportGrouping, timeZone: string) {
  const report = new OnboardingReport(by, timeZone);
  let onboardings = 0;
  for await (const row of finishedOnboardings(store, tenantId, filter)) {
    onboardings += 1;
    const approvals = row.approvals.map(({ section, standIn, sendBacks, resets }) => ({ section, standIn, sendBacks: sendBacks ?? 0, resets: resets ?? 0 }));
    report.add({ ...row, approvals, ms: timeTaken(row), blocked: row.runs.blocked });
  }
  const groups = report.groups();
  const ids = groups.flatMap(({ key }) => ('userId' in key && key.userId ? [key.userId] : []));
  return { onboardings, groups, names: await namesOf(store, tenantId, ids) };
}

/** Names of internal people by id, of those who left as well. */
export async function namesOf(store: Store, tenantId: string, ids: readonly string[]): Promise<Names> {
  const users = await getUsers(store, tenantId, [...new Set(ids)]);
  return new Map(users.filter((user) => user.clientId === null).map((user) => [user.id, `${user.firstName} ${user.lastName}`.trim()]));
}

/** Everybody whom a record names. */
export const peopleOf = (row: ExportRecordView): string[] =>
  [row.salesRepId, row.managerId, row.engineerId, row.runs.startedBy, ...row.approvals.map((one) => one.by), ...row.signOffs.map((one) => one.by)].filter((id): id is string => typeof id === 'string');
