import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { readWorkerSettings, SettingsError, type WorkerSettings } from '../settings/index.js';
import { openStore, readKeyFile, readPrivateKey, refuseOpenFiles, replayPurges } from '../store/index.js';
import { connectionOptions, dataConverter } from '../temporal/connection.js';
import { smtpMailer, type LanguageModel, type Post } from '../activities/index.js';
import { workflowBundle } from './bundle.js';
import { startCodecEndpoint } from './codec-endpoint.js';
import { createWorkers } from './create-workers.js';
import { keepMailGoing } from './mail-dispatch.js';
import { ensureSchedules } from './schedules.js';
import { TenantTargets } from './targets.js';

// An export makes much garbage and keeps little. By default V8 lets the heap grow to several times of what is kept before it
// collects; by a quarter, a worker grows by a third of that with an export of 6,800 records, for a fifth more processor time.
setFlagsFromString('--heap-growing-percent=25');

/** The worker process: runs workflows and activities until it is told to stop. */
async function main(): Promise<void> {
  const settings = readWorkerSettings(process.env);
  const log = pino({ level: settings.LOG_LEVEL, base: { part: 'worker' } }, process.stderr);
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[pinoLevel(level)]({ ...meta }, message)),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  });

  await refuseOpenFiles(settings.PAYLOAD_KEY_FILE, settings.IT_GLUE_PRIVATE_KEY_FILE, settings.SMTP_PASSWORD_FILE, settings.LANGUAGE_MODEL_KEY_FILE, settings.TEMPORAL_TLS_KEY_FILE);
  const converter = dataConverter(await readKeyFile(settings.PAYLOAD_KEY_FILE));
  const options = await connectionOptions(settings);
  const [store, privateKey, bundle, connection, clientConnection] = await Promise.all([
    openStore(settings),
    readPrivateKey(settings.IT_GLUE_PRIVATE_KEY_FILE),
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
  const targets = new TenantTargets(store, privateKey, settings);
  const workers = await createWorkers({
    connection,
    namespace,
    dataConverter: converter,
    workflowBundle: bundle,
    dependencies: { store, targets, languageModel: await openLanguageModel(settings), temporal },
    workerKey: privateKey,
    post,
  });
  const codec = settings.CODEC_ALLOWED_ORIGIN
    ? await startCodecEndpoint({ port: settings.CODEC_PORT, allowedOrigin: settings.CODEC_ALLOWED_ORIGIN, codec: converter.payloadCodecs[0]! })
    : null;

  await ensureSchedules(temporal);
  const running = Promise.all(workers.map((worker) => worker.run()));
  process.stdout.write(`READY ${JSON.stringify({ codecUrl: codec?.url ?? null })}\n`);
  try {
    await running;
  } finally {
    codec?.server.close();
    mail.close();
    await targets.close();
    await clientConnection.close();
    await connection.close();
    await store.close();
  }
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
