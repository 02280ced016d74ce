import { parse } from 'csv-parse/sync';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../store/index.js';
import { startTestApi, userId, type TestApi } from './support.js';

const hour = 3_600_000;
const formula = '=HYPERLINK("http://x.example")';

let test: TestApi;
let manager: string, engineer: string;
beforeAll(async () => {
  test = await startTestApi();
  [manager, engineer] = [await userId(test, 'manager'), await userId(test, 'onboarding_engineer')];
  await finished('2026-01-31T23:30:00Z', 10, { company: formula });
  await finished('2026-02-10T00:00:00Z', 20, { company: 'Acme Dental', engineerId: null });
  await finished('2026-02-20T00:00:00Z', 40, { company: null, purgedAt: new Date() });
  const settings = await test.call('administrator', 'GET', '/v1/settings/mail');
  const changed = await test.call('administrator', 'PUT', '/v1/settings/mail', { ...settings.body, timeZone: 'Europe/Berlin' });
  expect(changed.status, changed.text).toBe(200);
});
afterAll(() => test.close());

/** An onboarding that waited for the accountant all the time, as its record keeps it. */
async function finished(exportedAt: string, hours: number, given: object = {}): Promise<void> {
  const at = new Date(exportedAt);
  const begun = new Date(at.getTime() - hours * hour).toISOString();
  await test.store.db.exportRecord.create({
    data: {
      clientId: newId(),
      tenantId: test.tenants[0]!.id,
      organizationId: '42',
      organizationUrl: 'https://harbor.itglue.example/42',
      counts: { location: 2, contact: 5 },
      phases: { created: begun },
      approvals: [{ section: 'accounting', role: 'onboarding_engineer', by: engineer, at: at.toISOString(), standIn: false, submittedFor: 'client', sendBacks: 1, resets: 0 }],
      signOffs: [{ seat: 'manager', by: manager, at: at.toISOString() }],
      stages: [{ stage: 'accounting', begun, ended: at.toISOString(), ms: hours * hour, times: 2 }],
      waiting: { accountant: hours * hour },
      runs: { all: 1, blocked: 0, startedBy: engineer },
      managerId: manager,
      engineerId: engineer,
      people: [manager, engineer],
      skipped: 1,
      exportedAt: at,
      ...given,
    },
  });
}

const report = (query: string) => test.call('manager', 'GET', `/v1/export-records/report?${query}`);
const audited = async () => (await test.call('manager', 'GET', '/v1/audit?action=report.downloaded')).body.items as { details: object; words: string }[];

describe('records of export', () => {
  it('name the people of the organization, and the party alone of everybody else', async () => {
    const { body } = await test.call('sales_rep', 'GET', '/v1/export-records?company=acme');
    const name = (await test.call('manager', 'GET', '/v1/me')).body.name as string;
    expect(body.items).toMatchObject([{ state: 'kept', seconds: 72_000, manager: { id: manager, name }, engineer: null, signOffs: [{ seat: 'manager', by: { id: manager, name } }] }]);
    expect(body.items[0].approvals[0]).toMatchObject({ role: 'onboarding_engineer', by: { id: engineer }, submittedFor: 'client', sendBacks: 1 });
    expect(body.items[0].stages).toEqual([{ stage: 'accounting', begun: '2026-02-09T04:00:00.000Z', ended: '2026-02-10T00:00:00.000Z', seconds: 72_000, times: 2 }]);
  });

  it('are listed in pages by the time of their export, and filtered', async () => {
    const first = await test.call('manager', 'GET', '/v1/export-records?limit=2');
    const second = await test.call('manager', 'GET', `/v1/export-records?limit=2&cursor=${first.body.nextCursor}`);
    const dates = [...first.body.items, ...second.body.items].map((item: { exportedAt: string }) => item.exportedAt.slice(0, 10));
    expect([dates, second.body.nextCursor]).toEqual([['2026-02-20', '2026-02-10', '2026-01-31'], null]);
    const count = async (query: string) => (await test.call('manager', 'GET', `/v1/export-records?${query}`)).body.items.length as number;
    expect([await count('state=purged'), await count('from=2026-02-01T00:00:00Z&to=2026-02-15T00:00:00Z'), await count(`person=${engineer}`)]).toEqual([1, 1, 3]);
    const wrong = await test.call('manager', 'GET', '/v1/export-records?state=lost&from=monday&person=x');
    expect([wrong.status, wrong.body.errors.map((error: { field: string }) => error.field).sort()]).toEqual([400, ['from', 'person', 'state']]);
  });

  it('of an earlier version, without times and people, are shown all the same', async () => {
    const clientId = newId();
    await test.store.db.exportRecord.create({ data: { clientId, tenantId: test.tenants[1]!.id, organizationId: '1', counts: {}, phases: {}, approvals: [{ section: 'msp', role: null, at: null, standIn: true }], exportedAt: new Date(0) } });
    const token = test.token('manager', 1);
    expect((await test.call({ token }, 'GET', `/v1/export-records/${clientId}`)).body).toMatchObject({ seconds: null, stages: [], approvals: [{ section: 'msp', by: null, sendBacks: 0 }], exports: { runs: 0, startedBy: null } });
    expect((await test.call({ token }, 'GET', '/v1/export-records/report?by=month')).body.groups).toMatchObject([{ onboardings: 1, seconds: null, standIns: 1 }]);
  });
});

