import type { AnyKind } from '../../domain/kinds/index.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { openRecord, type StoredRecord } from '../records.js';

/** A record with the keyed hashes by which rows of a file may find it. */
export interface KnownRecord extends StoredRecord {
  readonly nameHash: string | null;
  readonly sourceHash: string | null;
}

export interface KeyHashes {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly sources: readonly string[];
}

/** Records of a kind that rows of a file mean: by id, by their unique name, or by what an earlier file knew them by. */
export async function knownRecords(context: StoreContext, client: ClientKey, kind: AnyKind, { ids, names, sources }: KeyHashes): Promise<KnownRecord[]> {
  if (ids.length + names.length + sources.length === 0) return [];
  const where = { ...ofClient(client), kind: kind.name };
  const [byId, byName, bySource] = await Promise.all([
    ids.length > 0 ? context.db.record.findMany({ where: { ...where, id: { in: [...ids] } } }) : [],
    names.length > 0 ? context.db.record.findMany({ where: { ...where, nameHash: { in: [...names] } } }) : [],
    sources.length > 0 ? context.db.record.findMany({ where: { ...where, sourceHash: { in: [...sources] } }, orderBy: { position: 'asc' } }) : [],
  ]);
  const rows = new Map([...byId, ...byName, ...bySource].map((row) => [row.id, row]));
  return Promise.all(
    [...rows.values()].map(async (row) => ({ ...(await openRecord(context, client, row)), nameHash: row.nameHash, sourceHash: row.sourceHash })),
  );
}

/** Keyed hash of what a file knows a record by. */
export function sourceHash(context: StoreContext, client: ClientKey, kind: AnyKind, key: string): string {
  return context.vault.nameHash(`source|${kind.name}|${client.clientId}`, key);
}
