import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import ExcelJS from 'exceljs';
import { safeText } from './cells.js';
import { columnsOf, type Column } from './columns.js';
import { linkedRecords, type TableSource } from './source.js';

/** Rows that are handed over before we wait for the reader to take them. */
const rowsAtOnce = 200;

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

/** A whole client as an Excel workbook with one sheet a kind, made as fast as it is taken. */
export function writeXlsx(source: TableSource): Readable {
  const output = new PassThrough({ highWaterMark: 256 * 1024 });
  write(source, output).catch((error: unknown) => output.destroy(error as Error));
  return output;
}

async function write(source: TableSource, output: PassThrough): Promise<void> {
  // Shared strings would have to be held until the end; styles are few.
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: output, useStyles: true, useSharedStrings: false });
  for await (const { kind, records } of linkedRecords(source)) {
    const columns = columnsOf(kind, source.secrets);
    const sheet = workbook.addWorksheet(kind.plural, { views: [{ state: 'frozen', ySplit: 1 }] });
    sheet.columns = columns.map((column) => ({ width: Math.max(widths[column.type], Math.min(column.header.length + 2, 40)) }));
    const header = sheet.addRow(columns.map((column) => column.header));
    header.font = { bold: true };
    header.commit();
    let waiting = 0;
    for await (const record of records) {
      const row = sheet.addRow(columns.map((column) => cellValue(column, column.value(record))));
      columns.forEach((column, index) => {
        if (column.type === 'date') row.getCell(index + 1).numFmt = 'yyyy-mm-dd';
      });
      row.commit();
      waiting += 1;
      if (waiting % rowsAtOnce === 0) await taken(output);
    }
    sheet.commit();
    await taken(output);
  }
  await workbook.commit();
}

/** The library pushes without looking back: we wait until what it pushed was taken. */
async function taken(output: PassThrough): Promise<void> {
  await nextTurn();
  if (output.destroyed) throw new Error('Nobody reads the download any more');
  if (output.writableNeedDrain) await Promise.race([once(output, 'drain'), once(output, 'close')]);
}

const firstExcelDay = '1900-03-01';

function cellValue(column: Column, value: string | number | boolean | null): ExcelJS.CellValue {
  if (value === null || typeof value !== 'string') return value;
  // Days before the first one that Excel counts rightly stay text.
  if (column.type === 'date' && value >= firstExcelDay) return new Date(`${value}T00:00:00Z`);
  // As rich text it is written into the cell itself with all its blanks; plain text would be decoded twice when it is read.
  return { richText: [{ text: escaped(safeText(value)) }] };
}

/** Characters that XML cannot hold, as Excel writes them: `_x0001_`. Text that only looks so is marked itself. */
function escaped(text: string): string {
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/g, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`);
}
