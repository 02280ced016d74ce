import type { Actor } from '../../domain/roles.js';
import type { ClientKey } from '../client-row.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { notFound, Refusal } from '../errors.js';
import { chunkBytes } from '../files/chunks.js';
import { fromFrames } from '../files/frames.js';
import { downloadRow, note, view, type Download } from './downloads.js';

/** What the chunks of a download are. */
interface Manifest {
  readonly chunks: number;
  readonly sha256: string;
  /** Where the chunks are, when they are not rows. */
  readonly object?: string;
}

export const contentPlace = (id: string, build: string, index: number) => ({ table: 'DownloadChunk', row: `${id}/${build}/${index}`, field: 'content' });

const manifestPlace = (id: string) => ({ table: 'Download', row: id, field: 'manifest' });

export const sealManifest = (context: Pick<StoreContext, 'vault'>, client: ClientKey, id: string, manifest: Manifest) => context.vault.sealJson(client, manifestPlace(id), manifest);

/** A download that is ready, with its bytes in order. Each chunk is opened only when it is asked for. */
export interface DownloadContent {
  readonly download: Download;
  readonly size: number;
  readonly sha256: string;
  readonly bytes: AsyncGenerator<Buffer>;
}

/**
 * Opens a download for somebody who fetches it; that they did is in the history before the first byte leaves.
 * @throws {Refusal} `not_found`; `wrong_stage` while it is not ready; `wrong_role` for passwords that somebody else asked for
 */
export async function fetchDownload(store: Store, client: ClientKey, actor: Actor, id: string): Promise<DownloadContent> {
  const row = await inTransaction(store, async (context) => {
    const found = await downloadRow(context, client, id);
    if (found.passwords === 'included' && found.createdBy !== actor.userId) throw new Refusal('wrong_role', 'A download with passwords is for the person who asked for it');
    if (found.state === 'failed') throw new Refusal('wrong_stage', 'The download could not be built; ask for another one');
    if (found.state !== 'ready') throw new Refusal('wrong_stage', 'The download is still being built');
    await note(context, client, actor, 'download.fetched', found);
    return found;
  });
  const manifest = await store.vault.openJson<Manifest>(client, manifestPlace(id), row.manifest!);
  async function* bytes() {
    let index = 0;
    for await (const sealed of sealedChunks()) {
      yield await store.vault.open(client, contentPlace(id, row.build!, index), sealed);
      index += 1;
    }
    if (index !== manifest.chunks) throw notFound('download; it was removed meanwhile');
  }
  async function* sealedChunks(): AsyncGenerator<Uint8Array> {
    if (manifest.object === undefined) return yield* rowsOf(store, id, row.build!, manifest.chunks);
    if (!store.objects) throw new Error('The file is in an object storage, and this process is not set up for it (FILES_S3_BUCKET)');
    const object = await store.objects.get(manifest.object);
    if (!object) throw notFound('download; it was removed meanwhile');
    yield* fromFrames(object, 2 * chunkBytes);
  }
  return { download: view(row), size: Number(row.size), sha256: manifest.sha256, bytes: bytes() };
}

async function* rowsOf(store: Store, downloadId: string, build: string, chunks: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < chunks; index += 1) {
    const chunk = await store.db.downloadChunk.findUnique({ where: { downloadId_build_index: { downloadId, build, index } } });
    if (!chunk) throw notFound('download; it was removed meanwhile');
    yield chunk.content;
  }
}
