import type { Cell } from './cells.js';

/** A row of a file: `number` is the row as a spreadsheet shows it. */
export interface RawRow {
  readonly number: number;
  readonly cells: readonly Cell[];
}
