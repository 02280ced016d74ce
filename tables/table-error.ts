/** A file cannot be read as a table at all. The message is for the person who sent it. */
export class TableError extends Error {
  override name = 'TableError';
}

/** Limits of a file that is read. */
export const tableLimits = {
  bytes: 50 * 1024 * 1024,
  rows: 100_000,
  columns: 500,
  /** Characters of the header row: five hundred long names are far less. */
  headerCharacters: 64 * 1024,
  /** Characters of one cell: what Excel itself can hold. */
  cellCharacters: 32_767,
  /** Of an XLSX file's parts, unpacked: guards against a small file that unpacks to a huge one. */
  unpackedBytes: 400 * 1024 * 1024,
  /** Of the one part that has to be held while a sheet is read: the texts that its cells share. */
  sharedTextBytes: 64 * 1024 * 1024,
  /** Parts of an XLSX file. */
  parts: 2_000,
} as const;

/** A limit in the words of a message. */
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
