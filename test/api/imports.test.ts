import { readFile } from 'node:fs/promises';
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allKinds, kindOf } from '../../domain/kinds/index.js';
import { allRecords, removeExpiredImports, sourceHash } from '../../store/index.js';
import { download, passphrase } from './downloading.js';
import { importFile, importsUrl, openClient, sendFile, xlsx } from './importing.js';
import { openZip } from '../support/aes-zip.js';
import { startTestApi, type TestApi } from './support.js';

const lists = allKinds.filter((kind) => kind.cardinality === 'many');
const sample = new URL('../../examples/cascadia-dental/', import.meta.url);

let test: TestApi;
let client: string;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());
beforeEach(async () => {
  client = await openClient(test);
});

const send = (path: string, file: unknown, type?: string, headers?: Record<string, string>) => sendFile(test, client, path, file, type, headers);
const both = (path: string, file: unknown, type?: string, rows?: 'all' | 'good') => importFile(test, client, path, file, type, rows);
const at = (path: string, id: string, step = '') => `${importsUrl(client, path)}/${id}${step}`;
const carryOut = (path: string, id: string, rows: 'all' | 'good' = 'all') => test.call('administrator', 'POST', at(path, id, '/carry-out'), { rows });
const map = (path: string, id: string, mapping: object) => test.call('administrator', 'PUT', at(path, id, '/mapping'), mapping);
const list = async (path: string) => (await test.call('administrator', 'GET', `/v1/clients/${client}/${path}?limit=1000`)).body.items as { id: string; version: number; fields: Record<string, unknown>; references: Record<string, string | null> }[];

async function content() {
  const all = [];
  for await (const { kind, content, references } of allRecords(test.store, { tenantId: test.tenants[0]!.id, clientId: client })) all.push({ kind, content, references });
  return all;
}

/** Every list filled: with links of each kind, equal names where they may be, and texts that a spreadsheet would run or take apart. */
async function fillIn(): Promise<void> {
  await both('sites', 'Name,City,Primary,Notes\nMain,Salem,yes,"line 1\nline 2"\n"Bränch; 2",Bend,,\'00123');
  await both('configurations', 'Name,Make,Model,Site,Installed at,Archived\n=DC01,Dell,R740,Main,2024-02-29,no\n=DC01,HP,R740,,,yes');
  await both('passwords', 'Name,Password,Configuration\nRoot,"-x ""1""\n",\nRoot, blanks ,');
  const [site, device] = [(await list('sites'))[0]!.id, (await list('configurations'))[0]!.id];
  const enter = async (path: string, fields: object, references: object = {}, answers: object = {}) => {
    const { status, body, text } = await test.call('administrator', 'POST', `/v1/clients/${client}/${path}`, { fields, references, answers });
    expect(status, text).toBe(201);
    return body.id as string;
  };
  const person = await enter('personnel', { firstName: 'Ada', lastName: '+Byron', workPhone: '+1 (503) 555-0101', workExt: '00012', important: true }, { site });
  await enter('personnel', { firstName: 'Ada', lastName: '+Byron', notes: '@home' }, {}, { email: { answer: 'not_known', reason: 'New' } });
  await enter('vendors', { company: 'Fiber "Co", Inc.', accountNumber: '007', website: 'fiber.example/x?a=1&b=2' }, { site });
  await enter('vendors', { company: 'Fiber "Co", Inc.', firstName: 'Cai' });
  await enter('applications', { name: 'ERP', licences: 25, version: '1.10', renewsAt: '2027-03-01' }, { site, contact: person });
  await enter('applications', { name: 'CAD' });
  for (const [text, parent] of [['a', device], ['b', person], ['c', null]] as const) {
    const id = await enter('attachments', { fileName: 'plan.txt', description: `=of ${text}` }, { parent });
    await test.call('administrator', 'PUT', `/v1/clients/${client}/attachments/${id}/content`, Buffer.from(text), { 'content-type': 'text/plain' });
  }
}

/** What is kept of imports of the client, beside the import's own row. */
async function kept() {
  const [chunks, rows, imports] = await Promise.all([
    test.store.db.importChunk.count({ where: { clientId: client } }),
    test.store.db.importBlock.count({ where: { clientId: client } }),
    test.store.db.import.count({ where: { clientId: client } }),
  ]);
  return { chunks, rows, imports };
}

