import { secretFields, type AnyKind } from '../../domain/kinds/index.js';
import type { ReadColumn } from '../../tables/convert.js';
import { dayOrderOf, needsOrder, type DayOrder, type DayOrderFinding } from '../../tables/dates.js';
import { layouts } from '../../tables/layouts/index.js';
import { layoutOf, type Layout } from '../../tables/layouts/layout.js';
import { fieldOf, matchColumns, type ColumnChoice, type MatchedColumn } from '../../tables/match.js';
import { columnLetters } from '../../tables/read.js';
import type { Survey } from '../../tables/survey.js';

/** A column as the person sees it: what it was taken for, and how its dates are read. */
export interface PlannedColumn extends ReadColumn {
  readonly days: DayOrderFinding;
}

export interface PlannedColumns {
  readonly layout: Layout | null;
  readonly columns: readonly PlannedColumn[];
}

/** What each column of a table means, as far as the person, memory, known layouts and names tell. */
export function planColumns(
  kind: AnyKind,
  { headers, survey }: { readonly headers: readonly string[]; readonly survey: Survey },
  hints: { chosen: readonly ColumnChoice[]; remembered: readonly ColumnChoice[] },
): PlannedColumns {
  const layout = layoutOf(layouts, kind.name, headers);
  const matched = matchColumns(kind, headers, { layout, ...hints });
  const hidden = secretFields(kind).length > 0 && !isHeader(kind, matched.map((column) => fieldOf(column.meaning)));
  const columns = matched.map((column, index) => ({ ...column, header: hidden ? `Column ${columnLetters(index)}` : column.header }));
  return { layout, columns: withDates(columns, survey) };
}

/** The columns with what is known of their dates: said by somebody, or told by the rows that were seen. */
function withDates(columns: readonly MatchedColumn[], survey: Survey): PlannedColumn[] {
  const days = (index: number) => survey.columns[index]!.days;
  return columns.map((column, index): PlannedColumn => {
    if (!isDate(column)) return { ...column, days: null, order: 'unknown' };
    if (column.dayOrder) return { ...column, days: { value: column.dayOrder, sure: 'chosen', why: 'chosen by you or before' }, order: column.dayOrder };
    const found = dayOrderOf(days(index), columns.flatMap((one, other) => (isDate(one) && other !== index ? [days(other)] : [])));
    return { ...column, days: found, order: found?.value ?? 'unknown' };
  });
}

const isDate = ({ meaning }: MatchedColumn): boolean => meaning?.of === 'field' && meaning.type === 'date';

/**
 * Columns of a table that is read once: each portion's dates are read by what was seen up to it. Where a later row tells
 * another order than earlier rows were read by, that is over.
 */
export class ColumnsSoFar {
  private readonly readBy = new Map<number, DayOrder | 'unknown'>();

  constructor(
    private readonly planned: readonly PlannedColumn[],
    private readonly survey: Survey,
  ) {}

  /** The columns as the rows seen so far tell; null when rows before were read in another way. */
  now(): readonly PlannedColumn[] | null {
    const columns = withDates(this.planned, this.survey);
    for (const [index, { order }] of columns.entries()) {
      // Values that read the same in any order bind to none.
      if (!isDate(columns[index]!) || !needsOrder(this.survey.columns[index]!.days)) continue;
      const before = this.readBy.get(index);
      if (before !== undefined && before !== order) return null;
      this.readBy.set(index, order);
    }
    return columns;
  }
}

/** Whether a first row names columns. Where secrets are pasted without a header it holds them, and must not be shown. */
function isHeader(kind: AnyKind, filled: readonly (string | null)[]): boolean {
  const known = filled.filter((name) => name !== null);
  return known.length > 1 || known.some((name) => kind.fields[name]?.requirement === 'save');
}

