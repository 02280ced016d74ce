import { cellText, saysNothing, type Cell } from './cells.js';
import { noEvidence, noteDay, type DayOrderEvidence } from './dates.js';
import type { Table } from './read.js';
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

/** A portion is worked on at one go: other requests wait for it, so it takes some ten milliseconds at most. */
const portionRows = 250;
const portionCharacters = 512 * 1024;

/**
 * Reads a table once: its rows as portions that `rowsOf` gives back, and what they tell about the columns as a whole.
 * @param survey is filled while the portions are taken
 */
export async function* surveyed(table: Table, survey: Survey): AsyncGenerator<Buffer> {
  for (const _ of table.headers) survey.columns.push({ days: noEvidence(), samples: [] });
  let portion: (readonly [number, readonly Cell[]])[] = [];
  let characters = 0;
  const whole = () => {
    const bytes = Buffer.from(JSON.stringify(portion));
    portion = [];
    characters = 0;
    return bytes;
  };
  for await (const rows of table.rows) {
    for (const { number, cells } of rows) {
      survey.rows += 1;
      characters += look(survey.columns, number, cells);
      portion.push([number, cells]);
      if (portion.length >= portionRows || characters >= portionCharacters) yield whole();
    }
  }
  if (portion.length > 0) yield whole();
}

/** The rows of a portion. */
export function rowsOf(portion: Buffer): RawRow[] {
  return (JSON.parse(portion.toString('utf8')) as [number, Cell[]][]).map(([number, cells]) => ({ number, cells }));
}

function look(columns: readonly ColumnSurvey[], number: number, cells: readonly Cell[]): number {
  let characters = 0;
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index];
    if (typeof cell === 'string') characters += cell.length;
    const column = columns[index];
    if (!column || saysNothing(cell)) continue;
    if (typeof cell === 'string') noteDay(column.days, cell, number);
    if (column.samples.length < samplesOfColumn) column.samples.push((cellText(cell) ?? '').trim().slice(0, sampleCharacters));
  }
  return characters;
}
