import { readdir } from 'node:fs/promises';
import pg from 'pg';
import type { ClientKey } from '../../store/index.js';

export interface Left {
  /** Rows of these clients in all tables, but for what stays on purpose. */
  readonly rows: number;
  readonly certificates: number;
  readonly keys: number;
  /** When the last of them was removed, ms since the epoch. */
  readonly lastAt: number;
}

const lasting = ['AuditEntry', 'ExportRecord', 'Removal'];

/** What there is of these clients behind the product's back. */
export async function leftOf(databaseUrl: string, keyFolder: string, clients: readonly ClientKey[]): Promise<Left> {
  const ids = clients.map(({ clientId }) => clientId);
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const columns = `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'clientId' AND data_type = 'uuid'`;
    const tables = [['Client', 'id'], ...(await database.query<{ name: string }>(columns)).rows.filter(({ name }) => !lasting.includes(name)).map(({ name }) => [name, 'clientId'])];
    let rows = 0;
    for (const [name, column] of tables) rows += (await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM "${name}" WHERE "${column}" = ANY($1::uuid[])`, [ids])).rows[0]!.count;
    const removals = await database.query<{ count: number; last: Date | null }>(`SELECT count(*)::int AS count, max("removedAt") AS last FROM "Removal" WHERE "clientId" = ANY($1::uuid[])`, [ids]);
    const wanted = new Set(ids.map((id) => `client-${id}.key`));
    const keys = (await readdir(keyFolder)).filter((file) => wanted.has(file)).length;
    return { rows, certificates: removals.rows[0]!.count, keys, lastAt: removals.rows[0]!.last?.getTime() ?? 0 };
  } finally {
    await database.end();
  }
}
