import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnyKind, Content, KindName, ReferenceIds } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { mergeChange, newId, noMarks, partyOf, type ClientKey, type Staged, type StagedRecord, type StoreContext } from '../../store/index.js';
import { convertRow, type CellFault, type ReadColumn, type TableRow } from '../../tables/convert.js';
import { fieldOf } from '../../tables/match.js';
import type { RawRow } from '../../tables/rows.js';
import { wholeRecord } from '../schemas/record.js';
import { Accepted } from './accepted.js';
import { occurrenceHeader, occurrenceIn, reasonHeader } from './bad-rows.js';
import type { PlannedColumns } from './columns.js';
import type { PlanSummary } from './content.js';
import { Identity, type Match } from './identity.js';
import { LinkResolver, type Besides } from './links.js';

/** Most faults that an answer lists. */
export const faultLimit = 1_000;

/** Takes what an import will write, in order. A call returns once the next one may come. */
export type Sink = (staged: readonly Staged[]) => Promise<void>;

/** Rows that are worked out together, and how their columns are read. */
export interface Portion {
  readonly rows: readonly RawRow[];
  readonly columns: readonly ReadColumn[];
}

/**
 * Works out what a table means for a client's records of a kind, portion by portion, and hands on what is to be written. It
 * reads only; other requests get their turn after each portion.
 */
export async function planImport(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  { layout, columns: planned }: PlannedColumns,
  portions: AsyncIterable<Portion>,
  sink: Sink,
): Promise<PlanSummary> {
  const tally = new Tally();
  tally.problems.push(...headProblems(kind, planned));
  const resolver = await LinkResolver.of(context, client, kind, planned);
  const identity = await Identity.of(context, client, kind, layout, planned.some(({ header }) => header === reasonHeader) ? 'corrected' : 'tool');
  const occurrences = planned.findIndex(({ header }) => header === occurrenceHeader);
  const made = new Set<string>();
  const common: Common = { author: { by: actor.userId, party: partyOf(actor), at: new Date() }, unlinked: wholeRecord(kind, { fields: {} }).references, accepted: new Accepted(kind) };
  for await (const { rows, columns } of portions) {
    const read = rows.map((raw) => {
      const row = convertRow(columns, raw);
      const resolved = resolver.resolve(row);
      return { raw, resolved, keys: identity.keysOf(row, resolved.links, occurrenceIn(raw.cells[occurrences])) };
    });
    const known = await identity.known(read.map(({ keys }) => keys));
    const staged: Staged[] = [];
    for (const { raw, resolved, keys } of read) {
      const { row, source, occurrence } = keys;
      const faults: CellFault[] = [...row.faults, ...resolved.faults];
      const match = identity.match(known, keys);
      const planned = planRow(kind, columns, row, resolved.links, match, faults, common);
      if (planned === null) {
        tally.bad(faults, occurrence);
        staged.push({ action: 'bad', kind, row: raw.number, cells: raw.cells, reasons: faults.map(reasonOf), occurrence });
      } else if (planned === 'same') tally.same += 1;
      else {
        for (const besides of resolved.besides) stageBesides(besides, made, staged, tally);
        staged.push({ ...planned, kind, sourceHash: sourceFor(match, source) });
        if (planned.action === 'new') tally.new += 1;
        else tally.changed += 1;
      }
    }
    if (staged.length > 0) await sink(staged);
    await nextTurn();
  }
  if (tally.rows === 0) tally.problems.push('The file has a header and no rows');
  return tally.summary();
}

/** What all rows of a table have in common: who brings them, and the links of a record that has none. */
interface Common {
  readonly author: Parameters<typeof mergeChange>[4];
  readonly unlinked: ReferenceIds;
  readonly accepted: Accepted;
}

type Planned = Omit<StagedRecord, 'kind' | 'sourceHash'>;

