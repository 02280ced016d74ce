import { isAscii } from 'node:buffer';
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
  getImport,
  newId,
  Refusal,
  rememberColumns,
  removeImport,
  saveImport,
  stageRows,
  writeChunks,
  type ClientKey,
  type Run,
  type Store,
  type StoreContext,
} from '../../store/index.js';
import { fileTypeOf, type FileType } from '../../tables/file-type.js';
import { TableError } from '../../tables/table-error.js';
import type { ImportContent, Imported, PlanSummary } from './content.js';
import { inLittleMemory } from './memory.js';
import { fileChunkBytes } from './file-chunks.js';
import { noteImport } from './noted.js';
import { storedFile, type StoredFile } from './stored-file.js';
import { ThreadAhead, withTools, type Tools } from './tools.js';
import { Turns } from './turns.js';
import { headerKey, noChoices, workOut, type Choices, type Taking } from './work-out.js';

/** Heavy work at once, and some more in line: a small machine reads two files as fast as ten. */
const turns = new Turns({ running: 2, waiting: 8 });

const typeWords: Readonly<Record<FileType, string>> = { csv: 'text', xlsx: 'an Excel workbook' };

/**
 * First step: takes a file in, sealed as it comes, reads it, and works out what it means. Whatever fails, nothing is kept.
 * @returns null when an import of that id is there already
 */
export async function receive(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, id: string, bytes: AsyncIterable<Buffer>, declared: FileType | null): Promise<Imported | null> {
  if (!(await beginImport(store, client, actor, { id, kind: kind.name, section: kind.section }))) return null;
  const threadAhead = new ThreadAhead();
  try {
    const hash = createHash('sha256');
    let size = 0;
    let plain = true;
    async function* seen() {
      for await (const piece of bytes) {
        hash.update(piece);
        plain &&= isAscii(piece);
        size += piece.length;
        threadAhead.seen(size);
        yield piece;
      }
    }
    await inLittleMemory(async () => {
      const part = await writeChunks(store, client, id, evenPortions(seen(), fileChunkBytes));
      const file = { ...part, size, plain };
      const toRead = { id, revision: 0, file, choices: noChoices, declared, fileHash: fileHash(store, client, hash.digest('hex')), threadAhead };
      await turns.take(() => readAndPlan(store, client, actor, kind, toRead));
    });
    await noteImport(store, client, actor, 'import.received', kind, id);
    return await getImport(store, client, actor, kind.section, id);
  } catch (error) {
    await removeImport(store, client, actor, id);
    throw error;
  } finally {
    await threadAhead.end();
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
  await turns.take(() => inLittleMemory(() => readAndPlan(store, client, actor, kind, { id, revision, file, choices })));
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
      const choices = { reading: content.choices, columns: content.columns };
      await turns.take(() => inLittleMemory(() => readAndPlan(store, client, actor, kindOf(current.kind), { id, revision: current.revision, file: content.file!, choices })));
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
  readonly file: StoredFile;
  readonly choices: Choices;
  /** What the request calls the file; null where it says nothing. */
  readonly declared?: FileType | null;
  readonly fileHash?: string;
  readonly threadAhead?: ThreadAhead;
}

/** Works out what a file means, stages what would be written, and puts both in force together. */
async function readAndPlan(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, { id, revision, file, choices, declared, fileHash, threadAhead }: ToRead): Promise<void> {
  const stored = storedFile(store, client, id, file);
  const type = await fileTypeOf(stored);
  if (declared && declared !== type) throw new TableError(`The request calls the file ${typeWords[declared]}, but it is ${typeWords[type]}`);
  const { content, dataVersion, taking } = await withTools(file.size, threadAhead ?? null, (tools) => workOut(store, client, actor, kind, stored, choices, tools, () => staging(store, client, id, tools)));
  await saveImport<ImportContent>(store, client, id, revision, { content: { ...content, file }, run: taking.run, dataVersion, ...(fileHash ? { fileHash } : {}) });
  await dropStaged(store, id, taking.run);
}

/** Portions that are on their way to the database while the next one is worked out. */
const portionsBehind = 2;

/** Stages rows some portions behind: while one is sealed and one written, the next is worked out. */
export function staging(store: Store, client: ClientKey, importId: string, { seal }: Pick<Tools, 'seal'>): Taking & { readonly run: string } {
  const run: Run = { importId, run: newId(), blocks: 0, rows: 0 };
  const onTheirWay: Promise<void>[] = [];
  return {
    run: run.run,
    async take(staged) {
      const written = stageRows(store, client, run, staged, { sealing: seal, after: onTheirWay.at(-1) });
      written.catch(() => undefined);
      onTheirWay.push(written);
      if (onTheirWay.length > portionsBehind) await onTheirWay.shift();
    },
    async ended() {
      // Where one could not be sealed, those before it may still be on their way.
      await Promise.allSettled(onTheirWay);
      await onTheirWay.at(-1);
    },
  };
}
