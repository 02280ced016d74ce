import { readChunk, readChunks, type ClientKey, type ImportPart, type Store } from '../../store/index.js';
import type { ByteSource } from '../../tables/byte-source.js';
import { fileChunkBytes } from './file-chunks.js';

/** Where a file lies, and what was seen of its bytes as they came in. */
export interface StoredFile extends ImportPart {
  readonly size: number;
  readonly plain?: boolean;
}

/** Portions that are kept open while a workbook is read: its parts lie side by side. */
const openPortions = 8;

/** A file that lies sealed in the database: opened portion by portion, never held whole. */
export function storedFile(store: Store, client: ClientKey, importId: string, file: StoredFile): ByteSource {
  const open = new Map<number, Promise<Buffer>>();
  const portion = (index: number): Promise<Buffer> => {
    const known = open.get(index);
    if (known) return known;
    if (open.size >= openPortions) open.delete(open.keys().next().value!);
    const read = readChunk(store, client, importId, file.part, index);
    open.set(index, read);
    return read;
  };
  return {
    size: file.size,
    plain: file.plain ?? false,
    chunks: () => readChunks(store, client, importId, file),
    async range(start, end) {
      const pieces: Buffer[] = [];
      for (let at = start; at < end; ) {
        const index = Math.floor(at / fileChunkBytes);
        const from = at - index * fileChunkBytes;
        const piece = (await portion(index)).subarray(from, from + end - at);
        pieces.push(piece);
        at += piece.length;
      }
      return Buffer.concat(pieces);
    },
  };
}
