import type { AnyKind, Content, KindName, ReferenceIds } from '../../domain/kinds/index.js';
import { filledOf } from '../../domain/completeness.js';
import type { ClientKey } from '../client-row.js';
import type { Store, StoreContext } from '../context.js';
import { sendBytes } from '../direct.js';
import type { Marks } from '../marks.js';
import { contentField, contentText, hasMarks, marksField, nameHash } from '../records.js';
import type { BatchSealing, SealedBatch } from '../vault/sealing.js';
import type { Place } from '../vault/vault.js';

/** What an import will write: a new record under an id of its own, or the new whole of one that is there. */
export interface StagedRecord {
  readonly action: 'new' | 'change';
  readonly kind: AnyKind;
  readonly recordId: string;
  /** Of a changed record: the version that it had. */
  readonly version: number | null;
  readonly sourceHash: string | null;
  /** A field that is not named holds nothing. */
  readonly content: Content;
  readonly references: ReferenceIds;
  readonly marks: Marks;
}

/** A row that cannot be imported, as the file had it, with the reasons. */
export interface BadRow {
  readonly row: number;
  readonly cells: readonly unknown[];
  readonly reasons: readonly string[];
  /** Which of the rows that nothing tells apart it is, from 1; null where something does. */
  readonly occurrence?: number | null;
}

export type StagedBadRow = BadRow & { readonly action: 'bad'; readonly kind: AnyKind };

export type Staged = StagedRecord | StagedBadRow;

/** Which rows were worked out together, and how many blocks and rows of them are staged already. */
export interface Run {
  readonly importId: string;
  readonly run: string;
  blocks: number;
  rows: number;
}

const badPlace = ({ importId, run }: Pick<Run, 'importId' | 'run'>, sequence: number) => ({ table: 'ImportBlock', row: `${importId}/${run}/${sequence}`, field: 'contents' });

/** What writes a block that is sealed already. */
type Write = () => Promise<unknown>;

/**
 * Adds a portion of rows to a run: a block for each kind of record and what becomes of it, everything sealed for the place that it
 * will have. Portions may be given while earlier ones are on their way.
 * @param how.sealing where the rows are sealed; here unless told otherwise
 * @param how.after what must have ended before this portion is written
 */
