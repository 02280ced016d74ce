import type { AnyKind, ReferenceIds } from '../../domain/kinds/index.js';
import type { TableRow } from '../../tables/convert.js';
import type { Layout } from '../../tables/layouts/layout.js';
import { fold } from './links.js';

/** What a row is known by where no tool gives it an id. */
export interface NaturalKey {
  readonly words: string;
  /** Where the kind's records of the same words are told apart by what they belong to. */
  readonly place: Place | null;
  /** Which of the rows of its file with the same words, in the same place, it is: from 1. */
  readonly occurrence: number;
}

export interface Place {
  /** Ids of what the row belongs to; empty where it says none. */
  readonly ids: string;
  /** Whether the file has a column for it at all. */
  readonly column: 'there' | 'missing';
  /** Which of the rows with the same words it is, wherever they belong to. */
  readonly amongAll: number;
}

/** Makes the keys of a file's rows: the second row with the same words is another record. */
export class NaturalKeys {
  private readonly times = new Map<string, number>();
  private readonly combinations: readonly { readonly fields: readonly string[]; readonly links: readonly string[] }[];

  constructor(
    kind: AnyKind,
    private readonly layout: Layout | null,
  ) {
    this.combinations = kind.uniqueBy ? [] : kind.importKeys.map((names) => ({ fields: names.filter((name) => name in kind.fields), links: names.filter((name) => name in kind.references) }));
  }

  /** @param occurrence where the file itself says it; otherwise rows are counted, so they must come in the order of the file */
  of(row: TableRow, links: ReferenceIds, occurrence: number | null): NaturalKey | null {
    for (const { fields, links: places } of this.combinations) {
      const values = fields.map((name) => fold(String(row.fields[name] ?? '')));
      const [first] = values;
      if (!first || (fields[0] === 'serialNumber' && isNoSerial(first))) continue;
      // A serial number means the same device in every tool; a name only in the one that it is from.
      const scope = fields[0] === 'serialNumber' ? '' : (this.layout?.tool ?? 'file');
      const words = joined(scope, ...fields, ...values, row.sourceKey ?? '');
      const amongAll = this.count(words);
      if (places.length === 0) return { words, place: null, occurrence: occurrence ?? amongAll };
      const columns = places.filter((name) => name in row.titles || name in row.ids);
      // Where it belongs to is not known: it is like no other, and refused elsewhere.
      if (columns.some((name) => !(name in links))) return null;
      const ids = places.some((name) => links[name]) ? joined(...places.map((name) => links[name] ?? '')) : '';
      const place: Place = { ids, column: columns.length > 0 ? 'there' : 'missing', amongAll };
      return { words, place, occurrence: occurrence ?? this.count(joined(words, 'in', ids)) };
    }
    return null;
  }

  private count(key: string): number {
    const times = (this.times.get(key) ?? 0) + 1;
    this.times.set(key, times);
    return times;
  }
}

export const joined = (...parts: readonly string[]): string => parts.join('\u001f');

/** What machines say that were never given a serial number. */
const noSerials =
  /^(n\/?a|none|null|nil|unknown|invalid|empty|oem|default( string)?|not (specified|available|applicable)|to be filled by o\.?e\.?m\.?|(system|chassis|base board) serial number|serial( number)?|0?123456789\d?|[0.x-]+)$/;

const isNoSerial = (serial: string): boolean => serial.length < 3 || noSerials.test(serial);