describe('an import', () => {
  it('takes every file of the sample client as it was handed over, and says what became of each column', async () => {
    const { files } = JSON.parse(await readFile(new URL('client.json', sample), 'utf8')) as { files: { file: string; records: string }[] };
    for (const { file, records } of files) {
      const answer = await both(records, await readFile(new URL(file, sample)), file.endsWith('.xlsx') ? xlsx : 'text/csv');
      expect(answer.body, file).toMatchObject({ errors: [], problems: [] });
      expect(answer.body.result, file).toMatchObject({ created: answer.body.rows, updated: 0 });
    }
    const models = await list('models');
    expect(models.every((model) => model.references['make'] !== null)).toBe(true);
    // The same files again double nothing.
    const before = await content();
    for (const { file, records } of files) {
      const answer = await both(records, await readFile(new URL(file, sample)), file.endsWith('.xlsx') ? xlsx : 'text/csv');
      expect(answer.body.result, file).toMatchObject({ created: 0, updated: 0, alsoCreated: {} });
    }
    expect(await content()).toEqual(before);
  });

  it('changes nothing before it is carried out, and tells what it would do', async () => {
    const sent = await send('configurations', 'Name,Make,Colour\nPC1,Dell,red\nPC2,dell,blue\n');
    expect([sent.status, sent.headers['location']]).toEqual([201, at('configurations', sent.body.id)]);
    expect(sent.body).toMatchObject({
      records: 'configurations',
      state: 'ready',
      rows: 2,
      new: 2,
      changed: 0,
      same: 0,
      bad: 0,
      alsoCreated: { make: 1 },
      result: null,
      reading: { type: 'csv', encoding: { value: 'utf-8', sure: 'certain' }, delimiter: { value: ',', sure: 'certain' }, headerRow: { value: 1 } },
    });
    expect(sent.body.columns).toMatchObject([
      { column: 0, header: 'Name', field: 'name', label: 'Name', matchedBy: 'name', samples: ['PC1', 'PC2'] },
      { header: 'Make', field: 'make', matchedBy: 'name' },
      { header: 'Colour', field: null, matchedBy: null },
    ]);
    expect((await content()).map((record) => record.kind)).toEqual(['company']);
    expect((await carryOut('configurations', sent.body.id)).body).toMatchObject({ state: 'done', result: { created: 2, alsoCreated: { make: 1 } } });
    expect(await list('configurations')).toHaveLength(2);
  });

  it('is carried out once, however often and at once it is asked for', async () => {
    const sent = await send('vendors', 'Company\nAcme\nInitech\n');
    const answers = await Promise.all([1, 2, 3].map(() => carryOut('vendors', sent.body.id)));
    expect(answers.map((answer) => [answer.status, answer.body.result])).toEqual(answers.map(() => [200, { created: 2, updated: 0, unchanged: 0, leftOut: 0, alsoCreated: {} }]));
    expect(await list('vendors')).toHaveLength(2);
    expect(await kept()).toEqual({ chunks: 0, rows: 0, imports: 1 });
  });

  it('is worked out anew where the data changed meanwhile, and asks the person where that changes its outcome', async () => {
    const first = await send('sites', 'Name,City\nMain,Salem\n');
    await test.call('administrator', 'POST', `/v1/clients/${client}/vendors`, { fields: { company: 'Elsewhere' } });
    expect((await carryOut('sites', first.body.id)).body.result).toMatchObject({ created: 1 });
    const second = await send('sites', 'Name,City\nBranch,Bend\n');
    await test.call('administrator', 'POST', `/v1/clients/${client}/sites`, { fields: { name: 'branch' } });
    const refused = await carryOut('sites', second.body.id);
    expect([refused.status, refused.body.code]).toEqual([409, 'stale_preview']);
    expect((await carryOut('sites', second.body.id)).body.result).toMatchObject({ created: 0, updated: 1 });
  });

  it('survives that what was worked out is lost', async () => {
    const sent = await send('vendors', 'Company\nAcme\n');
    await test.store.db.importBlock.deleteMany({ where: { clientId: client } });
    expect((await carryOut('vendors', sent.body.id)).body.result).toMatchObject({ created: 1 });
    expect(await list('vendors')).toHaveLength(1);
  });

  it('belongs to the person who sent the file, and is gone after a day', async () => {
    const { id } = (await send('vendors', 'Company\nAcme\n')).body;
    expect((await test.call('manager', 'GET', at('vendors', id))).status).toBe(404);
    expect((await test.call('administrator', 'GET', importsUrl(client, 'vendors'))).body.items).toMatchObject([{ id, records: 'vendors', state: 'ready' }]);
    await test.store.db.import.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } });
    expect((await test.call('administrator', 'GET', at('vendors', id))).status).toBe(404);
    await removeExpiredImports(test.store, new Date());
    expect(await kept()).toEqual({ chunks: 0, rows: 0, imports: 0 });
  });

  it('can be removed, and at most ten wait at once', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 10; number += 1) ids.push((await send('vendors', `Company\nAcme ${number}\n`)).body.id);
    const eleventh = await send('vendors', 'Company\nAcme\n');
    expect([eleventh.status, eleventh.body.code]).toEqual([422, 'limit_reached']);
    expect((await test.call('administrator', 'DELETE', at('vendors', ids[0]!))).status).toBe(204);
    expect((await test.store.db.auditEntry.findMany({ where: { action: { startsWith: 'import.' } }, orderBy: { at: 'asc' } })).slice(-11).map(({ action }) => action)).toEqual([...Array<string>(10).fill('import.received'), 'import.removed']);
    expect((await send('vendors', 'Company\nAcme\n')).status).toBe(201);
  });

  it('into a section that is closed is refused at either step', async () => {
    const { id } = (await send('vendors', 'Company\nAcme\n')).body;
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'msp_review' } });
    expect((await send('vendors', 'Company\nAcme\n')).body.code).toBe('wrong_stage');
    expect((await carryOut('vendors', id)).body.code).toBe('wrong_stage');
    expect(await list('vendors')).toHaveLength(0);
  });

  it('names a grid of its section', async () => {
    const answer = await test.call('administrator', 'POST', `/v1/clients/${client}/sections/accounting/imports?records=passwords`, 'Name\nA', { 'content-type': 'text/csv' });
    expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ field: 'query.records', message: 'must be one of this section: sites, personnel' }] });
  });
});

