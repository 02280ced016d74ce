import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { BlobReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import ExcelJS from 'exceljs';
import type { Sample } from '../compare.js';
import type { SampleKind } from '../compare/columns.js';
import type { Session } from './api.js';
import { lostRows, type DownloadedRecord } from './lossless.js';
import type { Narrator } from './narrator.js';

const formats = { json: 'client-json.zip', csv: 'client-csv.zip', xlsx: 'client-xlsx.zip' } as const;
export type DownloadFormat = keyof typeof formats;

export interface SavedFile {
  readonly format: DownloadFormat;
  readonly path: string;
  readonly bytes: number;
  /** Opens it. */
  readonly passphrase: string;
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

const patienceMs = 120_000;

/** Has the three downloads made, passwords and files included, and saves them into the folder. */
export async function saveDownloads(session: Session, client: string, folder: string): Promise<SavedFile[]> {
  const saved: SavedFile[] = [];
  for (const format of Object.keys(formats) as DownloadFormat[]) {
    const passphrase = randomBytes(18).toString('base64url');
    const { id } = await session.post<{ id: string }>(`/clients/${client}/downloads`, { format, passwords: 'include', attachments: 'include', passphrase });
    const answer = await session.open(`/clients/${client}/downloads/${await ready(session, client, id)}/content`);
    const file = path.join(folder, formats[format]);
    await pipeline(answer.body!, createWriteStream(file, { mode: 0o600 }));
    saved.push({ format, path: file, bytes: (await stat(file)).size, passphrase });
  }
  return saved;
}

/** Waits until a worker has built it. */
async function ready(session: Session, client: string, id: string): Promise<string> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(500)) {
    const { state } = await session.get<{ state: 'building' | 'ready' | 'failed' }>(`/clients/${client}/downloads/${id}`);
    if (state === 'ready') return id;
    if (state === 'failed') throw new Error('A download could not be built');
  }
  throw new Error(`A download was not built within ${patienceMs / 1_000} s`);
}

/** Opens each file and checks what it holds against the sample. */
export async function checkDownloads(narrator: Narrator, files: readonly SavedFile[], sample: Sample, company: string): Promise<Download[]> {
  const results: Download[] = [];
  for (const file of files) {
    const { rows, problems } = await checks[file.format](await opened(file), sample, company);
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

/** Files of a ZIP by their names. */
type Files = ReadonlyMap<string, Buffer>;

const checks: Readonly<Record<DownloadFormat, (files: Files, sample: Sample, company: string) => Promise<Checked>>> = {
  json: async (files, sample, company) => checkJson(files, sample, company),
  csv: async (files, sample) => ({ rows: countsOf(csvCounts(files)), problems: lostFiles('csv', files, sample) }),
  xlsx: async (files, sample) => ({ rows: countsOf(await sheetCounts(files.get('client.xlsx')!)), problems: lostFiles('xlsx', files, sample) }),
};

/** Opens the ZIP with its passphrase. */
async function opened(file: SavedFile): Promise<Files> {
  const zip = new ZipReader(new BlobReader(new Blob([await readFile(file.path)])), { password: file.passphrase, useWebWorkers: false });
  const files = new Map<string, Buffer>();
  for (const entry of await zip.getEntries()) if (!entry.directory) files.set(entry.filename, Buffer.from(await entry.getData(new Uint8ArrayWriter())));
  await zip.close();
  return files;
}

/** The client's files that are not in the ZIP. */
function lostFiles(format: DownloadFormat, files: Files, sample: Sample): string[] {
  const there = [...files.keys()].filter((name) => name.startsWith('files/')).length;
  return there === sample.rows.attachments.length ? [] : [`${format} download: ${there} files, expected ${sample.rows.attachments.length}`];
}

/** What the JSON download calls the records of each list. */
const kindNames: Readonly<Record<SampleKind, string>> = {
  sites: 'site', personnel: 'person', vendors: 'vendor', configurations: 'configuration', applications: 'application', passwords: 'password', attachments: 'attachment',
};

function checkJson(files: Files, sample: Sample, company: string): Checked {
  const { kinds } = JSON.parse(files.get('client.json')!.toString('utf8')) as { kinds: Record<string, readonly DownloadedRecord[]> };
  const found = Object.fromEntries(lists.map((list) => [list, kinds[kindNames[list]] ?? []])) as unknown as Record<SampleKind, readonly DownloadedRecord[]>;
  const forms = Object.entries(sample.forms).flatMap(([form, fields]) => {
    const saved = kinds[form]?.[0]?.fields ?? {};
    const entered = form === 'company' ? { ...fields, company } : fields;
    const lost = Object.entries(entered).filter(([name, value]) => (saved[name] ?? null) !== value);
    return lost.map(([name]) => `JSON download: ${form}, ${name} is not as it was entered`);
  });
  const counts = new Map(lists.map((list) => [list as string, found[list].length]));
  return { rows: countsOf(counts), problems: [...forms, ...lostRows(sample, found), ...lostFiles('json', files, sample)] };
}

const countsOf = (counts: ReadonlyMap<string, number>) => Object.fromEntries(lists.map((kind) => [kind, counts.get(kind) ?? 0])) as Record<SampleKind, number>;

/** Rows below the header of each table, by its name without the ending. */
function csvCounts(files: Files): Map<string, number> {
  const tables = [...files].filter(([name]) => !name.includes('/'));
  return new Map(tables.map(([name, bytes]) => [path.basename(name, '.csv'), (parse(bytes, { bom: true }) as string[][]).length - 1]));
}

/** Rows below the header of each sheet, by its name as a path. */
async function sheetCounts(workbook: Buffer): Promise<Map<string, number>> {
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(workbook as never);
  return new Map(book.worksheets.map((sheet) => [sheet.name.toLowerCase().replace(/\s+/g, '-'), sheet.actualRowCount - 1]));
}
