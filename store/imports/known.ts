import type { AnyKind } from '../../domain/kinds/index.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { openRecord, type StoredRecord } from '../records.js';

/** A record with the keyed hashes by which rows of a file may find it. */
export interface KnownRecord extends StoredRecord {
  readonly nameHash: string | null;
  readonly sourceHash: string | null;
}

/** Records of a kind by id or by their unique name, in the order of their list. */
export async function knownRecords(context: StoreContext, client: ClientKey, kind: AnyKind, { ids, names }: { readonly ids: readonly string[]; readonly names: readonly string[] }): Promise<KnownRecord[]> {
  const where = { ...ofClient(client), kind: kind.name };
  const [byId, byName] = await Promise.all([
    ids.length > 0 ? context.db.record.findMany({ where: { ...where, id: { in: [...ids] } }, orderBy: { position: 'asc' } }) : [],
    names.length > 0 ? context.db.record.findMany({ where: { ...where, nameHash: { in: [...names] } }, orderBy: { position: 'asc' } }) : [],
  ]);
  const rows = new Map([...byId, ...byName].map((row) => [row.id, row]));
  return Promise.all(
    [...rows.values()].map(async (row) => ({ ...(await openRecord(context, client, row)), nameHash: row.nameHash, sourceHash: row.sourceHash })),
  );
}

/** Rows that one look at what a list's records are known by gives. */
const page = 10_000;

/**
 * Ids of a list's records by the keyed hash of what an earlier file knew each by, in the order of the list; where it has parts, by
 * the first of them too. Read as a whole, once an import: an index for single looks would have to be kept for every record that
 * anybody adds.
 */
export async function idsBySource(context: StoreContext, client: ClientKey, kind: AnyKind): Promise<ReadonlyMap<string, readonly string[]>> {
  const { tenantId, clientId } = ofClient(client);
  const ids = new Map<string, string[]>();
  const add = (key: string, id: string) => {
    const same = ids.get(key);
    if (same) same.push(id);
    else ids.set(key, [id]);
  };
  for (let last = { position: -1, id: '00000000-0000-0000-0000-000000000000' }; ; ) {
    const rows = await context.db.$queryRaw<{ id: string; position: number; sourceHash: string }[]>`
      SELECT "id", "position", "sourceHash" FROM "Record"
      WHERE "clientId" = ${clientId}::uuid AND "tenantId" = ${tenantId}::uuid AND "kind" = ${kind.name} AND "sourceHash" IS NOT NULL
        AND ("position", "id") > (${last.position}, ${last.id}::uuid)
      ORDER BY "position", "id" LIMIT ${page}`;
    for (const { id, sourceHash } of rows) {
      add(sourceHash, id);
      const end = sourceHash.indexOf(partEnd);
      if (end >= 0) add(sourceHash.slice(0, end + 1), id);
    }
    if (rows.length < page) return ids;
    last = rows.at(-1)!;
  }
}

/** Ends the first part of a hash that has two. No hash holds it. */
const partEnd = '.';

/** Keyed hash of what a file knows a record by. */
export function sourceHash(context: StoreContext, client: ClientKey, kind: AnyKind, key: string): string {
  return context.vault.nameHash(`source|${kind.name}|${client.clientId}`, key);
}

/** The same of what several records may share: the first part, by which all of them are found. */
export const sharedHash = (context: StoreContext, client: ClientKey, kind: AnyKind, key: string): string => `${sourceHash(context, client, kind, key)}${partEnd}`;