describe('bad rows', () => {
  const file = 'Device Name,IP Address,Make,Model,Location,User,Install Date\nPC1,10.0.0.300,Dell,R1,,,\n,,,,,,2024-02-30\nPC2,,HP,,Nowhere,,\nPC3,,,,,Ada Byron,\nPC4,10.0.0.4,,,,,2024-02-29\n';
  beforeEach(() => both('personnel', 'First name,Last name\nAda,Byron\nAda,Byron'));

  it('are named by row, column and field, and let nothing through as long as all is asked for', async () => {
    const sent = await send('configurations', file);
    expect(sent.body).toMatchObject({ rows: 5, new: 1, bad: 4, errorCount: 5 });
    expect(sent.body.errors).toEqual([
      { row: 2, column: 'IP Address', field: 'primaryIp', message: 'must be an IP address' },
      { row: 3, column: 'Install Date', field: 'installedAt', message: 'must be a date such as 2026-03-31' },
      { row: 3, column: 'Device Name', field: 'name', message: 'Name is needed' },
      { row: 4, column: 'Location', field: 'site', message: 'names no site of this client' },
      { row: 5, column: 'User', field: 'contact', message: expect.stringContaining('names 2 records') as string },
    ]);
    const refused = await carryOut('configurations', sent.body.id);
    expect([refused.status, refused.body.code, refused.body.bad]).toEqual([422, 'import_invalid', 4]);
    expect(await list('configurations')).toHaveLength(0);
  });

  it('are left out where only good ones are asked for, with what only they would have made', async () => {
    const answer = await both('configurations', file, 'text/csv', 'good');
    expect(answer.body.result).toEqual({ created: 1, updated: 0, unchanged: 0, leftOut: 4, alsoCreated: {} });
    expect((await list('configurations')).map((record) => record.fields['name'])).toEqual(['PC4']);
    expect(await list('makes')).toHaveLength(0);
  });

  it('come as a file that no spreadsheet runs, and that imports again once corrected', async () => {
    const sent = await send('configurations', 'Name,Notes,IP\n=HYPERLINK("x"),+1 555,10.0.0.300\n\'=kept,"two\nlines",bad\nGood,,10.0.0.1\n');
    await carryOut('configurations', sent.body.id, 'good');
    const bad = await test.call('administrator', 'GET', at('configurations', sent.body.id, '/bad-rows'));
    expect(bad.headers['content-disposition']).toContain('Configurations to correct.csv');
    expect(bad.text).toBe('\uFEFFName,Notes,IP,Why it was not imported\r\n"\'=HYPERLINK(""x"")",\'+1 555,10.0.0.300,IP: must be an IP address\r\n\'=kept,"two\nlines",bad,IP: must be an IP address\r\n');
    expect(await test.store.db.auditEntry.count({ where: { action: 'import.bad_rows_fetched', party: 'internal', clientId: { not: null } } }), 'it leaves with cells as they were typed').toBe(1);
    const again = await both('configurations', bad.text.replace('10.0.0.300', '10.0.0.30').replace(',bad,', ',10.0.0.31,'));
    expect(again.body.result).toMatchObject({ created: 2, leftOut: 0 });
    expect((await list('configurations')).map(({ fields }) => [fields['name'], fields['notes']])).toEqual([['Good', null], ['=HYPERLINK("x")', '+1 555'], ['=kept', 'two\nlines']]);
  });

  it('are those with an error of Excel, which stays one in the file to correct until somebody clears it', async () => {
    const workbook = new ExcelJS.Workbook();
    workbook.addWorksheet('A').addRows([['Name', 'City'], ['Main', { formula: 'VLOOKUP(A2,X:Y,2,0)', result: { error: '#N/A' } }], ['Lab', 'Salem'], [{ error: '#REF!' }, 'Salem']]);
    const sent = await send('sites', Buffer.from(await workbook.xlsx.writeBuffer()), xlsx);
    expect(sent.body).toMatchObject({ new: 1, bad: 2 });
    expect(sent.body.errors).toEqual([
      { row: 2, column: 'City', field: 'city', message: "holds Excel's error #N/A; correct it in the file or clear it" },
      { row: 4, column: 'Name', field: 'name', message: "holds Excel's error #REF!; correct it in the file or clear it" },
    ]);
    await carryOut('sites', sent.body.id, 'good');
    const bad = await test.call('administrator', 'GET', at('sites', sent.body.id, '/bad-rows'));
    expect((await send('sites', bad.text)).body).toMatchObject({ new: 0, bad: 2 });
    const again = await both('sites', bad.text.replace('#N/A', 'Salem').replace('#REF!', 'Shop'));
    expect(again.body.result).toMatchObject({ created: 2, leftOut: 0 });
  });

  it('are all counted, and the first 1,000 faults listed', async () => {
    const sent = await send('sites', `Name,Primary\n${Array.from({ length: 1_100 }, (_, n) => `s${n},perhaps\n`).join('')}`);
    expect(sent.body).toMatchObject({ bad: 1_100, errorCount: 1_100 });
    expect(sent.body.errors).toHaveLength(1_000);
    const file = await test.call('administrator', 'GET', at('sites', sent.body.id, '/bad-rows'));
    expect(file.text.trim().split('\r\n')).toHaveLength(1_101);
  });

  it.each([
    ['no rows', 'Name', 'The file has a header and no rows'],
    ['no column that is needed', 'City\nSalem', 'A column "Name" is needed'],
  ])('of a file with %s: it says so', async (_, file, message) => {
    const sent = await send('sites', file);
    expect(sent.body.problems[0]).toContain(message);
    expect((await carryOut('sites', sent.body.id, 'good')).body.code).toBe('import_invalid');
  });

  it('are those that say a name twice', async () => {
    expect((await send('sites', 'Name\nMain\nmain\n')).body.errors).toEqual([{ row: 3, column: null, field: null, message: 'is the same record as row 2' }]);
  });
});

