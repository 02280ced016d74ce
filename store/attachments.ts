import { createHash } from 'node:crypto';
import { kinds } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { appendAudit } from './audit.js';
import { ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { notFound, Refusal } from './errors.js';
import { chunkBytes, chunksOf } from './files/chunks.js';
import { fromFrames, toFrames } from './files/frames.js';
import { objectPrefix } from './files/keys.js';
import { newId } from './ids.js';
import { endStandInByOwner } from './page-stand-ins.js';
import { getRecord, partyOf, rewriteRecord, touchRecords, type StoredRecord } from './records.js';

/** Largest file that is kept: what IT Glue's own screens take (it-glue-api.md 2.10). */
export const fileLimitBytes = 100 * 1024 * 1024;
/** The chunk that closes an upload: it says how many there are, and makes the upload the one in force. */
const manifestIndex = -1;

interface Manifest {
  readonly chunks: number;
  readonly size: number;
  readonly sha256: string;
  /** Where the chunks are, when they are not rows beside this one. */
  readonly object?: string;
}

const place = (recordId: string, upload: string, index: number) => ({ table: 'AttachmentChunk', row: `${recordId}/${upload}/${index}`, field: 'content' });

/**
 * Keeps a file's bytes, sealed chunk by chunk as they arrive, and notes size, type and SHA-256 in the record. Until the last
 * byte is in, the file that was there before stays in force; a broken upload leaves nothing.
 * @throws {Refusal} `limit_reached` when the file or the client's files together are too large
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
  const room = await roomLeft(store, client, recordId);
  const upload = newId();
  const hash = createHash('sha256');
  let [size, index] = [0, 0];
  async function* sealed() {
    for await (const chunk of chunksOf(bytes)) {
      size += chunk.length;
      if (size > fileLimitBytes) throw new Refusal('limit_reached', `A file may have at most ${inMegabytes(fileLimitBytes)}`);
      if (size > room) throw noRoom(await quotaOf(store, client));
      hash.update(chunk);
      yield await store.vault.seal(client, place(recordId, upload, index), chunk);
      index += 1;
    }
  }
  const object = store.objects ? `${objectPrefix(client, recordId)}${upload}` : undefined;
  try {
    if (object) await store.objects!.put(object, toFrames(sealed()));
    else for await (const content of sealed()) await store.db.attachmentChunk.create({ data: { recordId, clientId: client.clientId, upload, index, content } });
    const manifest: Manifest = { chunks: index, size, sha256: hash.digest('hex'), ...(object ? { object } : {}) };
    const { record, replaced } = await putInForce(store, client, actor, recordId, upload, contentType, manifest);
    // Nobody reads them any more; what cannot be removed now goes with the client at the latest.
    for (const key of replaced) await store.objects?.removeAll(key, 1).catch(() => undefined);
    return record;
  } catch (error) {
    await dropUnfinished(store, recordId, upload, object);
    throw error;
  }
}

/** Closes an upload: from here on it is the record's file, and the one before is gone. */
async function putInForce(store: Store, client: ClientKey, actor: Actor, recordId: string, upload: string, contentType: string, manifest: Manifest): Promise<{ record: StoredRecord; replaced: string[] }> {
  const { size, sha256 } = manifest;
  return inTransaction(store, async (context) => {
    await touchRecords(context, client, 'msp', [recordId]);
    await endStandInByOwner(context, client, actor, kinds.attachment);
    // Once more, now that the client's row is held: of files that are sent side by side each had found room for itself.
    if (size > (await roomLeft(context, client, recordId))) throw noRoom(await quotaOf(context, client));
    if (manifest.object === undefined) {
      // Another upload to the same record that ended first took these chunks away: two never mix.
      const kept = await context.db.attachmentChunk.count({ where: { recordId, upload } });
      if (kept !== manifest.chunks) throw new Refusal('stale_version', 'Another file was uploaded here meanwhile; look at it, then send this one again');
    }
    const others = await context.db.attachmentChunk.findMany({ where: { recordId, upload: { not: upload }, index: manifestIndex } });
    const before = await Promise.all(others.map((row) => openManifest(context, client, row)));
    await context.db.attachmentChunk.deleteMany({ where: { recordId, upload: { not: upload } } });
    const content = await context.vault.sealJson(client, place(recordId, upload, manifestIndex), manifest);
    await context.db.attachmentChunk.create({ data: { recordId, clientId: client.clientId, upload, index: manifestIndex, content, fileSize: size } });
    const record = await rewriteRecord(context, client, actor, kinds.attachment as never, recordId, { version: null, fields: { contentType, size, sha256 }, references: {} });
    await appendAudit(context, {
      ...ofClient(client),
      actorId: actor.userId,
      party: partyOf(actor),
      action: 'attachment.uploaded',
      details: { recordId, size, sha256 },
    });
    return { record, replaced: before.flatMap((one) => one.object ?? []) };
  });
}

/** Notes that somebody gets the bytes of a file; to be called before the first of them leaves. */
export async function noteFetched(store: Store, client: ClientKey, actor: Actor, recordId: string, { size, sha256 }: { readonly size: number; readonly sha256: string }): Promise<void> {
  await inTransaction(store, (context) => appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'attachment.fetched', details: { recordId, size, sha256 } }));
}

