/** A PostgreSQL server for the test: Debian's package, started on a data folder of its own, or the one that is named. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, chownSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { plainEnvironment, type Processes } from './processes.js';

/** Where Debian's package puts the programs: one folder for each major version, none of them on PATH. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const NOT_FOUND =
  "There is no PostgreSQL server to test against: install Debian's package `postgresql` (apt-get install postgresql), " +
  'or set TEST_POSTGRES_URL to a server on which the test may create databases.';

/**
 * Gives the URL of a server's database `postgres`, for a user who may create databases.
 *
 * @param folder an empty folder for a server of our own
 * @throws when there are no PostgreSQL programs and TEST_POSTGRES_URL is not set
 */
export async function postgresServer(processes: Processes, folder: string, port: number): Promise<string> {
  const named = process.env['TEST_POSTGRES_URL'];
  if (named) return named;
  const programs = findPrograms();
  // initdb refuses root, for good reason.
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  const password = randomBytes(18).toString('base64url');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [folder, data, passwordFile]) chownSync(path, user.uid, user.gid);
  await promisify(execFile)(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-sync'],
    { cwd: folder, env: plainEnvironment(), timeout: 120_000, ...user },
  );
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  await processes.start({
    name: 'PostgreSQL',
    command: join(programs, 'postgres'),
    args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    cwd: folder,
    ...(user ? { user } : {}),
    probe: (signal) => untilAnswers(url, signal),
    // Fast shutdown: SIGTERM would wait for every connection to end by itself.
    stopSignal: 'SIGINT',
  });
  return url;
}

/** Creates an empty database on the server and gives its URL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)} ENCODING 'UTF8' TEMPLATE template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await onServer(serverUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

/** The rows that one statement gives. */
export async function onServer<Row extends pg.QueryResultRow>(url: string, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

function findPrograms(): string {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...versions.map((version) => join(DEBIAN_FOLDER, version, 'bin'))];
  const found = folders.find((folder) => ['initdb', 'postgres'].every((program) => isExecutable(join(folder, program))));
  if (found === undefined) throw new Error(NOT_FOUND);
  return found;
}

function unprivilegedUser(): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const user = ['postgres', 'nobody'].map((name) => lines.find(([one]) => one === name)).find(Boolean);
  if (!user) throw new Error('PostgreSQL does not run as root, and this machine has neither a user `postgres` nor a user `nobody`.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

async function untilAnswers(url: string, signal: AbortSignal): Promise<void> {
  while (!(await onServer(url, 'SELECT 1').then(() => true, () => false))) await sleep(100, undefined, { signal });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
