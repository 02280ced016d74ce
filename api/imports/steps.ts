import { createHash } from 'node:crypto';
import { kindOf, type AnyKind, type KindName } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import {
  applyStaged,
  beginImport,
  dropApplied,
  dropChunks,
  dropStaged,
  evenPortions,
  getClientRow,
  getImport,
  newId,
  readChunks,
  Refusal,
  rememberColumns,
  rememberedColumns,
  removeImport,
  saveImport,
  stageRows,
  writeChunks,
  type ClientKey,
  type ImportPart,
  type Store,
  type StoreContext,
} from '../../store/index.js';
import { fileTypeOf, type FileType } from '../../tables/file-type.js';
import { foldHeader } from '../../tables/fold.js';
import type { ColumnChoice } from '../../tables/match.js';
import { openTable, type ReadingChoices } from '../../tables/read.js';
import { rowsOf, surveyed, type Survey } from '../../tables/survey.js';
import { TableError } from '../../tables/table-error.js';
import { reasonHeader } from './bad-rows.js';
import type { ImportContent, Imported, PlanSummary, TableContent } from './content.js';
import { inLittleMemory } from './memory.js';
import { planColumns, planImport, type Sink } from './plan.js';
import { fileChunkBytes, storedFile } from './stored-file.js';
import { Turns } from './turns.js';

/** Heavy work at once, and some more in line: a small machine reads two files as fast as ten. */
const turns = new Turns({ running: 2, waiting: 8 });

const typeWords: Readonly<Record<FileType, string>> = { csv: 'text', xlsx: 'an Excel workbook' };

/** What the person says of a file beside its bytes. */
export interface Choices {
  readonly reading: ReadingChoices;
  readonly columns: readonly ColumnChoice[];
}

export const noChoices: Choices = { reading: {}, columns: [] };

/**
 * First step: takes a file in, sealed as it comes, reads it, and works out what it means. Whatever fails, nothing is kept.
 * @returns null when an import of that id is there already
 */
export async function receive(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, id: string, bytes: AsyncIterable<Buffer>, declared: FileType | null): Promise<Imported | null> {
  if (!(await beginImport(store, client, actor, { id, kind: kind.name, section: kind.section }))) return null;
  try {
    const hash = createHash('sha256');
    let size = 0;
    async function* seen() {
      for await (const piece of bytes) {
        hash.update(piece);
        size += piece.length;
        yield piece;
      }
    }
    const part = await writeChunks(store, client, id, evenPortions(seen(), fileChunkBytes));
    const file = { ...part, size };
    const toRead = { id, revision: 0, file, choices: noChoices, declared, fileHash: fileHash(store, client, hash.digest('hex')) };
    await turns.take(() => inLittleMemory(() => readAndPlan(store, client, actor, kind, toRead)));
    return await getImport(store, client, actor, kind.section, id);
  } catch (error) {
    await removeImport(store, client, actor, id);
    throw error;
  }
}

/** Keyed hash of a file's bytes: tells whether a repeated request sends the same ones. */
export const fileHash = (context: StoreContext, client: ClientKey, sha256: string): string => context.vault.nameHash(`import file|${client.clientId}`, sha256);

/** Takes the person's corrections instead of those before, and works everything out anew. */
export async function remap(store: Store, client: ClientKey, actor: Actor, imported: Imported, choices: Choices): Promise<Imported> {
  const { content, id, revision } = imported;
  const kind = kindOf(imported.kind);
  const { file } = content;
  if (file === null || imported.state === 'done') throw new Refusal('already_decided', 'The import is carried out');
  const sameReading = JSON.stringify(choices.reading) === JSON.stringify(content.choices);
  await turns.take(() => inLittleMemory(async () => (sameReading ? plan(store, client, actor, kind, { id, revision, content: { ...content, columns: choices.columns } }) : readAndPlan(store, client, actor, kind, { id, revision, file, choices }))));
  return getImport(store, client, actor, imported.section, id);
}

/** How often an import is worked out anew because somebody else saved something meanwhile. */
const attempts = 3;

/**
 * Second step: writes what was worked out, all or nothing. Done once, it stays done: asked again it changes nothing. Where the
 * client's data changed meanwhile it is worked out anew, and carried out if that comes to the same.
 */
export async function carryOut(store: Store, client: ClientKey, actor: Actor, imported: Imported, check: (plan: PlanSummary) => void): Promise<Imported> {
  let current = imported;
  for (let attempt = 1; current.state !== 'done'; attempt += 1) {
    const { id, run, revision, dataVersion, content } = current;
    const { plan: planned } = content;
    check(planned);
    try {
      await applyStaged(store, client, actor, kindOf(current.kind), { importId: id, run: run!, revision, dataVersion: dataVersion!, ...expected(planned) });
    } catch (error) {
      if (!(error instanceof Refusal) || !['stale_preview', 'already_decided'].includes(error.code) || attempt >= attempts) throw error;
      current = await getImport(store, client, actor, current.section, id);
      if (current.state === 'done' || error.code === 'already_decided') continue;
      await plan(store, client, actor, kindOf(current.kind), { id, revision: current.revision, content });
      current = await getImport(store, client, actor, current.section, id);
      if (!comesToTheSame(planned, current.content.plan)) throw error;
      continue;
    }
    await forgetSource(store, client, current);
    current = await getImport(store, client, actor, current.section, id);
  }
  return current;
}

