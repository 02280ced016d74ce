import type { Finding } from './finding.js';

/** In which order numbers of a date are written. */
export const dayOrders = ['month_first', 'day_first'] as const;
export type DayOrder = (typeof dayOrders)[number];

/** What the values of one column tell about the order of day and month: rows of the first ones that do. */
export interface DayOrderEvidence {
  dayFirst: number | null;
  monthFirst: number | null;
  /** The first value that could be two dates. */
  unclear: number | null;
}

export const noEvidence = (): DayOrderEvidence => ({ dayFirst: null, monthFirst: null, unclear: null });

/** Whether a column holds values that read otherwise in the other order. */
export const needsOrder = ({ dayFirst, monthFirst, unclear }: DayOrderEvidence): boolean => dayFirst !== null || monthFirst !== null || unclear !== null;

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Every month has the first 28 days. */
const plain = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;
const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$/;
const numeric = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[,T ].*)?$/;
const dayMonthName = /^(\d{1,2})[ .-]+([a-z]{3,9})\.?[ ,.-]+(\d{4}|\d{2})(?:[,T ].*)?$/i;
const monthNameDay = /^([a-z]{3,9})\.?[ .-]+(\d{1,2})(?:st|nd|rd|th)?,?[ .-]+(\d{4})(?:[,T ].*)?$/i;

/** Adds what one value tells. */
export function noteDay(evidence: DayOrderEvidence, value: string, row: number): void {
  // Most values of most columns are no dates; this is asked of every cell.
  const first = value.charCodeAt(0);
  if (first < 48 || first > 57 || value.length > 40) return;
  const match = numeric.exec(value);
  // A date with dots is written day first everywhere that uses dots.
  if (!match || match[2] === '.') return;
  const [left, right] = [Number(match[1]), Number(match[3])];
  if (left > 12 && right <= 12) evidence.dayFirst ??= row;
  else if (right > 12 && left <= 12) evidence.monthFirst ??= row;
  else if (left !== right) evidence.unclear ??= row;
}

/** What is known of a column's dates: the order; that nothing tells it; or null where no value needs it. */
export type DayOrderFinding = Finding<DayOrder | 'unknown'> | null;

/** Decides whether 3/4/2026 is in March or in April: by the column itself, else by the file's other columns, else not at all. */
export function dayOrderOf(own: DayOrderEvidence, others: readonly DayOrderEvidence[]): DayOrderFinding {
  const byItself = told(own);
  if (byItself === 'contradictory') {
    return { value: 'unknown', sure: 'certain', why: `row ${own.dayFirst} has the day first, row ${own.monthFirst} the month` };
  }
  if (byItself) return { value: byItself, sure: 'certain', why: `row ${byItself === 'day_first' ? own.dayFirst : own.monthFirst} can be read in no other way` };
  if (own.unclear === null) return null;
  const elsewhere = new Set(others.map(told).filter((one) => one !== null));
  const [order] = elsewhere;
  if (elsewhere.size === 1 && order && order !== 'contradictory') return { value: order, sure: 'likely', why: 'other columns of the file are written so' };
  return { value: 'unknown', sure: 'certain', why: `row ${own.unclear} could be two dates, and no row of the column tells` };
}

function told({ dayFirst, monthFirst }: DayOrderEvidence): DayOrder | 'contradictory' | null {
  if (dayFirst !== null && monthFirst !== null) return 'contradictory';
  if (dayFirst !== null) return 'day_first';
  return monthFirst !== null ? 'month_first' : null;
}

/** A date as `yyyy-mm-dd`; null when the text is no date; `unclear` when it could be two and nobody knows the order. */
export function isoDate(text: string, order: DayOrder | 'unknown'): string | 'unclear' | null {
  const value = text.trim();
  // As most tools write it, told apart without taking it to pieces.
  if (plain.test(value)) return value;
  const written = numeric.exec(value);
  if (written) return order === 'unknown' && couldBeTwo(written) ? 'unclear' : calendarDay(...numericParts(written, order));
  let match = iso.exec(value);
  if (match) return calendarDay(match[1]!, match[2]!, match[3]!);
  match = dayMonthName.exec(value);
  if (match) return calendarDay(match[3]!, monthNumber(match[2]!), match[1]!);
  match = monthNameDay.exec(value);
  return match && calendarDay(match[3]!, monthNumber(match[1]!), match[2]!);
}

function calendarDay(yearText: string, monthText: string, dayText: string): string | null {
  const [year, month, day] = [Number(yearText), Number(monthText), Number(dayText)];
  const full = yearText.length === 2 ? year + (year < 70 ? 2000 : 1900) : year;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(full, month)) return null;
  return `${String(full).padStart(4, '0')}-${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}`;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

type Parts = readonly [year: string, month: string, day: string];

function numericParts(match: RegExpExecArray, order: DayOrder | 'unknown'): Parts {
  const [, first, separator, second, year] = match as unknown as [string, string, string, string, string];
  if (separator === '.' || order === 'day_first' || (order === 'unknown' && Number(first) > 12)) return [year, second, first];
  return [year, first, second];
}

function couldBeTwo([, first, separator, second]: RegExpExecArray): boolean {
  return separator !== '.' && first !== second && Number(first) <= 12 && Number(second) <= 12;
}

function monthNumber(name: string): string {
  return String(months.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}
