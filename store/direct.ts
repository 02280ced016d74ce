import type pg from 'pg';
import type { PrismaClient } from '../prisma/generated/client.js';

/** The connections that each handle uses. */
const connections = new WeakMap<PrismaClient, pg.Pool>();

/** Notes which connections a handle uses. */
export function usesConnections(db: PrismaClient, pool: pg.Pool): void {
  connections.set(db, pool);
}

/**
 * Sends a statement that carries many bytes over one of the handle's connections, in no transaction of anybody's. Prisma would
 * make Base64 of the bytes and JSON of that, which costs an import more time and memory than sealing them.
 * @param values bytes as they are; a list of texts, or any list as PostgreSQL writes it
 */
export async function sendBytes({ db }: { readonly db: PrismaClient }, statement: string, values: readonly (string | number | null | Uint8Array | readonly string[])[]): Promise<void> {
  await connections.get(db)!.query(statement, [...values]);
}

/**
 * Reads one value of many bytes over one of the handle's connections, in no transaction of anybody's, for the same reason.
 * @param statement selects one column, `bytes`, of one row at most
 * @returns null where there is no such row
 */
export async function readBytes({ db }: { readonly db: PrismaClient }, statement: string, values: readonly (string | number)[]): Promise<Buffer | null> {
  const { rows } = await connections.get(db)!.query<{ bytes: Buffer }>(statement, [...values]);
  return rows[0]?.bytes ?? null;
}