export async function stageRows(store: Store, client: ClientKey, run: Run, staged: readonly Staged[], { sealing, after }: { sealing?: BatchSealing; after?: Promise<unknown> } = {}): Promise<void> {
  const groups = new Map<string, Staged[]>();
  for (const one of staged) {
    const key = `${one.action} ${one.kind.name}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const first: Run = { ...run };
  run.blocks += groups.size;
  run.rows += staged.length;
  const writes = await Promise.all(
    [...groups.values()].map((group, index): Promise<Write> => {
      const place: Run = { ...first, blocks: first.blocks + index };
      return isBad(group) ? sealedBad(store, client, place, group) : sealedRecords(store, client, place, group as StagedRecord[], sealing);
    }),
  );
  await after;
  for (const write of writes) await write();
}

const isBad = (group: readonly Staged[]): group is readonly StagedBadRow[] => group[0]!.action === 'bad';

async function sealedBad(context: StoreContext, client: ClientKey, run: Run, rows: readonly StagedBadRow[]): Promise<Write> {
  const { importId, run: id, blocks: sequence, rows: first } = run;
  const bad = rows.map(({ row, cells, reasons, occurrence }): BadRow => ({ row, cells, reasons, ...(occurrence ? { occurrence } : {}) }));
  const contents = await context.vault.sealJson(client, badPlace(run, sequence), bad);
  const { name: kind, section } = rows[0]!.kind;
  return () => context.db.importBlock.create({ data: { importId, run: id, sequence, clientId: client.clientId, action: 'bad', kind, section, first, rows: rows.length, contents }, select: { sequence: true } });
}

async function sealedRecords(store: Store, client: ClientKey, run: Run, records: readonly StagedRecord[], sealing?: BatchSealing): Promise<Write> {
  const { action, kind } = records[0]!;
  const rows = records.map((record) => record.recordId);
  const seal = async ({ table, field }: Pick<Place, 'table' | 'field'>, texts: readonly (string | null)[]) =>
    packed(await store.vault.sealBatch({ owner: client, table, field, rows, texts }, sealing));
  const [contents, marks] = await Promise.all([
    seal(contentField, records.map((record) => contentText(record.content))),
    records.some((record) => hasMarks(record.marks)) ? seal(marksField, records.map((record) => (hasMarks(record.marks) ? JSON.stringify(record.marks) : null))) : noneOf(records),
  ]);
  const names = records.map((record) => nameHash(store, client, kind, record));
  const links = distinct(records.map((record) => JSON.stringify(record.references)));
  const filled = records.map((record) => filledOf(kind, record.content, record.references, record.marks.answers));
  const values = [
    run.importId, run.run, run.blocks, client.clientId, action, kind.name satisfies KindName, kind.section, run.rows, records.length,
    list(rows), list(records.map((record) => record.version)), list(names), list(records.map((record) => record.sourceHash)),
    links.texts, list(links.at), contents.bytes, list(contents.starts), list(contents.lengths),
    marks.bytes, list(marks.starts), list(marks.lengths), list(filled.map((one) => one.filled)), filled[0]!.required,
  ];
  return () => sendBytes(store, insertBlock, values);
}

const insertBlock = `
  INSERT INTO "ImportBlock" ("importId", "run", "sequence", "clientId", "action", "kind", "section", "first", "rows", "recordIds", "versions", "nameHashes", "sourceHashes",
    "references", "links", "contents", "contentStarts", "contentLengths", "marks", "marksStarts", "marksLengths", "filled", "required")
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`;

/** A list as the text that PostgreSQL reads: one text is handed on faster than its parts. They hold nothing that would need quotation marks. */
const list = (parts: readonly (string | number | null)[]): string => `{${parts.map((part) => part ?? 'NULL').join(',')}}`;

/** Each text once, and for each row where its own stands, counted from one as PostgreSQL does. */
function distinct(all: readonly string[]): { texts: string[]; at: number[] } {
  const places = new Map<string, number>();
  const at = all.map((text) => {
    const place = places.get(text) ?? places.size + 1;
    places.set(text, place);
    return place;
  });
  return { texts: [...places.keys()], at };
}

/** Bytes of many rows as one value, and where each row's begin. */
interface Packed {
  readonly bytes: Uint8Array | null;
  readonly starts: readonly number[];
  readonly lengths: readonly (number | null)[];
}

function packed({ bytes, lengths }: SealedBatch): Packed {
  // PostgreSQL counts from one.
  let start = 1;
  const starts = lengths.map((length) => {
    const own = start;
    start += length ?? 0;
    return own;
  });
  return { bytes, starts, lengths };
}

const noneOf = (records: readonly unknown[]): Packed => ({ bytes: null, starts: records.map(() => 1), lengths: records.map(() => null) });

/** The rows of a run that cannot be imported, in the order of the file. */
export async function* badRows(context: StoreContext, client: ClientKey, importId: string, run: string): AsyncGenerator<BadRow> {
  for (let after = -1; ; ) {
    const block = await context.db.importBlock.findFirst({
      where: { importId, run, clientId: client.clientId, action: 'bad', sequence: { gt: after } },
      orderBy: { sequence: 'asc' },
      select: { sequence: true, contents: true },
    });
    if (!block) return;
    yield* await context.vault.openJson<BadRow[]>(client, badPlace({ importId, run }, block.sequence), block.contents);
    after = block.sequence;
  }
}

/** How many rows of a run are staged by what becomes of them. */
export async function countStaged(context: StoreContext, importId: string, run: string): Promise<Readonly<Record<Staged['action'], number>>> {
  const groups = await context.db.importBlock.groupBy({ by: ['action'], where: { importId, run }, _sum: { rows: true } });
  return { new: 0, change: 0, bad: 0, ...Object.fromEntries(groups.map(({ action, _sum }) => [action, _sum.rows ?? 0])) };
}
