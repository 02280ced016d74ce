import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../support/postgres.js';
import { message, startupPacket } from '../../local/pg-wire.js';

let server: TestPostgres;
const open: pg.Client[] = [];

beforeAll(async () => {
  server = await startTestPostgres();
  const client = await newClient();
  await client.query('CREATE TABLE item (id int PRIMARY KEY, label text, body bytea)');
});

afterAll(async () => {
  await Promise.all(open.map((client) => client.end().catch(() => undefined)));
  await server.close();
});

async function newClient(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url });
  // A client that the server ends says so by an event too; the tests look at the rejected query.
  client.on('error', () => undefined);
  await client.connect();
  open.push(client);
  return client;
}

/** A client without a library, for what a library would not send. */
async function rawClient(): Promise<{ socket: ReturnType<typeof connect>; received: () => string }> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (chunk) => parts.push(chunk));
  socket.on('error', () => undefined);
  const received = () => Buffer.concat(parts).toString('latin1');
  socket.write(startupPacket());
  await expect.poll(received).toContain('server_version');
  return { socket, received };
}

const parse = (sql: string) => message('P', Buffer.from(`\0${sql}\0\0\0`));
const bind = message('B', Buffer.from('\0\0\0\0\0\0\0\0'));
const execute = message('E', Buffer.from('\0\0\0\0\0'));
const sync = message('S', Buffer.alloc(0));

