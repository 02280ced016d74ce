/** Starts the whole product on one machine, every part a process of its own, and stops it in order. */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tryLock, lockHolder } from './file-lock.mjs';
import { startOrphanGuard } from './orphan-guard.js';
import { Part, type PartSpec } from './part.js';
import { HOST, apiSpec, embeddedDatabaseUrl, itGlueSpec, mailSpec, postgresSpec, temporalSpec, workerSpec, type Place } from './part-specs.js';
import { checkPorts, fixedPorts, freePorts, type PortName, type Ports } from './ports.js';
import { removeStackFile, stackLockOf, writeStackFile, type RunningStackInfo } from './running-stack.js';
import { ensureSecrets, type Secrets } from './secrets.js';
import { StackError } from './stack-error.js';
import { TemporalNotFoundError, findTemporalCli } from './temporal-binaries.js';

export interface StackOptions {
  /** Folder of all data; made if it is not there. */
  dataFolder: string;
  /** `fixed`: the defaults, changed by the settings in `env`; `ephemeral`: free ones. */
  ports: 'fixed' | 'ephemeral';
  /** Settings; this process's environment by default. DATABASE_URL, TEMPORAL_ADDRESS and SMTP_URL replace the embedded part. */
  env?: NodeJS.ProcessEnv;
  /** Gets a line in plain words for each step and each part that had to be restarted. */
  report?: (line: string) => void;
  /** Ends a start that is under way: what has been started is stopped in order and startStack rejects. */
  signal?: AbortSignal;
  /** A part could not be kept alive while the stack ran. The stack is still to be closed. */
  onGivenUp?: (error: StackError) => void;
}

export interface Stack {
  readonly info: RunningStackInfo;
  /** Stops all parts, the last started first. */
  close(): Promise<void>;
  /** Kills all parts at once. */
  kill(): void;
}

/** How long a port may still be held by a stack on the same folder that was killed just now. */
const PATIENCE_AFTER_KILL_MS = 10_000;

