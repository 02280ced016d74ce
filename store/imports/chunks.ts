import type { ClientKey } from '../client-row.js';
import type { Store } from '../context.js';
import { readBytes, sendBytes } from '../direct.js';
import { notFound } from '../errors.js';
import { newId } from '../ids.js';

/** A sequence of sealed portions that belongs to an import: the bytes of its file, or its rows as they were read. */
export interface ImportPart {
  readonly part: string;
  readonly chunks: number;
}

const place = (importId: string, part: string, index: number) => ({ table: 'ImportChunk', row: `${importId}/${part}/${index}`, field: 'content' });

const insertChunk = 'INSERT INTO "ImportChunk" ("importId", "clientId", "part", "index", "content") VALUES ($1, $2, $3, $4, $5)';

/** Writes portions one after the other, each sealed. Nothing refers to them until the import that names the part is saved. */
export async function writeChunks(store: Store, client: ClientKey, importId: string, portions: AsyncIterable<Uint8Array>): Promise<ImportPart> {
  const part = newId();
  let chunks = 0;
  // The next portion is made while the one before is on its way.
  let onItsWay: Promise<unknown> = Promise.resolve();
  try {
    for await (const portion of portions) {
      const content = await store.vault.seal(client, place(importId, part, chunks), portion);
      await onItsWay;
      onItsWay = sendBytes(store, insertChunk, [importId, client.clientId, part, chunks, content]);
      onItsWay.catch(() => undefined);
      chunks += 1;
    }
  } finally {
    await onItsWay;
  }
  return { part, chunks };
}

/** Bytes in portions of one length, so that any part of a file can be found again. */
export async function* evenPortions(bytes: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Buffer> {
  let pending: Uint8Array[] = [];
  let held = 0;
  for await (const piece of bytes) {
    let rest = piece;
    while (rest.length > 0) {
      const taken = rest.subarray(0, length - held);
      pending.push(taken);
      held += taken.length;
      rest = rest.subarray(taken.length);
      if (held < length) continue;
      yield Buffer.concat(pending);
      pending = [];
      held = 0;
    }
  }
  if (held > 0) yield Buffer.concat(pending);
}

const selectChunk = 'SELECT "content" AS "bytes" FROM "ImportChunk" WHERE "importId" = $1 AND "part" = $2 AND "index" = $3 AND "clientId" = $4';

export async function readChunk(store: Store, client: ClientKey, importId: string, part: string, index: number): Promise<Buffer> {
  const content = await readBytes(store, selectChunk, [importId, part, index, client.clientId]);
  if (!content) throw notFound('import; its file is not kept any more');
  return store.vault.open(client, place(importId, part, index), content);
}

/** All portions of a part in order; the next one is read while the one before is worked on. */
export async function* readChunks(store: Store, client: ClientKey, importId: string, { part, chunks }: ImportPart): AsyncGenerator<Buffer> {
  let next = chunks > 0 ? readChunk(store, client, importId, part, 0) : null;
  for (let index = 0; next; index += 1) {
    const chunk: Buffer = await next;
    next = index + 1 < chunks ? readChunk(store, client, importId, part, index + 1) : null;
    next?.catch(() => undefined);
    yield chunk;
  }
}
