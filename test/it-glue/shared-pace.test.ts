import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSharedPace, PACE_TABLE_SQL } from '../../it-glue/index.js';
import { PaceTimeout } from '../../it-glue/pace/pace.js';
import { startTestPostgres, type TestPostgres } from '../support/postgres.js';

let server: TestPostgres;
const pools: pg.Pool[] = [];

function newPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: server.url, max: 3 });
  pool.on('error', () => undefined);
  pools.push(pool);
  return pool;
}

beforeAll(async () => {
  server = await startTestPostgres();
  await newPool().query(PACE_TABLE_SQL);
});

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await server.close();
});

describe('the pace that all workers share', () => {
  it('keeps two busy workers together under the share, and even', async () => {
    // 100 per 2 s for both: 10 at once, then 45 per second.
    const workers = [1, 2].map(() => createSharedPace({ pool: newPool(), key: 'two workers', limit: 200, windowMs: 2_000, share: 0.5 }));
    const started = performance.now();
    const grants: number[] = [];
    await Promise.all(
      workers.flatMap((pace) =>
        Array.from({ length: 4 }, async () => {
          while (performance.now() - started < 1_500) {
            await pace.take();
            grants.push(performance.now() - started);
          }
        }),
      ),
    );
    const elapsedMs = Math.max(...grants);
    expect(grants.length).toBeLessThanOrEqual(10 + 0.045 * elapsedMs + 1);
    expect(grants.length).toBeGreaterThan(50);
    const halves = [grants.filter((at) => at < elapsedMs / 2), grants.filter((at) => at >= elapsedMs / 2)];
    expect(halves[1]?.length).toBeGreaterThan((halves[0]?.length ?? 0) / 3);
  });

  it('pauses every worker after a 429 that one of them got, and a shorter pause does not end a longer one', async () => {
    const [told, other] = [1, 2].map(() => createSharedPace({ pool: newPool(), key: 'paused' }));
    const until = performance.now() + 900;
    await told!.penalise(Date.now() + 900);
    await told!.penalise(Date.now() + 10);
    await Promise.all([other!.take(), told!.take()]);
    expect(performance.now()).toBeGreaterThan(until - 50);
  });

  it('does not let everybody start at once when a pause ends', async () => {
    const pace = createSharedPace({ pool: newPool(), key: 'after a pause', limit: 3_000, windowMs: 300_000, share: 1 });
    await pace.take();
    await pace.penalise(Date.now() + 200);
    const started = performance.now();
    // 9 per second, from an empty bucket.
    await Promise.all(Array.from({ length: 5 }, () => pace.take()));
    expect(performance.now() - started).toBeGreaterThan(200 + 4 * 100);
  });

  it('asks the database about once per ten requests while there are plenty', async () => {
    const pool = newPool();
    const pace = createSharedPace({ pool, key: 'cheap' });
    let queries = 0;
    const query = pool.query.bind(pool) as (...parts: unknown[]) => unknown;
    pool.query = ((...parts: unknown[]) => {
      queries += 1;
      return query(...parts);
    }) as typeof pool.query;
    for (let request = 0; request < 100; request += 1) await pace.take();
    expect(queries).toBeLessThanOrEqual(20);
  });

  it('lets a cancelled wait go at once, with the reason given', async () => {
    const pace = createSharedPace({ pool: newPool(), key: 'cancelled' });
    await pace.penalise(Date.now() + 60_000);
    const cancel = new AbortController();
    const waiting = pace.take(cancel.signal);
    cancel.abort(new Error('the person pressed cancel'));
    await expect(waiting).rejects.toThrow('the person pressed cancel');
  });

  it('tells at once when the wait would be longer than allowed', async () => {
    const pace = createSharedPace({ pool: newPool(), key: 'too long', maxWaitMs: 1_000 });
    await pace.penalise(Date.now() + 30_000);
    const error = await pace.take().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PaceTimeout);
    expect((error as PaceTimeout).waitMs).toBeGreaterThan(28_000);
  });

  it('lets nothing through when the database is gone', async () => {
    const pool = new pg.Pool({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' });
    await expect(createSharedPace({ pool, key: 'gone' }).take()).rejects.toThrow();
    await pool.end();
  });

  it('refuses settings that cannot work, by name', () => {
    const pool = newPool();
    expect(() => createSharedPace({ pool, key: 'x', share: 1.5 })).toThrow(/^share:/);
    expect(() => createSharedPace({ pool, key: 'x', limit: 5 })).toThrow(/^limit:/);
    expect(() => createSharedPace({ pool, key: '' })).toThrow(/^key:/);
  });
});