describe('the report of finished onboardings', () => {
  it('by month goes by the calendar of the organization', async () => {
    const { body } = await report('by=month');
    expect([body.timeZone, body.onboardings]).toEqual(['Europe/Berlin', 3]);
    expect(body.groups).toMatchObject([{ month: '2026-02', onboardings: 3, person: null, seconds: { mean: 84_000, median: 72_000, longest: 144_000 }, stages: { accounting: 84_000 }, waiting: { accountant: 84_000, msp: 0 }, sendBacks: { accounting: 3 }, counts: { location: 6, contact: 15 }, records: 21, skipped: 3 }]);
  });

  it('by person counts for everybody assigned, and takes the filters', async () => {
    const { body } = await report('by=person&to=2026-02-15T00:00:00Z');
    const lines = (body.groups as { seat: string; person: { id: string } | null; onboardings: number }[]).map(({ seat, person, onboardings }) => [seat, person?.id ?? null, onboardings]);
    expect(lines).toEqual([
      ['sales_rep', null, 2],
      ['manager', manager, 2],
      ['onboarding_engineer', engineer, 1],
      ['onboarding_engineer', null, 1],
    ]);
  });

  it('is for administrators and managers', async () => {
    for (const who of ['sales_rep', 'onboarding_engineer'] as const) {
      for (const path of ['?by=month', '/csv', '/xlsx']) expect((await test.call(who, 'GET', `/v1/export-records/report${path}`)).status, `${who} ${path}`).toBe(403);
    }
  });

  it('is downloaded as CSV with no cell that a spreadsheet runs, which is noted without the name that was looked for', async () => {
    const file = await test.call('manager', 'GET', '/v1/export-records/report/csv?company=HYPERLINK');
    expect([file.status, file.headers['content-type'], file.headers['content-disposition']]).toEqual([200, 'text/csv; charset=utf-8', expect.stringContaining('onboardings-onboardings.csv')]);
    const [line, ...more] = parse(file.text, { bom: true, columns: true }) as Record<string, string>[];
    expect(more).toEqual([]);
    expect(line).toMatchObject({ Company: `'${formula}`, 'Exported (UTC)': '2026-01-31T23:30:00.000Z', 'Accounting sent back': '1', 'Whole time (h)': '10', 'Accounting (h)': '10', 'MSP (h)': '0', 'Exported: contact': '5' });
    const [entry] = await audited();
    expect(entry).toMatchObject({ details: { format: 'CSV', table: 'onboardings', filters: ['company'] }, words: 'Your organization downloaded the report of finished onboardings as CSV.' });
    expect(JSON.stringify(entry)).not.toContain('HYPERLINK');
    const months = await test.call('manager', 'GET', '/v1/export-records/report/csv?table=by_month');
    expect(parse(months.text, { bom: true, columns: true })).toMatchObject([{ Month: '2026-02', Onboardings: '3', 'Waited for Accountant, mean (h)': '23.33' }]);
  });

  it('is downloaded as an Excel workbook with a sheet for each view', async () => {
    const file = await test.call('administrator', 'GET', '/v1/export-records/report/xlsx');
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(file.bytes as unknown as ArrayBuffer);
    expect(book.worksheets.map((sheet) => [sheet.name, sheet.rowCount])).toEqual([['Onboardings', 4], ['By month', 2], ['By person', 5]]);
    const sheet = book.getWorksheet('Onboardings')!;
    const header = (sheet.getRow(1).values as string[]).map((name) => name);
    const cell = (row: number, name: string) => sheet.getRow(row).getCell(header.indexOf(name));
    expect([cell(4, 'Company').text, cell(4, 'Company').type === ExcelJS.ValueType.Formula]).toEqual([`'${formula}`, false]);
    expect(cell(4, 'Exported (UTC)').value).toEqual(new Date('2026-01-31T23:30:00Z'));
    expect(cell(4, 'Whole time (h)').value).toBe(10);
    expect((await audited())[0]).toMatchObject({ details: { format: 'Excel' } });
  });
});
