import type { Cell } from '../cells.js';

/** What a cell shows its number as. Only what a person would miss in the bare number is told apart. */
export type NumberStyle =
  | { readonly as: 'number' | 'date' | 'time' | 'elapsed' | 'percent' }
  /** A digit for each 0, such as `00000` for postal codes; other characters stand between them. */
  | { readonly as: 'digits'; readonly pattern: string };

/** Formats that Excel brings along, by their numbers (ECMA-376 part 1, 18.8.30). */
const builtIn = new Map<number, NumberStyle>([
  ...[9, 10].map((number) => [number, { as: 'percent' }] as const),
  ...[14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58].map((number) => [number, { as: 'date' }] as const),
  ...[18, 19, 20, 21, 32, 33, 34, 35].map((number) => [number, { as: 'time' }] as const),
  ...[45, 46, 47].map((number) => [number, { as: 'elapsed' }] as const),
]);

export const builtInStyle = (number: number): NumberStyle => builtIn.get(number) ?? { as: 'number' };

/** What a number format shows. Only its first part counts: those after it are for negative numbers, zero and text. */
export function styleOf(format: string): NumberStyle {
  const pattern = format.replace(/"([^"]*)"|\\(.)/g, '$1$2');
  if (/^(?=.*0.*0)[0 \-]+$/.test(pattern)) return { as: 'digits', pattern };
  const first = format.replace(/"[^"]*"|\\.|_.|\*./g, '').split(';', 1)[0]!;
  if (/\[(h+|m+|s+)\]/i.test(first)) return { as: 'elapsed' };
  const signs = first.replace(/\[[^\]]*\]/g, '');
  if (/[dy]/i.test(signs)) return { as: 'date' };
  if (/[hs]/i.test(signs)) return { as: 'time' };
  // Without hours or seconds beside it, m is a month.
  if (/m/i.test(signs)) return { as: 'date' };
  return { as: signs.includes('%') ? 'percent' : 'number' };
}

/** A number as a person sees it in the cell. @param from1904 days are counted from 1904 on */
export function shownNumber(number: number, style: NumberStyle, from1904: boolean): Cell {
  switch (style.as) {
    case 'number':
      return number;
    case 'date':
      return dayOf(number, from1904) ?? number;
    case 'time':
      return number >= 0 && number < 1 ? timeOf(number) : (dayOf(number, from1904) ?? number);
    case 'elapsed':
      return number >= 0 ? timeOf(number) : number;
    case 'percent':
      return `${Number((number * 100).toPrecision(15))}%`;
    case 'digits':
      return Number.isSafeInteger(number) && number >= 0 ? inDigits(String(number), style.pattern) : number;
  }
}

const dayMs = 86_400_000;

/** The day (and time) of a number that is shown as a date, in ISO form; null where the calendar ends. */
function dayOf(number: number, from1904: boolean): string | null {
  // Excel takes 1900 for a leap year: days before its 29 February are one further on.
  const days = number - 25_569 + (from1904 ? 1_462 : number < 60 ? 1 : 0);
  const at = new Date(Math.round((days * dayMs) / 1_000) * 1_000);
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() > 9_999) return null;
  return at.toISOString().replace(/T00:00:00\.000Z$/, '');
}

/** A part of a day as hours and minutes, with seconds where there are any. */
function timeOf(days: number): string {
  const seconds = Math.round(days * 86_400);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return (parts[2] === 0 ? parts.slice(0, 2) : parts).map((part) => String(part).padStart(2, '0')).join(':');
}

function inDigits(digits: string, pattern: string): string {
  const places = pattern.replace(/[^0]/g, '').length;
  const padded = digits.padStart(places, '0');
  let at = padded.length - places;
  return padded.slice(0, at) + pattern.replace(/0/g, () => padded[at++]!);
}
