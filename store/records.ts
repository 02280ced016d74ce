import type { Answer, Answers } from '../domain/answers.js';
import { filledOf } from '../domain/completeness.js';
import { allKinds, allPages, kindOf, type AnyKind, type Content, type KindName, type ReferenceIds, type Section } from '../domain/kinds/index.js';
import { mayEditIn, stages, stageWords, type Stage } from '../domain/stages.js';
import type { SourceRecord } from '../domain/it-glue/index.js';
import { appendAudit, type Party } from './audit.js';
import { clientRow, ofClient, type ClientKey } from './client-row.js';
import { renameClient } from './company-name.js';
import { inTransaction, isUniqueViolation, type Store, type StoreContext } from './context.js';
import { notFound, Refusal, type FieldProblem } from './errors.js';
import { objectPrefix } from './files/keys.js';
import { newId } from './ids.js';
import { mergeChange, noMarks, type FieldChange, type Marks } from './marks.js';
import { clearPageAnswer } from './page-answers.js';
import { endStandInByOwner } from './page-stand-ins.js';
import { settleRemarks } from './remarks.js';
import type { Actor } from '../domain/roles.js';

export interface StoredRecord extends SourceRecord {
  readonly section: Section;
  readonly version: number;
  readonly marks: Marks;
  readonly answers: Answers;
  /** Who made the record: the author of every field that was not changed since. */
  readonly created: { readonly by: string; readonly party: Party; readonly at: Date };
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

export interface NewRecord {
  readonly content: Content;
  readonly references: ReferenceIds;
  readonly answers?: Answers;
}

/** Most records of one kind that a client may have. */
export const recordLimit = 100_000;

interface RecordRow {
  id: string;
  kind: string;
  section: string;
  position: number;
  version: number;
  references: unknown;
  content: Uint8Array;
  marks: Uint8Array | null;
  createdAt: Date;
  createdBy: string;
  createdFor: string;
  updatedAt: Date;
  updatedBy: string;
}

/** Where a record's fields are sealed, and what is kept of it beside them. */
export const recordPlace = (id: string) => ({ table: 'Record', row: id, field: 'content' });

export const marksPlace = (id: string) => ({ table: 'Record', row: id, field: 'marks' });

/** Records of a kind in the order of the grid, from after a position on. */
export async function listRecords(
  context: StoreContext,
  client: ClientKey,
  kind: KindName,
  page: { limit: number; after: number | null },
): Promise<StoredRecord[]> {
  const rows = await context.db.record.findMany({
    where: { ...ofClient(client), kind, ...(page.after === null ? {} : { position: { gt: page.after } }) },
    orderBy: { position: 'asc' },
    take: page.limit,
  });
  return Promise.all(rows.map((row) => read(context, client, row)));
}

/** Every record of a client, kind by kind, without holding all of them in memory. */
export async function* allRecords(
  context: StoreContext,
  client: ClientKey,
  kinds: readonly KindName[] = allKinds.map((kind) => kind.name),
): AsyncGenerator<StoredRecord> {
  const limit = 500;
  for (const kind of kinds) {
    let after: number | null = null;
    for (;;) {
      const batch: StoredRecord[] = await listRecords(context, client, kind, { limit, after });
      yield* batch;
      if (batch.length < limit) break;
      after = batch.at(-1)!.position;
    }
  }
}

/** All records of the given kinds, in no order: for kinds of which a client has few. */
export async function recordsOfKinds(context: StoreContext, client: ClientKey, kinds: readonly KindName[]): Promise<StoredRecord[]> {
  const rows = await context.db.record.findMany({ where: { ...ofClient(client), kind: { in: [...kinds] } } });
  return Promise.all(rows.map((row) => read(context, client, row)));
}

/** Records of the given kinds without what is sealed in them: where each stands and what it links to. */
export async function recordOutlines(context: StoreContext, client: ClientKey, kinds: readonly KindName[]): Promise<SourceRecord[]> {
  const rows = await context.db.record.findMany({
    where: { ...ofClient(client), kind: { in: [...kinds] } },
    select: { id: true, kind: true, position: true, references: true },
  });
  return rows.map((row) => ({ ...row, kind: row.kind as KindName, references: row.references as ReferenceIds, content: {} }));
}

/** Records of the client by their ids, in no order; those that are gone are left out. */
export async function* recordsById(context: StoreContext, client: ClientKey, ids: readonly string[]): AsyncGenerator<StoredRecord> {
  const limit = 500;
  for (let start = 0; start < ids.length; start += limit) {
    const rows = await context.db.record.findMany({ where: { ...ofClient(client), id: { in: ids.slice(start, start + limit) } } });
    yield* await Promise.all(rows.map((row) => read(context, client, row)));
  }
}

export async function getRecord(context: StoreContext, client: ClientKey, kind: KindName, id: string): Promise<StoredRecord> {
  const row = await context.db.record.findFirst({ where: { ...ofClient(client), kind, id } });
  if (!row) throw notFound(kindOf(kind).label.toLowerCase());
  return read(context, client, row);
}

/** The one record of a kind that a client has once, or null. */
export async function getSingle(context: StoreContext, client: ClientKey, kind: KindName): Promise<StoredRecord | null> {
  return (await listRecords(context, client, kind, { limit: 1, after: null }))[0] ?? null;
}

/** How many records of one kind a client has, and how many of the fields that are needed to submit are filled in them. */
export interface RecordCount {
  readonly clientId: string;
  readonly kind: KindName;
  readonly section: Section;
  readonly count: number;
  readonly filled: number;
  readonly required: number;
}

/** The counts of each kind that the clients have records of, or an answer why there are none. In SQL: the list of clients reads hundreds of these rows at once. */
export async function countRecords(context: StoreContext, clientIds: readonly string[]): Promise<RecordCount[]> {
  const [counts, answers] = await Promise.all([
    context.db.$queryRaw<RecordCount[]>`
      SELECT "clientId", "kind", "section", count(*)::int AS "count", sum("filled")::int AS "filled", sum("required")::int AS "required"
      FROM "Record" WHERE "clientId" = ANY(${[...clientIds]}::uuid[]) GROUP BY "clientId", "kind", "section"`,
    context.db.pageMark.findMany({ where: { clientId: { in: [...clientIds] }, mark: 'answer' }, select: { clientId: true, section: true, page: true } }),
  ]);
  // A page with an answer has no records; its answer counts like one field that is filled.
  const answered = answers.flatMap(({ clientId, section, page }) =>
    (allPages.find((one) => one.section === section && one.name === page)?.kinds ?? []).map((kind) => ({ clientId, kind: kind.name, section: kind.section, count: 0, filled: 1, required: 1 })),
  );
  return [...counts, ...answered];
}

/** Adds records in their given order, all or none. Content must have passed the kind's schema. */
export async function createRecords(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  items: readonly NewRecord[],
): Promise<StoredRecord[]> {
  return guardNames(kind, () =>
    inTransaction(store, async (context) => {
      await touchClient(context, client, kind.section);
      await endStandInByOwner(context, client, actor, kind);
      const records = await insertRecords(context, client, actor, kind, items);
      await auditRecords(context, client, actor, 'record.created', kind, { count: items.length, titles: titles(kind, items) });
      return records;
    }),
  );
}

/** The part of `createRecords` for use inside a larger transaction. */
export async function insertRecords(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  items: readonly NewRecord[],
): Promise<StoredRecord[]> {
  const present = await context.db.record.aggregate({
    where: { ...ofClient(client), kind: kind.name },
    _count: true,
    _max: { position: true },
  });
  const most = kind.cardinality === 'one' ? 1 : recordLimit;
  if (present._count + items.length > most) {
    throw new Refusal('limit_reached', most === 1 ? `${kind.label} is there already` : `A client may have at most ${most} ${kind.plural}`);
  }
  await checkReferences(context, client, kind, items.map((item) => item.references));
  if (present._count === 0) await clearPageAnswer(context, client, kind);
  const first = (present._max.position ?? 0) + 1;
  const now = new Date();
  const createdFor = partyOf(actor);
  const rows = await Promise.all(
    items.map(async (item, index) => {
      const id = newId();
      return {
        ...ofClient(client),
        id,
        kind: kind.name,
        section: kind.section,
        position: first + index,
        version: 1,
        references: item.references,
        ...(await sealedRecord(context, client, kind, id, { ...item, marks: { entered: {}, answers: item.answers ?? {} } })),
        createdAt: now,
        createdBy: actor.userId,
        createdFor,
        updatedAt: now,
        updatedBy: actor.userId,
      };
    }),
  );
  for (let start = 0; start < rows.length; start += 1_000) await insertRows(context, rows.slice(start, start + 1_000));
  return rows.map((row, index) => {
    const { content, references, answers = {} } = items[index]!;
    const created = { by: row.createdBy, party: createdFor, at: now };
    return { ...row, kind: kind.name, section: kind.section, content, references, answers, marks: { entered: {}, answers }, created };
  });
}

type NewRow = Omit<RecordRow, 'references'> & ClientKey & { nameHash: string | null; references: ReferenceIds; filled: number; required: number };

/** One statement with one array a column: four times as fast as `createMany`, which decides how large an import can be. */
async function insertRows(context: StoreContext, rows: readonly NewRow[]): Promise<void> {
  const { tenantId, clientId, kind, section, version, createdAt, createdFor, updatedBy } = rows[0]!;
  const column = <K extends keyof NewRow>(name: K) => rows.map((row) => row[name]);
  await context.db.$executeRaw`
    INSERT INTO "Record" ("tenantId", "clientId", "kind", "section", "version", "createdAt", "createdBy", "createdFor", "updatedAt", "updatedBy",
      "id", "position", "nameHash", "references", "content", "marks", "filled", "required")
    SELECT ${tenantId}::uuid, ${clientId}::uuid, ${kind}, ${section}, ${version}::int, ${createdAt}::timestamptz, ${updatedBy}::uuid, ${createdFor}, ${createdAt}::timestamptz, ${updatedBy}::uuid,
      r."id", r."position", r."nameHash", r."references"::jsonb, r."content", r."marks", r."filled", r."required"
    FROM unnest(${column('id')}::uuid[], ${column('position')}::int[], ${column('nameHash')}::text[],
      ${rows.map((row) => JSON.stringify(row.references))}::text[], ${column('content')}::bytea[], ${column('marks')}::bytea[], ${column('filled')}::int[], ${column('required')}::int[])
      AS r("id", "position", "nameHash", "references", "content", "marks", "filled", "required")`;
}

/** A change of a record by somebody who saw it in a version. */
export interface RecordChange extends FieldChange {
  readonly version: number;
  /**
   * What becomes of it when the record has a newer version: `fields` takes it unless the same fields were changed, `record`
   * refuses it. Default `record`.
   */
  readonly against?: 'fields' | 'record';
}

/** Changes the given fields, references and answers of a record. */
export async function changeRecord(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  change: RecordChange,
): Promise<StoredRecord> {
  return guardNames(kind, () =>
    inTransaction(store, async (context) => {
      await touchClient(context, client, kind.section);
      await endStandInByOwner(context, client, actor, kind);
      return changeWithin(context, client, actor, kind, id, change);
    }),
  );
}

async function changeWithin(context: StoreContext, client: ClientKey, actor: Actor, kind: AnyKind, id: string, change: RecordChange): Promise<StoredRecord> {
  const changed = await rewriteRecord(context, client, actor, kind, id, change);
  const names = [...new Set([change.fields, change.references, change.answers ?? {}].flatMap(Object.keys))];
  await auditRecords(context, client, actor, 'record.changed', kind, { recordId: id, title: kind.title(changed.content as never), fields: names });
  return changed;
}

/**
 * Saves fields of a form that a client has once; the first save makes it. Two people who fill in different fields of a form
 * that is not there yet both find theirs in it.
 * @param change `version` 0: the form was not there when it was seen
 */
export async function saveForm(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, change: RecordChange): Promise<StoredRecord> {
  return inTransaction(store, async (context) => {
    await touchClient(context, client, kind.section);
    await endStandInByOwner(context, client, actor, kind);
    const before = await getSingle(context, client, kind.name);
    if (before) return changeWithin(context, client, actor, kind, before.id, change);
    if (change.version > 0) throw new Refusal('stale_version', `${kind.label} does not exist yet; save it without a version`, [{ field: 'version', message: 'must be left out' }]);
    const empty = Object.fromEntries(Object.keys(kind.fields).map((name) => [name, null]));
    const item: NewRecord = { content: { ...empty, ...withoutUndefined(change.fields) }, references: change.references, answers: withoutNull(change.answers ?? {}) };
    const [record] = await insertRecords(context, client, actor, kind, [item]);
    await auditRecords(context, client, actor, 'record.created', kind, { count: 1, titles: titles(kind, [item]) });
    return record!;
  });
}

/** The part of `changeRecord` for use inside a larger transaction. */
export async function rewriteRecord(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  change: FieldChange & { version: number | null; against?: 'fields' | 'record' },
): Promise<StoredRecord> {
  const before = await getRecord(context, client, kind.name, id);
  const mayMerge = change.against === 'fields' && change.version !== null && change.version < before.version;
  if (change.version !== null && before.version !== change.version && !mayMerge) throw stale(kind, before.version);
  const updatedAt = new Date();
  const merged = mergeChange(kind, before, change, change.version, { by: actor.userId, party: partyOf(actor), at: updatedAt });
  const { content, references, marks } = merged;
  if (merged.changed.length === 0) return before;
  await checkReferences(context, client, kind, [change.references]);
  const version = before.version + 1;
  const { count } = await context.db.record.updateMany({
    where: { ...ofClient(client), id, version: before.version },
    data: {
      version,
      references,
      ...(await sealedRecord(context, client, kind, id, { content, references, marks })),
      updatedAt,
      updatedBy: actor.userId,
    },
  });
  if (count === 0) throw stale(kind, before.version + 1);
  await settleRemarks(context, actor, id, merged.changed);
  if (kind.name === 'company' && content['company'] !== before.content['company']) {
    await renameClient(context, client, String(content['company']));
  }
  return { ...before, content, references, marks, answers: marks.answers, version, updatedAt, updatedBy: actor.userId };
}

/** Removes a record that nothing else of the client links to. */
export async function deleteRecord(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  version: number,
): Promise<void> {
  await inTransaction(store, async (context) => {
    await touchClient(context, client, kind.section);
    await endStandInByOwner(context, client, actor, kind);
    const record = await getRecord(context, client, kind.name, id);
    if (record.version !== version) throw stale(kind, record.version);
    const [linked] = await context.db.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) FROM "Record" r WHERE r."clientId" = ${client.clientId}::uuid
      AND EXISTS (SELECT 1 FROM jsonb_each_text(r."references") e WHERE e.value = ${id})`;
    if (linked!.count > 0n) {
      throw new Refusal('referenced', `${kind.label} is still linked from ${linked!.count} other records; change those first`);
    }
    await context.db.record.deleteMany({ where: { ...ofClient(client), id } });
    await settleRemarks(context, actor, id, 'removed');
    await auditRecords(context, client, actor, 'record.deleted', kind, { recordId: id, title: kind.title(record.content as never) });
  });
  // The record is gone whatever the storage answers; what stays there, sealed, goes with the client at the latest.
  if (kind.name === 'attachment') await store.objects?.removeAll(objectPrefix(client, id), 1_000).catch(() => undefined);
}

/**
 * Notes a change of the client's data, and refuses it in a stage in which the section is closed. The row stays locked to the
 * end of the transaction, so a submission and a late save cannot pass each other.
 */
export async function touchClient(context: StoreContext, client: ClientKey, section: Section): Promise<void> {
  const open = stages.filter((stage) => mayEditIn(section, stage));
  const now = new Date();
  const [touched] = await context.db.client.updateManyAndReturn({
    where: { ...clientRow(client), stage: { in: [...open] } },
    data: { version: { increment: 1 }, updatedAt: now, lastActivityAt: now },
    select: { stage: true },
  });
  // The two who signed off have not seen what is changed now: they sign again before the export goes on.
  if (touched?.stage === 'export_blocked') await context.db.signOff.deleteMany({ where: ofClient(client) });
  if (touched) return;
  const row = await context.db.client.findFirst({ where: clientRow(client), select: { stage: true } });
  if (!row) throw notFound('client');
  throw new Refusal('wrong_stage', `The ${section} section is closed for changes: ${stageWords[row.stage as Stage]}`);
}

export function partyOf(actor: Actor): Party {
  if (!actor.scope) return 'internal';
  return actor.scope.section === 'accounting' ? 'client' : 'outgoing_msp';
}

async function checkReferences(context: StoreContext, client: ClientKey, kind: AnyKind, sets: readonly ReferenceIds[]): Promise<void> {
  const wanted = new Map<string, { id: string; name: string; to: readonly KindName[] }>();
  for (const references of sets) {
    for (const [name, id] of Object.entries(references)) {
      const rule = kind.references[name];
      if (!rule) throw new Refusal('invalid', 'A link is not known', [{ field: `references.${name}`, message: 'is not known' }]);
      if (id) wanted.set(`${name}/${id}`, { id, name, to: rule.to });
    }
  }
  if (wanted.size === 0) return;
  const rows = await context.db.record.findMany({
    where: { ...ofClient(client), id: { in: [...new Set([...wanted.values()].map(({ id }) => id))] } },
    select: { id: true, kind: true },
  });
  const found = new Map(rows.map((row) => [row.id, row.kind as KindName]));
  const problems: FieldProblem[] = [];
  for (const { id, name, to } of wanted.values()) {
    const target = found.get(id);
    if (!target || !to.includes(target)) {
      problems.push({ field: `references.${name}`, message: `must be the id of one of: ${to.join(', ')} of this client` });
    }
  }
  if (problems.length > 0) throw new Refusal('invalid', 'A link points to no record of this client', problems);
}

/** What the columns of a record hold that follow from its fields, links and marks. The sealed ones open only under that id. */
export async function sealedRecord(context: StoreContext, client: ClientKey, kind: AnyKind, id: string, { content, references, marks }: Pick<StoredRecord, 'content' | 'references' | 'marks'>) {
  return {
    content: await context.vault.sealJson(client, recordPlace(id), content),
    marks: await sealMarks(context, client, id, marks),
    nameHash: nameHash(context, client, kind, { content, references }),
    ...filledOf(kind, content, references, marks.answers),
  };
}

/** Keyed hash of what makes a record unique within its client, or null where equal ones may exist. */
export function nameHash(context: StoreContext, client: ClientKey, kind: AnyKind, item: NewRecord): string | null {
  const name = kind.uniqueBy?.(item.content as never, item.references as never);
  return name === undefined ? null : context.vault.nameHash(`${kind.name}|${client.clientId}`, name);
}

/** Opens a row of the table as a record. */
export const openRecord = (context: StoreContext, client: ClientKey, row: RecordRow): Promise<StoredRecord> => read(context, client, row);

async function guardNames<T>(kind: AnyKind, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Refusal('name_taken', `${kind.plural} must have different names within a client`, [
      { field: 'fields.name', message: 'is used by another record of this client' },
    ]);
  }
}

function stale(kind: AnyKind, version: number): Refusal {
  return new Refusal('stale_version', `${kind.label} was changed by somebody else meanwhile; its version is ${version} now`, [
    { field: 'version', message: `is not ${version}` },
  ]);
}

async function auditRecords(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  action: string,
  kind: AnyKind,
  details: Record<string, unknown>,
): Promise<void> {
  await appendAudit(context, {
    ...ofClient(client),
    actorId: actor.userId,
    party: partyOf(actor),
    action,
    details: { kind: kind.name, ...details },
  });
}

const titles = (kind: AnyKind, items: readonly NewRecord[]) => items.slice(0, 20).map((item) => kind.title(item.content as never));

/** Whether anything is kept of a record beside its values: without it the column stays empty. */
export const hasMarks = (marks: Marks): boolean => marks !== noMarks && (Object.keys(marks.entered).length > 0 || Object.keys(marks.answers).length > 0);

async function sealMarks(context: StoreContext, client: ClientKey, id: string, marks: Marks) {
  return hasMarks(marks) ? context.vault.sealJson(client, marksPlace(id), marks) : null;
}

const withoutUndefined = (fields: Partial<Content>) => Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Content[string]] => entry[1] !== undefined));

const withoutNull = (answers: Readonly<Record<string, Answer | null>>) => Object.fromEntries(Object.entries(answers).filter((entry): entry is [string, Answer] => entry[1] !== null));

async function read(context: StoreContext, client: ClientKey, row: RecordRow): Promise<StoredRecord> {
  const marks = row.marks ? await context.vault.openJson<Marks>(client, marksPlace(row.id), row.marks) : noMarks;
  return {
    id: row.id,
    kind: row.kind as KindName,
    section: row.section as Section,
    position: row.position,
    version: row.version,
    references: row.references as ReferenceIds,
    content: await context.vault.openJson<Content>(client, recordPlace(row.id), row.content),
    marks,
    answers: marks.answers,
    created: { by: row.createdBy, party: row.createdFor as Party, at: row.createdAt },
    updatedAt: row.updatedAt,
    updatedBy: row.updatedBy,
  };
}
