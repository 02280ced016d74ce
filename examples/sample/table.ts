/** A cell as a tool exports it. Dates only occur in workbooks, where they are real dates. */
export type Cell = string | number | boolean | Date | null;

/** How a file is written. The variety is that of real hand-overs: each tool has habits of its own. */
export type Format =
  | {
      readonly type: 'csv';
      readonly delimiter: ',' | ';';
      readonly newline: '\n' | '\r\n';
      readonly encoding: 'utf-8' | 'utf-8 with BOM' | 'windows-1252';
      readonly quoted: 'all' | 'where needed';
    }
  | { readonly type: 'xlsx'; readonly sheet: string };

/** One file of records: a header row, then one row a record. */
export interface Table {
  readonly file: string;
  /** What its rows are: the path of the records in the REST API. */
  readonly records: 'sites' | 'personnel' | 'vendors' | 'configurations' | 'applications' | 'passwords' | 'attachments';
  /** Which tool the outgoing MSP took it from. */
  readonly source: string;
  readonly format: Format;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Column<T> = readonly [header: string, value: (record: T, index: number) => Cell];

/** A table from records and its columns. */
export function table<T>(
  about: Omit<Table, 'headers' | 'rows'>,
  records: readonly T[],
  columns: readonly Column<T>[],
): Table {
  return {
    ...about,
    headers: columns.map(([header]) => header),
    rows: records.map((record, index) => columns.map(([, value]) => value(record, index))),
  };
}
