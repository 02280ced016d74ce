// Contents of attachments, by their SHA-256: in memory, or one file each beside the data file.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Blobs {
  put(sha256: string, bytes: Buffer): void;
  /** The bytes, or null when they are not kept. */
  get(sha256: string): Buffer | null;
}

export function memoryBlobs(): Blobs {
  const kept = new Map<string, Buffer>();
  return {
    // A copy, because the caller's buffer is a slice of the whole request.
    put: (sha256, bytes) => void (kept.has(sha256) || kept.set(sha256, Buffer.from(bytes))),
    get: (sha256) => kept.get(sha256) ?? null,
  };
}

/** Files appear under their final name only when they are whole; with `sync` they are on the disk by then. */
export function folderBlobs(folder: string, sync: boolean): Blobs {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    put: (sha256, bytes) => {
      const file = join(folder, sha256);
      if (existsSync(file)) return;
      const handle = openSync(`${file}.part`, 'w', 0o600);
      writeFileSync(handle, bytes);
      if (sync) fsyncSync(handle);
      closeSync(handle);
      renameSync(`${file}.part`, file);
    },
    get: (sha256) => {
      const file = join(folder, sha256);
      return /^[0-9a-f]{64}$/.test(sha256) && existsSync(file) ? readFileSync(file) : null;
    },
  };
}
