/** Sealing alone, without keys' whereabouts: it runs in threads that have neither key store nor database. */
import { createCipheriv, type KeyObject } from 'node:crypto';
import { passingRandom } from '../random.js';
import type { Owner, Place } from './vault.js';

export const version = 1;
export const nonceBytes = 12;
export const tagBytes = 16;

/** Bytes that a sealed value has more than a plain one. */
const overhead = 1 + nonceBytes + tagBytes;

export function associated({ tenantId, clientId }: Owner, { table, row, field }: Place): Buffer {
  return Buffer.from(`${tenantId}|${clientId ?? ''}|${table}|${row}|${field}`);
}

export function sealWith(key: KeyObject, owner: Owner, place: Place, plain: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const sealed = Buffer.allocUnsafe(overhead + (typeof plain === 'string' ? Buffer.byteLength(plain) : plain.length));
  sealInto(sealed, 0, key, associated(owner, place), plain);
  return sealed;
}

/** Values of one field of many rows, to be sealed each for its row. */
export interface Batch {
  readonly owner: Owner;
  readonly table: string;
  readonly field: string;
  readonly rows: readonly string[];
  /** As many as rows; null where a row has no value. */
  readonly texts: readonly (string | null)[];
}

/** Sealed values one after the other. A row without a value has no length. */
export interface SealedBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly (number | null)[];
}

/** What seals a batch with a key: `sealBatch`, or the same in another thread. */
export type BatchSealing = (key: KeyObject, batch: Batch) => SealedBatch | Promise<SealedBatch>;

/** Seals a batch here and now. The bytes have a buffer of their own, which may be passed on to another thread. */
export function sealBatch(key: KeyObject, { owner, table, field, rows, texts }: Batch): SealedBatch {
  const lengths = texts.map((text) => (text === null ? null : overhead + Buffer.byteLength(text)));
  const bytes = new Uint8Array(lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0));
  let at = 0;
  texts.forEach((text, index) => {
    if (text !== null) at = sealInto(bytes, at, key, associated(owner, { table, row: rows[index]!, field }), text);
  });
  return { bytes, lengths };
}

/** @returns where the sealed value ends */
function sealInto(target: Uint8Array, at: number, key: KeyObject, associated: Buffer, plain: Uint8Array | string): number {
  const nonce = passingRandom(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated);
  const text = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  // A stream cipher keeps nothing back: the end adds no bytes.
  cipher.final();
  target[at] = version;
  target.set(nonce, at + 1);
  target.set(text, at + 1 + nonceBytes);
  target.set(cipher.getAuthTag(), at + 1 + nonceBytes + text.length);
  return at + overhead + text.length;
}
