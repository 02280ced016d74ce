import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../prisma/generated/client.js';
import { StrictConnection } from './connection.js';
import { usesConnections } from './direct.js';
import type { ObjectStorage } from './files/object-storage.js';
import type { Vault } from './vault/vault.js';

export type Tx = Prisma.TransactionClient;

/** What every repository function works with: a database handle (or an open transaction) and the vault. */
export interface StoreContext<Db extends Tx = Tx> {
  readonly db: Db;
  readonly vault: Vault;
}

/** The context that a process keeps: its handle can open transactions. */
export interface Store extends StoreContext<PrismaClient> {
  /** Where new files go; into the database when there is none. */
  readonly objects?: ObjectStorage | undefined;
  /** Longest life of backups of the key store, in days; undefined where nobody has said. */
  readonly keyBackupDays?: number | undefined;
  /** Told after a transaction that queued mail was kept, so that it goes out at once. Must not throw. */
  onMailQueued?: () => void;
  /** Takes part in every transaction, right before its commit. */
  readonly beforeCommit?: (context: StoreContext) => Promise<void>;
}

/** Transactions that queued mail. */
const queuedMail = new WeakSet<object>();

/** Notes that the transaction queued mail: after its commit the process is told. */
export function noteQueuedMail(context: StoreContext): void {
  queuedMail.add(context.db);
}

/** How long a statement may take before the database ends it. Kept well under the API's own deadlines. */
const statementTimeoutMs = 15_000;

/**
 * Connects lazily; the first query opens the first connection.
 * @param databaseUrl PostgreSQL connection string
 * @param connections most connections that this process holds
 */
export function openDatabase(databaseUrl: string, connections = 10): PrismaClient {
  const pool = new pg.Pool({
    Client: StrictConnection,
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 5_000,
    application_name: 'client-onboarder',
    // The adapter writes and reads times without their zone: in a session of another zone the database would know them wrong.
    options: '-c TimeZone=UTC',
  });
  // A connection that breaks while idle is replaced by the pool; the next query tells if the database is really gone.
  pool.on('error', () => undefined);
  const adapter = new PrismaPg(pool, { disposeExternalPool: true, onPoolError: () => undefined, onConnectionError: () => undefined });
  const db = new PrismaClient({ adapter });
  usesConnections(db, pool);
  return db;
}

const attempts = 5;

/**
 * Runs `work` in one transaction: all of it is kept or nothing is. A conflict with another transaction is tried again.
 * Calls inside must use the context that `work` is given.
 * @param timeoutMs after which it is rolled back; longer than the default only for work whose size people choose
 */
export async function inTransaction<T>(store: Store, work: (context: StoreContext) => Promise<T>, timeoutMs = 20_000): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      let mail = false;
      const result = await store.db.$transaction(
        async (tx) => {
          const context = { db: tx, vault: store.vault };
          const done = await work(context);
          await store.beforeCommit?.(context);
          mail = queuedMail.has(tx);
          return done;
        },
        { maxWait: 10_000, timeout: timeoutMs },
      );
      if (mail) store.onMailQueued?.();
      return result;
    } catch (error) {
      if (attempt >= attempts || !isConflict(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 20));
    }
  }
}

// P2034: Prisma's code for a write conflict or deadlock; 40001 and 40P01: PostgreSQL's own, from raw queries.
function isConflict(error: unknown): boolean {
  return (error as { code?: string }).code === 'P2034' || ['40001', '40P01'].includes(sqlStateOf(error));
}

/** PostgreSQL's code of a failed raw query, as the driver adapter hands it on; empty for anything else. */
function sqlStateOf(error: unknown): string {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2010') return '';
  const meta = error.meta as { driverAdapterError?: { cause?: { originalCode?: string } } } | undefined;
  return meta?.driverAdapterError?.cause?.originalCode ?? '';
}

/** Whether the database refused a second row with the same unique key. */
export function isUniqueViolation(error: unknown): boolean {
  return (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') || sqlStateOf(error) === '23505';
}
