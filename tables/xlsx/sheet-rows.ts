import type { Cell } from '../cells.js';
import type { RawRow } from '../rows.js';
import { megabytes, TableError, tableLimits } from '../table-error.js';
import type { Book, Sheet } from './book.js';
import { marksOf } from './markup.js';
import type { WorkbookParts } from './package.js';

/** Texts that cells share. They are held while the sheet is read, so their size has a limit of its own. */
export async function sharedTexts(parts: WorkbookParts): Promise<readonly string[]> {
  const path = 'xl/sharedStrings.xml';
  if (!parts.has(path)) return [];
  if (parts.size(path) > tableLimits.sharedTextBytes) throw new TableError(`The texts of the workbook are too large once unpacked: more than ${megabytes(tableLimits.sharedTextBytes)}`);
  const texts: string[] = [];
  const text = new TextCollector();
  for await (const marks of marksOf(parts.text(path))) {
    for (const mark of marks) {
      text.see(mark);
      if (mark.is === 'open' && mark.name === 'si') text.take();
      if (mark.is === 'close' && mark.name === 'si') texts.push(text.take());
    }
  }
  return texts;
}

/** The rows of a sheet in portions, each as it is unpacked. */
export async function* sheetRows(parts: WorkbookParts, book: Book, sheet: Sheet, shared: readonly string[]): AsyncGenerator<readonly RawRow[]> {
  const text = new TextCollector();
  let number = 0;
  let cells: Cell[] = [];
  let cell: { column: number; type: string; style: number; value: string; formula: string } | null = null;
  for await (const marks of marksOf(parts.text(sheet.path))) {
    const rows: RawRow[] = [];
    for (const mark of marks) {
      text.see(mark);
      if (mark.is === 'open') {
        if (mark.name === 'row') {
          number = Number(mark.attributes['r'] ?? number + 1);
          cells = [];
        } else if (mark.name === 'c') {
          const column = mark.attributes['r'] ? columnOf(mark.attributes['r']) : cells.length;
          cell = { column, type: mark.attributes['t'] ?? 'n', style: Number(mark.attributes['s'] ?? 0), value: '', formula: '' };
          text.take();
        } else if (mark.name === 'f' || mark.name === 'v') text.begin();
      } else if (mark.is === 'close') {
        if (cell && mark.name === 'f') cell.formula = text.take();
        else if (cell && (mark.name === 'v' || mark.name === 'is')) cell.value = text.take();
        else if (cell && mark.name === 'c') {
          const value = valueOf(cell, book, shared);
          // A cell that is there for its looks alone may stand anywhere.
          if (value !== null) {
            if (cell.column >= tableLimits.columns) throw new TableError(`The file may have at most ${tableLimits.columns} columns`);
            while (cells.length < cell.column) cells.push(null);
            cells[cell.column] = value;
          }
          cell = null;
        } else if (mark.name === 'row' && cells.length > 0) {
          rows.push({ number, cells });
          cells = [];
        }
      }
    }
    if (rows.length > 0) yield rows;
  }
}

/** Puts together the text of elements that hold it: `t` in any number of runs, and whatever was begun by hand. Hints of how to read signs (`rPh`) are no text. */
class TextCollector {
  private text = '';
  private open = false;
  private aside = false;

  see(mark: { is: string; name?: string; text?: string }): void {
    if (mark.is === 'text') {
      if (this.open && !this.aside) this.text += mark.text;
    } else if (mark.name === 'rPh') this.aside = mark.is === 'open';
    else if (mark.name === 't') this.open = mark.is === 'open';
  }

  begin(): void {
    this.text = '';
    this.open = true;
  }

  take(): string {
    const taken = this.text;
    this.text = '';
    this.open = false;
    return taken;
  }
}

function valueOf(cell: { type: string; style: number; value: string; formula: string }, book: Book, shared: readonly string[]): Cell {
  const { type, value } = cell;
  // A formula that was never computed is kept as the text that it is.
  if (value === '' && cell.formula !== '') return `=${cell.formula}`;
  switch (type) {
    case 's':
      return unescaped(shared[Number(value)] ?? '') || null;
    case 'inlineStr':
    case 'str':
      return unescaped(value) || null;
    case 'b':
      return value === '' ? null : value !== '0' && value !== 'false';
    case 'd':
      return value || null;
    // An error such as #N/A says nothing.
    case 'e':
      return null;
    default: {
      if (value === '') return null;
      const number = Number(value);
      if (!Number.isFinite(number)) return value;
      return book.dateStyles[cell.style] ? (dayOf(number, book.from1904) ?? number) : number;
    }
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

/** The column of an address such as `AB12`, from 0. */
function columnOf(address: string): number {
  let column = 0;
  for (const character of address) {
    const code = character.charCodeAt(0);
    if (code < 65 || code > 90) break;
    column = column * 26 + code - 64;
  }
  return column - 1;
}

/** Characters that XML cannot hold are written as `_x0001_`. */
function unescaped(text: string): string {
  return text.includes('_x') ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))) : text;
}
