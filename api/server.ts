/** The API process: reads its settings, opens store and Temporal client, listens, and closes in order when told to stop. */
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import closeWithGrace from 'close-with-grace';
import { pino, stdSerializers } from 'pino';
import { pathToFileURL } from 'node:url';
import { readApiSettings, SettingsError, type ApiSettings } from '../settings/index.js';
import { openStore, readKeyFile, readPublicKey, readSigningKey, refuseOpenFiles } from '../store/index.js';
import { connectionOptions, dataConverter } from '../temporal/connection.js';
import { buildApp } from './app.js';
import type { ApiDeps } from './types.js';
import { temporalProcess } from './temporal-process.js';

/** How long running requests may take to end when the process is told to stop. */
const graceMs = 10_000;

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the API. Neither the database nor Temporal need be there yet. */
export async function startApi(settings: ApiSettings): Promise<RunningApi> {
  const logger = pino(
    {
      level: settings.LOG_LEVEL,
      base: { process: 'api' },
      serializers: { err: stdSerializers.err },
      redact: ['req.headers.authorization', 'authorization', 'token'],
    },
    // The ready line is the only thing on stdout.
    pino.destination(2),
  );
  await refuseOpenFiles(settings.PAYLOAD_KEY_FILE, settings.AUDIT_SIGNING_KEY_FILE, settings.TEMPORAL_TLS_KEY_FILE);
  const store = await openStore(settings);
  const publicKey = await readPublicKey(settings.IT_GLUE_PUBLIC_KEY_FILE);
  const process = temporalProcess({
    connection: await connectionOptions(settings),
    namespace: settings.TEMPORAL_NAMESPACE,
    dataConverter: dataConverter(await readKeyFile(settings.PAYLOAD_KEY_FILE)),
  });
  store.onMailQueued = process.wakeMail;
  const itGlue = { publicKey, standIn: standInOf(settings) };
  const app = await buildApp({ store, process, settings, itGlue, logger, auditKey: await openAuditKey(settings) });
  async function close(): Promise<void> {
    await app.close();
    await process.close();
    await store.close();
  }
  try {
    const url = await app.listen({ host: settings.API_HOST, port: settings.API_PORT });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openAuditKey({ AUDIT_SIGNING_KEY_FILE: path }: ApiSettings): Promise<ApiDeps['auditKey']> {
  return path ? readSigningKey(await readFile(path, 'utf8'), path) : null;
}

function standInOf({ IT_GLUE_STAND_IN_URL: url, IT_GLUE_STAND_IN_WEB_URL: webUrl }: ApiSettings) {
  return url ? { url, webUrl: webUrl ?? null } : null;
}

async function main(): Promise<void> {
  try {
    const settings = readApiSettings(process.env);
    const api = await startApi(settings);
    closeWithGrace({ delay: graceMs, logger: false }, async () => api.close());
    process.stdout.write(`READY ${JSON.stringify({ url: api.url })}\n`);
  } catch (error) {
    process.stderr.write(`${inWords(error)}\n`);
    process.exitCode = 1;
  }
}

function inWords(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `The API cannot listen: port ${port ?? ''} is taken by another program. Set API_PORT to a free one.`;
  return `The API cannot start: ${message}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) await main();
