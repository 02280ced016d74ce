import pg from 'pg';
import type { KeyStore, Page } from './key-store.js';

const tables = [
  'CREATE TABLE IF NOT EXISTS wrapped_key (owner text PRIMARY KEY, wrapped bytea NOT NULL)',
  'CREATE TABLE IF NOT EXISTS destroyed_key (owner text PRIMARY KEY, at timestamptz NOT NULL)',
] as const;

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
    const { rowCount } = await this.query('UPDATE wrapped_key SET wrapped = $3 WHERE owner = $1 AND wrapped = $2', [owner, from, to]);
    return rowCount === 1;
  }

  async destroy(owner: string): Promise<void> {
    // One statement, and so one transaction: there is no moment at which the key is gone and nobody knows.
    await this.query(
      'WITH gone AS (INSERT INTO destroyed_key (owner, at) VALUES ($1, now()) ON CONFLICT (owner) DO NOTHING) DELETE FROM wrapped_key WHERE owner = $1',
      [owner],
    );
  }

  async owners(page: Page): Promise<string[]> {
    return this.names('wrapped_key', page);
  }

  async destroyed(page: Page): Promise<string[]> {
    return this.names('destroyed_key', page);
  }

  /** A statement leaves nothing half-done. */
  tidy(): Promise<number> {
    return Promise.resolve(0);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async names(table: 'wrapped_key' | 'destroyed_key', { after, limit }: Page): Promise<string[]> {
    const { rows } = await this.query(`SELECT owner FROM ${table} WHERE owner COLLATE "C" > $1 ORDER BY owner COLLATE "C" LIMIT $2`, [after ?? '', limit]);
    return (rows as { owner: string }[]).map((row) => row.owner);
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
