/** What the database holds: as it lies there, and opened with every key that there is. */
import { KeyGoneError, type Vault } from '../../store/index.js';
import { columnsOfBytes, rowsOf, sealedColumns, sealedOtherwise, type Query, type Row } from '../support/sealed-columns.js';
import type { Hit, Search } from './search.js';

export interface Found extends Hit {
  /** File, or table and column, or the kind of thing. */
  readonly where: string;
}

/** What one place showed. */
export interface Look {
  readonly found: readonly Found[];
  /** How much was looked at, for whoever reads the result: a place in which nothing was looked at proves nothing. */
  readonly items: number;
  readonly bytes: number;
}

/** A logical dump: each value of each column of each table, sealed ones as their bytes. */
export async function searchDump(query: Query, search: Search): Promise<Look> {
  const tables = await query(`SELECT table_schema AS schema, table_name AS name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`);
  const found: Found[] = [];
  let [items, bytes] = [0, 0];
  for (const { schema, name } of tables) {
    const rows = await query(`SELECT * FROM "${String(schema)}"."${String(name)}"`);
    items += rows.length;
    for (const column of Object.keys(rows[0] ?? {})) {
      const value = bytesOf(rows, column);
      bytes += value.length;
      found.push(...search.in(value).map((hit) => ({ ...hit, where: `${String(name)}.${column}` })));
    }
  }
  return { found, items, bytes };
}

function bytesOf(rows: readonly Row[], column: string): Buffer {
  const separator = Buffer.from('\n');
  return Buffer.concat(rows.flatMap((row) => [asBytes(row[column]), separator]));
}

function asBytes(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

/**
 * Opens whatever the vault still has a key for.
 * @returns also how many values no key is left for
 * @throws {Error} when a column of bytes is not known here, or a value does not open at its place
 */
export async function searchOpened(query: Query, vault: Vault, search: Search): Promise<Look & { readonly keyGone: number }> {
  const known = new Set([...sealedColumns.map(({ table, column }) => `${table}.${column}`), ...Object.keys(sealedOtherwise)]);
  const unknown = (await columnsOfBytes(query)).filter((column) => !known.has(column));
  if (unknown.length > 0) throw new Error(`Columns of bytes that nobody said how they are sealed (test/support/sealed-columns.ts): ${unknown.join(', ')}`);
  const found: Found[] = [];
  let [items, bytes, keyGone] = [0, 0, 0];
  for (const column of sealedColumns) {
    for (const row of await rowsOf(query, column)) {
      for (const { place, bytes: sealed } of column.values(row)) {
        try {
          const plain = await vault.open(column.owner(row), place, sealed);
          items += 1;
          bytes += plain.length;
          found.push(...search.in(plain).map((hit) => ({ ...hit, where: `${column.table}.${column.column}` })));
        } catch (error) {
          if (!(error instanceof KeyGoneError)) throw new Error(`A value of ${column.table}.${column.column} does not open at its place: ${(error as Error).message}`, { cause: error });
          keyGone += 1;
        }
      }
    }
  }
  return { found, items, bytes, keyGone };
}
