import { kindOf, type AnyKind, type Content, type KindName, type ReferenceIds } from '../../domain/kinds/index.js';
import { allRecords, type ClientKey, type StoreContext } from '../../store/index.js';
import type { CellFault, TableRow } from '../../tables/convert.js';
import { fieldOf, type MatchedColumn } from '../../tables/match.js';
import { wholeRecord } from '../schemas/record.js';

/** A record that the import makes because rows name it: a make, or a model under its make. */
export interface Besides {
  readonly kind: AnyKind;
  readonly content: Content;
  /** Ids of what it links to; a link to another record that is made is a `Besides`. */
  readonly links: Readonly<Record<string, string | Besides | null>>;
}

/** What a row links to: the id of a record, one that is still to be made, or nothing. */
export type Links = Readonly<Record<string, string | Besides | null>>;

interface Known {
  readonly id: string;
  readonly kind: KindName;
  readonly references: ReferenceIds;
}

/** Resolves the links of rows by title, or by id where the file has it. */
export class LinkResolver {
  private readonly byTitle = new Map<string, Known[]>();
  private readonly byId = new Map<string, Known>();
  private readonly made = new Map<string, Besides>();

  private constructor(
    private readonly kind: AnyKind,
    private readonly columns: readonly MatchedColumn[],
  ) {}

  /** Looks up every record that one of the rows names. */
  static async of(context: StoreContext, client: ClientKey, kind: AnyKind, columns: readonly MatchedColumn[], rows: readonly TableRow[]): Promise<LinkResolver> {
    const resolver = new LinkResolver(kind, columns);
    const titles = new Set(rows.flatMap((row) => Object.values(row.titles)).filter((title) => title !== null).map(fold));
    const ids = new Set(rows.flatMap((row) => Object.values(row.ids)).filter((id) => id !== null));
    const targets = [...new Set(Object.values(kind.references).flatMap((reference) => reference.to))];
    if (titles.size === 0 && ids.size === 0) return resolver;
    for await (const record of allRecords(context, client, targets)) {
      const known = { id: record.id, kind: record.kind, references: record.references };
      const title = fold(kindOf(record.kind).title(record.content as never));
      if (ids.has(record.id)) resolver.byId.set(record.id, known);
      if (titles.has(title)) resolver.byTitle.set(title, [...(resolver.byTitle.get(title) ?? []), known]);
    }
    return resolver;
  }

  /** Records that are made besides. */
  get besides(): readonly Besides[] {
    return [...this.made.values()];
  }

  /** The links of a row. What cannot be resolved is a fault. Links come in the order in which one may narrow the next: make, then model. */
  resolve(row: TableRow): { links: Links; faults: CellFault[] } {
    const links: Record<string, string | Besides | null> = {};
    const faults: CellFault[] = [];
    for (const name of Object.keys(this.kind.references)) {
      if (!(name in row.titles) && !(name in row.ids)) continue;
      const found = this.find(row, name, links);
      if (typeof found === 'object' && found !== null && 'fault' in found) {
        faults.push({ row: row.row, column: this.headerOf(name), field: name, message: found.fault });
      } else links[name] = found;
    }
    return { links, faults };
  }

  private find(row: TableRow, name: string, links: Links): string | Besides | null | { fault: string } {
    const rule = this.kind.references[name]!;
    const byId = this.byId.get(row.ids[name] ?? '');
    if (byId && rule.to.includes(byId.kind)) return byId.id;
    const title = row.titles[name];
    if (!title) return null;
    const candidates = (this.byTitle.get(fold(title)) ?? []).filter((known) => rule.to.includes(known.kind) && fits(known, links));
    if (candidates.length === 1) return candidates[0]!.id;
    if (candidates.length > 1) return { fault: `names ${candidates.length} records of this client; give the id in a column "${rule.label} (Id)"` };
    if (rule.createdByImport) return this.make(kindOf(rule.to[0]!), title, links);
    return { fault: `names no ${rule.to.map((to) => kindOf(to).label.toLowerCase()).join(', ')} of this client` };
  }

  /** A new record of that name, once for all rows that name it in the same place. */
  private make(kind: AnyKind, name: string, links: Links): Besides | { fault: string } {
    const under = Object.fromEntries(Object.keys(kind.references).map((reference) => [reference, links[reference] ?? null]));
    const key = [kind.name, fold(name), ...Object.values(under).map((link) => (typeof link === 'string' ? link : fold(String(link?.content['name'] ?? ''))))].join('\u001f');
    const known = this.made.get(key);
    if (known) return known;
    const checked = kind.entrySchema.safeParse({ name });
    if (!checked.success) return { fault: checked.error.issues[0]?.message ?? 'is not valid' };
    const besides = { kind, content: wholeRecord(kind, { fields: checked.data as Partial<Content> }).content, links: under };
    this.made.set(key, besides);
    return besides;
  }

  private headerOf(name: string): string | null {
    return this.columns.find((column) => column.meaning?.of !== 'reference_id' && fieldOf(column.meaning) === name)?.header ?? null;
  }
}

/** Whether a record stands where the row's other links say: a model under the make of the same row. */
function fits(known: Known, links: Links): boolean {
  return Object.keys(kindOf(known.kind).references).every((name) => {
    const link = links[name];
    return link === undefined || link === null || link === known.references[name];
  });
}

/** Titles compare as people read them: case and extra blanks do not count. */
export function fold(title: string): string {
  return title.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
