import type { AnyKind, Content, ReferenceIds } from '../../domain/kinds/index.js';
import { idsBySource, knownRecords, nameHash, sourceHash, type ClientKey, type KnownRecord, type StoreContext } from '../../store/index.js';
import type { TableRow } from '../../tables/convert.js';
import type { Layout } from '../../tables/layouts/layout.js';
import { wholeRecord } from '../schemas/record.js';
import { fold } from './links.js';

/** What a row may be known by. */
export interface RowKeys {
  readonly row: TableRow;
  readonly links: ReferenceIds;
  readonly name: string | null;
  readonly source: string | null;
  /** Whether the other tool itself gives the record an id: then two rows with the same one contradict each other. */
  readonly bySourceId: boolean;
}

export type Match = { readonly record: KnownRecord; readonly by: 'id' | 'name' | 'source' } | { readonly fault: string } | null;

/** Tells which record of the client a row means, and which rows of a file mean the same one. */
export class Identity {
  private readonly times = new Map<string, number>();
  private readonly claimed = new Map<string, number>();
  private readonly seen = new Map<string, number>();

  private constructor(
    private readonly context: StoreContext,
    private readonly client: ClientKey,
    private readonly kind: AnyKind,
    private readonly layout: Layout | null,
    private readonly present: { readonly records: boolean; readonly bySource: ReadonlyMap<string, readonly string[]> },
  ) {}

  static async of(context: StoreContext, client: ClientKey, kind: AnyKind, layout: Layout | null): Promise<Identity> {
    const where = { tenantId: client.tenantId, clientId: client.clientId, kind: kind.name };
    const record = await context.db.record.findFirst({ where, select: { id: true } });
    return new Identity(context, client, kind, layout, { records: record !== null, bySource: record ? await idsBySource(context, client, kind) : new Map() });
  }

  /** The keys of a row. Rows must come in the order of the file: equal ones are told apart by it. */
  keysOf(row: TableRow, links: ReferenceIds): RowKeys {
    const bySourceId = this.layout !== null && row.sourceKey !== null;
    const key = bySourceId ? `${this.layout!.tool}\u001f${row.sourceKey}` : this.naturalKey(row);
    return { row, links, name: this.nameOf(row, links), source: key && sourceHash(this.context, this.client, this.kind, key), bySourceId };
  }

  /** The records that a portion of rows may mean. */
  async known(keys: readonly RowKeys[]): Promise<Known> {
    if (!this.present.records) return new Known([]);
    return new Known(
      await knownRecords(this.context, this.client, this.kind, {
        ids: present(keys.flatMap(({ row, source }) => [row.id, ...(source === null ? [] : (this.present.bySource.get(source) ?? []))])),
        names: present(keys.map(({ name }) => name)),
      }),
    );
  }

  /** The record that a row means, none, or why it can be neither. */
  match(known: Known, { row, name, source, bySourceId }: RowKeys): Match {
    const byId = row.id === null ? undefined : known.byId.get(row.id);
    const byName = name === null ? undefined : known.byName.get(name);
    if (byId) {
      if (byName && byName.id !== byId.id) return { fault: `has the name of another ${this.kind.label.toLowerCase()}` };
      return this.claim(byId, row, 'id') ?? this.once(name, row) ?? { record: byId, by: 'id' };
    }
    const bySource = (source === null ? undefined : known.bySource.get(source)) ?? [];
    const same = bySource.find((record) => !this.claimed.has(record.id));
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

  /** What tells a row from others where no tool gives it an id: the second row with the same words is another record. */
  private naturalKey(row: TableRow): string | null {
    if (this.kind.uniqueBy) return null;
    for (const fields of this.kind.importKeys) {
      const values = fields.map((name) => fold(String(row.fields[name] ?? '')));
      const [first] = values;
      if (!first || (fields[0] === 'serialNumber' && isNoSerial(first))) continue;
      // A serial number means the same device in every tool; a name only in the one that it is from.
      const scope = fields[0] === 'serialNumber' ? '' : (this.layout?.tool ?? 'file');
      const key = [scope, ...fields, ...values, row.sourceKey ?? ''].join('\u001f');
      const times = (this.times.get(key) ?? 0) + 1;
      this.times.set(key, times);
      return times === 1 ? key : `${key}\u001f${times}`;
    }
    return null;
  }
}

/** Records by each of their keys. */
export class Known {
  readonly byId = new Map<string, KnownRecord>();
  readonly byName = new Map<string, KnownRecord>();
  readonly bySource = new Map<string, KnownRecord[]>();

  constructor(records: readonly KnownRecord[]) {
    for (const record of records) {
      this.byId.set(record.id, record);
      if (record.nameHash) this.byName.set(record.nameHash, record);
      if (record.sourceHash) this.bySource.set(record.sourceHash, [...(this.bySource.get(record.sourceHash) ?? []), record]);
    }
  }
}

const sameAs = (row: number) => ({ fault: `is the same record as row ${row}` });

/** What machines say that were never given a serial number. */
const noSerials =
  /^(n\/?a|none|null|nil|unknown|invalid|empty|oem|default( string)?|not (specified|available|applicable)|to be filled by o\.?e\.?m\.?|(system|chassis|base board) serial number|serial( number)?|0?123456789\d?|[0.x-]+)$/;

const isNoSerial = (serial: string): boolean => serial.length < 3 || noSerials.test(serial);

const present = (keys: readonly (string | null)[]): string[] => [...new Set(keys.filter((key) => key !== null))];
