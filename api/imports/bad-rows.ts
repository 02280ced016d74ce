import type { Readable } from 'node:stream';
import type { BadRow } from '../../store/index.js';
import { cellText, isError, safeText, type Cell } from '../../tables/cells.js';
import { csvOfSafeRows } from '../../tables/write-csv.js';

/** The column that says why a row was not imported. An import of the corrected file leaves it out. */
export const reasonHeader = 'Why it was not imported';

/** The rows that could not be imported as a CSV file: as they were, with the reasons behind. Corrected, it imports again. */
export function badRowsFile(headers: readonly string[], rows: AsyncIterable<BadRow>): Readable {
  async function* lines(): AsyncGenerator<string[]> {
    for await (const { cells, reasons } of rows) {
      const texts = (cells as readonly Cell[]).map(written);
      const own = headers.map((header, index) => (header === reasonHeader ? null : (texts[index] ?? ''))).filter((text) => text !== null);
      // Cells beyond the header stay beyond it: nothing that was there gets lost.
      yield [...own, safeText(reasons.join('; ')), ...texts.slice(headers.length)];
    }
  }
  return csvOfSafeRows([...headers.filter((header) => header !== reasonHeader), reasonHeader].map(safeText), lines());
}

/** A cell as it was. A spreadsheet's error stays one: with our mark it would be a text like any other when it comes again. */
const written = (cell: Cell): string => (isError(cell) ? cell : safeText(cellText(cell) ?? ''));
