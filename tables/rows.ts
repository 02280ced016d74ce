import type { Cell } from './cells.js';

/** A row of a file: `number` is the row as a spreadsheet shows it. */
export interface RawRow {
  readonly number: number;
  readonly cells: readonly Cell[];
}

/** A portion is worked on at one go: other requests wait for it, so it takes some ten milliseconds at most. */
const portionRows = 500;

/** The same rows in portions that are small enough to be worked on at one go. */
export async function* inPortions(rows: AsyncIterable<readonly RawRow[]>): AsyncGenerator<readonly RawRow[]> {
  for await (const read of rows) {
    for (let start = 0; start < read.length; start += portionRows) yield read.slice(start, start + portionRows);
  }
}
