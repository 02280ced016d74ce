import type { Content, Field } from '../domain/kinds/index.js';
import { cellText, isBlank, isError, saysNothing, type Cell } from './cells.js';
import { isoDate, type DayOrder } from './dates.js';
import { unreadable } from './encoding.js';
import { fieldOf, type MatchedColumn } from './match.js';
import type { RawRow } from './rows.js';

/** A fault in a file: where it is, which field it would fill, and the reason. Never holds what the cell says, but for a spreadsheet's own error. */
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
  /** Our own id of the record. */
  readonly id: string | null;
  /** The other tool's id of it. */
  readonly sourceKey: string | null;
  readonly fields: Partial<Content>;
  /** Titles of the records that are linked to. */
  readonly titles: Readonly<Record<string, string | null>>;
  /** Their ids, where the file says them. */
  readonly ids: Readonly<Record<string, string | null>>;
  readonly faults: readonly CellFault[];
}

/** A column with the order of day and month that its dates are read by; only columns of dates need one. */
export interface ReadColumn extends MatchedColumn {
  readonly order: DayOrder | 'unknown';
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Turns the cells of a row into values by the type of the field that they fill. The rules of the fields are not applied here. */
export function convertRow(columns: readonly ReadColumn[], { number, cells }: RawRow): TableRow {
  const faults: CellFault[] = [];
  const fields: Partial<Content> = {};
  const titles: Record<string, string | null> = {};
  const ids: Record<string, string | null> = {};
  let id: string | null = null;
  let sourceKey: string | null = null;
  for (let index = 0; index < columns.length; index += 1) {
    const { header, meaning, order } = columns[index]!;
    if (!meaning) continue;
    const cell = cells[index] ?? null;
    if (typeof cell === 'string' && cell.includes(unreadable)) {
      faults.push({ row: number, column: header, field: fieldOf(meaning), message: 'holds a character that could not be read; choose another encoding or correct it' });
      continue;
    }
    if (isError(cell)) {
      faults.push({ row: number, column: header, field: fieldOf(meaning), message: `holds Excel's error ${cell}; correct it in the file or clear it` });
      continue;
    }
    switch (meaning.of) {
      case 'id': {
        // Numbers of other tools are called Id too: they are not ours.
        const text = trimmed(cell);
        if (text !== null && uuid.test(text)) id = text.toLowerCase();
        else sourceKey ??= text;
        break;
      }
      case 'source_key':
        sourceKey = trimmed(cell);
        break;
      case 'reference_id': {
        const text = trimmed(cell) ?? '';
        ids[meaning.name] = uuid.test(text) ? text.toLowerCase() : null;
        break;
      }
      case 'reference':
        titles[meaning.name] = trimmed(cell);
        break;
      case 'field': {
        const value = valueOf(meaning.type, cell, order);
        if (value.read) fields[meaning.name] = value.value;
        else faults.push({ row: number, column: header, field: fieldOf(meaning), message: value.message });
      }
    }
  }
  for (let index = columns.length; index < cells.length; index += 1) {
    if (saysNothing(cells[index])) continue;
    faults.push({ row: number, column: null, field: null, message: 'has more cells than the header row' });
    break;
  }
  return { row: number, id, sourceKey, fields, titles, ids, faults };
}

type Value = { readonly read: true; readonly value: Content[string] } | { readonly read: false; readonly message: string };

function value(of: Content[string]): Value {
  return { read: true, value: of };
}

function unread(message: string): Value {
  return { read: false, message };
}

function valueOf(type: Field['type'], cell: Cell, order: DayOrder | 'unknown'): Value {
  if (isBlank(cell)) return value(null);
  switch (type) {
    case 'secret':
      return value(cellText(cell));
    case 'boolean':
      return booleanOf(cell);
    case 'date':
      return dateOf(cell, order);
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

function dateOf(cell: Cell, order: DayOrder | 'unknown'): Value {
  const text = trimmed(cell);
  if (text === null) return value(null);
  const date = isoDate(text, order);
  if (date === 'unclear') return unread('could be two dates: choose for this column whether the day or the month comes first');
  return date ? value(date) : unread('must be a date such as 2026-03-31');
}

function trimmed(cell: Cell): string | null {
  const text = cellText(cell)?.trim();
  return text ? text : null;
}
