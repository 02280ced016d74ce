import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse/sync';
import ExcelJS from 'exceljs';
import yauzl from 'yauzl';
import type { Sample } from '../compare.js';
import type { SampleKind } from '../compare/columns.js';
import type { Session } from './api.js';
import { lostRows, type DownloadedRecord } from './lossless.js';
import type { Narrator } from './narrator.js';

const formats = { json: 'client.json', csv: 'client-csv.zip', xlsx: 'client.xlsx' } as const;
export type DownloadFormat = keyof typeof formats;

export interface SavedFile {
  readonly format: DownloadFormat;
  readonly path: string;
  readonly bytes: number;
}

/** One checked download, as the summary tells it. */
export interface Download {
  readonly format: DownloadFormat;
  readonly bytes: number;
  /** Rows of each kind of list. */
  readonly rows: Readonly<Record<SampleKind, number>>;
  readonly problems: readonly string[];
}

const lists: readonly SampleKind[] = ['sites', 'personnel', 'vendors', 'configurations', 'applications', 'passwords', 'attachments'];

/** Saves the three downloads, passwords included, into the folder. */
export async function saveDownloads(session: Session, client: string, folder: string): Promise<SavedFile[]> {
  const saved: SavedFile[] = [];
  for (const format of Object.keys(formats) as DownloadFormat[]) {
    const answer = await session.open(`/clients/${client}/downloads/${format}`, { passwords: 'include' });
    const file = path.join(folder, formats[format]);
    await pipeline(answer.body!, createWriteStream(file, { mode: 0o600 }));
    saved.push({ format, path: file, bytes: (await stat(file)).size });
  }
  return saved;
}

/** Opens each file and checks what it holds against the sample. */
export async function checkDownloads(narrator: Narrator, files: readonly SavedFile[], sample: Sample, company: string): Promise<Download[]> {
  const results: Download[] = [];
  for (const file of files) {
    const { rows, problems } = await readers[file.format](file.path, sample, company);
    const wrong = lists.filter((kind) => rows[kind] !== sample.rows[kind].length).map((kind) => `${file.format} download: ${rows[kind]} ${kind}, expected ${sample.rows[kind].length}`);
    const download = { format: file.format, bytes: file.bytes, rows, problems: [...wrong, ...problems] };
    for (const problem of download.problems.slice(0, 10)) narrator.bad(problem);
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    if (download.problems.length === 0) narrator.good(`${formats[file.format]}: ${total} rows, ${(file.bytes / 1e3).toFixed(0)} kB${file.format === 'json' ? ', every value as it was entered' : ''}`);
    results.push(download);
  }
  return results;
}

interface Checked {
  readonly rows: Record<SampleKind, number>;
  readonly problems: readonly string[];
}

const readers: Readonly<Record<DownloadFormat, (file: string, sample: Sample, company: string) => Promise<Checked>>> = {
  json: checkJson,
  csv: async (file) => ({ rows: countsOf(await csvCounts(file)), problems: [] }),
  xlsx: async (file) => ({ rows: countsOf(await sheetCounts(file)), problems: [] }),
};

/** What the JSON download calls the records of each list. */
const kindNames: Readonly<Record<SampleKind, string>> = {
  sites: 'site', personnel: 'person', vendors: 'vendor', configurations: 'configuration', applications: 'application', passwords: 'password', attachments: 'attachment',
};

async function checkJson(file: string, sample: Sample, company: string): Promise<Checked> {
  const { kinds } = JSON.parse(await readFile(file, 'utf8')) as { kinds: Record<string, readonly DownloadedRecord[]> };
  const found = Object.fromEntries(lists.map((list) => [list, kinds[kindNames[list]] ?? []])) as unknown as Record<SampleKind, readonly DownloadedRecord[]>;
  const forms = Object.entries(sample.forms).flatMap(([form, fields]) => {
    const saved = kinds[form]?.[0]?.fields ?? {};
    const entered = form === 'company' ? { ...fields, company } : fields;
    const lost = Object.entries(entered).filter(([name, value]) => (saved[name] ?? null) !== value);
    return lost.map(([name]) => `JSON download: ${form}, ${name} is not as it was entered`);
  });
  const counts = new Map(lists.map((list) => [list as string, found[list].length]));
  return { rows: countsOf(counts), problems: [...forms, ...lostRows(sample, found)] };
}

const countsOf = (counts: ReadonlyMap<string, number>) => Object.fromEntries(lists.map((kind) => [kind, counts.get(kind) ?? 0])) as Record<SampleKind, number>;

/** Rows below the header of each file of the archive, by its name without the ending. */
async function csvCounts(file: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const archive = await yauzl.openPromise(file);
  for await (const entry of archive.eachEntry()) {
    if (!entry.fileName.endsWith('.csv')) continue;
    const rows: string[][] = parse(await textOf(await archive.openReadStreamPromise(entry)), { bom: true });
    counts.set(path.basename(entry.fileName, '.csv'), rows.length - 1);
  }
  return counts;
}

/** Rows below the header of each sheet, by its name as a path. */
async function sheetCounts(file: string): Promise<Map<string, number>> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.readFile(file);
  return new Map(book.worksheets.map((sheet) => [sheet.name.toLowerCase().replace(/\s+/g, '-'), sheet.actualRowCount - 1]));
}
