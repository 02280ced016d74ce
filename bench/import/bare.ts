/**
 * The baseline: the same parser and the same database, and nothing else. Each row becomes plain JSON and is inserted with its
 * neighbours in one statement a thousand, all in one transaction, into a table with the columns and indexes of ours.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parse } from 'csv-parse';
import pg from 'pg';
import { untilToldToEnd } from '../main/baseline.js';
import { fields } from './file.js';

const at = 1_000;
const db = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await db.connect();
await db.query('CREATE TABLE "BareRecord" (LIKE "Record" INCLUDING ALL)');

async function importFile(path: string): Promise<number> {
  const [tenant, client, user] = [randomUUID(), randomUUID(), randomUUID()];
  let rows: string[] = [];
  let count = 0;
  const insert = async () => {
    await db.query(
      `INSERT INTO "BareRecord" ("id", "tenantId", "clientId", "kind", "section", "position", "references", "content", "filled", "required", "createdBy", "createdFor", "updatedBy")
       SELECT r.id, $1, $2, 'configuration', 'msp', $3::int + r.at, '{}', convert_to(r.content, 'UTF8'), 2, 2, $4, 'internal', $4
       FROM unnest($5::uuid[], $6::text[]) WITH ORDINALITY AS r(id, content, at)`,
      [tenant, client, count, user, rows.map(() => randomUUID()), rows],
    );
    count += rows.length;
    rows = [];
  };
  await db.query('BEGIN');
  for await (const cells of createReadStream(path).pipe(parse({ from: 2 })) as AsyncIterable<string[]>) {
    const content: Record<string, string> = {};
    fields.forEach((name, index) => {
      if (name) content[name] = cells[index]!;
    });
    rows.push(JSON.stringify(content));
    if (rows.length === at) await insert();
  }
  if (rows.length > 0) await insert();
  await db.query('COMMIT');
  return count;
}

const server = createServer((request, response) => {
  importFile(decodeURIComponent(request.url!.slice(1))).then(
    (rows) => response.end(String(rows)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
await untilToldToEnd({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pid: String(process.pid) });
server.close();
await db.end();
