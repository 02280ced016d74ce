import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import ExcelJS from 'exceljs';
import { safeText } from './cells.js';

/** What a cell of a report holds; a date is shown to the minute, in UTC. */
export type SheetCell = string | number | Date | null;

export interface Sheet {
  readonly name: string;
  readonly header: readonly string[];
  readonly rows: AsyncIterable<readonly SheetCell[]>;
}

/** Rows that are handed over before we wait for the reader to take them. */
const rowsAtOnce = 200;

/** Reports as an Excel workbook, made as fast as it is taken. No text of it is run as a formula. */
export function xlsxOfSheets(sheets: readonly Sheet[]): Readable {
  const output = new PassThrough();
  write(sheets, output).catch((error: unknown) => output.destroy(error as Error));
  return output;
}

async function write(sheets: readonly Sheet[], output: PassThrough): Promise<void> {
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: output, useStyles: true, useSharedStrings: false });
  for (const { name, header, rows } of sheets) {
    const sheet = workbook.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 1 }] });
    sheet.columns = header.map((text) => ({ width: Math.min(Math.max(12, text.length + 2), 40) }));
    const first = sheet.addRow([...header]);
    first.font = { bold: true };
    first.commit();
    let waiting = 0;
    for await (const cells of rows) {
      const row = sheet.addRow(cells.map(cellValue));
      cells.forEach((cell, index) => {
        if (cell instanceof Date) row.getCell(index + 1).numFmt = 'yyyy-mm-dd hh:mm';
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
  if (output.destroyed) throw new Error('Nobody reads the report any more');
  if (output.writableNeedDrain) await Promise.race([once(output, 'drain'), once(output, 'close')]);
}

 
const noXml = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g;

function cellValue(cell: SheetCell): ExcelJS.CellValue {
  if (typeof cell !== 'string') return cell;
  // As rich text it is written as it stands; a plain text of the form _x0041_ would be decoded.
  return { richText: [{ text: safeText(cell.replace(noXml, '\ufffd')) }] };
}
