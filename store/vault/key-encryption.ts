import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Wraps data keys with a key-encryption key that is in no database. */
export interface KeyEncryption {
  /** Wraps a 32-byte data key for the owner; the result can be opened for that owner only. */
  wrap(dataKey: Buffer, owner: string): Promise<Buffer>;
  /** @throws {KeyEncryptionError} when the wrapped key was made with another key-encryption key or for another owner */
  unwrap(wrapped: Buffer, owner: string): Promise<Buffer>;
}

/** A wrapped key does not open: the key-encryption key is the wrong one, or the wrapped key was changed. */
export class KeyEncryptionError extends Error {
  override name = 'KeyEncryptionError';
}

const nonceBytes = 12;
const tagBytes = 16;

/** Key encryption with a key from a local file. */
export class LocalKeyEncryption implements KeyEncryption {
  constructor(private readonly key: Buffer) {
    if (key.length !== 32) throw new KeyEncryptionError(`The key-encryption key must have 32 bytes, not ${key.length}`);
  }

  /** Reads a key file: 32 bytes as base64 or hex, blanks around ignored. */
  static async fromFile(path: string): Promise<LocalKeyEncryption> {
    return new LocalKeyEncryption(await readKeyFile(path));
  }

  wrap(dataKey: Buffer, owner: string): Promise<Buffer> {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(`data-key|${owner}`));
    return Promise.resolve(Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]));
  }

  unwrap(wrapped: Buffer, owner: string): Promise<Buffer> {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, wrapped.subarray(0, nonceBytes))
        .setAAD(Buffer.from(`data-key|${owner}`))
        .setAuthTag(wrapped.subarray(-tagBytes));
      return Promise.resolve(Buffer.concat([decipher.update(wrapped.subarray(nonceBytes, -tagBytes)), decipher.final()]));
    } catch {
      return Promise.reject(new KeyEncryptionError(`The data key of ${owner} does not open with this key-encryption key`));
    }
  }
}

/** A 32-byte key from a file that holds it as base64 or hex. */
export async function readKeyFile(path: string): Promise<Buffer> {
  const text = (await readFile(path, 'utf8')).trim();
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (key.length !== 32) throw new KeyEncryptionError(`${path} must hold a key of 32 bytes as base64 or hex`);
  return key;
}
