/**
 * Keeps wrapped data keys apart from the data and from its backups (design.md decision 6). Destroying a key here is what
 * makes a client's data unreadable. That it was destroyed is remembered here too, so that a database restored from an old
 * backup can be told what must not come back.
 */
export interface KeyStore {
  /** Keeps a new key. An owner that has one already keeps it, the first one wins; one whose key was destroyed gets none. */
  put(owner: string, wrapped: Buffer): Promise<void>;
  /** The wrapped key, or null when there is none (never made, or destroyed). */
  get(owner: string): Promise<Buffer | null>;
  /** Puts a key in the place of exactly that other one. @returns whether it was there; a destroyed one stays destroyed */
  replace(owner: string, from: Buffer, to: Buffer): Promise<boolean>;
  /** Removes the key for good and remembers when. Doing it again changes nothing. */
  destroy(owner: string): Promise<void>;
  /** Owners that have a key, in order of their names, after the given one. */
  owners(page: Page): Promise<string[]>;
  /** Owners whose key was destroyed, and when, in order of their names, after the given one. */
  destroyed(page: Page): Promise<DestroyedKey[]>;
  /** Removes what a process left that died while it wrote, when it is older than that, and what is left of keys that are not in force. @returns how many files */
  tidy(olderThan: Date): Promise<number>;
  close(): Promise<void>;
}

export interface DestroyedKey {
  readonly owner: string;
  readonly at: Date;
}

export interface Page {
  readonly after: string | null;
  readonly limit: number;
}

/** `client-<id>`, `tenant-<id>` or `check-<nil id>`. */
export const ownerName = /^[a-z]+-[0-9a-f-]{36}$/;
