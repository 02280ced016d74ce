import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * Keeps wrapped data keys apart from the data and from its backups (design.md decision 6). Destroying a key here is what
 * makes a client's data unreadable.
 */
export interface KeyStore {
  /** Keeps a new key. An owner that has one already keeps it: the first one wins. */
  put(owner: string, wrapped: Buffer): Promise<void>;
  /** The wrapped key, or null when there is none (never made, or destroyed). */
  get(owner: string): Promise<Buffer | null>;
  /** Removes the key. Removing one that is not there is no error. */
  destroy(owner: string): Promise<void>;
  close(): Promise<void>;
}

const ownerName = /^[a-z]+-[0-9a-f-]{36}$/;

/** One file an owner in a folder. */
export class FolderKeyStore implements KeyStore {
  constructor(private readonly folder: string) {}

  async put(owner: string, wrapped: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const temporary = `${this.path(owner)}.${randomUUID()}.new`;
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(wrapped.toString('base64'));
      await file.sync();
    } finally {
      await file.close();
    }
    // A link is made only where there is no file yet, which a rename would replace: the first of two keys must win.
    try {
      await link(temporary, this.path(owner));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(temporary);
    }
    await this.syncFolder();
  }

  async get(owner: string): Promise<Buffer | null> {
    try {
      return Buffer.from(await readFile(this.path(owner), 'utf8'), 'base64');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async destroy(owner: string): Promise<void> {
    // Overwritten before it is removed, so that the bytes do not simply stay in a free block of the file system.
    const file = await open(this.path(owner), 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!file) return;
    try {
      await file.write(Buffer.alloc((await file.stat()).size), 0, undefined, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await rm(this.path(owner), { force: true });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The name of a new file is safe from a power cut only when its folder is written too. */
  private async syncFolder(): Promise<void> {
    const folder = await open(this.folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  private path(owner: string): string {
    if (!ownerName.test(owner)) throw new Error('Not the name of a key owner');
    return join(this.folder, `${owner}.key`);
  }
}

/** A table in a PostgreSQL database of its own. */
export class DatabaseKeyStore implements KeyStore {
  private readonly pool: pg.Pool;
  private ready: Promise<unknown> | undefined;

  constructor(connectionString: string) {
    this.pool = new pg.Pool({ connectionString, max: 4, connectionTimeoutMillis: 5_000 });
    this.pool.on('error', () => undefined);
  }

  async put(owner: string, wrapped: Buffer): Promise<void> {
    await this.query('INSERT INTO wrapped_key (owner, wrapped) VALUES ($1, $2) ON CONFLICT (owner) DO NOTHING', [owner, wrapped]);
  }

  async get(owner: string): Promise<Buffer | null> {
    const { rows } = await this.query('SELECT wrapped FROM wrapped_key WHERE owner = $1', [owner]);
    return (rows[0] as { wrapped: Buffer } | undefined)?.wrapped ?? null;
  }

  async destroy(owner: string): Promise<void> {
    await this.query('DELETE FROM wrapped_key WHERE owner = $1', [owner]);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async query(sql: string, values: unknown[]): Promise<pg.QueryResult> {
    this.ready ??= this.createTable().catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    await this.ready;
    return this.pool.query(sql, values);
  }

  // Two processes that start together may both create it: the loser's error is the winner's success.
  private async createTable(): Promise<void> {
    const sql = 'CREATE TABLE IF NOT EXISTS wrapped_key (owner text PRIMARY KEY, wrapped bytea NOT NULL)';
    await this.pool.query(sql).catch(() => this.pool.query(sql));
  }
}