async function count(where: string): Promise<number> {
  const client = await newClient();
  const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM item WHERE ${where}`);
  return rows[0]!.n;
}

test('fifty connections at a time each get their own answers', async () => {
  const clients = await Promise.all(Array.from({ length: 50 }, newClient));
  const answers = await Promise.all(
    clients.flatMap((client, c) =>
      Array.from({ length: 10 }, async (_, i) => {
        const { rows } = await client.query<{ sent: string }>('SELECT $1::text AS sent', [`${c}/${i}`]);
        return rows[0]!.sent === `${c}/${i}`;
      }),
    ),
  );
  expect(answers).toEqual(answers.map(() => true));
});

test('transactions of several connections do not mix', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, newClient));
  await Promise.all(
    clients.map(async (client, c) => {
      for (let round = 0; round < 5; round += 1) {
        await client.query('BEGIN');
        await client.query('INSERT INTO item (id, label) VALUES ($1, $2)', [1000 + c * 10 + round, 'mix']);
        await sleep(1);
        // Odd ones take it back: a leaked transaction would take somebody else's row along.
        await client.query(c % 2 === 0 ? 'COMMIT' : 'ROLLBACK');
      }
    }),
  );
  expect(await count("label = 'mix'")).toBe(20);
});

test('an open transaction is invisible to others and they wait for its end', async () => {
  const [one, two] = [await newClient(), await newClient()];
  await one.query('BEGIN');
  await one.query("INSERT INTO item (id, label) VALUES (1, 'waited')");
  const seen = two.query("SELECT 1 FROM item WHERE label = 'waited'");
  expect(await Promise.race([seen, sleep(50, 'waiting')])).toBe('waiting');
  await one.query('COMMIT');
  expect((await seen).rowCount).toBe(1);
});

test('a client killed inside a transaction is rolled back and others go on', async () => {
  const victim = await newClient();
  await victim.query('BEGIN');
  await victim.query("INSERT INTO item (id, label) VALUES (2, 'killed')");
  const other = count("label = 'killed'");
  (victim as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  expect(await other).toBe(0);
});

test('a client killed in the middle of a pipeline leaves nothing behind', async () => {
  const { socket } = await rawClient();
  socket.write(Buffer.concat([parse("INSERT INTO item (id, label) VALUES (3, 'half')"), bind, execute]));
  const large = parse(`SELECT '${'x'.repeat(1_000_000)}'`);
  socket.write(large.subarray(0, 500_000));
  await sleep(20);
  socket.destroy();
  expect(await count("label = 'half'")).toBe(0);
});

test('a client killed after a failed step and before Sync does not silence the next one', async () => {
  const { socket, received } = await rawClient();
  socket.write(Buffer.concat([parse('SELECT broken'), message('H', Buffer.alloc(0))]));
  await expect.poll(received).toContain('broken');
  socket.destroy();
  expect(await count('false')).toBe(0);
});

test('messages that arrive byte by byte are put together', async () => {
  const { socket, received } = await rawClient();
  for (const byte of Buffer.concat([parse("SELECT 'by' || 'tes'"), bind, execute, sync])) socket.write(Buffer.from([byte]));
  await expect.poll(received).toContain('bytes');
  socket.destroy();
});

test('rows of two megabytes come back whole', async () => {
  const client = await newClient();
  const writers = await Promise.all(Array.from({ length: 4 }, newClient));
  const bodies = Array.from({ length: 4 }, (_, i) => Buffer.alloc(2 * 1024 * 1024, i + 1));
  await Promise.all(bodies.map((body, i) => writers[i]!.query('INSERT INTO item (id, body) VALUES ($1, $2)', [10 + i, body])));
  const { rows } = await client.query<{ body: Buffer }>('SELECT body FROM item WHERE id BETWEEN 10 AND 13 ORDER BY id');
  expect(rows.map((row, i) => row.body.equals(bodies[i]!))).toEqual([true, true, true, true]);
});

test('prepared statements of the same name on two connections are two statements', async () => {
  const [one, two] = [await newClient(), await newClient()];
  const ask = (client: pg.Client, text: string) => client.query<{ n: number }>({ name: 'same', text, values: [] });
  await ask(one, 'SELECT 1 AS n');
  await ask(two, 'SELECT 2 AS n');
  expect((await ask(one, 'SELECT 1 AS n')).rows[0]!.n).toBe(1);
  await two.end();
  expect((await ask(one, 'SELECT 1 AS n')).rows[0]!.n).toBe(1);
  const { rows } = await one.query<{ n: number }>('SELECT count(*)::int AS n FROM pg_prepared_statements');
  expect(rows[0]!.n).toBe(1);
});

test('an error inside a transaction keeps it failed until rollback, for that connection only', async () => {
  const [one, two] = [await newClient(), await newClient()];
  await one.query('BEGIN');
  await expect(one.query('SELECT 1/0')).rejects.toThrow('division by zero');
  await expect(one.query('SELECT 1')).rejects.toThrow('current transaction is aborted');
  const other = two.query('SELECT 1');
  await one.query('ROLLBACK');
  expect((await other).rowCount).toBe(1);
  await expect(two.query('SELECT nothing_such')).rejects.toMatchObject({ code: '42703' });
  expect((await two.query('SELECT 1')).rowCount).toBe(1);
});

test('a transaction left idle is ended with a reason, and others go on', async () => {
  const short = await startTestPostgres({ idleTransactionMs: 60 });
  const [one, two] = [0, 1].map(() => new pg.Client({ connectionString: short.url })) as [pg.Client, pg.Client];
  const told = new Promise<Error>((resolve) => one.on('error', resolve));
  await one.connect();
  await two.connect();
  await one.query('BEGIN');
  expect((await two.query('SELECT 1')).rowCount).toBe(1);
  expect(await told).toMatchObject({ code: '25P03', message: expect.stringContaining('sent nothing for') });
  await two.end();
  await short.close();
});

test('COPY FROM STDIN is refused without harm', async () => {
  const client = await newClient();
  await expect(client.query('COPY item FROM STDIN')).rejects.toMatchObject({ code: '0A000' });
  expect((await client.query('SELECT 1')).rowCount).toBe(1);
});

test('an unknown database is named in the error', async () => {
  const url = new URL(server.url);
  url.pathname = '/other';
  const client = new pg.Client({ connectionString: url.href });
  await expect(client.connect()).rejects.toThrow('database "other" does not exist');
});
