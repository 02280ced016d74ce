import { kindOf, type AnyKind, type Content, type KindName, type ReferenceIds } from '../../domain/kinds/index.js';
import { allRecords, newId, type ClientKey, type StoreContext } from '../../store/index.js';
import type { CellFault, TableRow } from '../../tables/convert.js';
import { fieldOf, type MatchedColumn } from '../../tables/match.js';
import { wholeRecord } from '../schemas/record.js';

/** A record that the import makes because rows name it: a make, or a model under its make. */
export interface Besides {
  readonly id: string;
  readonly kind: AnyKind;
  readonly content: Content;
  readonly references: ReferenceIds;
  /** Others that it links to. */
  readonly under: readonly Besides[];
}

/** What a row links to, and the records that are made for it. */
export interface ResolvedLinks {
  readonly links: ReferenceIds;
  readonly besides: readonly Besides[];
  readonly faults: readonly CellFault[];
}

const noLinks: ResolvedLinks = { links: {}, besides: [], faults: [] };

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
  private readonly madeById = new Map<string, Besides>();

  /** Links that a column is taken for. */
  private readonly names: readonly string[];

  private constructor(
    private readonly kind: AnyKind,
    private readonly columns: readonly MatchedColumn[],
  ) {
    const linking = new Set(columns.flatMap(({ meaning }) => (meaning?.of === 'reference' || meaning?.of === 'reference_id' ? [meaning.name] : [])));
    this.names = Object.keys(kind.references).filter((name) => linking.has(name));
  }

  /** Looks up every record that a row could link to, if any column links at all. */
  static async of(context: StoreContext, client: ClientKey, kind: AnyKind, columns: readonly MatchedColumn[]): Promise<LinkResolver> {
    const resolver = new LinkResolver(kind, columns);
    const linking = columns.flatMap(({ meaning }) => (meaning?.of === 'reference' || meaning?.of === 'reference_id' ? [meaning] : []));
    const targets = [...new Set(linking.flatMap(({ name }) => kind.references[name]!.to))];
    if (targets.length === 0) return resolver;
    const withIds = linking.some(({ of }) => of === 'reference_id');
    for await (const record of allRecords(context, client, targets)) {
      const known = { id: record.id, kind: record.kind, references: record.references };
      const title = fold(kindOf(record.kind).title(record.content as never));
      if (withIds) resolver.byId.set(record.id, known);
      const same = resolver.byTitle.get(title);
      if (same) same.push(known);
      else resolver.byTitle.set(title, [known]);
    }
    return resolver;
  }

  /** The links of a row. What cannot be resolved is a fault. Links come in the order in which one may narrow the next: make, then model. */
  resolve(row: TableRow): ResolvedLinks {
    if (this.names.length === 0) return noLinks;
    const links: ReferenceIds = {};
    const faults: CellFault[] = [];
    const besides: Besides[] = [];
    for (const name of this.names) {
      if (!(name in row.titles) && !(name in row.ids)) continue;
      const found = this.find(row, name, links);
      if (typeof found === 'object' && found !== null) {
        if ('fault' in found) {
          faults.push({ row: row.row, column: this.headerOf(name), field: name, message: found.fault });
          continue;
        }
        besides.push(found);
        links[name] = found.id;
      } else links[name] = found;
    }
    return { links, besides, faults };
  }

  private find(row: TableRow, name: string, links: ReferenceIds): string | Besides | null | { fault: string } {
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
  private make(kind: AnyKind, name: string, links: ReferenceIds): Besides | { fault: string } {
    const references = Object.fromEntries(Object.keys(kind.references).map((reference) => [reference, links[reference] ?? null]));
    const key = [kind.name, fold(name), ...Object.values(references)].join('\u001f');
    const known = this.made.get(key);
    if (known) return known;
    const checked = kind.entrySchema.safeParse({ name });
    if (!checked.success) return { fault: checked.error.issues[0]?.message ?? 'is not valid' };
    const under = Object.values(references).flatMap((id) => this.madeById.get(id ?? '') ?? []);
    const besides: Besides = { id: newId(), kind, content: wholeRecord(kind, { fields: checked.data as Partial<Content> }).content, references, under };
    this.made.set(key, besides);
    this.madeById.set(besides.id, besides);
    return besides;
  }

  private headerOf(name: string): string | null {
    return this.columns.find((column) => column.meaning?.of !== 'reference_id' && fieldOf(column.meaning) === name)?.header ?? null;
  }
}

/** Whether a record stands where the row's other links say: a model under the make of the same row. */
function fits(known: Known, links: ReferenceIds): boolean {
  return Object.keys(kindOf(known.kind).references).every((name) => {
    const link = links[name];
    return link === undefined || link === null || link === known.references[name];
  });
}

/** Titles compare as people read them: case and extra blanks do not count. */
export function fold(title: string): string {
  return title.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
