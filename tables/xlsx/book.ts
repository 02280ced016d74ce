import { posix } from 'node:path';
import { TableError } from '../table-error.js';
import type { WorkbookParts } from './package.js';
import { marksOf } from './markup.js';

export interface Sheet {
  readonly name: string;
  readonly state: 'visible' | 'hidden';
  /** Where in the package its cells are. */
  readonly path: string;
}

export interface Book {
  readonly sheets: readonly Sheet[];
  /** Days are counted from 1904 on, as old Macs did. */
  readonly from1904: boolean;
  /** For each style of a cell whether it shows a number as a date. */
  readonly dateStyles: readonly boolean[];
}

/** Reads what a workbook says of itself; no cells. */
export async function readBook(parts: WorkbookParts): Promise<Book> {
  const targets = new Map<string, string>();
  for await (const marks of marksOf(parts.text('xl/_rels/workbook.xml.rels'))) {
    for (const mark of marks) if (mark.is === 'open' && mark.name === 'Relationship') targets.set(mark.attributes['Id'] ?? '', mark.attributes['Target'] ?? '');
  }
  const sheets: Sheet[] = [];
  let from1904 = false;
  for await (const marks of marksOf(parts.text('xl/workbook.xml'))) {
    for (const mark of marks) {
      if (mark.is !== 'open') continue;
      if (mark.name === 'workbookPr') from1904 = ['1', 'true'].includes(mark.attributes['date1904'] ?? '');
      if (mark.name !== 'sheet') continue;
      const link = Object.entries(mark.attributes).find(([name]) => name.endsWith(':id'))?.[1] ?? '';
      const path = posix.resolve('/xl', targets.get(link) ?? '').slice(1);
      // Charts are sheets too, without cells.
      if (parts.has(path) && !path.includes('chartsheets')) sheets.push({ name: mark.attributes['name'] ?? '', state: (mark.attributes['state'] ?? 'visible') === 'visible' ? 'visible' : 'hidden', path });
    }
  }
  if (sheets.length === 0) throw new TableError('The workbook has no sheet');
  return { sheets, from1904, dateStyles: parts.has('xl/styles.xml') ? await dateStylesOf(parts) : [] };
}

/** Numbers of the formats that Excel brings along and that show a date (ECMA-376 part 1, 18.8.30). */
const builtInDates: ReadonlySet<number> = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58]);

async function dateStylesOf(parts: WorkbookParts): Promise<boolean[]> {
  const own = new Map<number, boolean>();
  const styles: boolean[] = [];
  let within = '';
  for await (const marks of marksOf(parts.text('xl/styles.xml'))) {
    for (const mark of marks) {
      if (mark.is === 'open' && (mark.name === 'cellXfs' || mark.name === 'cellStyleXfs')) within = mark.name;
      if (mark.is === 'close' && mark.name === within) within = '';
      if (mark.is !== 'open') continue;
      const number = Number(mark.attributes['numFmtId'] ?? 0);
      if (mark.name === 'numFmt') own.set(number, showsDay(mark.attributes['formatCode'] ?? ''));
      if (mark.name === 'xf' && within === 'cellXfs') styles.push(own.get(number) ?? builtInDates.has(number));
    }
  }
  return styles;
}

/** Whether a number format names a day or a year, outside what it shows as it stands. */
function showsDay(format: string): boolean {
  return /[dy]/i.test(format.replace(/"[^"]*"|\\.|\[[^\]]*\]/g, ''));
}
