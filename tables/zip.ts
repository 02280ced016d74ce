import type { TransformStream as WebTransform } from 'node:stream/web';
import { configure, ZipWriter } from '@zip.js/zip.js';

// Its own threads would be one more thing to end; the platform compresses off our thread anyway.
configure({ useWebWorkers: false });

/** One file of an archive. */
export interface ZipPart {
  /** With folders before slashes. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface ZipOptions {
  /** With one the content of every file is encrypted (WinZip AE-2 with AES-256); names and sizes are not. */
  readonly passphrase: string | null;
  /** Whether a file or the whole may pass 4 GB. Only then, since some tools cannot read the larger form. */
  readonly size: 'ordinary' | 'huge';
  /** The time that the files bear. */
  readonly at: Date;
}

/** A ZIP of any size, made as fast as it is taken. The files are read one after the other. */
export async function* zipOf(parts: AsyncIterable<ZipPart> | Iterable<ZipPart>, { passphrase, size, at }: ZipOptions): AsyncGenerator<Uint8Array> {
  const { readable, writable }: WebTransform<Uint8Array, Uint8Array> = new TransformStream<Uint8Array, Uint8Array>();
  const zip = new ZipWriter(writable as never, {
    lastModDate: at,
    // Times beyond the old format are of no use here, and would name our time zone.
    extendedTimestamp: false,
    zip64: size === 'huge',
    ...(passphrase === null ? {} : { password: passphrase, encryptionStrength: 3 as const }),
  });
  const written = (async () => {
    for await (const { name, bytes } of parts) await zip.add(name, streamOf(bytes) as never);
    await zip.close();
  })();
  // Whoever takes the bytes hears of the error in their place: an archive that lacks a file would look whole.
  written.catch((error: unknown) => writable.abort(error).catch(() => undefined));
  try {
    yield* readable as AsyncIterable<Uint8Array>;
    await written;
  } finally {
    // Nobody takes the rest: the writer stops, and what it says about that concerns nobody.
    await (readable.locked ? Promise.resolve() : readable.cancel()).catch(() => undefined);
    await written.catch(() => undefined);
  }
}

function streamOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
