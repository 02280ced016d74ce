/** The data folder of the embedded database: made once, opened by one process at a time, never overwritten. */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { lockHolder, tryLock } from './file-lock.mjs';

/** Why the folder cannot be used, in one sentence for the person at the keyboard. */
export class DataFolderError extends Error {}

export interface OpenDatabase {
  db: PGlite;
  /** Closes the database (with a checkpoint) and gives the folder free. */
  close(): Promise<void>;
}

/** What a PostgreSQL data folder has at the least; see "Database File Layout" in the PostgreSQL documentation. */
const REQUIRED = ['PG_VERSION', 'global/pg_control', 'base', 'pg_wal', 'pg_xact', 'postgresql.conf'];

/**
 * Opens the database in `folder`, making a new one if the folder is missing or empty.
 *
 * @throws DataFolderError if another process uses it or it is damaged; the folder is then as it was.
 */
export async function openDatabase(folder: string): Promise<OpenDatabase> {
  const release = tryLock(`${folder}.lock`);
  if (release === undefined) {
    const holder = lockHolder(`${folder}.lock`);
    throw new DataFolderError(`The database in ${folder} is in use by another process${holder ? ` (${holder.pid})` : ''}; stop that one first, or use another data folder.`);
  }
  try {
    if (isMissingOrEmpty(folder)) await makeDatabase(folder);
    const missing = REQUIRED.find((name) => !existsSync(join(folder, name)));
    // PGlite would take a folder without PG_VERSION for a new one and write over what is left of it.
    if (missing !== undefined) throw damaged(folder, `${missing} is missing`);
    // PGlite makes its files writable for everybody; nobody else gets as far as them.
    chmodSync(folder, 0o700);
    const db = await open(folder);
    return {
      db,
      async close() {
        await db.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

function isMissingOrEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

/** Makes the database in a folder aside, so that a start that is interrupted leaves no half-made one. */
async function makeDatabase(folder: string): Promise<void> {
  const part = `${folder}.part`;
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(part, { recursive: true, force: true });
  const db = await PGlite.create(part);
  await db.close();
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
}

async function open(folder: string): Promise<PGlite> {
  try {
    const db = await PGlite.create(folder);
    // Reads the catalogue from disk: a folder that opens may still have lost its tables' files.
    await db.query('SELECT count(*) FROM pg_class');
    return db;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(folder, reason.startsWith('Aborted') ? 'PostgreSQL stopped while it read it' : reason);
  }
}

function damaged(folder: string, reason: string): DataFolderError {
  return new DataFolderError(
    `The database in ${folder} cannot be opened: it is damaged or of another PostgreSQL version (${reason.split('\n')[0]}). ` +
      'Nothing was deleted or made anew; put a backup of the folder in its place, or use another data folder.',
  );
}
