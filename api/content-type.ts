/** Bytes that decide what a file is. */
const headBytes = 4_096;

const signatures: readonly (readonly [type: string, starts: (head: Buffer) => boolean])[] = [
  ['application/pdf', (head) => head.subarray(0, 1_024).includes('%PDF-')],
  ['image/png', (head) => head.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))],
  ['image/jpeg', (head) => head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))],
  ['image/gif', (head) => /^GIF8[79]a/.test(head.toString('latin1', 0, 6))],
  ['application/x-ole-storage', (head) => head.subarray(0, 8).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]))],
];

const office: readonly (readonly [type: string, part: string])[] = [
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xl/'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'word/'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'ppt/'],
];

/** The media type that a file's first bytes show; `application/octet-stream` when they show none. */
export function contentTypeOf(head: Buffer): string {
  for (const [type, starts] of signatures) if (starts(head)) return type;
  if (head.toString('latin1', 0, 4) === 'PK\u0003\u0004') {
    // An Office file is a ZIP whose first entries name its parts.
    const names = head.toString('latin1');
    return office.find(([, part]) => names.includes(part))?.[0] ?? 'application/zip';
  }
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
  return { contentType: contentTypeOf(Buffer.concat(held).subarray(0, headBytes)), content: whole() };
}
