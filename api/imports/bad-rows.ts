import type { Readable } from 'node:stream';
import type { BadRow } from '../../store/index.js';
import { cellText, isError, safeText, type Cell } from '../../tables/cells.js';
import { csvOfSafeRows } from '../../tables/write-csv.js';
import type { PlanSummary } from './content.js';

/** The column that says why a row was not imported. An import of the corrected file leaves it out. */
export const reasonHeader = 'Why it was not imported';

/** The column that says which of the rows that say the same one is: alone in a file it would be taken for the first of them. */
export const occurrenceHeader = 'Number among rows that say the same';

/** Whether a column is one of those that we add. */
export const isOwnHeader = (header: string): boolean => header === reasonHeader || header === occurrenceHeader;

/** The number in a cell of that column; null where there is none, or it was changed to something else. */
export function occurrenceIn(cell: Cell | undefined): number | null {
  const text = cellText(cell ?? null)?.trim() ?? '';
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null;
}

/**
 * The rows that could not be imported as a CSV file: as they were, with the reasons behind. Corrected, it imports again, each row
 * as what it was in its first file.
 */
export function badRowsFile(headers: readonly string[], rows: AsyncIterable<BadRow>, { alike }: Pick<PlanSummary, 'alike'>): Readable {
  const added = alike ? [reasonHeader, occurrenceHeader] : [reasonHeader];
  async function* lines(): AsyncGenerator<string[]> {
    for await (const { cells, reasons, occurrence } of rows) {
      const texts = (cells as readonly Cell[]).map(written);
      const own = headers.map((header, index) => (isOwnHeader(header) ? null : (texts[index] ?? ''))).filter((text) => text !== null);
      const number = occurrence ? String(occurrence) : '';
      // Cells beyond the header stay beyond it: nothing that was there gets lost.
      yield [...own, safeText(reasons.join('; ')), ...(alike ? [number] : []), ...texts.slice(headers.length)];
    }
  }
  return csvOfSafeRows([...headers.filter((header) => !isOwnHeader(header)), ...added].map(safeText), lines());
}

/** A cell as it was. A spreadsheet's error stays one: with our mark it would be a text like any other when it comes again. */
const written = (cell: Cell): string => (isError(cell) ? cell : safeText(cellText(cell) ?? ''));
