/** A file cannot be read as a table at all. The message is for the person who sent it. */
export class TableError extends Error {
  override name = 'TableError';
}

/** Limits of a file that is read. */
export const tableLimits = {
  bytes: 50 * 1024 * 1024,
  rows: 100_000,
  columns: 300,
  /** Of an XLSX file's parts, unpacked: guards against a small file that unpacks to a huge one. */
  unpackedBytes: 300 * 1024 * 1024,
} as const;