describe('what a file says is shown with how sure it is, and the person corrects it', () => {
  it('dates that could be two are refused until somebody chooses', async () => {
    const sent = await send('configurations', 'Name,Installed at\nPC1,03/04/2026\nPC2,2026-01-01\n');
    expect(sent.body.columns[1].dates).toMatchObject({ value: 'unknown', why: expect.stringContaining('row 2 could be two dates') as string });
    expect(sent.body).toMatchObject({ new: 1, bad: 1, errors: [{ row: 2, column: 'Installed at', message: expect.stringContaining('choose for this column') as string }] });
    const mapped = await map('configurations', sent.body.id, { columns: [{ column: 1, dayOrder: 'day_first' }] });
    expect(mapped.body).toMatchObject({ new: 2, bad: 0, columns: [{}, { dates: { value: 'day_first', sure: 'chosen' } }] });
    await carryOut('configurations', sent.body.id);
    expect((await list('configurations')).map(({ fields }) => fields['installedAt'])).toEqual(['2026-04-03', '2026-01-01']);
  });

  it('a column of another order, its neighbour follows', async () => {
    const sent = await send('configurations', 'Name,Installed at,Purchased at\nPC1,25/12/2025,03/04/2026\n');
    expect(sent.body.columns.slice(1).map((column: { dates: unknown }) => column.dates)).toMatchObject([{ value: 'day_first', sure: 'certain' }, { value: 'day_first', sure: 'likely' }]);
  });

  it('a last row that can be read in one way only tells how every row before it is read', async () => {
    // A table with other columns than those above: what was chosen for one is remembered.
    const rows = Array.from({ length: 700 }, (_, index) => `PC${index},,03/04/2026`);
    const sent = await send('configurations', `Name,Notes,Installed at\n${rows.join('\n')}\nLast,,25/12/2025\n`);
    expect(sent.body).toMatchObject({ rows: 701, new: 701, bad: 0, columns: [{}, {}, { dates: { value: 'day_first', sure: 'certain' } }] });
    expect((await carryOut('configurations', sent.body.id)).body.result).toMatchObject({ created: 701 });
    expect(new Set((await list('configurations')).map(({ fields }) => fields['installedAt']))).toEqual(new Set(['2026-04-03', '2025-12-25']));
  });

  it('an encoding that the bytes do not prove is likely, and another one can be chosen', async () => {
    const sent = await send('sites', Buffer.from('Name\nG\u00f6rlitz\n', 'latin1'));
    expect(sent.body).toMatchObject({ reading: { encoding: { value: 'windows-1252', sure: 'likely' } }, columns: [{ samples: ['Görlitz'] }] });
    const mapped = await map('sites', sent.body.id, { encoding: 'macintosh' });
    expect(mapped.body).toMatchObject({ reading: { encoding: { value: 'macintosh', sure: 'chosen' } }, columns: [{ samples: ['Gˆrlitz'] }] });
  });

  it('delimiter, sheet and header row can be chosen', async () => {
    const ExcelJS = (await import('exceljs')).default;
    const book = new ExcelJS.Workbook();
    book.addWorksheet('Cover').addRow(['Report of March']);
    const sheet = book.addWorksheet('Data');
    sheet.addRows([['All sites'], ['Name', 'City'], ['Main', 'Salem']]);
    const sent = await send('sites', Buffer.from(await book.xlsx.writeBuffer()), xlsx);
    expect(sent.body.reading).toMatchObject({ type: 'xlsx', sheets: [{ name: 'Cover' }, { name: 'Data' }], sheet: { value: 'Cover', sure: 'likely' } });
    const mapped = await map('sites', sent.body.id, { sheet: 'Data', headerRow: 2 });
    expect(mapped.body).toMatchObject({ reading: { sheet: { value: 'Data', sure: 'chosen' }, headerRow: { value: 2 } }, new: 1, problems: [] });
    const odd = await send('sites', 'Name;City,State\nMain;Salem, OR\n');
    expect((await map('sites', odd.body.id, { delimiter: ',' })).body.columns).toHaveLength(2);
  });

  it('columns can be given another field or none, and the choice is remembered for the next such file', async () => {
    const sent = await send('sites', 'Name,Ort,City\nMain,Salem,x\n');
    const mapping = { columns: [{ column: 1, field: 'city' }, { column: 2, field: null }] };
    expect((await map('sites', sent.body.id, mapping)).body.columns).toMatchObject([{ field: 'name' }, { field: 'city', matchedBy: 'you' }, { field: null, matchedBy: 'you' }]);
    await carryOut('sites', sent.body.id);
    const next = await send('sites', 'NAME;ort;city\nBranch;Bend;y\n');
    expect(next.body.columns).toMatchObject([{ field: 'name' }, { field: 'city', matchedBy: 'remembered' }, { field: null, matchedBy: 'remembered' }]);
    await carryOut('sites', next.body.id);
    expect((await list('sites')).map(({ fields }) => fields['city'])).toEqual(['Salem', 'Bend']);
  });

  it.each([
    [{ columns: [{ column: 7, field: 'name' }] }, 'body.columns[0].column', 'must be below 2'],
    [{ columns: [{ column: 0, field: 'colour' }] }, 'body.columns[0].field', 'must be one of: name'],
    [{ columns: [{ column: 0, field: 'city' }, { column: 1, field: 'city' }] }, 'body.columns[1].field', 'is filled by another column already'],
    [{ columns: [{ column: 0, field: 'city' }, { column: 0, field: 'zip' }] }, 'body.columns[1].column', 'is named twice'],
    [{ encoding: 'klingon' }, 'encoding', 'must be one of: utf-8'],
  ])('%j is refused with the field', async (mapping, field, message) => {
    const sent = await send('sites', 'Name,City\nMain,Salem\n');
    const answer = await map('sites', sent.body.id, mapping);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.errors).toContainEqual({ field, message: expect.stringContaining(message) as string });
  });
});

