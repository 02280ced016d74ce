import { isError, type Cell } from '../cells.js';
import type { RawRow } from '../rows.js';
import { megabytes, TableError, tableLimits } from '../table-error.js';
import type { Book, Sheet } from './book.js';
import { marksOf } from './markup.js';
import { shownNumber } from './number-style.js';
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

/** A cell while its marks are read. */
interface ReadCell {
  readonly column: number;
  readonly type: string;
  readonly style: number;
  value: string;
  /** Null where it has none; empty where it only takes part in another cell's. */
  formula: string | null;
}

/**
 * The rows of a sheet in portions, each as it is unpacked.
 * @param headerRow null: the first one that holds something
 * @throws {TableError} at the end, where rows below the header share a merged cell: only the first of them would have its value
 */
export async function* sheetRows(parts: WorkbookParts, book: Book, sheet: Sheet, shared: readonly string[], headerRow: number | null): AsyncGenerator<readonly RawRow[]> {
  const text = new TextCollector();
  let number = 0;
  let cells: Cell[] = [];
  let next = 0;
  let header = headerRow;
  let last = 0;
  let cell: ReadCell | null = null;
  for await (const marks of marksOf(parts.text(sheet.path))) {
    const rows: RawRow[] = [];
    for (const mark of marks) {
      text.see(mark);
      if (mark.is === 'open') {
        if (mark.name === 'row') {
          number = Number(mark.attributes['r'] ?? number + 1);
          next = 0;
          cells = [];
        } else if (mark.name === 'c') {
          const column = mark.attributes['r'] ? columnOf(mark.attributes['r']) : next;
          next = column + 1;
          cell = { column, type: mark.attributes['t'] ?? 'n', style: Number(mark.attributes['s'] ?? 0), value: '', formula: null };
          text.take();
        } else if (mark.name === 'f' || mark.name === 'v') text.begin();
        else if (mark.name === 'mergeCell') refuseSharedValue(mark.attributes['ref'] ?? '', header ?? 0, last);
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
          header ??= number;
          last = number;
          rows.push({ number, cells });
          cells = [];
        }
      }
    }
    if (rows.length > 0) yield rows;
  }
}

function refuseSharedValue(range: string, header: number, last: number): void {
  const [from = 0, to = from] = range.split(':').map((address) => Number(address.replace(/^[A-Z]+/, '')));
  if (from <= header || from >= last || to === from) return;
  throw new TableError(`The cells ${range} are merged, so that only row ${from} has their value: unmerge them, fill in each row and send the file again`);
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

const noResult = '#UNKNOWN!';

function valueOf(cell: ReadCell, book: Book, shared: readonly string[]): Cell {
  const { type, value } = cell;
  // A formula that was never computed is kept as the text that it is, where it has its own. One that came to an empty text is a blank.
  if (value === '' && cell.formula !== null && type !== 'str') return cell.formula === '' ? noResult : `=${cell.formula}`;
  switch (type) {
    case 's': {
      if (value === '') return null;
      const text = shared[Number(value)];
      if (text === undefined) throw new TableError('The workbook is damaged: a cell refers to a text that is not there');
      return unescaped(text) || null;
    }
    case 'inlineStr':
    case 'str':
      return unescaped(value) || null;
    case 'b':
      return value === '' ? null : value !== '0' && value !== 'false';
    case 'd':
      return value || null;
    // Never blank: the row would be taken without what the person sees to be missing.
    case 'e':
      return isError(value) ? value : noResult;
    default: {
      if (value === '') return null;
      const number = Number(value);
      const style = book.styles[cell.style];
      return Number.isFinite(number) ? (style ? shownNumber(number, style, book.from1904) : number) : value;
    }
  }
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
