/** Sealed chunks one after the other in one object: each with its length (4 bytes, big-endian) in front. */
export async function* toFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    yield Buffer.concat([length, chunk]);
  }
}

/** The chunks again, in whatever pieces the bytes arrive. @throws {Error} when the object ends within one */
export async function* fromFrames(bytes: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const part of bytes) {
    held = held.length === 0 ? Buffer.from(part) : Buffer.concat([held, part]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > mostBytes) throw new Error('The file in the object storage is not one of ours');
      if (held.length < 4 + length) break;
      yield held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
  if (held.length > 0) throw new Error('The file in the object storage ends too early');
}
