import { cellText, saysNothing, type Cell } from './cells.js';
import { noEvidence, noteDay, type DayOrderEvidence } from './dates.js';
import type { RawRow } from './rows.js';

/** What was seen in a column while the file was read. */
export interface ColumnSurvey {
  readonly days: DayOrderEvidence;
  /** The first few values, shortened. */
  readonly samples: string[];
}

export interface Survey {
  rows: number;
  readonly columns: ColumnSurvey[];
}

const samplesOfColumn = 3;
const sampleCharacters = 60;

/** A survey of a table of which nothing was seen yet. */
export const newSurvey = (headers: readonly string[]): Survey => ({ rows: 0, columns: headers.map(() => ({ days: noEvidence(), samples: [] })) });

/** Adds what rows of the table tell about its columns. */
export function see(survey: Survey, rows: readonly RawRow[]): void {
  survey.rows += rows.length;
  for (const { number, cells } of rows) look(survey.columns, number, cells);
}

function look(columns: readonly ColumnSurvey[], number: number, cells: readonly Cell[]): void {
  for (let index = 0; index < cells.length && index < columns.length; index += 1) {
    const cell = cells[index];
    if (saysNothing(cell)) continue;
    const column = columns[index]!;
    if (typeof cell === 'string') noteDay(column.days, cell, number);
    if (column.samples.length < samplesOfColumn) column.samples.push((cellText(cell) ?? '').trim().slice(0, sampleCharacters));
  }
}
