import { safeText } from './cells.js';
import { columnsOf, type Column } from './columns.js';
import { inPieces } from './pieces.js';
import { linkedRecords, type TableSource } from './source.js';
import { bookParts, letters, sheetEnd, sheetStart, style } from './xlsx/new-book.js';
import { zipOf, type ZipPart } from './zip.js';

const widths: Readonly<Record<Column['type'], number>> = {
  text: 24,
  longText: 48,
  email: 32,
  phone: 18,
  url: 36,
  date: 12,
  boolean: 10,
  secret: 24,
  integer: 14,
  choice: 16,
};

/**
 * A whole client as an Excel workbook with one sheet a kind, made as fast as it is taken. Written here and not by the Excel
 * library: that one pushes without waiting for its reader, and takes several times as long (docs/benchmarks.md).
 */
export function writeXlsx(source: TableSource, at: Date): AsyncGenerator<Uint8Array> {
  return zipOf(xlsxParts(source), { passphrase: null, size: 'ordinary', at });
}

async function* xlsxParts(source: TableSource): AsyncGenerator<ZipPart> {
  const names: string[] = [];
  for await (const { kind, records } of linkedRecords(source)) {
    names.push(kind.plural);
    const columns = columnsOf(kind, source.secrets);
    async function* sheet(): AsyncGenerator<string> {
      yield sheetStart(columns.map((column) => Math.max(widths[column.type], Math.min(column.header.length + 2, 40))));
      yield rowXml(1, columns.map((column) => textCell(column.header)), style.header);
      let number = 1;
      for await (const record of records) {
        number += 1;
        yield rowXml(number, columns.map((column) => cellXml(column, column.value(record))));
      }
      yield sheetEnd;
    }
    yield { name: `xl/worksheets/sheet${names.length}.xml`, bytes: inPieces(sheet()) };
  }
  for (const { name, text } of bookParts(names)) {
    async function* whole() {
      yield text;
    }
    yield { name, bytes: inPieces(whole()) };
  }
}

/** Attributes and content of a cell; null for one that is empty. */
type CellXml = readonly [attributes: string, content: string] | null;

function rowXml(number: number, cells: readonly CellXml[], styled = ''): string {
  let row = `<row r="${number}">`;
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index];
    if (cell) row += `<c r="${letters(index)}${number}"${styled}${cell[0]}>${cell[1]}</c>`;
  }
  return `${row}</row>`;
}

const firstExcelDay = '1900-03-01';
const dayMs = 86_400_000;
/** Day 0 of Excel's calendar, for days from the first one that it counts rightly. */
const dayZero = Date.UTC(1899, 11, 30);

function cellXml(column: Column, value: string | number | boolean | null): CellXml {
  if (value === null || value === '') return null;
  if (typeof value === 'number') return ['', `<v>${value}</v>`];
  if (typeof value === 'boolean') return [' t="b"', `<v>${value ? 1 : 0}</v>`];
  // Earlier days stay text.
  if (column.type === 'date' && value >= firstExcelDay) return [style.date, `<v>${(Date.parse(value) - dayZero) / dayMs}</v>`];
  return textCell(value);
}

/** Text stands in its cell: a table of shared texts would have to be held until the end. */
const textCell = (text: string): CellXml => [' t="inlineStr"', `<is><t xml:space="preserve">${escaped(safeText(text))}</t></is>`];

const special = /[&<>\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/;
const markup: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Characters that XML cannot hold, as Excel writes them: `_x0001_`. Text that only looks so is marked itself. */
function escaped(text: string): string {
  if (!special.test(text)) return text;
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/g, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replace(/[&<>]/g, (character) => markup[character]!);
}
