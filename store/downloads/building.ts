import { createHash } from 'node:crypto';
import type { DownloadChoice, DownloadFormat, Inclusion } from '../../domain/downloads.js';
import { getClientRow, ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, type Store } from '../context.js';
import { chunksOf } from '../files/chunks.js';
import { toFrames } from '../files/frames.js';
import { objectPrefix } from '../files/keys.js';
import { newId } from '../ids.js';
import { openAsWorker, type WorkerPrivateKey } from '../vault/for-workers.js';
import { contentPlace, sealManifest } from './content.js';
import { note, passphraseField, passphrasePlace } from './downloads.js';

/** The download was removed, its time is over, or another attempt builds it now: there is nothing to do any more. */
export class NotWanted extends Error {
  override name = 'NotWanted';
}

/** One attempt to build a download. What an earlier one had written is gone. */
export interface Build extends DownloadChoice {
  readonly downloadId: string;
  /** Names this attempt: what it writes never mixes with what another one does. */
  readonly id: string;
  /** Version of the client's data. */
  readonly dataVersion: number;
  readonly startedAt: Date;
  /** Null unless passwords are in it. */
  readonly passphrase: string | null;
}

/** Begins an attempt; an earlier one that still runs ends by itself. @throws {NotWanted} */
export async function beginBuild(store: Store, client: ClientKey, downloadId: string, workerKey: WorkerPrivateKey): Promise<Build> {
  const id = newId();
  const { version } = await getClientRow(store, client);
  const [row] = await store.db.download.updateManyAndReturn({
    where: { ...ofClient(client), id: downloadId, state: 'building', expiresAt: { gt: new Date() } },
    data: { build: id, dataVersion: version, rowsDone: 0, filesDone: 0 },
  });
  if (!row) throw new NotWanted();
  await store.db.downloadChunk.deleteMany({ where: { downloadId, build: { not: id } } });
  await store.objects?.removeAll(objectPrefix(client, downloadId), 1_000);
  const passphrase = row.passphrase && (await openAsWorker(workerKey, passphrasePlace(client, downloadId), await store.vault.open(client, passphraseField(downloadId), row.passphrase)));
  const choice = { format: row.format as DownloadFormat, passwords: row.passwords as Inclusion, attachments: row.attachments as Inclusion };
  if (choice.passwords === 'included' && !passphrase) throw new Error('A download with passwords has no passphrase');
  return { ...choice, downloadId, id, dataVersion: version, startedAt: new Date(), passphrase };
}

export interface Progress {
  readonly rowsDone: number;
  readonly rowsTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
}

/** Shows how far an attempt is. @throws {NotWanted} */
export async function noteProgress(store: Store, client: ClientKey, build: Build, progress: Progress): Promise<void> {
  const { count } = await store.db.download.updateMany({ where: { ...ofClient(client), id: build.downloadId, build: build.id, state: 'building' }, data: progress });
  if (count === 0) throw new NotWanted();
}

/**
 * Keeps the file's bytes, sealed chunk by chunk as they come, and makes the download ready with the last one. The passphrase is
 * forgotten then.
 * @param progress asked after the last byte
 * @throws {NotWanted}
 */
export async function keepBuild(store: Store, client: ClientKey, build: Build, bytes: AsyncIterable<Uint8Array>, progress: () => Progress): Promise<void> {
  const { downloadId } = build;
  const hash = createHash('sha256');
  let [size, index] = [0, 0];
  async function* sealed() {
    for await (const chunk of chunksOf(bytes)) {
      hash.update(chunk);
      size += chunk.length;
      yield await store.vault.seal(client, contentPlace(downloadId, build.id, index), chunk);
      index += 1;
    }
  }
  const object = store.objects ? `${objectPrefix(client, downloadId)}${build.id}` : undefined;
  if (object) await store.objects!.put(object, toFrames(sealed()));
  else await keepChunks(store, client, build, sealed());
  const manifest = await sealManifest(store, client, downloadId, { chunks: index, sha256: hash.digest('hex'), ...(object ? { object } : {}) });
  await inTransaction(store, async (context) => {
    const { version } = await getClientRow(context, client);
    const [row] = await context.db.download.updateManyAndReturn({
      where: { ...ofClient(client), id: downloadId, build: build.id, state: 'building' },
      data: { ...progress(), state: 'ready', size, manifest, passphrase: null, builtAt: new Date(), changedMeanwhile: version !== build.dataVersion },
    });
    if (!row) throw new NotWanted();
    await note(context, client, null, 'download.built', row);
  });
}

/** Writes each chunk while the next one is made: processor and database wait for neither. */
async function keepChunks(store: Store, client: ClientKey, build: Build, chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
  let index = 0;
  let writing = Promise.resolve();
  for await (const content of chunks) {
    await writing;
    writing = keepChunk(store, client, build, index, content);
    // Heard of before the next one; where there is none because its maker failed, that error is the one to tell.
    writing.catch(() => undefined);
    index += 1;
  }
  await writing;
}

async function keepChunk(store: Store, client: ClientKey, build: Build, index: number, content: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await store.db.downloadChunk.create({ data: { downloadId: build.downloadId, clientId: client.clientId, build: build.id, index, content } });
  } catch (error) {
    // P2003: the download that it belongs to is gone.
    if ((error as { code?: string }).code === 'P2003') throw new NotWanted();
    throw error;
  }
}

/** Notes that a download could not be built, and forgets what there was of it. @param problem a stable code */
export async function failDownload(store: Store, client: ClientKey, downloadId: string, problem: string): Promise<void> {
  const { count } = await store.db.download.updateMany({ where: { ...ofClient(client), id: downloadId, state: 'building' }, data: { state: 'failed', problem, passphrase: null, build: null } });
  if (count === 0) return;
  await store.db.downloadChunk.deleteMany({ where: { downloadId } });
  await store.objects?.removeAll(objectPrefix(client, downloadId), 1_000);
}
