import type { AnyKind, Content, ReferenceIds } from '../../domain/kinds/index.js';
import { idsBySource, knownRecords, nameHash, sharedHash, sourceHash, type ClientKey, type KnownRecord, type StoreContext } from '../../store/index.js';
import type { TableRow } from '../../tables/convert.js';
import type { Layout } from '../../tables/layouts/layout.js';
import { wholeRecord } from '../schemas/record.js';
import { joined, NaturalKeys, type NaturalKey } from './natural-keys.js';

/** What a row may be known by. */
export interface RowKeys {
  readonly row: TableRow;
  readonly links: ReferenceIds;
  readonly name: string | null;
  readonly source: string | null;
  /** Whether the other tool itself gives the record an id: then two rows with the same one contradict each other. */
  readonly bySourceId: boolean;
  /** Which of the rows of its file that nothing else tells apart it is, from 1; null where something does. */
  readonly occurrence: number | null;
  /** Records that the row may mean where none has its source. */
  readonly otherwise: readonly string[];
}

/** `corrected`: a file of bad rows that comes again. Its rows were left out, so a record of like words is another row's. */
export type Origin = 'tool' | 'corrected';

export type Match = { readonly record: KnownRecord; readonly by: 'id' | 'name' | 'source' } | { readonly fault: string } | null;

/** Tells which record of the client a row means, and which rows of a file mean the same one. */
export class Identity {
  private readonly claimed = new Map<string, number>();
  private readonly seen = new Map<string, number>();
  private readonly natural: NaturalKeys;
  /** Links that tell records of the same words apart. */
  private readonly places: readonly string[];

  private constructor(
    private readonly context: StoreContext,
    private readonly client: ClientKey,
    private readonly kind: AnyKind,
    private readonly layout: Layout | null,
    private readonly origin: Origin,
    private readonly present: { readonly records: boolean; readonly bySource: ReadonlyMap<string, readonly string[]> },
  ) {
    this.natural = new NaturalKeys(kind, layout);
    this.places = [...new Set(kind.importKeys.flat())].filter((name) => name in kind.references);
  }

  static async of(context: StoreContext, client: ClientKey, kind: AnyKind, layout: Layout | null, origin: Origin): Promise<Identity> {
    const where = { tenantId: client.tenantId, clientId: client.clientId, kind: kind.name };
    const record = await context.db.record.findFirst({ where, select: { id: true } });
    return new Identity(context, client, kind, layout, origin, { records: record !== null, bySource: record ? await idsBySource(context, client, kind) : new Map() });
  }

  /**
   * The keys of a row. Rows must come in the order of the file: equal ones are told apart by it.
   * @param occurrence where the file says it itself
   */
  keysOf(row: TableRow, links: ReferenceIds, occurrence: number | null): RowKeys {
    const bySourceId = this.layout !== null && row.sourceKey !== null;
    const name = this.nameOf(row, links);
    if (bySourceId) return { row, links, name, source: this.hash(joined(this.layout!.tool, row.sourceKey!)), bySourceId, occurrence: null, otherwise: [] };
    const natural = this.natural.of(row, links, occurrence);
    if (!natural) return { row, links, name, source: null, bySourceId, occurrence: null, otherwise: [] };
    const source = this.sourceOf(natural, natural.place?.ids ?? '', natural.occurrence);
    const otherwise = this.present.bySource.size > 0 && !this.present.bySource.has(source) ? this.otherwise(natural) : [];
    return { row, links, name, source, bySourceId, occurrence: natural.occurrence, otherwise };
  }

  private hash(key: string): string {
    return sourceHash(this.context, this.client, this.kind, key);
  }

  private shared(words: string): string {
    return sharedHash(this.context, this.client, this.kind, words);
  }

  private sourceOf({ words, place }: Pick<NaturalKey, 'words' | 'place'>, ids: string, occurrence: number): string {
    const own = occurrence === 1 ? words : joined(words, String(occurrence));
    return place ? `${this.shared(words)}${this.hash(joined(own, 'in', ids))}` : this.hash(own);
  }

  /** The record of a row that an earlier file did not give the place of, or this one does not. */
  private otherwise({ words, place }: NaturalKey): readonly string[] {
    if (!place) return [];
    const { bySource } = this.present;
    // Imported by a release that knew rows by their words only.
    const withoutPlaces = bySource.get(this.sourceOf({ words, place: null }, '', place.amongAll))?.[0];
    const placeless = place.ids ? bySource.get(this.sourceOf({ words, place }, '', place.amongAll))?.[0] : undefined;
    const anywhere = place.column === 'missing' ? bySource.get(this.shared(words))?.[place.amongAll - 1] : undefined;
    return present([withoutPlaces ?? null, placeless ?? null, anywhere ?? null]);
  }

