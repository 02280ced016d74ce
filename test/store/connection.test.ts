import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StrictConnection } from '../../store/connection.js';
import { openTestStore, type TestStore } from '../support/store.js';

let test: TestStore;
beforeAll(async () => void (test = await openTestStore()));
afterAll(() => test.close());

describe('a connection on which a statement was not answered in time', () => {
  it('is not used again, so that nobody goes on in the transaction of another', async () => {
    const pool = new pg.Pool({ connectionString: test.databaseUrl, max: 1, query_timeout: 500, Client: StrictConnection });
    pool.on('error', () => undefined);
    try {
      await pool.query('CREATE TABLE "Unanswered" (n int)');
      const connection = await pool.connect();
      connection.on('error', () => undefined);
      await connection.query('BEGIN');
      await connection.query('INSERT INTO "Unanswered" VALUES (1)');
      await expect(connection.query('SELECT pg_sleep(2)')).rejects.toThrow('Query read timeout');
      connection.release();
      await expect.poll(async () => (await pool.query('SELECT n FROM "Unanswered"').catch(() => ({ rows: ['no answer yet'] }))).rows).toEqual([]);
      await pool.query('INSERT INTO "Unanswered" VALUES (2)');
      await expect(pool.query('SELECT n FROM "Unanswered"')).resolves.toMatchObject({ rows: [{ n: 2 }] });
    } finally {
      await pool.end();
    }
  });
});
