import { createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import type { KeyEncryption } from './key-encryption.js';
import type { KeyStore } from './key-store.js';
import { associated, nonceBytes, sealBatch, sealWith, tagBytes, version, type Batch, type BatchSealing, type SealedBatch } from './sealing.js';

/** Whose key seals a value: a client's, or the tenant's for what belongs to no client. */
export type Owner = { readonly tenantId: string; readonly clientId: string | null };

/** Where a sealed value lies. It is bound to that place: moved anywhere else it does not open. */
export interface Place {
  readonly table: string;
  readonly row: string;
  readonly field: string;
}

/** Opens a value at its place. @throws {SealBrokenError} */
export type Opener = (place: Place, sealed: Uint8Array) => Buffer;

/** The data key is gone: the client was purged, or never had one. */
export class KeyGoneError extends Error {
  override name = 'KeyGoneError';
}

/** A sealed value was changed or moved, or belongs to another key. */
export class SealBrokenError extends Error {
  override name = 'SealBrokenError';
}

/** How long an unwrapped key stays in memory before whoever wraps keys is asked again. */
const unwrappedMs = 60_000;
/** How long it is used without a look whether it still exists: another process that destroyed it is believed from then on. */
const trustedMs = 5_000;
/** How often it is looked whether keys in memory still exist, so that none stays longer than it is trusted. */
const watchMs = 2_000;
const cacheEntries = 10_000;

/**
 * Seals what a client gave. AES-256-GCM with a random 96-bit nonce and the place as associated data; one data key an owner,
 * made here, wrapped by the key encryption and kept in the key store.
 */
export class Vault {
  private readonly nameHashKey: KeyObject;
  private readonly cache = new Map<string, CachedKey>();
  private watching = false;

  constructor(
    private readonly keyEncryption: KeyEncryption,
    private readonly keyStore: KeyStore,
    nameHashKey: Buffer,
  ) {
    this.nameHashKey = createSecretKey(nameHashKey);
  }

  /** Makes the owner's data key when there is none. */
  async createKey(owner: Owner): Promise<void> {
    const name = keyName(owner);
    if (await this.keyStore.get(name)) return;
    await this.keyStore.put(name, await this.keyEncryption.wrap(randomBytes(32), name));
  }

  /** Destroys the owner's data key: nothing that it sealed can be read again, here or in a backup. */
  async destroyKey(owner: Owner): Promise<void> {
    await this.keyStore.destroy(keyName(owner));
    // After it, since a read in between would have put it back.
    this.cache.delete(keyName(owner));
  }

  /** Removes what a process left in the key store that died while it wrote there. @returns how much */
  async tidyKeys(olderThan: Date): Promise<number> {
    return this.keyStore.tidy(olderThan);
  }

  /**
   * Clients whose keys were destroyed, in portions. The list lies apart from the database and its backups.
   * @returns ids and when it was, and where to go on; `next` is null at the end
   */
  async destroyedClients(after: string | null, limit: number): Promise<{ clients: { clientId: string; at: Date }[]; next: string | null }> {
    const destroyed = await this.keyStore.destroyed({ after, limit });
    const clients = destroyed.filter(({ owner }) => owner.startsWith(clientPrefix)).map(({ owner, at }) => ({ clientId: owner.slice(clientPrefix.length), at }));
    return { clients, next: destroyed.length < limit ? null : destroyed.at(-1)!.owner };
  }

  /** @throws {KeyGoneError} */
  async seal(owner: Owner, place: Place, plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return sealWith(await this.keyOf(owner), owner, place, plain);
  }

  /** @throws {KeyGoneError} @throws {SealBrokenError} */
  async open(owner: Owner, place: Place, sealed: Uint8Array): Promise<Buffer> {
    return openWith(await this.keyOf(owner), owner, place, sealed);
  }

  /**
   * Seals many values of an owner at once.
   * @param sealing where it is done; here unless told otherwise
   * @throws {KeyGoneError}
   */
  async sealBatch(batch: Batch, sealing: BatchSealing = sealBatch): Promise<SealedBatch> {
    return sealing(await this.keyOf(batch.owner), batch);
  }

  /** What opens many values of an owner without a promise for each. To be used at once: it holds the owner's key. @throws {KeyGoneError} */
  async opener(owner: Owner): Promise<Opener> {
    const key = await this.keyOf(owner);
    return (place, sealed) => openWith(key, owner, place, sealed);
  }

  async sealJson(owner: Owner, place: Place, value: unknown): Promise<Uint8Array<ArrayBuffer>> {
    return sealWith(await this.keyOf(owner), owner, place, JSON.stringify(value));
  }

  async openJson<T>(owner: Owner, place: Place, sealed: Uint8Array): Promise<T> {
    return JSON.parse((await this.open(owner, place, sealed)).toString('utf8')) as T;
  }

  /**
   * A keyed hash of a name, for uniqueness and look-up without the name itself. Case and blanks do not count.
   * @param scope what the name is unique in, e.g. a tenant's clients or a client's sites
   */
  nameHash(scope: string, name: string): string {
    const folded = name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
    return createHmac('sha256', this.nameHashKey).update(`${scope}\u0000${folded}`).digest('base64url');
  }

  /**
   * A hash of a text at its place that only the owner's key gives: texts can be compared, and nobody can try guesses at one once the
   * key is gone. Unlike a name's hash it takes the text as it is.
   * @throws {KeyGoneError}
   */
  async textHash(owner: Owner, place: Place, text: string): Promise<string> {
    // A key of its own, since the data key seals: one key for one purpose.
    const key = Buffer.from(hkdfSync('sha256', await this.keyOf(owner), '', 'text hash', 32));
    return createHmac('sha256', key).update(associated(owner, place)).update('\u0000').update(text).digest('base64url');
  }

  private async keyOf(owner: Owner): Promise<KeyObject> {
    const name = keyName(owner);
    const now = Date.now();
    const cached = this.cache.get(name);
    if (cached && cached.trustedUntil > now) return cached.key;
    const wrapped = await this.keyStore.get(name);
    if (!wrapped) {
      this.cache.delete(name);
      throw new KeyGoneError('The data key does not exist (any more)');
    }
    const trustedUntil = now + trustedMs;
    if (cached && cached.unwrappedUntil > now && cached.wrapped.equals(wrapped)) {
      cached.trustedUntil = trustedUntil;
      return cached.key;
    }
    const key = createSecretKey(await this.keyEncryption.unwrap(wrapped, name));
    if (this.cache.size >= cacheEntries) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(name, { key, wrapped, trustedUntil, unwrappedUntil: now + unwrappedMs });
    this.watch();
    return key;
  }

  /** Looks after the keys in memory for as long as there are any: one that nobody asks for again must go too. */
  private watch(): void {
    if (this.watching) return;
    this.watching = true;
    setTimeout(() => {
      void this.forget().finally(() => {
        this.watching = false;
        if (this.cache.size > 0) this.watch();
      });
    }, watchMs).unref();
  }

  /** Forgets keys that have been in memory for long, and ones that another process has destroyed or nobody can say it did not. */
  private async forget(): Promise<void> {
    for (const [name, cached] of this.cache) {
      const now = Date.now();
      if (cached.unwrappedUntil > now && cached.trustedUntil > now + watchMs) continue;
      const known = cached.unwrappedUntil > now ? await this.keyStore.get(name).catch(() => null) : null;
      if (known?.equals(cached.wrapped)) cached.trustedUntil = now + trustedMs;
      else if (this.cache.get(name) === cached) this.cache.delete(name);
    }
  }
}

interface CachedKey {
  readonly key: KeyObject;
  readonly wrapped: Buffer;
  trustedUntil: number;
  readonly unwrappedUntil: number;
}

const clientPrefix = 'client-';

function keyName(owner: Owner): string {
  return owner.clientId ? `${clientPrefix}${owner.clientId}` : `tenant-${owner.tenantId}`;
}

function openWith(key: KeyObject, owner: Owner, place: Place, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes[0] !== version || bytes.length < 1 + nonceBytes + tagBytes) throw new SealBrokenError('Not a sealed value');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + nonceBytes))
      .setAAD(associated(owner, place))
      .setAuthTag(bytes.subarray(-tagBytes));
    const plain = decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes));
    // Checks the tag; a stream cipher keeps nothing back.
    decipher.final();
    return plain;
  } catch {
    throw new SealBrokenError(`A sealed value of ${place.table} does not open at its place`);
  }
}
