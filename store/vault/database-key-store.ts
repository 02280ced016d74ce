import pg from 'pg';
import type { DestroyedKey, KeyStore, Page } from './key-store.js';

const tables = [
  'CREATE TABLE IF NOT EXISTS wrapped_key (owner text PRIMARY KEY, wrapped bytea NOT NULL)',
  'CREATE TABLE IF NOT EXISTS destroyed_key (owner text PRIMARY KEY, at timestamptz NOT NULL)',
  'CREATE TABLE IF NOT EXISTS key_change (one boolean PRIMARY KEY DEFAULT true CHECK (one), changed timestamptz NOT NULL, rewritten timestamptz)',
] as const;

/** PostgreSQL's code where a lock was waited for too long. */
const lockNotAvailable = '55P03';

/** Notes that bytes of a wrapped key are in the table's file that should not be. */
const noteChange = 'INSERT INTO key_change (changed) SELECT now() FROM changes ON CONFLICT (one) DO UPDATE SET changed = greatest(key_change.changed, EXCLUDED.changed)';

/** How long the table is rewritten again after a change: as long as a transaction may be open that still sees the old row. */
const longestReader = '1 day';

/** Tables in a PostgreSQL database of its own, for several machines. */
export class DatabaseKeyStore implements KeyStore {
  private readonly pool: pg.Pool;
  private ready: Promise<unknown> | undefined;

  constructor(connectionString: string) {
    this.pool = new pg.Pool({ connectionString, max: 4, connectionTimeoutMillis: 5_000 });
    this.pool.on('error', () => undefined);
  }

  async put(owner: string, wrapped: Buffer): Promise<void> {
    const unlessGone = 'SELECT $1::text, $2::bytea WHERE NOT EXISTS (SELECT 1 FROM destroyed_key WHERE owner = $1::text)';
    await this.query(`INSERT INTO wrapped_key (owner, wrapped) ${unlessGone} ON CONFLICT (owner) DO NOTHING`, [owner, wrapped]);
  }

  async get(owner: string): Promise<Buffer | null> {
    const { rows } = await this.query('SELECT wrapped FROM wrapped_key WHERE owner = $1', [owner]);
    return (rows[0] as { wrapped: Buffer } | undefined)?.wrapped ?? null;
  }

  async replace(owner: string, from: Buffer, to: Buffer): Promise<boolean> {
    const changes = 'UPDATE wrapped_key SET wrapped = $3 WHERE owner = $1 AND wrapped = $2 RETURNING owner';
    const { rowCount } = await this.query(`WITH changes AS (${changes}), noted AS (${noteChange}) SELECT owner FROM changes`, [owner, from, to]);
    return rowCount === 1;
  }

  async destroy(owner: string): Promise<void> {
    // One statement, and so one transaction: there is no moment at which the key is gone and nobody knows.
    await this.query(
      `WITH gone AS (INSERT INTO destroyed_key (owner, at) VALUES ($1, now()) ON CONFLICT (owner) DO NOTHING),
        changes AS (DELETE FROM wrapped_key WHERE owner = $1 RETURNING owner) ${noteChange}`,
      [owner],
    );
  }

  async owners(page: Page): Promise<string[]> {
    return (await this.page<{ owner: string }>('wrapped_key', 'owner', page)).map((row) => row.owner);
  }

  async destroyed(page: Page): Promise<DestroyedKey[]> {
    return this.page<DestroyedKey>('destroyed_key', 'owner, at', page);
  }

  /**
   * A statement leaves nothing half-done, but a row that was deleted or replaced stays in the table's file until it is overwritten, and
   * so would come into each copy of the disk: after a change the small table is written anew.
   */
  async tidy(): Promise<number> {
    const { rows } = await this.query(`SELECT 1 FROM key_change WHERE rewritten > changed + interval '${longestReader}'`, []);
    if (rows.length === 0 && (await this.rewrite())) {
      await this.query("INSERT INTO key_change (changed, rewritten) VALUES ('-infinity', now()) ON CONFLICT (one) DO UPDATE SET rewritten = EXCLUDED.rewritten", []);
    }
    return 0;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async page<T>(table: 'wrapped_key' | 'destroyed_key', columns: string, { after, limit }: Page): Promise<T[]> {
    const { rows } = await this.query(`SELECT ${columns} FROM ${table} WHERE owner COLLATE "C" > $1 ORDER BY owner COLLATE "C" LIMIT $2`, [after ?? '', limit]);
    return rows as T[];
  }

  /** @returns false when somebody else has the table for long, such as a backup: then the next time does it */
  private async rewrite(): Promise<boolean> {
    const client = await this.pool.connect();
    try {
      // Nobody reads a key meanwhile, nor while this waits for its turn.
      await client.query("SET lock_timeout = '2s'");
      await client.query('VACUUM (FULL) wrapped_key');
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === lockNotAvailable) return false;
      throw error;
    } finally {
      await client.query('RESET lock_timeout').catch(() => undefined);
      client.release();
    }
  }

  private async query(sql: string, values: unknown[]): Promise<pg.QueryResult> {
    this.ready ??= this.createTables().catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    await this.ready;
    return this.pool.query(sql, values);
  }

  // Two processes that start together may both create one: the loser's error is the winner's success.
  private async createTables(): Promise<void> {
    for (const sql of tables) await this.pool.query(sql).catch(() => this.pool.query(sql));
  }
}
