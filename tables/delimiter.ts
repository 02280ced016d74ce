import { parse } from 'csv-parse/sync';
import { chosen, type Finding } from './finding.js';

export const delimiters = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

export const delimiterNames: Readonly<Record<Delimiter, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' };

/** Rows that are looked at. */
const rowsAtHead = 20;

/** Finds out what stands between the cells, from the first part of a file. `hint`: Excel's own `sep=` line. */
export function delimiterOf(head: string, hint: string | null, choice: Delimiter | null): Finding<Delimiter> {
  if (choice) return chosen(choice);
  if (hint && (delimiters as readonly string[]).includes(hint)) return { value: hint as Delimiter, sure: 'certain', why: 'the file says so in its first line' };
  const counts = countsInHeader(head);
  const [best, next] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!best) return { value: ',', sure: 'certain', why: 'the header has one column' };
  const [value] = best;
  const name = delimiterNames[value];
  if (!next) return { value, sure: 'certain', why: `only the ${name} stands in the header` };
  const even = [...counts.keys()].filter((one) => isEven(head, one));
  if (even.length === 1 && even[0] === value) return { value, sure: 'certain', why: `only with the ${name} all rows have the same number of cells` };
  return { value, sure: 'likely', why: `the ${name} stands most often in the header` };
}

/** How often each delimiter stands in the first line that has one, outside quotation marks. */
function countsInHeader(head: string): Map<Delimiter, number> {
  const counts = new Map<Delimiter, number>();
  let quoted = false;
  for (const character of head) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && character === '\n' && counts.size > 0) break;
    else if (!quoted && (delimiters as readonly string[]).includes(character)) counts.set(character as Delimiter, (counts.get(character as Delimiter) ?? 0) + 1);
  }
  return counts;
}

function isEven(head: string, delimiter: Delimiter): boolean {
  try {
    // The last row may be cut off.
    const rows = parse(head, { delimiter, relax_quotes: true, relax_column_count: true, to: rowsAtHead }) as string[][];
    const whole = rows.length < rowsAtHead ? rows.slice(0, -1) : rows;
    return whole.length > 1 && whole[0]!.length > 1 && whole.every((row) => row.length === whole[0]!.length);
  } catch {
    return false;
  }
}
