import { setTimeout as sleep } from 'node:timers/promises';
import { Client as TemporalClient, Connection, WorkflowNotFoundError } from '@temporalio/client';
import pg from 'pg';
import { executionsOf } from '../../workflows/contract.js';
import type { Narrator } from './narrator.js';

/** Where the demo looks behind the API. */
export interface Insides {
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
}

/** Rows by table. */
export type Rows = Readonly<Record<string, number>>;

/** What stays of a client on purpose: its line in the record of export, the certificate, and its history, of which only who, what and when can be read. */
const lasting = ['AuditEntry', 'ExportRecord', 'Removal'];

/** Temporal deletes a history in its own time after it was asked to. */
const patienceMs = 120_000;

/** How many rows each table has of a client, asked of the database itself. Tables without any are left out. */
export async function rowsOf({ databaseUrl }: Insides, clientId: string): Promise<Rows> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const columns = `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'clientId' AND data_type = 'uuid' ORDER BY table_name`;
    const tables = [{ name: 'Client', column: 'id' }, ...(await database.query<{ name: string }>(columns)).rows.map(({ name }) => ({ name, column: 'clientId' }))];
    const counts: Record<string, number> = {};
    for (const { name, column } of tables) {
      const { rows } = await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM "${name}" WHERE "${column}" = $1`, [clientId]);
      if (rows[0]!.count > 0) counts[name] = rows[0]!.count;
    }
    return counts;
  } finally {
    await database.end();
  }
}

/** Shows what was there and what is left, table by table. @returns what should not be left, in words */
export function tellRows(narrator: Narrator, before: Rows, after: Rows): string[] {
  const tables = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const gone = tables.filter((table) => !lasting.includes(table));
  narrator.table([['table', 'rows before', 'rows left'], ...gone.map((table) => [table, String(before[table] ?? 0), String(after[table] ?? 0)])]);
  const left = gone.filter((table) => (after[table] ?? 0) > 0).map((table) => `${after[table]} rows of ${table} are left in the database`);
  if (left.length === 0) narrator.good(`no row of the client is left; on purpose there stay ${after['ExportRecord'] ?? 0} record of export, ${after['Removal'] ?? 0} certificate and ${after['AuditEntry'] ?? 0} entries of the audit trail, sealed with the destroyed key`);
  return left;
}

/**
 * Waits until Temporal has nothing of the client any more. The removal's own execution is taken by the hourly sweep, which is
 * asked to come now.
 * @returns what is left, in words
 */
export async function untilNoExecutions(narrator: Narrator, { temporal }: Insides, clientId: string): Promise<string[]> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const client = new TemporalClient({ connection, namespace: temporal.namespace });
    const left = async () => {
      const found: string[] = [];
      for await (const { workflowId, runId } of client.workflow.list({ query: executionsOf(clientId) })) if (await isThere(client, workflowId, runId)) found.push(workflowId);
      return found;
    };
    // It may still be at work on the last histories.
    await client.workflow.getHandle(`purge/${clientId}`).result().catch(() => undefined);
    await client.schedule.getHandle('sweep').trigger();
    for (const deadline = Date.now() + patienceMs; ; await sleep(500)) {
      const found = await left();
      if (found.length === 0) {
        narrator.good('Temporal executions and histories of the client: 0');
        return [];
      }
      if (Date.now() > deadline) return [`${found.length} workflows of the client are left in Temporal`];
      narrator.waiting(`Temporal deletes the last of ${found.length} histories`);
    }
  } finally {
    await connection.close();
  }
}

async function isThere(client: TemporalClient, workflowId: string, runId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId, runId).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
