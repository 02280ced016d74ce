import type { Pool } from 'pg';

/**
 * The table behind the shared pace, for the migrations. `counts_from` is when `tokens` was right; refilling counts from
 * there, and a moment in the future is a pause.
 */
export const PACE_TABLE_SQL = `CREATE TABLE IF NOT EXISTS it_glue_pace (
  key text PRIMARY KEY,
  tokens double precision NOT NULL,
  counts_from timestamptz NOT NULL
)`;

export interface Bucket {
  readonly pool: Pool;
  readonly key: string;
  /** Most tokens that collect while nobody sends. */
  readonly capacity: number;
  /** Tokens added per millisecond. */
  readonly perMs: number;
}

// One statement under the row's lock, on the database's clock: workers whose clocks differ still agree. No statement
// name, because PGlite behind its socket server has one session for all connections and refuses a name known already.
const GRANT_SQL = `
WITH locked AS (
  SELECT key, tokens, counts_from FROM it_glue_pace WHERE key = $1 FOR UPDATE
), at AS (
  SELECT key, GREATEST(counts_from, clock_timestamp()) AS moment, counts_from > clock_timestamp() AS paused,
    LEAST($2::float8, tokens + $3::float8 * GREATEST(0, EXTRACT(EPOCH FROM clock_timestamp() - counts_from) * 1000)) AS available
  FROM locked
), granted AS (
  SELECT key, moment, available,
    CASE WHEN paused THEN 0
      WHEN available >= $2::float8 / 4 THEN LEAST($5::int, FLOOR(available))
      ELSE LEAST($4::int, FLOOR(available)) END AS tokens
  FROM at
)
UPDATE it_glue_pace AS p SET tokens = g.available - g.tokens, counts_from = g.moment
FROM granted AS g WHERE p.key = g.key
RETURNING g.tokens::int AS granted,
  EXTRACT(EPOCH FROM GREATEST(g.moment - clock_timestamp(), interval '0')) * 1000
    + GREATEST(0, 1 - (g.available - g.tokens)) / $3::float8 AS "waitMs"`;

const OPEN_SQL = `INSERT INTO it_glue_pace (key, tokens, counts_from) VALUES ($1, $2, clock_timestamp()) ON CONFLICT (key) DO NOTHING`;

// A pause only ever grows, and the bucket is empty when it ends: everybody would start at once otherwise.
const PAUSE_SQL = `
INSERT INTO it_glue_pace AS p (key, tokens, counts_from)
VALUES ($1, 0, clock_timestamp() + $2::float8 * interval '1 millisecond')
ON CONFLICT (key) DO UPDATE SET tokens = 0, counts_from = GREATEST(p.counts_from, EXCLUDED.counts_from)`;

/**
 * Takes up to `wanted` tokens, but no more than `needed` when fewer than a quarter are left for everybody.
 * `waitMs` is when the next token comes.
 */
export async function grantFrom(bucket: Bucket, needed: number, wanted: number): Promise<{ tokens: number; waitMs: number }> {
  const values = [bucket.key, bucket.capacity, bucket.perMs, needed, wanted];
  let rows = (await bucket.pool.query<{ granted: number; waitMs: string }>(GRANT_SQL, values)).rows;
  if (rows.length === 0) {
    await bucket.pool.query(OPEN_SQL, [bucket.key, bucket.capacity]);
    rows = (await bucket.pool.query<{ granted: number; waitMs: string }>(GRANT_SQL, values)).rows;
  }
  const row = rows[0];
  if (row === undefined) throw new Error('the row of the pace is gone');
  return { tokens: row.granted, waitMs: Number(row.waitMs) };
}

/** Nobody gets a token for `ms` from now, or longer if an earlier pause lasts longer. */
export async function pauseUntilAtLeast(bucket: Bucket, ms: number): Promise<void> {
  await bucket.pool.query(PAUSE_SQL, [bucket.key, ms]);
}
