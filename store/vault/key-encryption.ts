/** Wraps data keys with a key-encryption key that is in no database. */
export interface KeyEncryption {
  /** Wraps a 32-byte data key with the newest key-encryption key; the result can be opened for that owner only. */
  wrap(dataKey: Buffer, owner: string): Promise<Buffer>;
  /** @throws {KeyEncryptionError} when none of the known keys wrapped it, it was wrapped for another owner, or nobody answers */
  unwrap(wrapped: Buffer, owner: string): Promise<Buffer>;
  /** Which key-encryption key wrapped it: a name for people that tells nothing of the key. */
  keyOf(wrapped: Buffer): Promise<string>;
  /** The name of the key that wraps now. */
  currentKey(): Promise<string>;
  /** The same data key wrapped by the newest key-encryption key. @throws {KeyEncryptionError} */
  rewrap(wrapped: Buffer, owner: string): Promise<Buffer>;
  /** Where the key-encryption key is, for messages. */
  readonly place: string;
}

/** A wrapped key does not open: the key-encryption key is the wrong one or out of reach, or the wrapped key was changed. */
export class KeyEncryptionError extends Error {
  override name = 'KeyEncryptionError';
}

/** Nobody knows whether it would open: whoever has the key-encryption key does not answer, or refuses to use it for us. */
export class KeyOutOfReachError extends KeyEncryptionError {
  override name = 'KeyOutOfReachError';
}