/** What becomes of a row; null where it has faults, which are then all in `faults`. */
function planRow(kind: AnyKind, columns: readonly ReadColumn[], row: TableRow, links: ReferenceIds, match: Match, faults: CellFault[], { author, unlinked, accepted }: Common): Planned | 'same' | null {
  if (match && 'fault' in match) faults.push({ row: row.row, column: null, field: null, message: match.fault });
  const record = match && 'record' in match ? match : null;
  // A file matched by name comes from another tool: what it leaves blank it does not know. Our own file, with ids, means it.
  const ownWords = record === null || record.by === 'id';
  const given = ownWords ? row.fields : withoutBlanks(row.fields);
  const fields = accepted.of(given, record ? 'change' : 'new') ?? judged(record ? kind.changeSchema : kind.entrySchema, given, (issues) => faults.push(...schemaFaults(kind, columns, row, issues, faults)));
  if (faults.length > 0 || !fields) return null;
  if (!record) return { action: 'new', recordId: newId(), version: null, content: fields as Content, references: { ...unlinked, ...links }, marks: noMarks };
  const before = record.record;
  const { content, references, marks, changed } = mergeChange(kind, before, { fields, references: ownWords ? links : withoutBlanks(links) }, null, author);
  if (changed.length === 0) return 'same';
  return { action: 'change', recordId: before.id, version: before.version, content, references, marks };
}

/** What a schema makes of values; null when it finds something wrong, which is told. */
function judged(schema: AnyKind['entrySchema'], given: Partial<Content>, tell: (issues: readonly { path: PropertyKey[]; message: string }[]) => void): Partial<Content> | null {
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data as Partial<Content>;
  tell(checked.error.issues);
  return null;
}

/** Makes come before models under them; each is made once, and only for a row that is imported. */
function stageBesides(besides: Besides, made: Set<string>, staged: Staged[], tally: Tally): void {
  if (made.has(besides.id)) return;
  made.add(besides.id);
  for (const under of besides.under) stageBesides(under, made, staged, tally);
  const { kind, id, content, references } = besides;
  staged.push({ action: 'new', kind, recordId: id, version: null, sourceHash: null, content, references, marks: noMarks });
  tally.alsoCreated[kind.name] = (tally.alsoCreated[kind.name] ?? 0) + 1;
}

class Tally {
  readonly problems: string[] = [];
  readonly alsoCreated: Partial<Record<KindName, number>> = {};
  new = 0;
  changed = 0;
  same = 0;
  private alike: true | undefined;
  private badRows = 0;
  private faultCount = 0;
  private readonly faults: CellFault[] = [];

  get rows(): number {
    return this.new + this.changed + this.same + this.badRows;
  }

  bad(faults: readonly CellFault[], occurrence: number | null): void {
    this.badRows += 1;
    if (occurrence !== null && occurrence > 1) this.alike = true;
    this.faultCount += faults.length;
    this.faults.push(...faults.slice(0, faultLimit - this.faults.length));
  }

  summary(): PlanSummary {
    const { problems, alsoCreated, changed, same, alike, faultCount, faults } = this;
    return { problems, alsoCreated, new: this.new, changed, same, bad: this.badRows, ...(alike ? { alike } : {}), faultCount, faults };
  }
}

/** What a record is known by from now on. Our own file has no say in it: the tool's next file must find the record. */
const sourceFor = (match: Match, source: string | null): string | null => (match && 'record' in match && match.by === 'id' && match.record.sourceHash ? null : source);

/** A fault as the file of bad rows gives it. */
const reasonOf = ({ column, message }: CellFault): string => (column === null ? message : `${column}: ${message}`);

function headProblems(kind: AnyKind, columns: readonly ReadColumn[]): string[] {
  const filled = new Set(columns.map((column) => fieldOf(column.meaning)));
  if (filled.has('id')) return [];
  return Object.entries(kind.fields)
    .filter(([name, field]) => field.requirement === 'save' && !filled.has(name))
    .map(([, field]) => `A column "${field.label}" is needed, and no column is taken for it: choose one`);
}

function schemaFaults(
  kind: AnyKind,
  columns: readonly ReadColumn[],
  row: TableRow,
  issues: readonly { path: PropertyKey[]; message: string }[],
  others: readonly CellFault[],
): CellFault[] {
  return issues.flatMap((issue) => {
    const field = String(issue.path[0] ?? '');
    if (others.some((other) => other.field === field)) return [];
    const missing = (row.fields[field] ?? null) === null;
    return [
      {
        row: row.row,
        column: columns.find((column) => column.meaning?.of === 'field' && column.meaning.name === field)?.header ?? null,
        field: field || null,
        message: missing ? `${kind.fields[field]?.label ?? field} is needed` : issue.message,
      },
    ];
  });
}

function withoutBlanks<V>(values: Readonly<Record<string, V | null | undefined>>): Record<string, V> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, V] => entry[1] !== null && entry[1] !== undefined));
}
