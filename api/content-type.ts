import { fileTypeFromBuffer } from 'file-type';

/** Bytes that decide what a file is: an Office file names its parts in the first entries of its ZIP. */
const headBytes = 16_384;

/** The media type that a file's first bytes show; `application/octet-stream` when they show none. */
export async function contentTypeOf(head: Buffer): Promise<string> {
  // A head that is cut off in the middle of a structure is no error, only less to go by.
  const known = await fileTypeFromBuffer(head).catch(() => undefined);
  if (known) return known.mime;
  return isText(head) ? 'text/plain; charset=utf-8' : 'application/octet-stream';
}

function isText(head: Buffer): boolean {
  if (head.length === 0) return false;
  for (const byte of head) if (byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b) || byte === 0x7f) return false;
  // The head may end within a character of several bytes; `stream` lets that pass.
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Recognises a stream's type from its head, and gives the stream back whole. */
export async function sniffed(bytes: AsyncIterable<Buffer>): Promise<{ contentType: string; content: AsyncGenerator<Buffer> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  let length = 0;
  while (length < headBytes) {
    const next = await iterator.next();
    if (next.done) break;
    held.push(next.value);
    length += next.value.length;
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield* held.splice(0);
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { contentType: await contentTypeOf(Buffer.concat(held).subarray(0, headBytes)), content: whole() };
}
