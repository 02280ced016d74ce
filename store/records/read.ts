import { allKinds, allPages, kindOf, type KindName, type ReferenceIds, type Section } from '../../domain/kinds/index.js';
import type { SourceRecord } from '../../domain/it-glue/index.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { notFound } from '../errors.js';
import { openRecord, openRecords, type RecordRow, type StoredRecord } from './row.js';

const beforeAll = -(2 ** 31);

/** Records of a kind in the order of the grid, from after a position on. In SQL: a large client is read by hundreds of such pages. */
export async function listRecords(
  context: StoreContext,
  client: ClientKey,
  kind: KindName,
  page: { limit: number; after: number | null },
): Promise<StoredRecord[]> {
  const { tenantId, clientId } = ofClient(client);
  const rows = await context.db.$queryRaw<RecordRow[]>`
    SELECT "id", "kind", "section", "position", "version", "references", "content", "marks", "createdAt", "createdBy", "createdFor", "updatedAt", "updatedBy"
    FROM "Record"
    WHERE "tenantId" = ${tenantId}::uuid AND "clientId" = ${clientId}::uuid AND "kind" = ${kind} AND "position" > ${page.after ?? beforeAll}
    ORDER BY "position" LIMIT ${page.limit}`;
  return openRecords(context, client, rows);
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
  return openRecords(context, client, rows);
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
    yield* await openRecords(context, client, rows);
  }
}

export async function getRecord(context: StoreContext, client: ClientKey, kind: KindName, id: string): Promise<StoredRecord> {
  const row = await context.db.record.findFirst({ where: { ...ofClient(client), kind, id } });
  if (!row) throw notFound(kindOf(kind).label.toLowerCase());
  return openRecord(context, client, row);
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
