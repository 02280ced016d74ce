import { createHash } from 'node:crypto';
import { kinds } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { appendAudit } from './audit.js';
import { ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { notFound, Refusal } from './errors.js';
import { newId } from './ids.js';
import { getRecord, partyOf, rewriteRecord, touchClient, type StoredRecord } from './records.js';

/** Largest file that is kept: what IT Glue's own screens take (it-glue-api.md 2.10). */
export const fileLimitBytes = 100 * 1024 * 1024;
const chunkBytes = 256 * 1024;
/** The chunk that closes an upload: it says how many there are, and makes the upload the one in force. */
const manifestIndex = -1;

interface Manifest {
  readonly chunks: number;
  readonly size: number;
  readonly sha256: string;
}

const place = (recordId: string, upload: string, index: number) => ({ table: 'AttachmentChunk', row: `${recordId}/${upload}/${index}`, field: 'content' });

/**
 * Keeps a file's bytes, sealed chunk by chunk as they arrive, and notes size, type and SHA-256 in the record. Until the last
 * byte is in, the file that was there before stays in force; a broken upload leaves nothing.
 */
export async function writeContent(
  store: Store,
  client: ClientKey,
  actor: Actor,
  recordId: string,
  contentType: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<StoredRecord> {
  await getRecord(store, client, 'attachment', recordId);
  const upload = newId();
  const hash = createHash('sha256');
  let size = 0;
  let index = 0;
  try {
    for await (const chunk of chunksOf(bytes)) {
      size += chunk.length;
      if (size > fileLimitBytes) throw new Refusal('limit_reached', `A file may have at most ${fileLimitBytes / 1024 / 1024} MB`);
      hash.update(chunk);
      await putChunk(store, client, recordId, upload, index, chunk);
      index += 1;
    }
    const sha256 = hash.digest('hex');
    return await inTransaction(store, async (context) => {
      await touchClient(context, client, 'msp');
      // Another upload to the same record that ended first took these chunks away: two never mix.
      const kept = await context.db.attachmentChunk.count({ where: { recordId, upload } });
      if (kept !== index) throw new Refusal('stale_version', 'Another file was uploaded here meanwhile; look at it, then send this one again');
      const manifest: Manifest = { chunks: index, size, sha256 };
      await context.db.attachmentChunk.deleteMany({ where: { recordId, upload: { not: upload } } });
      await putChunk(context, client, recordId, upload, manifestIndex, Buffer.from(JSON.stringify(manifest)));
      const record = await rewriteRecord(context, client, actor, kinds.attachment as never, recordId, {
        version: null,
        fields: { contentType, size, sha256 },
        references: {},
      });
      await appendAudit(context, {
        ...ofClient(client),
        actorId: actor.userId,
        party: partyOf(actor),
        action: 'attachment.uploaded',
        details: { recordId, size, sha256 },
      });
      return record;
    });
  } catch (error) {
    await dropUnfinished(store, recordId, upload);
    throw error;
  }
}

/** Removes what a broken upload left. One whose commit went through although its answer was lost is in force, and stays. */
async function dropUnfinished(store: Store, recordId: string, upload: string): Promise<void> {
  const closed = await store.db.attachmentChunk.count({ where: { recordId, upload, index: manifestIndex } });
  if (closed === 0) await store.db.attachmentChunk.deleteMany({ where: { recordId, upload } });
}

/** A file's bytes in order. Each chunk is opened only when it is asked for. */
export async function readContent(
  context: StoreContext,
  client: ClientKey,
  recordId: string,
): Promise<{ size: number; sha256: string; bytes: AsyncGenerator<Buffer> }> {
  const { tenantId, clientId } = ofClient(client);
  const closing = await context.db.attachmentChunk.findFirst({ where: { recordId, clientId, record: { tenantId }, index: manifestIndex } });
  if (!closing) throw notFound('file; it was never uploaded');
  const manifest = await context.vault.openJson<Manifest>(client, place(recordId, closing.upload, manifestIndex), closing.content);
  async function* bytes() {
    for (let index = 0; index < manifest.chunks; index += 1) {
      const chunk = await context.db.attachmentChunk.findUnique({
        where: { recordId_upload_index: { recordId, upload: closing!.upload, index } },
      });
      if (!chunk) throw notFound('file; it was replaced meanwhile');
      yield await context.vault.open(client, place(recordId, chunk.upload, index), chunk.content);
    }
  }
  return { size: manifest.size, sha256: manifest.sha256, bytes: bytes() };
}

async function putChunk(context: StoreContext, client: ClientKey, recordId: string, upload: string, index: number, plain: Uint8Array): Promise<void> {
  const content = await context.vault.seal(client, place(recordId, upload, index), plain);
  await context.db.attachmentChunk.create({ data: { recordId, clientId: client.clientId, upload, index, content } });
}

async function* chunksOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
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
