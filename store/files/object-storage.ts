/** Keeps sealed bytes outside the database, under names that tell nothing but ids. */
export interface ObjectStorage {
  /** Keeps a stream under the key; nothing is there until all of it is. @throws {ObjectStorageError} */
  put(key: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The bytes, as they come; null when there is no such object. @throws {ObjectStorageError} */
  get(key: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** Removes up to `limit` objects whose keys begin so. @returns how many @throws {ObjectStorageError} */
  removeAll(prefix: string, limit: number): Promise<number>;
}

/** The object storage did not do what it was asked. The message names the operation, never a credential. */
export class ObjectStorageError extends Error {
  override name = 'ObjectStorageError';
}
