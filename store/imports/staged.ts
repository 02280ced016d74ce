import type { AnyKind, Content, KindName, ReferenceIds } from '../../domain/kinds/index.js';
import { filledOf } from '../../domain/completeness.js';
import type { ClientKey } from '../client-row.js';
import type { Store, StoreContext } from '../context.js';
import { sendBytes } from '../direct.js';
import type { Marks } from '../marks.js';
import { hasMarks, marksPlace, nameHash, recordPlace } from '../records.js';

/** What an import will write: a new record under an id of its own, or the new whole of one that is there. */
export interface StagedRecord {
  readonly action: 'new' | 'change';
  readonly kind: AnyKind;
  readonly recordId: string;
  /** Of a changed record: the version that it had. */
  readonly version: number | null;
  readonly sourceHash: string | null;
  readonly content: Content;
  readonly references: ReferenceIds;
  readonly marks: Marks;
}

/** A row that cannot be imported, as the file had it, with the reasons. */
export interface BadRow {
  readonly row: number;
  readonly cells: readonly unknown[];
  readonly reasons: readonly string[];
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

/** Adds a portion of rows to a run: a block for each kind of record and what becomes of it, everything sealed for the place that it will have. */
export async function stageRows(store: Store, client: ClientKey, run: Run, staged: readonly Staged[]): Promise<void> {
  const groups = new Map<string, Staged[]>();
  for (const one of staged) {
    const key = `${one.action} ${one.kind.name}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  for (const group of groups.values()) {
    if (isBad(group)) await stageBad(store, client, run, group);
    else await stageRecords(store, client, run, group as StagedRecord[]);
    run.blocks += 1;
  }
  run.rows += staged.length;
}

const isBad = (group: readonly Staged[]): group is readonly StagedBadRow[] => group[0]!.action === 'bad';

async function stageBad(context: StoreContext, client: ClientKey, run: Run, rows: readonly StagedBadRow[]): Promise<void> {
  const { importId, run: id, blocks: sequence, rows: first } = run;
  const bad = rows.map(({ row, cells, reasons }): BadRow => ({ row, cells, reasons }));
  const contents = await context.vault.sealJson(client, badPlace(run, sequence), bad);
  const { name: kind, section } = rows[0]!.kind;
  await context.db.importBlock.create({ data: { importId, run: id, sequence, clientId: client.clientId, action: 'bad', kind, section, first, rows: rows.length, contents }, select: { sequence: true } });
}

async function stageRecords(store: Store, client: ClientKey, run: Run, records: readonly StagedRecord[]): Promise<void> {
  const { action, kind } = records[0]!;
  const seal = await store.vault.sealer(client);
  const names = records.map((record) => nameHash(store, client, kind, record));
  const links = distinct(records.map((record) => JSON.stringify(record.references)));
  const contents = packed(records.map((record) => seal(recordPlace(record.recordId), JSON.stringify(record.content))));
  const marks = packed(records.map((record) => (hasMarks(record.marks) ? seal(marksPlace(record.recordId), JSON.stringify(record.marks)) : null)));
  const filled = records.map((record) => filledOf(kind, record.content, record.references, record.marks.answers));
  await sendBytes(store, insertBlock, [
    run.importId, run.run, run.blocks, client.clientId, action, kind.name satisfies KindName, kind.section, run.rows, records.length,
    list(records.map((record) => record.recordId)), list(records.map((record) => record.version)), list(names), list(records.map((record) => record.sourceHash)),
    links.texts, list(links.at), contents.bytes, list(contents.starts), list(contents.lengths),
    marks.bytes.length > 0 ? marks.bytes : null, list(marks.starts), list(marks.lengths), list(filled.map((one) => one.filled)), filled[0]!.required,
  ]);
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

/** Bytes of many rows as one value. A row without any has no length. */
function packed(parts: readonly (Uint8Array | null)[]): { bytes: Buffer<ArrayBuffer>; starts: number[]; lengths: (number | null)[] } {
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    // PostgreSQL counts from one.
    starts.push(length + 1);
    length += part?.length ?? 0;
  }
  return { bytes: Buffer.concat(parts.filter((part) => part !== null), length), starts, lengths: parts.map((part) => part?.length ?? null) };
}

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
