/** A PostgreSQL server of one's own for a test file: PGlite in memory behind our socket server, in the test's process. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { withLock } from '../../local/file-lock.mjs';
import { servePglite, type PgliteServer } from '../../local/pglite-server.js';

const root = new URL('../../', import.meta.url).pathname;
const snapshots = join(root, 'node_modules/.cache/client-onboarder/test-postgres');

export interface TestPostgres {
  /** Connection URL of this server's one database. */
  url: string;
  close(): Promise<void>;
}

export interface TestPostgresOptions {
  /**
   * Brings an empty database to the state that the tests start from, for example by migrations. Runs once: what it
   * leaves is kept as a snapshot and loaded by later calls, until prisma/migrations or the function's text change.
   */
  prepare?: (url: string) => Promise<void>;
  /** Whatever else the prepared state depends on. */
  snapshotKey?: string;
  /** See PgliteServerOptions. */
  idleTransactionMs?: number;
}

/** Starts an empty (or prepared) database server on a free port of the loopback address. */
export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const file = await emptyDatabaseSnapshot();
  const prepared = options.prepare
    ? await snapshot(`prepared-${keyOf(options)}`, (db) => throughServer(db, options.prepare!), file)
    : file;
  const db = await open(prepared);
  const server = await servePglite({
    db,
    host: '127.0.0.1',
    port: 0,
    ...(options.idleTransactionMs === undefined ? {} : { idleTransactionMs: options.idleTransactionMs }),
  });
  return {
    url: urlOf(server),
    async close() {
      await server.close();
      await db.close();
    },
  };
}

/** The path of a tar file with the data folder of an empty database. */
export function emptyDatabaseSnapshot(): Promise<string> {
  return snapshot('empty', async () => undefined, undefined);
}

/** The path of a snapshot, made first if it is not there. Making one from nothing (initdb) takes seconds, loading half of one. */
async function snapshot(key: string, fill: (db: PGlite) => Promise<void>, base: string | undefined): Promise<string> {
  const file = join(snapshots, `${pgliteVersion()}-${key}.tar`);
  if (existsSync(file)) return file;
  mkdirSync(snapshots, { recursive: true });
  return withLock(`${file}.lock`, { waitMs: 120_000 }, async () => {
    if (existsSync(file)) return file;
    if (base !== undefined) forgetOldSnapshots();
    const db = await open(base);
    try {
      await fill(db);
      await db.exec('CHECKPOINT');
      const dump = await db.dumpDataDir('none');
      writeFileSync(`${file}.part`, Buffer.from(await dump.arrayBuffer()));
      renameSync(`${file}.part`, file);
    } finally {
      await db.close();
    }
    return file;
  });
}

/** Each change of the migrations leaves a snapshot of 40 MB behind; only the newest ones are worth keeping. */
function forgetOldSnapshots(): void {
  const old = readdirSync(snapshots).filter((name) => name.includes('-prepared-') && name.endsWith('.tar'));
  if (old.length >= 8) for (const name of old) rmSync(join(snapshots, name), { force: true });
}

function open(file: string | undefined): Promise<PGlite> {
  return PGlite.create(file === undefined ? {} : { loadDataDir: new Blob([readFileSync(file)]) });
}

async function throughServer(db: PGlite, work: (url: string) => Promise<void>): Promise<void> {
  const server = await servePglite({ db, host: '127.0.0.1', port: 0 });
  try {
    await work(urlOf(server));
  } finally {
    await server.close();
  }
}

function urlOf(server: PgliteServer): string {
  return `postgresql://postgres@127.0.0.1:${server.port}/postgres`;
}

function pgliteVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest: unknown = JSON.parse(readFileSync(join(dirname(entry), '../package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}

function keyOf(options: TestPostgresOptions): string {
  const hash = createHash('sha256').update(String(options.prepare)).update(`\0${options.snapshotKey ?? ''}`);
  const migrations = join(root, 'prisma/migrations');
  if (existsSync(migrations)) {
    for (const entry of readdirSync(migrations, { recursive: true, withFileTypes: true }).sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
      if (entry.isFile()) hash.update(`\0${pathOf(entry)}\0`).update(readFileSync(pathOf(entry)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function pathOf(entry: { parentPath: string; name: string }): string {
  return join(entry.parentPath, entry.name);
}
