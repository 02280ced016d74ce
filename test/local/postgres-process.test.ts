import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../local/postgres-folder.js';
import { emptyDatabaseSnapshot } from '../support/postgres.js';

const entry = new URL('../../local/postgres.ts', import.meta.url).pathname;
const home = mkdtempSync(join(tmpdir(), 'postgres-process-'));
const fresh = join(home, 'fresh');
const children: ChildProcess[] = [];

beforeAll(async () => {
  const db = await PGlite.create(fresh, { loadDataDir: new Blob([readFileSync(await emptyDatabaseSnapshot())]) });
  await db.close();
});

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => end(child, 'SIGKILL')));
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function newFolder(name: string): string {
  const folder = join(home, name);
  cpSync(fresh, folder, { recursive: true });
  return folder;
}

interface Outcome {
  child: ChildProcess;
  /** Undefined when it ended instead. */
  port: number | undefined;
  errors: string;
}

async function run(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  const ready = new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => resolve((JSON.parse(line.replace('READY ', '')) as { port: number }).port));
  });
  const port = await Promise.race([ready, once(child, 'close').then(() => undefined)]);
  return { child, port, errors };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  return ((await exit) as [number | null])[0];
}

async function query(port: number | undefined, sql: string, password = ''): Promise<pg.QueryResult> {
  const client = new pg.Client({ host: '127.0.0.1', port: port!, user: 'postgres', database: 'postgres', password });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Names and contents of all files, to see that nothing was touched. */
function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    .sort();
}

test('what was committed before a kill -9 is there after it, what was not is gone', async () => {
  const folder = newFolder('killed');
  const first = await run('--data', folder);
  await query(first.port, 'CREATE TABLE kept (id int)');
  await query(first.port, 'INSERT INTO kept SELECT generate_series(1, 1000)');
  const open = new pg.Client({ host: '127.0.0.1', port: first.port!, user: 'postgres', database: 'postgres' });
  open.on('error', () => undefined);
  await open.connect();
  await open.query('BEGIN');
  await open.query('INSERT INTO kept VALUES (-1)');
  await end(first.child, 'SIGKILL');

  const second = await run('--data', folder);
  const { rows } = await query(second.port, 'SELECT count(*)::int AS n, min(id) AS least FROM kept');
  expect(rows).toEqual([{ n: 1000, least: 1 }]);
  expect(await end(second.child, 'SIGTERM')).toBe(0);
});

test('a folder in use is refused with the process that uses it', async () => {
  const folder = newFolder('busy');
  const first = await run('--data', folder);
  const second = await run('--data', folder);
  expect(second.child.exitCode).toBe(1);
  expect(second.errors).toContain(`in use by another process (${first.child.pid})`);
  expect((await query(first.port, 'SELECT 1')).rowCount).toBe(1);
});

test('only the password opens the database', async () => {
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, 'open sesame\n');
  const { port } = await run('--data', newFolder('locked'), '--password-file', passwordFile);
  await expect(query(port, 'SELECT 1', 'guess')).rejects.toMatchObject({ code: '28P01' });
  expect((await query(port, 'SELECT 1', 'open sesame')).rowCount).toBe(1);
});

test('the data folder is for its owner only', async () => {
  const folder = newFolder('private');
  const { close } = await openDatabase(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  await close();
});

test('a taken port is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { child, errors } = await run('--data', newFolder('port'), '--port', String(port));
  other.close();
  expect(child.exitCode).toBe(1);
  expect(errors.trim()).toBe(`Port ${port} for PostgreSQL is taken.`);
});

const damages: Record<string, (folder: string) => void> = {
  'a control file of zeros': (folder) => writeFileSync(join(folder, 'global/pg_control'), Buffer.alloc(8192)),
  'no PG_VERSION': (folder) => rmSync(join(folder, 'PG_VERSION')),
  'a lost log folder': (folder) => rmSync(join(folder, 'pg_wal'), { recursive: true }),
};

test.each(Object.entries(damages))('a damaged folder (%s) gets one sentence and stays as it is', async (name, damage) => {
  const folder = newFolder(`damaged ${name}`);
  damage(folder);
  const before = fingerprint(folder);
  const { child, errors } = await run('--data', folder);
  expect(child.exitCode).toBe(1);
  expect(errors.trim().split('\n')).toEqual([expect.stringContaining('cannot be opened: it is damaged')]);
  expect(fingerprint(folder)).toEqual(before);
  expect(existsSync(`${folder}.lock`)).toBe(false);
});
