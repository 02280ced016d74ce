/** Bytes of a file that are sealed at one go. */
export const chunkBytes = 256 * 1024;

/** The same bytes in chunks of one size; the last one may be smaller. */
export async function* chunksOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    let rest = part;
    while (rest.length > 0) {
      const taken = rest.subarray(0, chunkBytes - length);
      pending.push(taken);
      length += taken.length;
      rest = rest.subarray(taken.length);
      if (length === chunkBytes) {
        yield Buffer.concat(pending);
        pending = [];
        length = 0;
      }
    }
  }
  if (length > 0) yield Buffer.concat(pending);
}
