import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import pg from 'pg';
import { pino } from 'pino';
import { createItGlueClient } from '../it-glue/index.js';
import { createSharedPace } from '../it-glue/pace/shared-pace.js';
import { readWorkerSettings, SettingsError, type WorkerSettings } from '../settings/index.js';
import { openStore, readKeyFile, replayPurges } from '../store/index.js';
import { connectionOptions, dataConverter } from '../temporal/connection.js';
import { smtpMailer, type LanguageModel, type Post, type Target } from '../activities/index.js';
import { workflowBundle } from './bundle.js';
import { startCodecEndpoint } from './codec-endpoint.js';
import { createWorkers } from './create-workers.js';
import { keepMailGoing } from './mail-dispatch.js';

/** The worker process: runs workflows and activities until it is told to stop. */
async function main(): Promise<void> {
  const settings = readWorkerSettings(process.env);
  const log = pino({ level: settings.LOG_LEVEL, base: { part: 'worker' } }, process.stderr);
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[pinoLevel(level)]({ ...meta }, message)),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });

  const converter = dataConverter(await readKeyFile(settings.PAYLOAD_KEY_FILE));
  const options = await connectionOptions(settings);
  const [store, target, bundle, connection, clientConnection] = await Promise.all([
    openStore(settings),
    openTarget(settings),
    workflowBundle(),
    NativeConnection.connect(options),
    Connection.connect(options),
  ]);
  const { removed } = await replayPurges(store);
  if (removed > 0) log.warn({ clients: removed }, 'A restored backup held clients that were purged before; they were removed again');
  const namespace = settings.TEMPORAL_NAMESPACE;
  const temporal = new Client({ connection: clientConnection, namespace, dataConverter: converter });
  const post = await openPost(settings);
  const mail = keepMailGoing(temporal, post !== null);
  store.onMailQueued = mail.wake;
  const workers = await createWorkers({
    connection,
    namespace,
    dataConverter: converter,
    workflowBundle: bundle,
    dependencies: { store, targets: { of: () => Promise.resolve({ target, version: 1, state: 'working' }) }, languageModel: await openLanguageModel(settings), temporal },
    post,
  });
  const codec = settings.CODEC_ALLOWED_ORIGIN
    ? await startCodecEndpoint({ port: settings.CODEC_PORT, allowedOrigin: settings.CODEC_ALLOWED_ORIGIN, codec: converter.payloadCodecs[0]! })
    : null;

  const running = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write(`READY ${JSON.stringify({ codecUrl: codec?.url ?? null })}\n`);
  try {
    await running;
  } finally {
    codec?.server.close();
    mail.close();
    await target.api.close();
    await target.closePace();
    await clientConnection.close();
    await connection.close();
    await store.close();
  }
}

async function openTarget(settings: WorkerSettings): Promise<Target & { closePace(): Promise<void> }> {
  const apiKey = (await readFile(settings.IT_GLUE_API_KEY_FILE, 'utf8')).trim();
  const address = settings.IT_GLUE_URL ? { baseUrl: settings.IT_GLUE_URL } : settings.IT_GLUE_REGION ? { region: settings.IT_GLUE_REGION } : null;
  if (!address) throw new SettingsError('These settings need attention:\n  IT_GLUE_REGION: must say which IT Glue account (or IT_GLUE_URL its address)');
  const pool = new pg.Pool({ connectionString: settings.DATABASE_URL, max: 2, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  const pace = createSharedPace({ pool, key: 'it-glue', share: settings.IT_GLUE_RATE_SHARE });
  const regionHost = settings.IT_GLUE_REGION && settings.IT_GLUE_REGION !== 'us' ? `api.${settings.IT_GLUE_REGION}.itglue.com` : 'api.itglue.com';
  return {
    api: createItGlueClient({ ...address, apiKey, pace, timeoutMs: settings.IT_GLUE_TIMEOUT_MS }),
    apiUrl: settings.IT_GLUE_URL ?? `https://${regionHost}`,
    webUrl: settings.IT_GLUE_WEB_URL?.replace(/\/+$/, '') ?? null,
    region: settings.IT_GLUE_REGION ?? null,
    settleDelaysMs: settings.IT_GLUE_SETTLE_MS,
    closePace: () => pool.end(),
  };
}

async function openLanguageModel(settings: WorkerSettings): Promise<LanguageModel | null> {
  const { LANGUAGE_MODEL_URL: url, LANGUAGE_MODEL_NAME: model, LANGUAGE_MODEL_KEY_FILE: keyFile, LANGUAGE_MODEL_TIMEOUT_MS: timeoutMs } = settings;
  if (!url) return null;
  return { url, model, apiKey: keyFile ? (await readFile(keyFile, 'utf8')).trim() : null, timeoutMs };
}

async function openPost(settings: WorkerSettings): Promise<Post | null> {
  const { SMTP_URL, SMTP_PASSWORD_FILE, SMTP_TLS, MAIL_FROM, PUBLIC_URL } = settings;
  if (!SMTP_URL) return null;
  if (!MAIL_FROM) throw new SettingsError('These settings need attention:\n  MAIL_FROM: must be the address that mails come from');
  const { protocol, hostname, port, username } = new URL(SMTP_URL);
  const password = SMTP_PASSWORD_FILE ? (await readFile(SMTP_PASSWORD_FILE, 'utf8')).trim() : null;
  const implicit = protocol === 'smtps:';
  const mailer = smtpMailer({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : implicit ? 465 : 587,
    tls: implicit ? 'implicit' : SMTP_TLS,
    login: username && password ? { user: decodeURIComponent(username), password } : null,
    from: MAIL_FROM,
  });
  return { mailer, publicUrl: PUBLIC_URL.replace(/\/+$/, '') };
}

function pinoLevel(level: string): 'debug' | 'info' | 'warn' | 'error' {
  switch (level) {
    case 'WARN':
      return 'warn';
    case 'ERROR':
      return 'error';
    case 'INFO':
      return 'info';
    default:
      return 'debug';
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof SettingsError ? error.message : `The worker could not start: ${String(error)}`}\n`);
    process.exit(1);
  },
);