/** The numbers that a run must hold, and those that the history keeps. */
export function expected(plan: PlanSummary) {
  const besides = Object.values(plan.alsoCreated).reduce((sum, count) => sum + count, 0);
  return {
    expected: { new: plan.new + besides, change: plan.changed },
    details: { created: plan.new, updated: plan.changed, unchanged: plan.same, leftOut: plan.bad, besides },
  };
}

const comesToTheSame = (a: PlanSummary, b: PlanSummary) => a.new === b.new && a.changed === b.changed && a.bad === b.bad && a.problems.length === b.problems.length;

/** After an import: what was said of the columns is remembered, file and worked-out rows go; bad rows stay to be corrected. */
async function forgetSource(store: Store, client: ClientKey, { id, kind, content }: Imported): Promise<void> {
  await remember(store, client, kind, content);
  await dropChunks(store, id, null);
  await dropApplied(store, id);
}

/** Keeps what was said of the columns for the next file with the same header. */
export async function remember(store: Store, client: ClientKey, kind: KindName, { columns, remembered, table }: Pick<ImportContent, 'columns' | 'remembered' | 'table'>): Promise<void> {
  const said = [...columns, ...remembered.filter((old) => !columns.some((one) => one.column === old.column))];
  if (columns.length > 0) await rememberColumns(store, client.tenantId, kind, headerKey(table.headers), said);
}

interface ToRead {
  readonly id: string;
  readonly revision: number;
  readonly file: ImportPart & { readonly size: number };
  readonly choices: Choices;
  /** What the request calls the file; null where it says nothing. */
  readonly declared?: FileType | null;
  readonly fileHash?: string;
}

async function readAndPlan(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, { id, revision, file, choices, declared, fileHash }: ToRead): Promise<void> {
  const type = await fileTypeOf(storedFile(store, client, id, file));
  if (declared && declared !== type) throw new TableError(`The request calls the file ${typeWords[declared]}, but it is ${typeWords[type]}`);
  const table = await readInto(storedFile(store, client, id, file), kind, choices.reading, (portions) => writeChunks(store, client, id, portions));
  const remembered = await recall(store, client, kind, table.headers);
  const content = { choices: choices.reading, columns: choices.columns, remembered, file, table };
  await plan(store, client, actor, kind, { id, revision, content, ...(fileHash ? { fileHash } : {}) });
}

/** Reads a file as the person says, and hands its rows to `keep` in portions. */
export async function readInto(
  file: Parameters<typeof openTable>[0],
  kind: AnyKind,
  choices: ReadingChoices,
  keep: (portions: AsyncGenerator<Buffer>) => Promise<ImportPart | null>,
): Promise<TableContent> {
  const table = await openTable(file, choices, { sheet: kind.plural });
  const survey: Survey = { rows: 0, columns: [] };
  const rows = await keep(surveyed(table, survey));
  return { reading: table.reading, headers: table.headers, survey, rows };
}

/** What was said before of the columns of a file with that header. */
export async function recall(store: Store, client: ClientKey, kind: AnyKind, headers: readonly string[]): Promise<readonly ColumnChoice[]> {
  return (await rememberedColumns<ColumnChoice[]>(store, client.tenantId, kind.name, headerKey(headers))) ?? [];
}

/** What files of one source have in common. The column of reasons that we add ourselves is none of it. */
const headerKey = (headers: readonly string[]): string => headers.filter((header) => header !== reasonHeader).map(foldHeader).join('\u001f');

interface ToPlan {
  readonly id: string;
  readonly revision: number;
  readonly content: Omit<ImportContent, 'plan'>;
  readonly fileHash?: string;
}

/** Works out what a file means, stages what would be written, and puts both in force together. */
async function plan(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, { id, revision, content, fileHash }: ToPlan): Promise<void> {
  const run = newId();
  const dataVersion = (await getClientRow(store, client)).version;
  const columns = planColumns(kind, content.table, { chosen: content.columns, remembered: content.remembered });
  const sink = staging(store, client, id, run);
  async function* rows() {
    for await (const portion of readChunks(store, client, id, content.table.rows!)) yield rowsOf(portion);
  }
  const summary = await planImport(store, client, actor, kind, columns, rows(), sink.take);
  await sink.ended();
  await saveImport<ImportContent>(store, client, id, revision, { content: { ...content, plan: summary }, run, dataVersion, ...(fileHash ? { fileHash } : {}) });
  await dropStaged(store, id, run);
  await dropChunks(store, id, [content.file?.part, content.table.rows?.part].filter((part) => part !== undefined));
}

/** Stages rows one portion behind: while the database writes one, the next is worked out. */
export function staging(store: Store, client: ClientKey, importId: string, run: string): { take: Sink; ended: () => Promise<void> } {
  let sequence = 0;
  let onItsWay: Promise<void> = Promise.resolve();
  return {
    async take(staged) {
      await onItsWay;
      onItsWay = stageRows(store, client, importId, run, sequence, staged);
      onItsWay.catch(() => undefined);
      sequence += staged.length;
    },
    ended: () => onItsWay,
  };
}
