import type { Cell } from './cells.js';
import { readCsv } from './read-csv.js';
import { readXlsx } from './read-xlsx.js';
import { TableError, tableLimits } from './table-error.js';

/** A file as rows of cells. `number` is the row as a spreadsheet shows it; the header is in `headerRow`. */
export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly { readonly number: number; readonly cells: readonly Cell[] }[];
}

export type FileType = 'csv' | 'xlsx';

/**
 * Reads one sheet of a workbook, or a CSV file of any common delimiter and encoding. The first row that is not empty holds the
 * headers; empty rows are left out.
 * @param sheet the sheet of that name is read where there is one, as in our own downloads, else the first visible one
 * @throws {TableError} when it is no such file, or one of `tableLimits` is passed
 */
export async function readTable(file: Buffer, type: FileType, sheet: string | null = null): Promise<Table> {
  if (file.length > tableLimits.bytes) throw new TableError(`The file may have at most ${tableLimits.bytes / 1024 / 1024} MB`);
  return tableOf(type === 'csv' ? readCsv(file) : readXlsx(file, sheet));
}

async function tableOf(rows: AsyncIterable<readonly Cell[]> | Iterable<readonly Cell[]>): Promise<Table> {
  let headers: string[] | undefined;
  const kept: { number: number; cells: readonly Cell[] }[] = [];
  let number = 0;
  for await (const cells of rows) {
    number += 1;
    if (cells.every(saysNothing)) continue;
    if (cells.length > tableLimits.columns && !cells.slice(tableLimits.columns).every(saysNothing)) {
      throw new TableError(`The file may have at most ${tableLimits.columns} columns`);
    }
    if (!headers) {
      headers = cells.slice(0, tableLimits.columns).map((cell) => (cell === null ? '' : String(cell).trim()));
      while (headers.at(-1) === '') headers.pop();
      continue;
    }
    if (kept.length === tableLimits.rows) throw new TableError(`The file may have at most ${tableLimits.rows} rows`);
    kept.push({ number, cells });
  }
  if (!headers) throw new TableError('The file is empty');
  return { headers, rows: kept };
}

const saysNothing = (cell: Cell) => isBlank(cell) || (typeof cell === 'string' && cell.trim() === '');

/** Whether a cell holds nothing that could be a value. Blanks alone may be a password, so they count as something. */
export function isBlank(cell: Cell | undefined): boolean {
  return cell === null || cell === undefined || cell === '';
}
