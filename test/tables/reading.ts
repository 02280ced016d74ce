import type { AnyKind } from '../../domain/kinds/index.js';
import { bytesInMemory } from '../../tables/byte-source.js';
import { convertRow, type TableRow } from '../../tables/convert.js';
import { dayOrderOf, noEvidence, noteDay } from '../../tables/dates.js';
import { matchColumns } from '../../tables/match.js';
import { openTable, type Reading, type ReadingChoices } from '../../tables/read.js';
import type { RawRow } from '../../tables/rows.js';

export interface ReadTable {
  readonly reading: Reading;
  readonly headers: readonly string[];
  readonly rows: readonly RawRow[];
}

/** A whole file at once. */
export async function readTable(file: Buffer, choices: ReadingChoices = {}, sheet = 'Configurations'): Promise<ReadTable> {
  const { reading, headers, rows } = await openTable(bytesInMemory(file), choices, { sheet });
  const all: RawRow[] = [];
  for await (const portion of rows) all.push(...portion);
  return { reading, headers, rows: all };
}

/** The rows of a table as values of a kind, dates read as the column itself tells. */
export function converted(kind: AnyKind, { headers, rows }: Pick<ReadTable, 'headers' | 'rows'>): TableRow[] {
  const columns = matchColumns(kind, headers).map((column, index) => {
    const days = noEvidence();
    for (const { number, cells } of rows) if (typeof cells[index] === 'string') noteDay(days, cells[index], number);
    return { ...column, order: dayOrderOf(days, [])?.value ?? ('unknown' as const) };
  });
  return rows.map((row) => convertRow(columns, row));
}
