import { resourceOf, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import type { KindName, ReferenceIds } from '../../domain/kinds/index.js';
import { recordsById, type ClientKey, type Store } from '../../store/index.js';

/** What a record links to. */
export interface Link {
  readonly resource: Resource | null;
  readonly recordId: string;
}

/** The client's records, which stay as they are while an export runs. */
export interface Source {
  /** The records of these ids, in no order; those that are gone are left out. */
  records(ids: readonly string[]): AsyncIterable<SourceRecord>;
  /** What the records of these ids link to, by their ids. */
  links(ids: readonly string[]): Promise<ReadonlyMap<string, readonly Link[]>>;
  /** Nothing else is to be done for a moment: what will be asked for may be read. */
  readAhead(): void;
}

/** Reads each time what is asked for: never is all of a large client in memory. */
export function sourceInStore(store: Store, client: ClientKey): Source {
  return {
    records: (ids) => recordsById(store, client, ids),
    readAhead: () => undefined,
    async links(ids) {
      const rows = await store.db.record.findMany({ where: { clientId: client.clientId, id: { in: [...ids] } }, select: { id: true, references: true } });
      const targets = rows.flatMap((row) => linkedIds(row.references as ReferenceIds));
      const kinds = await store.db.record.findMany({ where: { clientId: client.clientId, id: { in: targets } }, select: { id: true, kind: true } });
      return linksOf(rows as { id: string; references: ReferenceIds }[], new Map(kinds.map((row) => [row.id, row.kind as KindName])));
    },
  };
}

/**
 * Gives out what was read once: for a client that is small, and exported within seconds.
 * @param rest reads what is not known yet
 */
export function sourceInMemory(known: readonly SourceRecord[], rest: () => Promise<readonly SourceRecord[]>): Source {
  const byId = new Map(known.map((record) => [record.id, record]));
  let reading: Promise<void> | null = null;
  const readRest = async () => {
    for (const record of await rest()) byId.set(record.id, record);
  };
  const these = async (ids: readonly string[]) => {
    if (ids.some((id) => !byId.has(id))) await (reading ??= readRest());
    return ids.flatMap((id) => byId.get(id) ?? []);
  };
  return {
    // Whoever asks for one of them is told when it failed.
    readAhead: () => void (reading ??= readRest()).catch(() => undefined),
    async *records(ids) {
      yield* await these(ids);
    },
    async links(ids) {
      const records = await these(ids);
      await these(records.flatMap(({ references }) => linkedIds(references)));
      return linksOf(records, { get: (id) => byId.get(id)?.kind });
    },
  };
}

const linkedIds = (references: ReferenceIds): string[] => Object.values(references).filter((id): id is string => id !== null);

function linksOf(records: readonly { readonly id: string; readonly references: ReferenceIds }[], kindOf: { get(id: string): KindName | undefined }): Map<string, Link[]> {
  const link = (recordId: string): Link[] => {
    const kind = kindOf.get(recordId);
    return kind === undefined ? [] : [{ resource: resourceOf(kind), recordId }];
  };
  return new Map(records.map(({ id, references }) => [id, linkedIds(references).flatMap(link)]));
}