  /** Whether a record found by its words belongs where the row does. */
  private fits(record: KnownRecord, links: ReferenceIds): boolean {
    return this.places.every((name) => {
      const [its, own] = [record.references[name] ?? null, links[name] ?? null];
      return its === own || (this.origin === 'tool' && (its === null || own === null));
    });
  }

  /** The records that a portion of rows may mean. */
  async known(keys: readonly RowKeys[]): Promise<Known> {
    if (!this.present.records) return new Known([]);
    return new Known(
      await knownRecords(this.context, this.client, this.kind, {
        ids: present(keys.flatMap(({ row, source, otherwise }) => [row.id, ...(source === null ? [] : (this.present.bySource.get(source) ?? [])), ...otherwise])),
        names: present(keys.map(({ name }) => name)),
      }),
      new Set(keys.map(({ source }) => source)),
    );
  }

  /** The record that a row means, none, or why it can be neither. */
  match(known: Known, { row, links, name, source, bySourceId, otherwise }: RowKeys): Match {
    const byId = row.id === null ? undefined : known.byId.get(row.id);
    const byName = name === null ? undefined : known.byName.get(name);
    if (byId) {
      if (byName && byName.id !== byId.id) return { fault: `has the name of another ${this.kind.label.toLowerCase()}` };
      return this.claim(byId, row, 'id') ?? this.once(name, row) ?? { record: byId, by: 'id' };
    }
    const bySource = (source === null ? undefined : known.bySource.get(source)) ?? [];
    const twice = bySourceId ? bySource.find((record) => this.claimed.has(record.id)) : undefined;
    if (twice) return sameAs(this.claimed.get(twice.id)!);
    const free = (record: KnownRecord | undefined) => record !== undefined && !this.claimed.has(record.id);
    const same = bySource.find(free) ?? otherwise.map((id) => known.byId.get(id)!).find((record) => free(record) && !known.isOfAnother(record) && this.fits(record, links));
    if (same && bySourceId && !(byName && byName.id !== same.id)) return this.claim(same, row, 'source') ?? { record: same, by: 'source' };
    if (byName) return this.claim(byName, row, 'name') ?? { record: byName, by: 'name' };
    const fault = this.once(name, row) ?? (bySourceId ? this.once(source, row) : null);
    if (fault) return fault;
    if (!same) return null;
    return this.claim(same, row, 'source') ?? { record: same, by: 'source' };
  }

  private claim(record: KnownRecord, row: TableRow, by: 'id' | 'name' | 'source'): { fault: string } | null {
    const earlier = this.claimed.get(record.id);
    if (earlier !== undefined && by !== 'source') return sameAs(earlier);
    this.claimed.set(record.id, row.row);
    return null;
  }

  private once(key: string | null, row: TableRow): { fault: string } | null {
    if (key === null) return null;
    const earlier = this.seen.get(key);
    if (earlier !== undefined) return sameAs(earlier);
    this.seen.set(key, row.row);
    return null;
  }

  private nameOf(row: TableRow, links: ReferenceIds): string | null {
    const { kind } = this;
    if (!kind.uniqueBy) return null;
    const whole = wholeRecord(kind, { fields: row.fields as Partial<Content>, references: links });
    // A row without its name is refused elsewhere; here it is like no other.
    if (Object.entries(kind.fields).some(([name, field]) => field.requirement === 'save' && whole.content[name] === null)) return null;
    return nameHash(this.context, this.client, kind, whole);
  }
}

/** Records by each of their keys. */
export class Known {
  readonly byId = new Map<string, KnownRecord>();
  readonly byName = new Map<string, KnownRecord>();
  readonly bySource = new Map<string, KnownRecord[]>();

  /** @param sources what the rows of the portion are known by */
  constructor(
    records: readonly KnownRecord[],
    private readonly sources: ReadonlySet<string | null> = new Set(),
  ) {
    for (const record of records) {
      this.byId.set(record.id, record);
      if (record.nameHash) this.byName.set(record.nameHash, record);
      if (record.sourceHash) this.bySource.set(record.sourceHash, [...(this.bySource.get(record.sourceHash) ?? []), record]);
    }
  }

  /** Whether a row of the portion is known by the very key of a record: no other row may take that one. */
  isOfAnother({ sourceHash }: KnownRecord): boolean {
    return sourceHash !== null && this.sources.has(sourceHash);
  }
}

const sameAs = (row: number) => ({ fault: `is the same record as row ${row}` });

const present = (keys: readonly (string | null)[]): string[] => [...new Set(keys.filter((key) => key !== null))];
