import type { Content, Field } from '../domain/kinds/index.js';
import { plainText, type Cell } from './cells.js';
import { dayOrderOf, isoDate, type DateColumn } from './dates.js';
import { fieldOf, type MatchedColumn } from './match.js';
import { isBlank, type Table } from './read.js';

/** A fault in a file: where it is, which field it would fill, and the reason. */
export interface CellFault {
  /** The row as a spreadsheet shows it. */
  readonly row: number;
  /** The header of the column; null when the row as a whole is at fault. */
  readonly column: string | null;
  readonly field: string | null;
  readonly message: string;
}

/** One row of a file as values of a kind. Columns that are not in the file have no key. */
export interface TableRow {
  readonly row: number;
  readonly id: string | null;
  readonly fields: Partial<Content>;
  /** Titles of the records that are linked to. */
  readonly titles: Readonly<Record<string, string | null>>;
  /** Their ids, where the file says them. */
  readonly ids: Readonly<Record<string, string | null>>;
}

export interface Converted {
  readonly rows: readonly TableRow[];
  readonly faults: readonly CellFault[];
  /** Per column, what a person should know about how it was read. */
  readonly notes: readonly (string | null)[];
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Turns cells into values by the type of the field that they fill. The rules of the fields are not applied here. */
export function convertRows(columns: readonly MatchedColumn[], table: Table): Converted {
  const dates = columns.map((column, index) => dateColumn(column, table, index));
  const faults: CellFault[] = [];
  const rows = table.rows.map(({ number, cells }): TableRow => {
    const fields: Partial<Content> = {};
    const titles: Record<string, string | null> = {};
    const ids: Record<string, string | null> = {};
    let id: string | null = null;
    columns.forEach(({ header, meaning }, index) => {
      if (!meaning) return;
      const cell = cells[index] ?? null;
      switch (meaning.of) {
        case 'id':
          // Numbers of other tools are called Id too: they are not ours.
          id = uuid.test(textOf(cell) ?? '') ? textOf(cell)!.toLowerCase() : null;
          break;
        case 'reference_id':
          ids[meaning.name] = uuid.test(textOf(cell) ?? '') ? textOf(cell)!.toLowerCase() : null;
          break;
        case 'reference':
          titles[meaning.name] = trimmed(cell);
          break;
        case 'field': {
          const value = valueOf(meaning.type, cell, dates[index]);
          if (value.read) fields[meaning.name] = value.value;
          else faults.push({ row: number, column: header, field: fieldOf(meaning), message: value.message });
        }
      }
    });
    for (const cell of cells.slice(columns.length)) {
      if (trimmed(cell) !== null) {
        faults.push({ row: number, column: null, field: null, message: 'has more cells than the header row' });
        break;
      }
    }
    return { row: number, id, fields, titles, ids };
  });
  return { rows, faults, notes: dates.map((date) => (date?.guessed ? 'Day and month could be the other way round; read with the month first' : null)) };
}

type Value = { readonly read: true; readonly value: Content[string] } | { readonly read: false; readonly message: string };

const value = (of: Content[string]): Value => ({ read: true, value: of });
const unread = (message: string): Value => ({ read: false, message });

function valueOf(type: Field['type'], cell: Cell, date: DateColumn | undefined): Value {
  switch (type) {
    case 'secret':
      return value(textOf(cell));
    case 'boolean':
      return booleanOf(cell);
    case 'date':
      return dateOf(cell, date!);
    case 'integer': {
      const text = trimmed(cell);
      if (text === null) return value(null);
      return /^-?\d{1,15}$/.test(text) ? value(Number(text)) : unread('must be a whole number');
    }
    case 'text':
    case 'longText':
    case 'email':
    case 'phone':
    case 'url':
    case 'choice':
      return value(trimmed(cell));
  }
}

const yes = ['yes', 'y', 'true', 't', '1', 'x', 'on'];
const no = ['no', 'n', 'false', 'f', '0', 'off', '-'];

function booleanOf(cell: Cell): Value {
  const text = trimmed(cell)?.toLowerCase() ?? null;
  if (text === null) return value(null);
  if (yes.includes(text)) return value(true);
  return no.includes(text) ? value(false) : unread('must be yes or no');
}

function dateOf(cell: Cell, column: DateColumn): Value {
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? unread('is no date') : value(cell.toISOString().slice(0, 10));
  const text = trimmed(cell);
  if (text === null) return value(null);
  const date = isoDate(text, column.order);
  if (date) return value(date);
  return unread(column.order === 'contradictory' ? 'could be two dates: other rows of the column have the day first, others the month' : 'must be a date such as 2026-03-31');
}

function dateColumn(column: MatchedColumn, table: Table, index: number): DateColumn | undefined {
  if (column.meaning?.of !== 'field' || column.meaning.type !== 'date') return undefined;
  return dayOrderOf(table.rows.map((row) => textOf(row.cells[index] ?? null) ?? ''));
}

/** A cell as text, without our own mark before a formula; null when it is empty. */
function textOf(cell: Cell): string | null {
  if (isBlank(cell)) return null;
  if (typeof cell === 'string') return plainText(cell);
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? null : cell.toISOString().replace(/T00:00:00\.000Z$/, '');
  if (typeof cell === 'boolean') return cell ? 'Yes' : 'No';
  return String(cell);
}

function trimmed(cell: Cell): string | null {
  const text = textOf(cell)?.trim();
  return text ? text : null;
}
