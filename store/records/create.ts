import type { AnyKind, ReferenceIds } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { newId } from '../ids.js';
import { clearPageAnswer } from '../page-answers.js';
import { endStandInByOwner } from '../page-stand-ins.js';
import { auditRecords, titles } from './history.js';
import { checkReferences } from './references.js';
import { guardNames } from './refusals.js';
import { nameHash, sealedRecord, type NewRecord, type RecordRow, type StoredRecord } from './row.js';
import { partyOf, touchClient } from './touch.js';

/** Most records of one kind that a client may have. */
export const recordLimit = 100_000;

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
    () => (items.length > 1 ? takenNames(store, client, kind, items) : Promise.resolve([])),
  );
}

/** The items whose name another record has, or an item before them. */
async function takenNames(context: StoreContext, client: ClientKey, kind: AnyKind, items: readonly NewRecord[]): Promise<readonly number[]> {
  const names = items.map((item) => nameHash(context, client, kind, item));
  const rows = await context.db.record.findMany({ where: { ...ofClient(client), kind: kind.name, nameHash: { in: names.filter((name) => name !== null) } }, select: { nameHash: true } });
  const taken = new Set(rows.map((row) => row.nameHash));
  return names.flatMap((name, index) => (name !== null && (taken.has(name) || names.indexOf(name) < index) ? [index] : []));
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