describe('a table that is imported again', () => {
  it.each(['csv', 'xlsx'] as const)('of our own downloads changes nothing in any list, as %s', async (format) => {
    await fillIn();
    const before = await content();
    const workbook = (await openZip((await download(test, client, { format: 'xlsx', passwords: 'include' })).bytes, passphrase)).get('client.xlsx')!;
    const tables = await openZip((await download(test, client, { format: 'csv', passwords: 'include' })).bytes, passphrase);
    for (const { path } of lists) {
      const answer = format === 'xlsx' ? await both(path, workbook, xlsx) : await both(path, tables.get(`${path}.csv`)!);
      expect(answer.body.errors, path).toEqual([]);
      expect(answer.body.rows, path).toBeGreaterThanOrEqual(2);
      expect(answer.body.result, path).toEqual({ created: 0, updated: 0, unchanged: answer.body.rows, leftOut: 0, alsoCreated: {} });
    }
    expect(await content()).toEqual(before);
  });

  it('changes records by id, or by their unique name where blanks change nothing', async () => {
    await both('sites', 'Name,City,Zip\nMain,Salem,97301');
    const [site] = await list('sites');
    expect((await both('sites', 'Name,City,Zip\nMAIN,Bend,\nNew,Salem,')).body.result).toMatchObject({ created: 1, updated: 1 });
    expect((await list('sites'))[0]).toMatchObject({ id: site!.id, version: 2, fields: { name: 'MAIN', city: 'Bend', zip: '97301' } });
    await both('sites', `Id,Name,City,Zip\n${site!.id},Renamed,Bend,`);
    expect((await list('sites'))[0]!.fields).toMatchObject({ name: 'Renamed', zip: null });
  });

  it('finds a device by its serial number in any tool, but not by what machines say that have none', async () => {
    await both('configurations', 'Name,Serial number\nPC1,ABC123\nPC2,To be filled by O.E.M.\n');
    const answer = await both('configurations', 'Device Name,Serial,OS\nPC1-new,abc123,Windows\nPC9,To Be Filled By O.E.M.,Linux\n');
    expect(answer.body.result).toMatchObject({ created: 1, updated: 1 });
    expect((await list('configurations')).map(({ fields }) => fields['name'])).toEqual(['PC1-new', 'PC2', 'PC9']);
  });

  it('keeps people and passwords of the same name apart by their order', async () => {
    const people = 'First name,Last name,Title\nAda,Byron,Owner\nAda,Byron,Clerk\n';
    await both('personnel', people);
    expect((await both('personnel', people.replace('Clerk', 'Cook'))).body.result).toMatchObject({ created: 0, updated: 1, unchanged: 1 });
    expect((await list('personnel')).map(({ fields }) => fields['title'])).toEqual(['Owner', 'Cook']);
  });

  it('that gives a record the name of another one is refused at its row', async () => {
    await both('sites', 'Name\nMain\nBranch\n');
    const [main] = await list('sites');
    expect((await send('sites', `Id,Name\n${main!.id},Branch\n`)).body.errors).toMatchObject([{ row: 2, message: 'has the name of another site' }]);
  });
});

