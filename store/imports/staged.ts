import { kindOf, type AnyKind, type Content, type KindName, type ReferenceIds } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { appendAudit } from '../audit.js';
import { clientRow, ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, isUniqueViolation, type Store, type StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import type { Marks } from '../marks.js';
import { clearPageAnswer } from '../page-answers.js';
import { endStandInByOwner } from '../page-stand-ins.js';
import { partyOf, recordLimit, sealedRecord, touchClient } from '../records.js';
import { settleImported } from '../remarks.js';

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

export type Staged = StagedRecord | (BadRow & { readonly action: 'bad'; readonly kind: AnyKind; readonly recordId: string });

const badPlace = (id: string) => ({ table: 'ImportRow', row: id, field: 'content' });

/** Adds rows to a run, from `first` on, sealed for the place that they will have. */
export async function stageRows(context: StoreContext, client: ClientKey, importId: string, run: string, first: number, staged: readonly Staged[]): Promise<void> {
  const rows = await Promise.all(staged.map((one) => sealed(context, client, one)));
  const column = <K extends keyof SealedRow>(name: K) => rows.map((row) => row[name]);
  // Most rows of a portion say the same here: each text travels once.
  const heads = distinct(rows.map(({ action, kind, section }) => [action, kind, section].join(' ')));
  const links = distinct(rows.map((row) => row.references));
  const head = heads.texts.map((text) => text.split(' '));
  const contents = packed(rows.map((row) => row.content));
  const marks = packed(rows.map((row) => row.marks));
  await context.db.$executeRaw`
    INSERT INTO "ImportRow" ("importId", "run", "clientId", "sequence", "action", "kind", "section", "recordId", "version", "nameHash", "sourceHash", "references", "content", "marks", "filled", "required")
    SELECT ${importId}::uuid, ${run}::uuid, ${client.clientId}::uuid, ${first}::int + r."at"::int - 1, (${head.map(([action]) => action!)}::text[])[r."head"], (${head.map(([, kind]) => kind!)}::text[])[r."head"], (${head.map(([, , section]) => section!)}::text[])[r."head"], r."recordId", r."version", r."nameHash", r."sourceHash",
      (${links.texts}::text[])[r."links"]::jsonb, substring(${contents.bytes}::bytea FROM r."contentAt" FOR r."contentLength"), substring(${marks.bytes}::bytea FROM r."marksAt" FOR r."marksLength"), r."filled", r."required"
    FROM unnest(${heads.at}::int[], ${column('recordId')}::uuid[], ${column('version')}::int[],
      ${column('nameHash')}::text[], ${column('sourceHash')}::text[], ${links.at}::int[], ${contents.starts}::int[], ${contents.lengths}::int[], ${marks.starts}::int[], ${marks.lengths}::int[], ${column('filled')}::int[], ${column('required')}::int[])
      WITH ORDINALITY AS r("head", "recordId", "version", "nameHash", "sourceHash", "links", "contentAt", "contentLength", "marksAt", "marksLength", "filled", "required", "at")`;
}

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

/** Bytes of many rows as one parameter: a list of them would travel as text of twice the length. A row without any has no length. */
function packed(parts: readonly (Uint8Array | null)[]): { bytes: Buffer<ArrayBuffer>; starts: number[]; lengths: (number | null)[] } {
  const starts: number[] = [];
  let length = 0;
  for (const part of parts) {
    // PostgreSQL counts from one.
    starts.push(length + 1);
    length += part?.length ?? 0;
  }
  return { bytes: Buffer.concat(parts.filter((part) => part !== null)), starts, lengths: parts.map((part) => part?.length ?? null) };
}

interface SealedRow {
  readonly action: string;
  readonly kind: KindName;
  readonly section: string;
  readonly recordId: string;
  readonly version: number | null;
  readonly nameHash: string | null;
  readonly sourceHash: string | null;
  readonly references: string;
  readonly content: Uint8Array;
  readonly marks: Uint8Array | null;
  readonly filled: number;
  readonly required: number;
}

async function sealed(context: StoreContext, client: ClientKey, staged: Staged): Promise<SealedRow> {
  const { action, recordId } = staged;
  const common = { action, recordId, kind: staged.kind.name, section: staged.kind.section };
  if (action === 'bad') {
    const { row, cells, reasons } = staged;
    const content = await context.vault.sealJson(client, badPlace(recordId), { row, cells, reasons } satisfies BadRow);
    return { ...common, version: null, nameHash: null, sourceHash: null, references: '{}', content, marks: null, filled: 0, required: 0 };
  }
  const { version, sourceHash, references } = staged;
  return { ...common, version, sourceHash, references: JSON.stringify(references), ...(await sealedRecord(context, client, staged.kind, recordId, staged)) };
}

/** The rows of a run that cannot be imported, in the order of the file. */
export async function* badRows(context: StoreContext, client: ClientKey, importId: string, run: string): AsyncGenerator<BadRow> {
  const take = 500;
  for (let after = -1; ; ) {
    const rows: { sequence: number; recordId: string; content: Uint8Array }[] = await context.db.importRow.findMany({
      where: { importId, run, clientId: client.clientId, action: 'bad', sequence: { gt: after } },
      orderBy: { sequence: 'asc' },
      take,
      select: { sequence: true, recordId: true, content: true },
    });
    for (const row of rows) yield await context.vault.openJson<BadRow>(client, badPlace(row.recordId), row.content);
    if (rows.length < take) return;
    after = rows.at(-1)!.sequence;
  }
}

/** How many rows of a run are staged by what becomes of them. */
export async function countStaged(context: StoreContext, importId: string, run: string): Promise<Readonly<Record<Staged['action'], number>>> {
  const groups = await context.db.importRow.groupBy({ by: ['action'], where: { importId, run }, _count: true });
  return { new: 0, change: 0, bad: 0, ...Object.fromEntries(groups.map(({ action, _count }) => [action, _count])) };
}

/** Rows that one statement writes: the largest import is several statements, each well within its deadline. */
const portion = 10_000;

/** How long the largest import may take to write. */
const longestMs = 120_000;

/**
 * Writes a run in one transaction: all that it holds or nothing, and once. Nothing of the client may have changed since the run
 * was worked out.
 * @param details what the history keeps: numbers only
 * @throws {Refusal} `stale_preview` when something changed meanwhile; `already_decided` when it was carried out before
 */
export async function applyStaged(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  applied: { importId: string; run: string; revision: number; dataVersion: number; expected: { new: number; change: number }; details: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { importId, run } = applied;
  try {
    await inTransaction(store, async (context) => {
      await touchClient(context, client, kind.section);
      await endStandInByOwner(context, client, actor, kind);
      await closeImport(context, client, applied);
      const { version } = await context.db.client.findFirstOrThrow({ where: clientRow(client), select: { version: true } });
      const staged = await countStaged(context, importId, run);
      if (version !== applied.dataVersion + 1 || staged.new !== applied.expected.new || staged.change !== applied.expected.change) throw changedMeanwhile();
      const first = await firstPositions(context, client, importId, run);
      const last = staged.new + staged.change + staged.bad;
      for (let from = 0; from < last; from += portion) {
        if (staged.new > 0) await insertStaged(context, client, actor, importId, run, from, first);
        if (staged.change > 0) await updateStaged(context, client, actor, importId, run, from);
      }
      if (staged.change > 0) await settleImported(context, client, actor, importId, run);
      await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'record.imported', details: { kind: kind.name, ...applied.details } });
    }, longestMs);
  } catch (error) {
    if (isUniqueViolation(error)) throw new Refusal('name_taken', `Two ${kind.plural.toLowerCase()} would have the same name: a row gives a record the name of another one`);
    throw error;
  }
}

