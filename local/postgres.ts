/**
 * The embedded PostgreSQL, a process of its own: `node local/run.mjs local/postgres.ts --data FOLDER [--port N] [--host H]
 * [--password-file FILE]`. Prints `READY {"port":N}` when it takes connections; SIGTERM or SIGINT closes it cleanly.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { servePglite } from './pglite-server.js';
import { DataFolderError, openDatabase } from './postgres-folder.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'password-file': { type: 'string' },
  },
});

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

if (values.data === undefined) fail('local/postgres.ts needs --data FOLDER.');
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) fail(`--port must be a number from 0 to 65535, not "${values.port}".`);

const { db, close } = await openDatabase(resolve(values.data)).catch((error: unknown) => {
  if (error instanceof DataFolderError) return fail(error.message);
  throw error;
});
const server = await servePglite({
  db,
  host: values.host,
  port,
  ...(values['password-file'] === undefined ? {} : { password: readFileSync(values['password-file'], 'utf8').trim() }),
  // The files are as after a crash, which PostgreSQL repairs at the next start: whoever started this process does that.
  onFatal: (error) => fail(`The embedded database ended: ${error.message}`),
}).catch(async (error: NodeJS.ErrnoException) => {
  await close();
  return fail(error.code === 'EADDRINUSE' ? `Port ${port} for PostgreSQL is taken.` : `PostgreSQL cannot listen on ${values.host}:${port} (${error.message}).`);
});

let stopping: Promise<void> | undefined;
async function stop(): Promise<void> {
  await server.close();
  await close();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => (stopping ??= stop()));

console.log(`READY ${JSON.stringify({ port: server.port })}`);
