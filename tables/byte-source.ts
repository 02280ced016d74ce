/** A file's bytes, wherever they lie: read from the start, or any part of them. */
export interface ByteSource {
  readonly size: number;
  /** Known to hold plain letters only (ASCII): then every common encoding reads it alike, and nobody need look through it. */
  readonly plain?: boolean;
  chunks(): AsyncIterable<Buffer>;
  /** The bytes from `start` up to but not including `end`. */
  range(start: number, end: number): Promise<Buffer>;
}

const chunkBytes = 256 * 1024;

/** A file that is in memory. */
export function bytesInMemory(file: Buffer): ByteSource {
  return {
    size: file.length,
    async *chunks() {
      for (let start = 0; start < file.length; start += chunkBytes) yield file.subarray(start, start + chunkBytes);
    },
    range: async (start, end) => file.subarray(start, end),
  };
}
