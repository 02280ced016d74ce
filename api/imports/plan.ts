import type { AnyKind, Content, ReferenceIds } from '../../domain/kinds/index.js';
import { allRecords, type ClientKey, type StoredRecord, type StoreContext } from '../../store/index.js';
import { convertRows, type CellFault, type TableRow } from '../../tables/convert.js';
import { fieldOf, matchColumns, type MatchedColumn } from '../../tables/match.js';
import type { Table } from '../../tables/read.js';
import { wholeRecord } from '../schemas/record.js';
import { fold, LinkResolver, type Besides, type Links } from './links.js';

/** Most faults that an answer lists. */
export const faultLimit = 1_000;

export interface Addition {
  readonly content: Content;
  readonly links: Links;
}

export interface Change {
  readonly before: StoredRecord;
  readonly fields: Partial<Content>;
  readonly links: Links;
}

/** What an import would do. With any fault it does nothing. */
export interface ImportPlan {
  readonly columns: readonly { header: string; field: string | null; note: string | null }[];
  readonly rows: number;
  readonly besides: readonly Besides[];
  readonly additions: readonly Addition[];
  readonly changes: readonly Change[];
  /** Rows that say what is there already. */
  readonly unchanged: number;
  readonly faults: readonly CellFault[];
}

/** Works out what a table means for a client's records of a kind; reads, and writes nothing. */
export async function planImport(context: StoreContext, client: ClientKey, kind: AnyKind, table: Table): Promise<ImportPlan> {
  const columns = matchColumns(kind, table.headers);
  const converted = convertRows(columns, table);
  const faults: CellFault[] = [...headFaults(kind, columns, table), ...converted.faults];
  const resolver = await LinkResolver.of(context, client, kind, columns, converted.rows);
  const resolved = converted.rows.map((row) => ({ row, ...resolver.resolve(row) }));
  for (const one of resolved) faults.push(...one.faults);

  const present = await Present.of(context, client, kind, resolved);
  const seen = new Map<string, number>();
  const additions: Addition[] = [];
  const changes: Change[] = [];
  let unchanged = 0;
  for (const { row, links } of resolved) {
    const match = present.match(kind, row, links);
    const again = match ? `id ${match.record.id}` : nameOf(kind, row.fields, links);
    const earlier = again === null ? undefined : seen.get(again);
    if (earlier !== undefined) faults.push({ row: row.row, column: null, field: null, message: `is the same record as row ${earlier}` });
    if (again !== null) seen.set(again, row.row);

    // A file matched by name comes from another tool: what it leaves blank it does not know. Our own file, with ids, means it.
    const given = match?.by === 'name' ? withoutBlanks(row.fields) : row.fields;
    const own = match?.by === 'name' ? (withoutBlanks(links) as Links) : links;
    const checked = (match ? kind.changeSchema : kind.entrySchema).safeParse(given);
    if (!checked.success) {
      faults.push(...rowFaults(kind, columns, row, checked.error.issues));
      continue;
    }
    const fields = checked.data as Partial<Content>;
    if (!match) additions.push({ content: wholeRecord(kind, { fields }).content, links });
    else if (differs(match.record, fields, own)) changes.push({ before: match.record, fields, links: own });
    else unchanged += 1;
  }
  faults.sort((a, b) => a.row - b.row);
  return {
    columns: columns.map(({ header, meaning }, index) => ({ header, field: fieldOf(meaning), note: converted.notes[index] ?? null })),
    rows: table.rows.length,
    besides: resolver.besides,
    additions,
    changes,
    unchanged,
    faults,
  };
}

/** Records that rows may mean: by id where the file has ids, else by what makes them unique. */
class Present {
  private readonly byId = new Map<string, StoredRecord>();
  private readonly byName = new Map<string, StoredRecord>();

  static async of(context: StoreContext, client: ClientKey, kind: AnyKind, resolved: readonly { row: TableRow; links: Links }[]): Promise<Present> {
    const present = new Present();
    const ids = new Set(resolved.map(({ row }) => row.id).filter((id) => id !== null));
    const names = new Set(resolved.map(({ row, links }) => nameOf(kind, row.fields, links)).filter((name) => name !== null));
    if (ids.size === 0 && names.size === 0) return present;
    for await (const record of allRecords(context, client, [kind.name])) {
      if (ids.has(record.id)) present.byId.set(record.id, record);
      const name = nameOf(kind, record.content, record.references);
      if (name !== null && names.has(name)) present.byName.set(name, record);
    }
    return present;
  }

  match(kind: AnyKind, row: TableRow, links: Links): { record: StoredRecord; by: 'id' | 'name' } | null {
    const byId = row.id === null ? undefined : this.byId.get(row.id);
    if (byId) return { record: byId, by: 'id' };
    const name = nameOf(kind, row.fields, links);
    const byName = name === null ? undefined : this.byName.get(name);
    return byName ? { record: byName, by: 'name' } : null;
  }
}

/** What makes a record unique within its client, or null where equal ones may exist or it links to something still to be made. */
function nameOf(kind: AnyKind, fields: Partial<Content>, links: Links): string | null {
  if (!kind.uniqueBy) return null;
  const whole = wholeRecord(kind, { fields });
  // A row without its name is refused elsewhere; here it is like no other.
  if (Object.entries(kind.fields).some(([name, field]) => field.requirement === 'save' && whole.content[name] === null)) return null;
  const names = Object.fromEntries(Object.entries(links).map(([name, link]) => [name, typeof link === 'object' && link !== null ? `new ${fold(String(link.content['name']))}` : link]));
  return fold(kind.uniqueBy(whole.content as never, { ...whole.references, ...names } as never));
}

function headFaults(kind: AnyKind, columns: readonly MatchedColumn[], table: Table): CellFault[] {
  const filled = new Set(columns.map((column) => fieldOf(column.meaning)));
  if (table.rows.length === 0) return [{ row: 1, column: null, field: null, message: 'The file has a header and no rows' }];
  return Object.entries(kind.fields)
    .filter(([name, field]) => field.requirement === 'save' && !filled.has(name))
    .map(([name, field]) => ({ row: 1, column: null, field: name, message: `A column "${field.label}" is needed` }));
}

function rowFaults(
  kind: AnyKind,
  columns: readonly MatchedColumn[],
  row: TableRow,
  issues: readonly { path: PropertyKey[]; message: string }[],
): CellFault[] {
  return issues.map((issue) => {
    const field = String(issue.path[0] ?? '');
    const missing = (row.fields[field] ?? null) === null;
    return {
      row: row.row,
      column: columns.find((column) => column.meaning?.of === 'field' && column.meaning.name === field)?.header ?? null,
      field: field || null,
      message: missing ? `${kind.fields[field]?.label ?? field} is needed` : issue.message,
    };
  });
}

function differs(before: StoredRecord, fields: Partial<Content>, links: Links): boolean {
  return (
    Object.entries(fields).some(([name, value]) => (before.content[name] ?? null) !== (value ?? null)) ||
    Object.entries(links).some(([name, link]) => (before.references[name] ?? null) !== link)
  );
}

function withoutBlanks<V>(values: Readonly<Record<string, V | null | undefined>>): Record<string, V> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, V] => entry[1] !== null && entry[1] !== undefined));
}

/** The ids that links stand for, once what is made besides has its own. */
export function idsOf(links: Links, made: ReadonlyMap<Besides, string>): ReferenceIds {
  return Object.fromEntries(Object.entries(links).map(([name, link]) => [name, typeof link === 'object' && link !== null ? made.get(link)! : link]));
}