describe('a record keeps what it is known by', () => {
  const csvOf = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.join(',')).join('\n');
  const badRowsOf = async (path: string, id: string) => (await test.call('administrator', 'GET', at(path, id, '/bad-rows'))).text;
  const goodRowsOf = async (path: string, file: string) => {
    const sent = await send(path, file);
    await carryOut(path, sent.body.id, 'good');
    return badRowsOf(path, sent.body.id);
  };
  const links = async (path: string, link: string) => (await list(path)).map(({ fields, references }) => [fields['notes'], references[link]]);

  it("in another tool, when our own file with changed cells comes between two of the tool's", async () => {
    const devices = 'Device UID,Int IP Address,Device Type,Device Name\nu-1,10.0.0.1,PC,One\nu-2,10.0.0.2,PC,Two\n';
    await both('configurations', devices);
    const people = 'First name,Last name,Title\nAda,Byron,Owner\n';
    await both('personnel', people);
    await both('configurations', csvOf([['Id', 'Name', 'Notes'], ...(await list('configurations')).map(({ id, fields }) => [id, fields['name'], 'ours'])]));
    await both('personnel', csvOf([['Id', 'First name', 'Last name', 'Notes'], ...(await list('personnel')).map(({ id }) => [id, 'Augusta', 'Byron', 'ours'])]));
    expect((await both('configurations', devices)).body.result).toMatchObject({ created: 0, unchanged: 2 });
    expect((await both('personnel', people)).body.result).toMatchObject({ created: 0, updated: 1 });
    expect((await list('configurations')).map(({ fields }) => fields['notes'])).toEqual(['ours', 'ours']);
    expect((await list('personnel')).map(({ fields }) => fields['notes'])).toEqual(['ours']);
  });

  it('only once in a file with two rows of one id, also where the record is there already', async () => {
    const devices = 'Device UID,Int IP Address,Device Type,Device Name\nu-1,10.0.0.1,PC,One\nu-1,10.0.0.2,PC,Two\n';
    const fault = [{ row: 3, column: null, field: null, message: 'is the same record as row 2' }];
    const first = await send('configurations', devices);
    expect(first.body.errors).toEqual(fault);
    await carryOut('configurations', first.body.id, 'good');
    expect((await send('configurations', devices)).body).toMatchObject({ new: 0, same: 1, errors: fault });
  });

  it.each([
    ['good rows first', 'PC1,a,'],
    ['bad rows first', 'PC2,b,2026-02-30'],
  ])('on its device: passwords of the same name and user elsewhere are others (%s)', async (_, top) => {
    await both('configurations', 'Name\nPC1\nPC2\nPC3\n');
    const rows = ['PC1,a,', 'PC2,b,2026-02-30', 'PC3,c,'].sort((one, other) => Number(other === top) - Number(one === top));
    const file = (all: readonly string[]) => `Name,Username,Configuration,Notes,Password updated at\n${all.map((row) => `Local admin,administrator,${row}`).join('\n')}\n`;
    const bad = await goodRowsOf('passwords', file(rows));
    expect((await both('passwords', bad.replace('2026-02-30', '2026-02-28'))).body.result).toMatchObject({ created: 1, updated: 0 });
    const ids = Object.fromEntries((await list('configurations')).map(({ id, fields }) => [fields['name'], id]));
    const expected = [['a', ids['PC1']], ['b', ids['PC2']], ['c', ids['PC3']]];
    const sorted = async () => (await links('passwords', 'configuration')).sort();
    expect(await sorted()).toEqual(expected);
    // In any order, and only some of them.
    const again = await both('passwords', file(['PC3,c,', 'PC2,b2,']));
    expect(again.body.result).toMatchObject({ created: 0, updated: 1, unchanged: 1 });
    expected[1]![0] = 'b2';
    expect(await sorted()).toEqual(expected);
  });

  it('where its device was not said before, is not said any more, or was chosen by hand', async () => {
    await both('configurations', 'Name\nPC1\nPC2\n');
    const [pc1, pc2] = (await list('configurations')).map(({ id }) => id);
    const bare = 'Name,Username,Notes\nLocal admin,root,a\nLocal admin,root,b\n';
    const linked = 'Name,Username,Notes,Configuration\nLocal admin,root,a,PC1\nLocal admin,root,b,PC2\n';
    await both('passwords', bare);
    expect((await both('passwords', linked)).body.result).toMatchObject({ created: 0, updated: 2 });
    expect((await both('passwords', bare)).body.result).toMatchObject({ created: 0, unchanged: 2 });
    const [first] = await list('passwords');
    const moved = await test.call('administrator', 'PATCH', `/v1/clients/${client}/passwords/${first!.id}`, { version: first!.version, references: { configuration: pc2 } });
    expect(moved.status, moved.text).toBe(200);
    expect((await both('passwords', linked)).body.result).toMatchObject({ created: 0, updated: 1 });
    expect(await links('passwords', 'configuration')).toEqual([['a', pc1], ['b', pc2]]);
  });

  it('by its words and order, where an earlier release imported it, and only on its own device', async () => {
    await both('configurations', 'Name\nPC1\nPC2\nPC3\n');
    const header = 'Name,Username,Configuration,Notes';
    await both('passwords', `${header}\nLocal admin,root,PC1,a\nLocal admin,root,PC2,b\n`);
    for (const [index, { id }] of (await list('passwords')).entries()) {
      const words = ['file', 'name', 'username', 'local admin', 'root', '', ...(index > 0 ? [`${index + 1}`] : [])].join('\u001f');
      const key = { tenantId: test.tenants[0]!.id, clientId: client };
      await test.store.db.record.update({ where: { id }, data: { sourceHash: sourceHash(test.store, key, kindOf('password'), words) } });
    }
    expect((await both('passwords', `${header}\nLocal admin,root,PC1,a\nLocal admin,root,PC2,b2\nLocal admin,root,PC3,c\n`)).body.result).toMatchObject({ created: 1, updated: 1, unchanged: 1 });
    expect((await both('passwords', `${header}\nLocal admin,root,PC3,c\nLocal admin,root,PC2,b3\n`)).body.result).toMatchObject({ created: 0, updated: 1, unchanged: 1 });
    expect((await list('passwords')).map(({ fields }) => fields['notes'])).toEqual(['a', 'b3', 'c']);
  });

  it('by its number among equal rows, which the file of bad rows carries', async () => {
    const people = 'First name,Last name,Title,Important\nAda,Byron,Owner,\nAda,Byron,Clerk,perhaps\nAda,Byron,Cook,perhaps\n';
    const bad = await goodRowsOf('personnel', people);
    const corrected = bad.replace('Clerk,perhaps', 'Clerk,yes');
    expect((await both('personnel', corrected, 'text/csv', 'good')).body.result).toMatchObject({ created: 1, updated: 0, leftOut: 1 });
    expect((await both('personnel', corrected.replace('perhaps', 'no'))).body.result).toMatchObject({ created: 1, updated: 0, unchanged: 1 });
    expect((await both('personnel', people.replace('perhaps', 'yes').replace('perhaps', 'no'))).body.result).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
    expect((await list('personnel')).map(({ fields }) => fields['title'])).toEqual(['Owner', 'Clerk', 'Cook']);
  });
});

