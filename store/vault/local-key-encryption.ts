import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { KeyEncryptionError, type KeyEncryption } from './key-encryption.js';

const nonceBytes = 12;
const tagBytes = 16;
const idBytes = 4;
const format = 2;
/** What the first release wrote: nonce, key and tag, without a name of the key that wrapped it. */
const unnamedBytes = nonceBytes + 32 + tagBytes;

/** Keys of one file, newest first. */
interface Ring {
  readonly keys: readonly Buffer[];
  readonly stamp: string;
}

/**
 * Key encryption with keys from a local file: one key a line, the first wraps, all open. A changed file is noticed before the
 * next key is wrapped, and when a key turns up that none of the known ones wrapped; so a rotation needs no restart.
 */
export class LocalKeyEncryption implements KeyEncryption {
  private constructor(
    private ring: Ring,
    readonly place: string,
    private readonly path: string | null,
  ) {}

  /** With one key that lies in no file. */
  static fromKey(key: Buffer): LocalKeyEncryption {
    return new LocalKeyEncryption({ keys: [checked(key)], stamp: '' }, 'memory', null);
  }

  /** @throws {KeyEncryptionError} when the file is not there or a line of it is no key */
  static async fromFile(path: string): Promise<LocalKeyEncryption> {
    return new LocalKeyEncryption(await readRing(path), path, path);
  }

  async wrap(dataKey: Buffer, owner: string): Promise<Buffer> {
    const key = (await this.freshRing()).keys[0]!;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(owner));
    return Buffer.concat([Buffer.from([format]), idOf(key), nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  }

  async unwrap(wrapped: Buffer, owner: string): Promise<Buffer> {
    const opened = openWith(this.ring.keys, wrapped, owner) ?? openWith((await this.freshRing()).keys, wrapped, owner);
    if (!opened) throw new KeyEncryptionError(`The data key of ${owner} does not open with the key-encryption key in ${this.place}`);
    return opened;
  }

  async rewrap(wrapped: Buffer, owner: string): Promise<Buffer> {
    return this.wrap(await this.unwrap(wrapped, owner), owner);
  }

  keyOf(wrapped: Buffer): Promise<string> {
    return Promise.resolve(isNamed(wrapped) ? wrapped.subarray(1, 1 + idBytes).toString('hex') : 'first');
  }

  async currentKey(): Promise<string> {
    return idOf((await this.freshRing()).keys[0]!).toString('hex');
  }

  private async freshRing(): Promise<Ring> {
    if (this.path !== null && (await stampOf(this.path)) !== this.ring.stamp) this.ring = await readRing(this.path);
    return this.ring;
  }
}

/** The keys of a file that holds one 32-byte key a line as base64 or hex, newest first. @throws {KeyEncryptionError} */
export async function readKeyRing(path: string): Promise<Buffer[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new KeyEncryptionError(`${path} cannot be read (${error.code ?? 'no reason given'}); put the key-encryption key back from where you keep it. Without it nothing can be opened.`);
  });
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (lines.length === 0) throw new KeyEncryptionError(`${path} must hold a key of 32 bytes as base64 or hex`);
  return lines.map((line) => parseKey(line, path));
}

/** The one 32-byte key of a file that holds it as base64 or hex. @throws {KeyEncryptionError} */
export async function readKeyFile(path: string): Promise<Buffer> {
  return parseKey((await readFile(path, 'utf8')).trim(), path);
}

async function readRing(path: string): Promise<Ring> {
  // The stamp first: a file that is replaced in between is read again, not taken for known.
  const stamp = await stampOf(path);
  return { keys: await readKeyRing(path), stamp };
}

async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path).catch(() => ({ ino: 0, size: 0, mtimeMs: 0 }));
  return `${ino} ${size} ${mtimeMs}`;
}

function parseKey(line: string, path: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(line) ? Buffer.from(line, 'hex') : Buffer.from(line, 'base64');
  if (key.length !== 32) throw new KeyEncryptionError(`${path} must hold a key of 32 bytes as base64 or hex`);
  return key;
}

function checked(key: Buffer): Buffer {
  if (key.length !== 32) throw new KeyEncryptionError(`The key-encryption key must have 32 bytes, not ${key.length}`);
  return key;
}

/** A name of a key that tells nothing of it. */
function idOf(key: Buffer): Buffer {
  return createHash('sha256').update('key-encryption-key|').update(key).digest().subarray(0, idBytes);
}

const isNamed = (wrapped: Buffer) => wrapped.length === unnamedBytes + 1 + idBytes && wrapped[0] === format;

const associated = (owner: string) => Buffer.from(`data-key|${owner}`);

function openWith(keys: readonly Buffer[], wrapped: Buffer, owner: string): Buffer | null {
  const sealed = isNamed(wrapped) ? wrapped.subarray(1 + idBytes) : wrapped;
  for (const key of keys) {
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes)).setAAD(associated(owner)).setAuthTag(sealed.subarray(-tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    } catch {
      // Wrapped by another one.
    }
  }
  return null;
}
