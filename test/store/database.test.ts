import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction, isUniqueViolation, openDatabase } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
  await test.store.db.$executeRaw`CREATE TABLE scratch (id int PRIMARY KEY)`;
});
afterAll(() => test.close());

describe('a transaction', () => {
  it.each(['40001', '40P01'])('that the database gives up with %s is tried again, and kept once', async (code) => {
    let tries = 0;
    await inTransaction(test.store, async ({ db }) => {
      tries += 1;
      await db.$executeRaw`INSERT INTO scratch VALUES (${code === '40001' ? 1 : 2})`;
      if (tries < 3) await db.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '${code}'; END $$`);
    });
    expect(tries).toBe(3);
  });

  it('gives up after five conflicts, and at once on any other error; nothing is kept', async () => {
    let tries = 0;
    const failing = (code: string) =>
      inTransaction(test.store, async ({ db }) => {
        tries += 1;
        await db.$executeRaw`INSERT INTO scratch VALUES (9)`;
        await db.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${code}'; END $$`);
      });
    await expect(failing('40001')).rejects.toThrow();
    expect(tries).toBe(5);
    await expect(failing('22012')).rejects.toThrow();
    expect(tries).toBe(6);
    expect(await test.store.db.$queryRaw`SELECT id FROM scratch WHERE id = 9`).toEqual([]);
  });

  it('tells a doubled key from other errors, in raw queries too', async () => {
    const twice = await inTransaction(test.store, ({ db }) => db.$executeRaw`INSERT INTO scratch VALUES (5), (5)`).catch((error: unknown) => error);
    expect(isUniqueViolation(twice)).toBe(true);
    const tier = { id: 'standard', name: 'x', retentionSeconds: 1, restoreSeconds: 1 };
    expect(isUniqueViolation(await test.store.db.tier.create({ data: tier }).catch((error: unknown) => error))).toBe(true);
    expect(isUniqueViolation(await test.store.db.$queryRaw`SELECT 1/0`.catch((error: unknown) => error))).toBe(false);
    expect(isUniqueViolation(new Error('x'))).toBe(false);
  });
});

it('asks the server for UTC, whatever its own time zone is', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const db = openDatabase(`postgresql://app@127.0.0.1:${(server.address() as AddressInfo).port}/app`, 1);
  const asked = db.$queryRaw`SELECT 1`.catch(() => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [startup] = (await once(socket, 'data')) as [Buffer];
  expect(startup.toString().split('\u0000').join(' ')).toContain('options -c TimeZone=UTC');
  socket.destroy();
  await asked;
  await db.$disconnect();
  server.close();
});