/**
 * Starts every part and resolves when all are ready. If it fails, everything is stopped again.
 *
 * @throws StackError with one sentence for the person at the keyboard
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataFolder = resolve(options.dataFolder);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const lock = stackLockOf(dataFolder);
  // A lock that is there but can be taken is that of a stack that was killed.
  const wasKilled = existsSync(lock);
  const release = tryLock(lock);
  if (release === undefined) {
    const holder = lockHolder(lock);
    throw new StackError(`Client Onboarder already runs on ${dataFolder} (process ${holder?.pid ?? 'unknown'}); stop it first, or choose another folder with --data.`);
  }
  const stack = new RunningStack(options, dataFolder, release, wasKilled);
  const interrupt = () => void stack.close();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    await stack.start();
    return stack;
  } catch (error) {
    await stack.close();
    if (options.signal?.aborted) throw new StackError('The start was interrupted.');
    throw error instanceof TemporalNotFoundError ? new StackError(error.message) : error;
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
  }
}

class RunningStack implements Stack {
  info: RunningStackInfo;
  readonly #env: NodeJS.ProcessEnv;
  readonly #report: (line: string) => void;
  /** In the order in which they were started. */
  readonly #parts: Part[] = [];
  readonly #guard = startOrphanGuard();
  #closing: Promise<void> | undefined;
  #state: 'starting' | 'ready' = 'starting';

  constructor(
    readonly options: StackOptions,
    readonly dataFolder: string,
    readonly releaseLock: () => void,
    readonly wasKilled: boolean,
  ) {
    this.#env = options.env ?? process.env;
    this.#report = options.report ?? (() => undefined);
    this.info = { dataFolder, pid: process.pid, urls: { api: '', temporal: '' }, pids: {}, settings: {} };
  }

  async start(): Promise<void> {
    const env = this.#env;
    const { urls } = this.info;
    const ports = await this.#choosePorts();
    // Before anything is made: it may take minutes, or end the start.
    const cli = env['TEMPORAL_ADDRESS'] ? undefined : await findTemporalCli(this.#report, { env });
    const place: Place = { dataFolder: this.dataFolder, ports, secrets: this.#makeSecrets(), env };

    // Those that need nothing of each other; then what needs them.
    const [databaseUrl, temporalAddress, itGlue, mail] = await allOrFirstError([this.#startDatabase(place), this.#startTemporal(place, cli), this.#startItGlue(place), this.#startMail(place)]);
    const settings: Record<string, string> = {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: env['TEMPORAL_NAMESPACE'] || 'default',
      ...(env['KEY_STORE_URL'] ? { KEY_STORE_URL: env['KEY_STORE_URL'] } : { KEY_STORE_DIR: env['KEY_STORE_DIR'] || join(this.dataFolder, 'keys') }),
      KEY_ENCRYPTION_KEY_FILE: env['KEY_ENCRYPTION_KEY_FILE'] || place.secrets['key-encryption-key'],
      NAME_HASH_KEY_FILE: env['NAME_HASH_KEY_FILE'] || place.secrets['name-hash-key'],
      PAYLOAD_KEY_FILE: env['PAYLOAD_KEY_FILE'] || place.secrets['payload-key'],
      AUDIT_SIGNING_KEY_FILE: env['AUDIT_SIGNING_KEY_FILE'] || place.secrets['audit-signing-key'],
      ...itGlue,
      ...mail,
      IT_GLUE_PUBLIC_KEY_FILE: env['IT_GLUE_PUBLIC_KEY_FILE'] || place.secrets['it-glue-public-key'],
      IT_GLUE_PRIVATE_KEY_FILE: env['IT_GLUE_PRIVATE_KEY_FILE'] || place.secrets['it-glue-private-key'],
      API_HOST: env['API_HOST'] || HOST,
      API_PORT: String(place.ports.api),
      PUBLIC_URL: env['PUBLIC_URL'] || `http://${env['API_HOST'] || HOST}:${place.ports.api}`,
      CODEC_PORT: String(place.ports.codec),
      ...(urls.temporalUi === undefined ? {} : { CODEC_ALLOWED_ORIGIN: env['CODEC_ALLOWED_ORIGIN'] || urls.temporalUi }),
    };
    this.info.settings = settings;
    if (settings['KEY_STORE_DIR']) mkdirSync(settings['KEY_STORE_DIR'], { recursive: true, mode: 0o700 });

    await allOrFirstError([this.#startPart(workerSpec(place, settings)), this.#startPart(apiSpec(place, settings))]);
    urls.api = `http://${settings['API_HOST']}:${place.ports.api}`;
    urls.codec = `http://${HOST}:${place.ports.codec}`;
    this.#state = 'ready';
    writeStackFile(this.info);
  }

  async #choosePorts(): Promise<Ports> {
    if (this.options.ports === 'ephemeral') return freePorts();
    const ports = fixedPorts(this.#env);
    const needed: PortName[] = ['api', 'codec', 'itGlue'];
    if (!this.#env['DATABASE_URL']) needed.push('postgres');
    if (!this.#env['TEMPORAL_ADDRESS']) needed.push('temporal', 'temporalUi');
    if (!this.#env['SMTP_URL']) needed.push('smtp', 'mail');
    await checkPorts(ports, needed, this.wasKilled ? PATIENCE_AFTER_KILL_MS : 0);
    return ports;
  }

  #makeSecrets(): Secrets {
    const hasData = existsSync(join(this.dataFolder, 'postgres')) || existsSync(join(this.dataFolder, 'temporal.db'));
    return ensureSecrets(join(this.dataFolder, 'secrets'), hasData);
  }

  async #startDatabase(place: Place): Promise<string> {
    const external = this.#env['DATABASE_URL'];
    const url = external || embeddedDatabaseUrl(place);
    // Loaded while the database starts: the way to the first migration is the longest of the whole start.
    const [{ migrate }] = await allOrFirstError([import('../store/migrate.js'), external ? undefined : this.#startPart(postgresSpec(place))]);
    const { applied } = await migrate(url);
    if (applied.length > 0) this.#report(`Database: ${applied.length} migration${applied.length === 1 ? '' : 's'} applied.`);
    return url;
  }

  /** @param cli undefined when TEMPORAL_ADDRESS names a server */
  async #startTemporal(place: Place, cli: string | undefined): Promise<string> {
    const { urls } = this.info;
    if (cli === undefined) {
      urls.temporal = this.#env['TEMPORAL_ADDRESS']!;
      this.#report(`Temporal: using the server at ${urls.temporal}.`);
      return urls.temporal;
    }
    const { searchAttributes } = await import('../workflows/contract.js');
    await this.#startPart(temporalSpec(place, cli, searchAttributes));
    urls.temporal = `${HOST}:${place.ports.temporal}`;
    urls.temporalUi = `http://${HOST}:${place.ports.temporalUi}`;
    return urls.temporal;
  }

  /** @returns the settings by which API and worker know the stand-in; the last one, its key, is for neither of them */
  async #startItGlue(place: Place): Promise<Record<string, string>> {
    mkdirSync(join(this.dataFolder, 'it-glue'), { recursive: true, mode: 0o700 });
    const part = await this.#startPart(itGlueSpec(place));
    const { url, webUrl } = part.ready as { url: string; webUrl: string };
    this.info.urls.itGlue = url;
    this.info.urls.itGlueWeb = webUrl;
    return { IT_GLUE_STAND_IN_URL: url, IT_GLUE_STAND_IN_WEB_URL: webUrl, IT_GLUE_API_KEY_FILE: place.secrets['it-glue-api-key'] };
  }

  /** @returns the settings by which the worker finds the mail server */
  async #startMail(place: Place): Promise<Record<string, string>> {
    if (this.#env['SMTP_URL']) return {};
    const { smtpUrl, webUrl } = (await this.#startPart(mailSpec(place))).ready as { smtpUrl: string; webUrl: string };
    this.info.urls.mail = webUrl;
    return { SMTP_URL: smtpUrl, SMTP_TLS: 'none', MAIL_FROM: this.#env['MAIL_FROM'] || 'donotreply@client-onboarder.example' };
  }

  async #startPart(spec: PartSpec): Promise<Part> {
    if (this.#closing !== undefined) throw new StackError('The start was interrupted.');
    const part = new Part(spec, {
      report: this.#report,
      onProcess: (change, pid) => {
        if (change === 'ended') {
          this.#guard.drop(pid);
          return;
        }
        this.#guard.add(pid);
        this.info.pids[spec.name] = pid;
        if (this.#state === 'ready') writeStackFile(this.info);
      },
      onGivenUp: (error) => this.options.onGivenUp?.(error),
    });
    this.#parts.push(part);
    await part.start();
    return part;
  }

  close(): Promise<void> {
    this.#closing ??= this.#stopAll();
    return this.#closing;
  }

  async #stopAll(): Promise<void> {
    const stopped = (part: Part) => {
      if (this.#state === 'ready') this.#report(`${part.spec.label} stopped.`);
    };
    for (const part of this.#parts.reverse()) {
      await part.stop();
      stopped(part);
    }
    this.#guard.done();
    removeStackFile(this.dataFolder);
    this.releaseLock();
  }

  kill(): void {
    for (const part of this.#parts) part.kill();
  }
}

/**
 * Like Promise.all, but waits for the others before it rejects: none of them may still be starting something when what
 * has been started is stopped.
 */
async function allOrFirstError<T extends readonly unknown[]>(work: [...T]): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  let first: unknown;
  let failed = false;
  const results = await Promise.all(
    work.map((promise) =>
      Promise.resolve(promise).catch((error: unknown) => {
        if (!failed) first = error;
        failed = true;
      }),
    ),
  );
  if (failed) throw first;
  return results as { [K in keyof T]: Awaited<T[K]> };
}
