/** Downloads opened by a real spreadsheet program, LibreOffice: it shows what was written, runs nothing, and what it saves imports again. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds, type AnyKind } from '../../domain/kinds/index.js';
import { csvParts } from '../../tables/write-csv.js';
import { writeXlsx } from '../../tables/write-xlsx.js';
import { openZip } from '../support/aes-zip.js';
import { converted, readTable } from '../tables/reading.js';
import { sourceOf } from '../tables/records.js';

const run = promisify(execFile);
const kind = kinds.configuration as unknown as AnyKind;

/** What spreadsheets take for formulas, links or other values when nobody stops them. */
const dangerous = ['=1+1', '=HYPERLINK("http://127.0.0.1/","x")', '+1+1', '-2+3', '@SUM(1,2)', '#N/A', '#REF!', '=cmd|\' /C calc\'!A0', '=DDE("x";"y";"z")', "'=1+1", "''", '=1+1\n=2+2', '\t=1+1', '\r=1+1'];
const odd = ['007', '1e5', '2026-01-31', 'TRUE', ' blanks ', 'a "quoted" word, and; more', 'zwei\nZeilen', 'Übergrößenträger 漢字 🦷', '_x0041_', '&amp;<b>', 'x'.repeat(9_000)];
const devices = [...dangerous, ...odd].map((notes, index) => ({ name: `PC${index}`, notes, installedAt: '2024-02-29', purchasedAt: '1899-12-31', archived: index % 2 === 0 }));
const source = sourceOf(kind.name, devices);

/** A profile of its own: LibreOffice is not shared with whoever uses it on this machine. */
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'client-onboarder-office-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What LibreOffice saves after it has opened the file. @throws when the program is missing, with how to get it */
async function savedByOffice(file: Buffer, format: 'xlsx' | 'csv'): Promise<Buffer> {
  const [input, saved] = [join(folder, `opened.${format}`), join(folder, 'saved')];
  await writeFile(input, file);
  // CSV: comma, double quotes, UTF-8, from the first line, the second column as text; as a person chooses in the dialogue.
  const filter = format === 'csv' ? ['--infilter=CSV:44,34,76,1'] : [];
  try {
    await run('soffice', [`-env:UserInstallation=${pathToFileURL(join(folder, 'profile')).href}`, '--headless', ...filter, '--convert-to', 'xlsx', '--outdir', saved, input], { timeout: 240_000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error("There is no LibreOffice to test against: install Debian's package `libreoffice-calc-nogui` (or have `soffice` in PATH).", { cause: error });
  }
  return readFile(join(saved, 'opened.xlsx'));
}

/** The rows of the sheet that LibreOffice saves after it has opened the file; and its formulas. */
async function saved(file: Buffer, format: 'xlsx' | 'csv', sheet: string) {
  const workbook = await savedByOffice(file, format);
  const parts = await openZip(workbook);
  const cells = [...parts].filter(([name]) => name.startsWith('xl/worksheets/')).map(([, bytes]) => bytes.toString()).join('');
  // Yes and no are saved as these two.
  const formulas = [...cells.matchAll(/<f[^>]*>([^<]*)<\/f>/g)].map(([, formula]) => formula).filter((formula) => formula !== 'TRUE()' && formula !== 'FALSE()');
  return { rows: converted(kind, await readTable(workbook, {}, sheet)), formulas };
}

/** What an import makes of the file as we wrote it. */
async function read(file: Buffer, sheet: string) {
  return converted(kind, await readTable(file, {}, sheet));
}

describe('LibreOffice', () => {
  it('opens the workbook, runs no formula in it, and saves it so that it imports like the one we wrote', async () => {
    const workbook = await buffer(writeXlsx(source, new Date(0)));
    const { rows, formulas } = await saved(workbook, 'xlsx', kind.plural);
    expect(formulas).toEqual([]);
    expect(rows).toHaveLength(devices.length);
    expect(rows).toEqual(await read(workbook, kind.plural));
  });

  it('opens a CSV file and runs no formula in it', async () => {
    const parts = new Map<string, Buffer>();
    for await (const { name, bytes } of csvParts(source)) parts.set(name, await buffer(bytes));
    const { rows, formulas } = await saved(parts.get('configurations.csv')!, 'csv', '');
    expect(formulas).toEqual([]);
    expect(rows.map(({ fields }) => fields['name'])).toEqual(devices.map(({ name }) => name));
  });

  it('does run what is written as a formula: a file without our marks would be noticed', async () => {
    const { formulas } = await saved(Buffer.from('Name,Notes\nPC0,=1+1\n'), 'csv', '');
    expect(formulas).toEqual(['1+1']);
  });
});
