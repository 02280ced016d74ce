import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ExcelJS from 'exceljs';
import { PDFDocument } from 'pdf-lib';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindByPath } from '../../domain/kinds/index.js';
import { readSample, type Sample } from '../../examples/compare.js';
import { columns } from '../../examples/compare/columns.js';
import { fold } from '../../examples/compare/entry.js';
import { makeSample, sampleTables } from '../../examples/make-sample.js';
import { fieldOf, matchColumns } from '../../tables/match.js';

const committed = path.join(import.meta.dirname, '../../examples/cascadia-dental');
let made: string;
let sample: Sample;

beforeAll(async () => {
  made = await mkdtemp(path.join(tmpdir(), 'sample-'));
  await makeSample(made);
  sample = await readSample(committed);
});

afterAll(() => rm(made, { recursive: true, force: true }));

const filesUnder = async (folder: string) => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile()).map((one) => path.relative(folder, path.join(one.parentPath, one.name))).sort();

async function cells(file: string): Promise<unknown[][]> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(file);
  const rows: unknown[][] = [];
  book.eachSheet((sheet) => sheet.eachRow({ includeEmpty: true }, (row) => rows.push(row.values as unknown[])));
  return rows;
}

describe('the sample in the repository', () => {
  test('holds exactly the files that the script makes', async () => {
    expect(await filesUnder(committed)).toEqual(await filesUnder(made));
  });

  test('is what the script makes, byte for byte where compression has no say', async () => {
    for (const file of await filesUnder(made)) {
      const [before, now] = [path.join(committed, file), path.join(made, file)];
      if (file.endsWith('.xlsx')) expect(await cells(now), file).toEqual(await cells(before));
      else if (file.endsWith('.png')) expect(PNG.sync.read(await readFile(now)).data.equals(PNG.sync.read(await readFile(before)).data), file).toBe(true);
      else expect((await readFile(now)).equals(await readFile(before)), file).toBe(true);
    }
  });

  test('has the size of a real client', () => {
    const { sites, personnel, vendors, configurations, passwords, attachments } = sample.rows;
    const makes = new Set(configurations.filter((row) => row['make']).map((row) => fold(row['make']!)));
    const models = new Set(configurations.filter((row) => row['model']).map((row) => `${fold(row['make']!)}/${fold(row['model']!)}`));
    expect(sites.length).toBeGreaterThanOrEqual(4);
    expect(personnel.length).toBeGreaterThanOrEqual(35);
    expect(vendors.length).toBeGreaterThanOrEqual(12);
    expect(configurations.length).toBeGreaterThanOrEqual(140);
    expect(passwords.length).toBeGreaterThanOrEqual(80);
    expect(attachments.length).toBeGreaterThanOrEqual(15);
    expect(makes.size).toBeGreaterThanOrEqual(15);
    expect(models.size).toBeGreaterThanOrEqual(60);
    expect(Math.max(...[...sample.attachments.values()].map((file) => file.size))).toBeGreaterThanOrEqual(5_000_000);
  });

  test('holds no real address: reserved domains and 555 numbers only', async () => {
    for (const table of sampleTables()) {
      const text = table.rows.flat().filter((cell) => typeof cell === 'string').join('\n');
      for (const [, domain] of text.matchAll(/[\w.+-]+@([\w-]+(?:\.[\w-]+)+)/g)) expect(domain, table.file).toMatch(/\.(example|test)$/);
      const numbers = table.headers.flatMap((header, index) => (/phone$|^fax$|^mobile$/i.test(header) ? table.rows.map((row) => String(row[index] ?? '')) : []));
      for (const number of numbers.filter(Boolean)) expect(number, table.file).toMatch(/555/);
    }
  });

  test('has the quirks of real exports', async () => {
    const bytes = (file: string) => readFile(path.join(committed, file));
    expect((await bytes('datto-rmm-devices.csv')).subarray(0, 3).toString('hex')).toBe('efbbbf');
    expect((await bytes('datto-rmm-devices.csv')).toString('utf8').split('\n')[0]).toContain(';');
    expect((await bytes('m365-users.csv')).toString('utf8')).toContain('\r\n');
    const vendors = await bytes('vendors.csv');
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(vendors)).toThrow();
    expect(vendors.includes(Buffer.from([0x44, 0x92, 0x41, 0x6e, 0x67]))).toBe(true);
    expect(sample.rows.vendors.some((row) => row['last'] === 'D’Angelo')).toBe(true);
    expect((await bytes('autotask-devices.csv')).toString('utf8')).toMatch(/,\d{1,2}\/(1[3-9]|2\d)\/20\d\d,/);
    expect((await cells(path.join(committed, 'connectwise-configurations.xlsx'))).flat().some((cell) => cell instanceof Date)).toBe(true);
    const secrets = sample.rows.passwords.map((row) => row['password']!);
    for (const first of ['=', '+', '-', '@']) expect(secrets.some((secret) => secret.startsWith(first)), first).toBe(true);
    expect(secrets.some((secret) => secret.length === 64)).toBe(true);
    expect(secrets.some((secret) => secret !== secret.trim())).toBe(true);
  });

  test('has attachments that open as what they are', async () => {
    for (const [name, { path: file }] of sample.attachments) {
      if (name.endsWith('.pdf')) expect((await PDFDocument.load(await readFile(file))).getPageCount(), name).toBeGreaterThan(0);
      if (name.endsWith('.png')) expect(PNG.sync.read(await readFile(file)).width, name).toBeGreaterThan(100);
      if (name.endsWith('.xlsx')) expect((await cells(file)).length, name).toBeGreaterThan(10);
    }
  });
});

describe('the columns of the sample', () => {
  // The other tool's own id of a record is understood too, but it is no content.
  test.each(sampleTables().map((table) => [table.file, table] as const))('%s: the product understands each column with content, and leaves out the others', (_, table) => {
    const kind = kindByPath(table.records)!;
    const understood = matchColumns(kind, table.headers).map(({ header, meaning }) => [header, fieldOf(meaning) !== null && meaning?.of !== 'source_key']);
    expect(understood).toEqual(table.headers.map((header) => [header, columns[table.records][header] !== null]));
  });
});
