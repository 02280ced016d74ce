import { buffer } from 'node:stream/consumers';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allKinds, kinds, type AnyKind, type Content, type Field } from '../../domain/kinds/index.js';
import { plainText, safeText } from '../../tables/cells.js';
import type { TableRow } from '../../tables/convert.js';
import type { FileType } from '../../tables/file-type.js';
import type { TableSource } from '../../tables/source.js';
import { csvParts } from '../../tables/write-csv.js';
import { writeXlsx } from '../../tables/write-xlsx.js';
import { zipOf } from '../../tables/zip.js';
import { openZip } from '../support/aes-zip.js';
import { converted, readTable } from './reading.js';
import { sourceOf } from './records.js';

const password = kinds.password as unknown as AnyKind;

/** Text as the product keeps it: what PostgreSQL and UTF-8 can hold, with everything that spreadsheets trip over. */
const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", '"', ',', ';', ' ', '_', 'x', '0', '4', '1', 'D', '&', '<', 'a', '\u0001', '\u007f', '\u2028'), maxLength: 12 }),
    fc.constantFrom('=cmd|calc', '#N/A', '#REF!', "'#N/A", "'=1", "''", '_x0041_', '_x005F_x0041_', '&lt;', '&amp;amp;', ' blank ', '\ttab', '\rcr', '1e5', '007', 'TRUE', '2026-01-31'),
  )
    // The mark of a character that could not be read: an import refuses it, so that no file of a wrong encoding gets in.
  .filter((text) => text.isWellFormed() && !/[\u0000\ufffd]/.test(text) && text !== '');

const trimmed = anyText.map((text) => text.trim()).filter((text) => text !== '');

/** Any value that a field of the type can hold. */
function valueOf({ type }: Field): fc.Arbitrary<Content[string]> {
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: 0, max: 1_000_000_000 });
    case 'date':
      return fc.date({ min: new Date('0101-01-01'), max: new Date('9998-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
    case 'secret':
      return anyText;
    case 'choice':
      return trimmed;
    case 'text':
    case 'longText':
    case 'email':
    case 'phone':
    case 'url':
      return trimmed;
  }
}

const secretRecord = fc.record({ password: anyText, notes: anyText.filter((text) => text.trim() !== '').map((text) => text.trim()) });

async function fileOf(type: FileType, source: TableSource, kind: AnyKind): Promise<Buffer> {
  if (type === 'csv') return (await openZip(await csvZip(source))).get(`${kind.path}.csv`)!;
  return buffer(writeXlsx(source, new Date(0)));
}

const csvZip = (source: TableSource) => buffer(zipOf(csvParts(source), { passphrase: null, size: 'ordinary', at: new Date() }));

async function readBack(kind: AnyKind, file: Buffer): Promise<readonly TableRow[]> {
  const rows = converted(kind, await readTable(file, {}, kind.plural));
  expect(rows.flatMap((row) => row.faults)).toEqual([]);
  return rows;
}

describe('a download that is imported again', () => {
  it('marks every text that a spreadsheet would run, and gives the text back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(safeText(text)).not.toMatch(/^[=+\-@\t\r]/);
        expect(plainText(safeText(text))).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['csv', 'xlsx'] as const)('holds any text unharmed as %s', async (type) => {
    await fc.assert(
      fc.asyncProperty(fc.array(secretRecord, { minLength: 1, maxLength: 40 }), async (contents) => {
        const source = sourceOf('password', contents.map((content) => ({ ...content, name: 'n' })));
        const rows = await readBack(password, await fileOf(type, source, password));
        expect(rows.map((row) => ({ password: row.fields['password'], notes: row.fields['notes'] }))).toEqual(contents);
      }),
      { numRuns: type === 'csv' ? 60 : 20 },
    );
  }, 60_000);

  it.each(allKinds.filter((one) => one.cardinality === 'many'))('holds any record of the kind $name unharmed, as CSV and as a workbook', async (kind) => {
    const fields = Object.entries(kind.fields).filter(([, field]) => !field.derived);
    const record = fc.record(Object.fromEntries(fields.map(([name, field]) => [name, field.requirement === 'save' ? valueOf(field) : fc.option(valueOf(field))])));
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (contents) => {
        const source = sourceOf(kind.name, contents);
        for (const type of ['csv', 'xlsx'] as const) expect((await readBack(kind, await fileOf(type, source, kind))).map((row) => row.fields), type).toEqual(contents);
      }),
      { numRuns: 8 },
    );
  }, 60_000);

  it.each(['csv', 'xlsx'] as const)('keeps ids, dates and switches as %s', async (type) => {
    const kind = kinds.configuration as unknown as AnyKind;
    const content = { name: '-DC01', installedAt: '2024-02-29', purchasedAt: '1899-12-31', archived: true, notes: 'a\nb' };
    const [row] = await readBack(kind, await fileOf(type, sourceOf('configuration', [content]), kind));
    expect(row!.id).toBe('00000000-0000-7000-8000-000000000000');
    expect(row!.fields).toMatchObject({ ...content, type: null, warrantyExpiresAt: null });
  });

  it('leaves secrets out altogether unless they are asked for', async () => {
    const source: TableSource = { ...sourceOf('password', [{ name: 'Wi-Fi', password: 'hunter2' }]), secrets: 'left_out' };
    const csv = (await openZip(await csvZip(source))).get('passwords.csv')!.toString();
    expect(csv).not.toContain('hunter2');
    expect(csv.split('\r\n')[0]!.split(',')).not.toContain('Password');
  });
});

describe('the workbook', () => {
  it('has one sheet a kind with a frozen bold header, column widths, and dates as dates', async () => {
    const file = await buffer(writeXlsx(sourceOf('configuration', [{ name: 'DC01', installedAt: '2024-02-29' }]), new Date(0)));
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(file as never);
    expect(book.worksheets.map((sheet) => sheet.name)).toEqual(allKinds.map((kind) => kind.plural));
    const sheet = book.getWorksheet('Configurations')!;
    expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
    expect(sheet.getRow(1).getCell(1).font.bold).toBe(true);
    expect(sheet.getColumn(2).width).toBeGreaterThan(10);
    const installed = (sheet.getRow(1).values as string[]).indexOf('Installed at');
    expect(sheet.getRow(2).getCell(installed).value).toEqual(new Date('2024-02-29T00:00:00Z'));
  });
});