describe('a pasted table of credentials', () => {
  const paste = (body: object) => test.call('administrator', 'POST', `${importsUrl(client, 'passwords')}/pasted`, { records: 'passwords', ...body }, { 'idempotency-key': `paste-${Math.random()}` });
  const text = 'Name\tUser\tPassword\nRouter\tadmin\tHunter2!Hunter2\nSwitch\troot\tCorrectHorse9\n';

  it('is shown, and its secrets are in no answer', async () => {
    const answer = await paste({ text });
    expect(answer.body).toMatchObject({ new: 2, bad: 0, result: null, reading: { delimiter: { value: '\t' } } });
    expect(answer.text).not.toMatch(/Hunter2|CorrectHorse/);
    expect(await list('passwords')).toHaveLength(0);
  });

  it('is imported, and nothing of its text is kept', async () => {
    const answer = await paste({ text, carryOut: 'all' });
    expect(answer.body.result).toMatchObject({ created: 2 });
    expect((await content()).filter(({ kind }) => kind === 'password').map((record) => record.content['password'])).toEqual(['Hunter2!Hunter2', 'CorrectHorse9']);
    expect(await kept()).toEqual({ chunks: 0, rows: 0, imports: 0 });
    expect(test.log.join('\n')).not.toMatch(/Hunter2|CorrectHorse/);
    expect((await paste({ text, carryOut: 'all' })).body.result).toMatchObject({ created: 0, unchanged: 2 });
  });

  it('without a header does not show its first row, and columns can be named', async () => {
    const bare = 'Router\tadmin\tHunter2!Hunter2\nSwitch\troot\tCorrectHorse9\n';
    const shown = await paste({ text: bare });
    expect(shown.text).not.toMatch(/Hunter2|CorrectHorse/);
    expect(shown.body.problems[0]).toContain('A column "Name" is needed');
    const columns = ['name', 'username', 'password'].map((field, column) => ({ column, field }));
    expect((await paste({ text: bare, headerRow: 0, columns, carryOut: 'all' })).body.result).toMatchObject({ created: 2 });
  });

  it('with a bad row is refused as a whole, unless only good rows are asked for; either way nothing is kept', async () => {
    const bad = `${text}\tnobody\tLostSecret7\n`;
    const refused = await paste({ text: bad, carryOut: 'all' });
    expect([refused.status, refused.body.code]).toEqual([422, 'import_invalid']);
    expect(refused.text).not.toContain('LostSecret7');
    expect(await list('passwords')).toHaveLength(0);
    expect(await kept()).toEqual({ chunks: 0, rows: 0, imports: 0 });
    expect((await paste({ text: bad, carryOut: 'good' })).body.result).toMatchObject({ created: 2, leftOut: 1 });
  });
});