/** How many bytes a new file of the record may have, the one that it replaces not counted. */
async function roomLeft(context: StoreContext, client: ClientKey, recordId: string): Promise<number> {
  const { clientId } = ofClient(client);
  const [used] = await context.db.$queryRaw<{ bytes: number }[]>`
    SELECT coalesce(sum("fileSize"), 0)::float8 AS bytes FROM "AttachmentChunk"
    WHERE "clientId" = ${clientId}::uuid AND "index" = ${manifestIndex} AND "recordId" <> ${recordId}::uuid`;
  return (await quotaOf(context, client)) - used!.bytes;
}

async function quotaOf(context: StoreContext, { tenantId }: ClientKey): Promise<number> {
  const tenant = await context.db.tenant.findUniqueOrThrow({ where: { id: tenantId }, select: { tier: { select: { clientFilesMegabytes: true } } } });
  return tenant.tier.clientFilesMegabytes * 1024 * 1024;
}

/** Removes what a broken upload left. One whose commit went through although its answer was lost is in force, and stays. */
async function dropUnfinished(store: Store, recordId: string, upload: string, object: string | undefined): Promise<void> {
  const closed = await store.db.attachmentChunk.count({ where: { recordId, upload, index: manifestIndex } });
  if (closed > 0) return;
  await store.db.attachmentChunk.deleteMany({ where: { recordId, upload } });
  if (object) await store.objects?.removeAll(object, 1);
}

/** A file's bytes in order. Each chunk is opened only when it is asked for. */
export async function readContent(
  context: Pick<Store, 'db' | 'vault' | 'objects'>,
  client: ClientKey,
  recordId: string,
): Promise<{ size: number; sha256: string; bytes: AsyncGenerator<Buffer> }> {
  const { tenantId, clientId } = ofClient(client);
  // With the first chunk, which is all of most files.
  const rows = await context.db.attachmentChunk.findMany({ where: { recordId, clientId, record: { tenantId }, index: { in: [manifestIndex, 0] } } });
  const closing = rows.find((row) => row.index === manifestIndex);
  if (!closing) throw notFound('file; it was never uploaded');
  const first = rows.find((row) => row.index === 0 && row.upload === closing.upload);
  const manifest = await openManifest(context, client, closing);
  async function* bytes() {
    let index = 0;
    for await (const sealed of sealedChunks()) {
      yield await context.vault.open(client, place(recordId, closing!.upload, index), sealed);
      index += 1;
    }
    if (index !== manifest.chunks) throw notFound('file; it was replaced meanwhile');
  }
  async function* sealedChunks(): AsyncGenerator<Uint8Array> {
    if (manifest.object === undefined) return yield* rowsOf(context, recordId, closing!.upload, manifest.chunks, first);
    if (!context.objects) throw new Error('The file is in an object storage, and this process is not set up for it (FILES_S3_BUCKET)');
    const object = await context.objects.get(manifest.object);
    if (!object) throw notFound('file; it was replaced meanwhile');
    yield* fromFrames(object, 2 * chunkBytes);
  }
  return { size: manifest.size, sha256: manifest.sha256, bytes: bytes() };
}

/** `first`: the first chunk, where it was read already. */
async function* rowsOf(context: Pick<Store, 'db'>, recordId: string, upload: string, chunks: number, first?: { readonly content: Uint8Array }): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < chunks; index += 1) {
    const known = index === 0 ? first : undefined;
    const chunk = known ?? (await context.db.attachmentChunk.findUnique({ where: { recordId_upload_index: { recordId, upload, index } } }));
    if (!chunk) throw notFound('file; it was replaced meanwhile');
    yield chunk.content;
  }
}

const openManifest = (context: StoreContext, client: ClientKey, row: { recordId: string; upload: string; content: Uint8Array }) =>
  context.vault.openJson<Manifest>(client, place(row.recordId, row.upload, manifestIndex), row.content);

const noRoom = (quota: number) => new Refusal('limit_reached', `The client's files may have ${inMegabytes(quota)} together; this one does not fit any more. Remove others first`);

const inMegabytes = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)} MB`;
