import { posix } from 'node:path';
import { TableError } from '../table-error.js';
import type { WorkbookParts } from './package.js';
import { marksOf } from './markup.js';
import { builtInStyle, styleOf, type NumberStyle } from './number-style.js';

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
  /** For each style of a cell what it shows a number as. */
  readonly styles: readonly NumberStyle[];
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
  return { sheets, from1904, styles: parts.has('xl/styles.xml') ? await stylesOf(parts) : [] };
}

async function stylesOf(parts: WorkbookParts): Promise<NumberStyle[]> {
  const own = new Map<number, NumberStyle>();
  const styles: NumberStyle[] = [];
  let within = '';
  for await (const marks of marksOf(parts.text('xl/styles.xml'))) {
    for (const mark of marks) {
      if (mark.is === 'open' && (mark.name === 'cellXfs' || mark.name === 'cellStyleXfs')) within = mark.name;
      if (mark.is === 'close' && mark.name === within) within = '';
      if (mark.is !== 'open') continue;
      const number = Number(mark.attributes['numFmtId'] ?? 0);
      if (mark.name === 'numFmt') own.set(number, styleOf(mark.attributes['formatCode'] ?? ''));
      if (mark.name === 'xf' && within === 'cellXfs') styles.push(own.get(number) ?? builtInStyle(number));
    }
  }
  return styles;
}