const changedMeanwhile = () => new Refusal('stale_preview', 'The data of the client changed meanwhile; look at the import again');

async function closeImport(context: StoreContext, client: ClientKey, { importId, run, revision }: { importId: string; run: string; revision: number }): Promise<void> {
  const { count } = await context.db.import.updateMany({ where: { ...ofClient(client), id: importId, run, revision, state: 'ready' }, data: { state: 'done' } });
  if (count === 0) throw new Refusal('already_decided', 'The import was changed or carried out meanwhile');
}

/** For each kind the position after which new records stand. */
async function firstPositions(context: StoreContext, client: ClientKey, importId: string, run: string): Promise<Readonly<Record<string, number>>> {
  const added = await context.db.importRow.groupBy({ by: ['kind'], where: { importId, run, action: 'new' }, _count: true });
  const first: Record<string, number> = {};
  for (const { kind, _count } of added) {
    const present = await context.db.record.aggregate({ where: { ...ofClient(client), kind }, _count: true, _max: { position: true } });
    if (present._count + _count > recordLimit) throw new Refusal('limit_reached', `A client may have at most ${recordLimit} ${kindOf(kind as KindName).plural}`);
    if (present._count === 0) await clearPageAnswer(context, client, kindOf(kind as KindName));
    first[kind] = (present._max.position ?? 0) + 1;
  }
  return first;
}

async function insertStaged(context: StoreContext, client: ClientKey, actor: Actor, importId: string, run: string, from: number, first: Readonly<Record<string, number>>): Promise<void> {
  const now = new Date();
  await context.db.$executeRaw`
    INSERT INTO "Record" ("id", "tenantId", "clientId", "kind", "section", "position", "version", "nameHash", "sourceHash", "references", "content", "marks", "filled", "required", "createdAt", "createdBy", "createdFor", "updatedAt", "updatedBy")
    SELECT s."recordId", ${client.tenantId}::uuid, ${client.clientId}::uuid, s."kind", s."section", (${JSON.stringify(first)}::jsonb ->> s."kind")::int + s."sequence", 1,
      s."nameHash", s."sourceHash", s."references", s."content", s."marks", s."filled", s."required", ${now}::timestamptz, ${actor.userId}::uuid, ${partyOf(actor)}, ${now}::timestamptz, ${actor.userId}::uuid
    FROM "ImportRow" s
    WHERE s."importId" = ${importId}::uuid AND s."run" = ${run}::uuid AND s."action" = 'new' AND s."sequence" >= ${from} AND s."sequence" < ${from + portion}`;
}

async function updateStaged(context: StoreContext, client: ClientKey, actor: Actor, importId: string, run: string, from: number): Promise<void> {
  const now = new Date();
  await context.db.$executeRaw`
    UPDATE "Record" r SET "version" = r."version" + 1, "nameHash" = s."nameHash", "sourceHash" = COALESCE(s."sourceHash", r."sourceHash"), "references" = s."references",
      "content" = s."content", "marks" = s."marks", "filled" = s."filled", "required" = s."required", "updatedAt" = ${now}::timestamptz, "updatedBy" = ${actor.userId}::uuid
    FROM "ImportRow" s
    WHERE s."importId" = ${importId}::uuid AND s."run" = ${run}::uuid AND s."action" = 'change' AND s."sequence" >= ${from} AND s."sequence" < ${from + portion}
      AND r."id" = s."recordId" AND r."clientId" = ${client.clientId}::uuid AND r."tenantId" = ${client.tenantId}::uuid AND r."version" = s."version"`;
}
