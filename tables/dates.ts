/** In which order a column writes day and month, as far as its values tell. */
export type DayOrder = 'month_first' | 'day_first' | 'contradictory';

export interface DateColumn {
  readonly order: DayOrder;
  /** No value told: the order is a guess that a person should look at. */
  readonly guessed: boolean;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$/;
const numeric = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[,T ].*)?$/;
const dayMonthName = /^(\d{1,2})[ .-]+([a-z]{3,9})\.?[ ,.-]+(\d{4}|\d{2})(?:[,T ].*)?$/i;
const monthNameDay = /^([a-z]{3,9})\.?[ .-]+(\d{1,2})(?:st|nd|rd|th)?,?[ .-]+(\d{4})(?:[,T ].*)?$/i;

/** Decides for a whole column whether 3/4/2026 is in March or in April. Month first where nothing contradicts. */
export function dayOrderOf(values: Iterable<string>): DateColumn {
  let dayFirst = false;
  let monthFirst = false;
  let unclear = false;
  for (const value of values) {
    const match = numeric.exec(value.trim());
    // A date with dots is written day first everywhere that uses dots.
    if (!match || match[2] === '.') continue;
    const [first, second] = [Number(match[1]), Number(match[3])];
    if (first > 12) dayFirst = true;
    else if (second > 12) monthFirst = true;
    else if (first !== second) unclear = true;
  }
  if (dayFirst && monthFirst) return { order: 'contradictory', guessed: false };
  return { order: dayFirst ? 'day_first' : 'month_first', guessed: unclear && !dayFirst && !monthFirst };
}

/** A date as `yyyy-mm-dd`, or null when the text is no date (or could be two, in a column that contradicts itself). */
export function isoDate(text: string, order: DayOrder): string | null {
  const value = text.trim();
  const parts =
    partsOf(iso.exec(value), (m) => [m[1]!, m[2]!, m[3]!]) ??
    partsOf(dayMonthName.exec(value), (m) => [m[3]!, monthNumber(m[2]!), m[1]!]) ??
    partsOf(monthNameDay.exec(value), (m) => [m[3]!, monthNumber(m[1]!), m[2]!]) ??
    partsOf(numeric.exec(value), (m) => numericParts(m, order));
  if (!parts) return null;
  const [year, month, day] = parts.map(Number) as [number, number, number];
  const full = parts[0]!.length === 2 ? year + (year < 70 ? 2000 : 1900) : year;
  const date = new Date(Date.UTC(full, month - 1, day));
  // setUTCFullYear: Date.UTC takes years below 100 for the twentieth century.
  date.setUTCFullYear(full);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return `${String(full).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

type Parts = readonly [year: string, month: string, day: string];

function partsOf(match: RegExpExecArray | null, read: (match: RegExpExecArray) => Parts | null): Parts | null {
  return match ? read(match) : null;
}

function numericParts(match: RegExpExecArray, order: DayOrder): Parts | null {
  const [, first, separator, second, year] = match as unknown as [string, string, string, string, string];
  const dayFirst = separator === '.' || order === 'day_first';
  if (separator !== '.' && order === 'contradictory') {
    if (Number(first) > 12) return [year, second, first];
    return Number(second) > 12 || first === second ? [year, first, second] : null;
  }
  return dayFirst ? [year, second, first] : [year, first, second];
}

function monthNumber(name: string): string {
  return String(months.indexOf(name.slice(0, 3).toLowerCase()) + 1);
}
