const pieceCharacters = 64 * 1024;

/** Many short texts as few pieces of bytes: each piece costs the steps after it about as much as the next. */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let held = '';
  for await (const text of texts) {
    held += text;
    if (held.length < pieceCharacters) continue;
    yield Buffer.from(held);
    held = '';
  }
  if (held !== '') yield Buffer.from(held);
}
