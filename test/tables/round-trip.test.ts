import { buffer } from 'node:stream/consumers';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { fromBuffer, type Entry } from 'yauzl';
import { describe, expect, it } from 'vitest';
import { allKinds, kindOf, kinds, type AnyKind, type Content, type KindName } from '../../domain/kinds/index.js';
import type { SourceRecord } from '../../domain/it-glue/index.js';
import { plainText, safeText } from '../../tables/cells.js';
import type { TableRow } from '../../tables/convert.js';
import type { FileType } from '../../tables/file-type.js';
import type { TableSource } from '../../tables/source.js';
import { csvParts } from '../../tables/write-csv.js';
import { writeXlsx } from '../../tables/write-xlsx.js';
import { zipOf } from '../../tables/zip.js';
import { converted, readTable } from './reading.js';

const password = kinds.password as unknown as AnyKind;

/** Text as the product keeps it: what PostgreSQL and UTF-8 can hold, with everything that spreadsheets trip over. */
const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", '"', ',', ';', ' ', '_', 'x', '0', '4', '1', 'D', '&', '<', 'a', '\u0001', '\u007f', '\u2028'), maxLength: 12 }),
    fc.constantFrom('=cmd|calc', "'=1", "''", '_x0041_', '_x005F_x0041_', '&lt;', '&amp;amp;', ' blank ', '\ttab', '\rcr', '1e5', '007', 'TRUE', '2026-01-31'),
  )
  .filter((text) => text.isWellFormed() && !text.includes('\u0000') && text !== '');

const secretRecord = fc.record({ password: anyText, notes: anyText.filter((text) => text.trim() !== '').map((text) => text.trim()) });

function sourceOf(kind: KindName, contents: readonly Partial<Content>[]): TableSource {
  const records = contents.map((content, index): SourceRecord => {
    const whole = Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, content[name] ?? null]));
    return { id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`, kind, position: index + 1, content: whole, references: {} };
  });
  async function* none() {}
  async function* all() {
    yield* records;
  }
  return { secrets: 'included', records: (asked) => (asked.name === kind ? all() : none()) };
}

async function fileOf(type: FileType, source: TableSource, kind: AnyKind): Promise<Buffer> {
  if (type === 'csv') return (await unzipped(await csvZip(source))).get(`${kind.path}.csv`)!;
  return buffer(writeXlsx(source, new Date(0)));
}

const csvZip = (source: TableSource) => buffer(zipOf(csvParts(source), { passphrase: null, size: 'ordinary', at: new Date() }));

async function unzipped(zip: Buffer): Promise<Map<string, Buffer>> {
  return new Promise((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true }, (error, opened) => {
      if (error) return reject(error);
      const files = new Map<string, Buffer>();
      opened.on('entry', (entry: Entry) => {
        opened.openReadStream(entry, (failed, stream) => {
          if (failed) return reject(failed);
          buffer(stream).then((bytes) => {
            files.set(entry.fileName, bytes);
            opened.readEntry();
          }, reject);
        });
      });
      opened.on('end', () => resolve(files)).on('error', reject);
      opened.readEntry();
    });
  });
}

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

  it.each(['csv', 'xlsx'] as const)('keeps ids, dates and switches as %s', async (type) => {
    const kind = kinds.configuration as unknown as AnyKind;
    const content = { name: '-DC01', installedAt: '2024-02-29', purchasedAt: '1899-12-31', archived: true, notes: 'a\nb' };
    const [row] = await readBack(kind, await fileOf(type, sourceOf('configuration', [content]), kind));
    expect(row!.id).toBe('00000000-0000-7000-8000-000000000000');
    expect(row!.fields).toMatchObject({ ...content, type: null, warrantyExpiresAt: null });
  });

  it('leaves secrets out altogether unless they are asked for', async () => {
    const source: TableSource = { ...sourceOf('password', [{ name: 'Wi-Fi', password: 'hunter2' }]), secrets: 'left_out' };
    const csv = (await unzipped(await csvZip(source))).get('passwords.csv')!.toString();
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
