import { filledOf } from '../domain/completeness.js';
import { allKinds, kindOf, type AnyKind, type Content, type KindName, type ReferenceIds, type Section } from '../domain/kinds/index.js';
import { mayEditIn, stages, stageWords, type Stage } from '../domain/stages.js';
import type { SourceRecord } from '../domain/it-glue/index.js';
import { appendAudit, type Party } from './audit.js';
import { clientRow, ofClient, type ClientKey } from './client-row.js';
import { renameClient } from './company-name.js';
import { inTransaction, isUniqueViolation, type Store, type StoreContext } from './context.js';
import { notFound, Refusal, type FieldProblem } from './errors.js';
import { newId } from './ids.js';
import type { Actor } from '../domain/roles.js';

export interface StoredRecord extends SourceRecord {
  readonly section: Section;
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

export interface NewRecord {
  readonly content: Content;
  readonly references: ReferenceIds;
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
  updatedAt: Date;
  updatedBy: string;
}

const place = (id: string) => ({ table: 'Record', row: id, field: 'content' });

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

/** The counts of each kind that the clients have records of. In SQL: the list of clients reads hundreds of these rows at once. */
export async function countRecords(context: StoreContext, clientIds: readonly string[]): Promise<RecordCount[]> {
  return context.db.$queryRaw<RecordCount[]>`
    SELECT "clientId", "kind", "section", count(*)::int AS "count", sum("filled")::int AS "filled", sum("required")::int AS "required"
    FROM "Record" WHERE "clientId" = ANY(${[...clientIds]}::uuid[]) GROUP BY "clientId", "kind", "section"`;
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
  const first = (present._max.position ?? 0) + 1;
  const now = new Date();
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
        nameHash: nameHash(context, client, kind, item),
        references: item.references,
        content: await context.vault.sealJson(client, place(id), item.content),
        ...filledOf(kind, item.content, item.references),
        createdAt: now,
        updatedAt: now,
        updatedBy: actor.userId,
      };
    }),
  );
  for (let start = 0; start < rows.length; start += 1_000) await insertRows(context, rows.slice(start, start + 1_000));
  return rows.map((row, index) => ({ ...row, kind: kind.name, section: kind.section, content: items[index]!.content, references: items[index]!.references }));
}

type NewRow = Omit<RecordRow, 'references'> & ClientKey & { nameHash: string | null; references: ReferenceIds; filled: number; required: number; createdAt: Date };

/** One statement with one array a column: four times as fast as `createMany`, which decides how large an import can be. */
async function insertRows(context: StoreContext, rows: readonly NewRow[]): Promise<void> {
  const { tenantId, clientId, kind, section, version, createdAt, updatedBy } = rows[0]!;
  const column = <K extends keyof NewRow>(name: K) => rows.map((row) => row[name]);
  await context.db.$executeRaw`
    INSERT INTO "Record" ("tenantId", "clientId", "kind", "section", "version", "createdAt", "updatedAt", "updatedBy",
      "id", "position", "nameHash", "references", "content", "filled", "required")
    SELECT ${tenantId}::uuid, ${clientId}::uuid, ${kind}, ${section}, ${version}::int, ${createdAt}::timestamptz, ${createdAt}::timestamptz, ${updatedBy}::uuid,
      r."id", r."position", r."nameHash", r."references"::jsonb, r."content", r."filled", r."required"
    FROM unnest(${column('id')}::uuid[], ${column('position')}::int[], ${column('nameHash')}::text[],
      ${rows.map((row) => JSON.stringify(row.references))}::text[], ${column('content')}::bytea[], ${column('filled')}::int[], ${column('required')}::int[])
      AS r("id", "position", "nameHash", "references", "content", "filled", "required")`;
}

/** Changes the given fields and references of a record that still has the version that was seen. */
export async function changeRecord(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  change: { version: number; fields: Partial<Content>; references: ReferenceIds },
): Promise<StoredRecord> {
  return guardNames(kind, () =>
    inTransaction(store, async (context) => {
      await touchClient(context, client, kind.section);
      const changed = await rewriteRecord(context, client, actor, kind, id, change);
      const names = [...Object.keys(change.fields), ...Object.keys(change.references)];
      await auditRecords(context, client, actor, 'record.changed', kind, { recordId: id, fields: names });
      return changed;
    }),
  );
}

/** The part of `changeRecord` for use inside a larger transaction. */
export async function rewriteRecord(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  change: { version: number | null; fields: Partial<Content>; references: ReferenceIds },
): Promise<StoredRecord> {
  const before = await getRecord(context, client, kind.name, id);
  if (change.version !== null && before.version !== change.version) throw stale(kind, before.version);
  const content = { ...before.content, ...change.fields } as Content;
  const references = { ...before.references, ...change.references };
  await checkReferences(context, client, kind, [change.references]);
  const updatedAt = new Date();
  const version = before.version + 1;
  const { count } = await context.db.record.updateMany({
    where: { ...ofClient(client), id, version: before.version },
    data: {
      version,
      references,
      content: await context.vault.sealJson(client, place(id), content),
      nameHash: nameHash(context, client, kind, { content, references }),
      ...filledOf(kind, content, references),
      updatedAt,
      updatedBy: actor.userId,
    },
  });
  if (count === 0) throw stale(kind, before.version + 1);
  if (kind.name === 'company' && content['company'] !== before.content['company']) {
    await renameClient(context, client, String(content['company']));
  }
  return { ...before, content, references, version, updatedAt, updatedBy: actor.userId };
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
    const record = await getRecord(context, client, kind.name, id);
    if (record.version !== version) throw stale(kind, record.version);
    const [linked] = await context.db.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) FROM "Record" r WHERE r."clientId" = ${client.clientId}::uuid
      AND EXISTS (SELECT 1 FROM jsonb_each_text(r."references") e WHERE e.value = ${id})`;
    if (linked!.count > 0n) {
      throw new Refusal('referenced', `${kind.label} is still linked from ${linked!.count} other records; change those first`);
    }
    await context.db.record.deleteMany({ where: { ...ofClient(client), id } });
    await auditRecords(context, client, actor, 'record.deleted', kind, { recordId: id, title: kind.title(record.content as never) });
  });
}

/**
 * Notes a change of the client's data, and refuses it in a stage in which the section is closed. The row stays locked to the
 * end of the transaction, so a submission and a late save cannot pass each other.
 */
export async function touchClient(context: StoreContext, client: ClientKey, section: Section): Promise<void> {
  const open = stages.filter((stage) => mayEditIn(section, stage));
  const now = new Date();
  const { count } = await context.db.client.updateMany({
    where: { ...clientRow(client), stage: { in: [...open] } },
    data: { version: { increment: 1 }, updatedAt: now, lastActivityAt: now },
  });
  if (count === 1) return;
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

function nameHash(context: StoreContext, client: ClientKey, kind: AnyKind, item: NewRecord): string | null {
  const name = kind.uniqueBy?.(item.content as never, item.references as never);
  return name === undefined ? null : context.vault.nameHash(`${kind.name}|${client.clientId}`, name);
}

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

async function read(context: StoreContext, client: ClientKey, row: RecordRow): Promise<StoredRecord> {
  return {
    id: row.id,
    kind: row.kind as KindName,
    section: row.section as Section,
    position: row.position,
    version: row.version,
    references: row.references as ReferenceIds,
    content: await context.vault.openJson<Content>(client, place(row.id), row.content),
    updatedAt: row.updatedAt,
    updatedBy: row.updatedBy,
  };
}
