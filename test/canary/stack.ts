/** The whole product for one run, with everything that it writes below one folder, and the accidents that it meets. */
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import type { DemoTenant } from '../../store/seed.js';
import { readDemoTenants, seedDemo } from '../../local/seed.js';
import { startStack, type Stack } from '../../local/stack.js';
import { openStore, type Store } from '../../store/index.js';
import { StandIn } from '../faults/stand-in.js';
import { startHoldingProxy, type HoldingProxy } from '../support/holding-proxy.js';
import { startTestS3, type TestS3 } from '../support/s3.js';
import type { Query } from '../support/sealed-columns.js';

export type PartName = 'worker' | 'api' | 'postgres' | 'temporal';

/** What a part wrote from the moment it was killed until it was there again. */
export interface Crash {
  readonly part: PartName;
  readonly signal: NodeJS.Signals;
  readonly output: string;
}

const patienceMs = 180_000;

/** Waits of the worker towards IT Glue, shorter than the defaults in about the same ratio. */
const waits = { IT_GLUE_TIMEOUT_MS: '8000', IT_GLUE_SETTLE_MS: '100,400,1000', IT_GLUE_PAUSE_MS: '400' };

export class CanaryStack {
  readonly data: string;
  /** Where temporary files of every process go. */
  readonly temporary: string;
  /** What a person saved from the product. */
  readonly saved: string;
  readonly crashes: Crash[] = [];
  readonly startedAt = Date.now();

  private constructor(
    private readonly base: string,
    private readonly env: NodeJS.ProcessEnv,
    readonly s3: TestS3,
    /** The way from the product to its files. */
    readonly files: HoldingProxy,
    private readonly report: (line: string) => void,
    private stack: Stack,
  ) {
    this.data = join(base, 'data');
    this.temporary = join(base, 'tmp');
    this.saved = join(base, 'saved');
  }

  static async open(report: (line: string) => void): Promise<CanaryStack> {
    const base = await mkdtemp(join(tmpdir(), 'client-onboarder-canary-'));
    const [s3] = await Promise.all([startTestS3(), ...['tmp', 'saved'].map((name) => mkdir(join(base, name)))]);
    const way = await startHoldingProxy(s3.place.endpoint!);
    try {
      const { bucket, region, credentials } = s3.place;
      await writeFile(join(base, 's3-secret'), credentials!.secretAccessKey, { mode: 0o600 });
      const files = { FILES_S3_BUCKET: bucket, FILES_S3_REGION: region, FILES_S3_ENDPOINT: way.url, FILES_S3_ACCESS_KEY_ID: credentials!.accessKeyId, FILES_S3_SECRET_KEY_FILE: join(base, 's3-secret') };
      const env = { ...process.env, ...files, ...waits, TMPDIR: join(base, 'tmp'), LOG_LEVEL: 'debug', TRUST_PROXY: 'loopback', API_RATE_LIMIT: '100000', IT_GLUE_RATE_SHARE: '1' };
      const stack = await startStack({ dataFolder: join(base, 'data'), ports: 'ephemeral', env, report });
      await seedDemo(stack.info);
      return new CanaryStack(base, env, s3, way, report, stack);
    } catch (error) {
      await way.close();
      await s3.close();
      await rm(base, { recursive: true, force: true });
      throw error;
    }
  }

  /** Folders in which this run itself writes. */
  get own(): readonly string[] {
    return [this.base, join(this.s3.folder, '../..')];
  }

  get info() {
    return this.stack.info;
  }

  /** The tenant whose tier keeps data for seconds. */
  get tenant(): DemoTenant {
    return readDemoTenants(this.data).find((one) => one.tier === 'demo')!;
  }

  async standIn(): Promise<StandIn> {
    return StandIn.open(this.info.urls.itGlue!, (await readFile(this.info.settings['IT_GLUE_API_KEY_FILE']!, 'utf8')).trim());
  }

  /** Store and vault with the keys as they are now. The caller closes it. */
  openStore(): Promise<Store & { close(): Promise<void> }> {
    const { settings } = this.info;
    return openStore({
      DATABASE_URL: settings['DATABASE_URL']!,
      DATABASE_CONNECTIONS: 2,
      KEY_ENCRYPTION_KEY_FILE: settings['KEY_ENCRYPTION_KEY_FILE']!,
      NAME_HASH_KEY_FILE: settings['NAME_HASH_KEY_FILE']!,
      KEY_STORE_DIR: settings['KEY_STORE_DIR'],
    });
  }

  async withQuery<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.info.settings['DATABASE_URL'] });
    await client.connect();
    try {
      return await work(async (sql) => (await client.query(sql)).rows as Awaited<ReturnType<Query>>);
    } finally {
      await client.end();
    }
  }

  /** Kills a part without a chance to tidy up, and waits until the stack has started it again. */
  async crash(part: PartName, signal: NodeJS.Signals): Promise<void> {
    const log = join(this.data, 'logs', `${part}.log`);
    const [before, { size }] = [this.info.pids[part]!, await stat(log)];
    process.kill(before, signal);
    await until(`${part} is running again`, async () => {
      const text = (await readFile(log)).subarray(size).toString();
      return this.info.pids[part] !== before && (part === 'temporal' ? await this.#temporalAnswers() : /^READY$/m.test(text));
    });
    this.crashes.push({ part, signal, output: (await readFile(log)).subarray(size).toString() });
  }

  /** Temporal is another's program: it does not say when it is ready. */
  async #temporalAnswers(): Promise<boolean> {
    try {
      await (await Connection.connect({ address: this.info.urls.temporal, connectTimeout: 5_000 })).close();
      return true;
    } catch {
      return false;
    }
  }

  /** A copy of the database as it is at one moment: the process stands still meanwhile, as for a snapshot of its disk. */
  async backUpDatabase(name: string): Promise<string> {
    const copy = join(this.base, name);
    await this.withQuery((query) => query('CHECKPOINT'));
    const pid = this.info.pids['postgres']!;
    process.kill(pid, 'SIGSTOP');
    try {
      await cp(join(this.data, 'postgres'), copy, { recursive: true });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    return copy;
  }

  async backUpKeys(): Promise<string> {
    const copy = join(this.base, 'keys-before');
    await cp(this.info.settings['KEY_STORE_DIR']!, copy, { recursive: true });
    return copy;
  }

  /** Stops everything, puts a backup in the place of the database, and starts again with the keys as they are. */
  async restoreDatabase(backup: string): Promise<void> {
    await this.stack.close();
    await rm(join(this.data, 'postgres'), { recursive: true });
    await rename(backup, join(this.data, 'postgres'));
    this.stack = await startStack({ dataFolder: this.data, ports: 'ephemeral', env: this.env, report: this.report });
  }

  async close(): Promise<void> {
    await this.stack.close();
    await this.files.close();
    await this.s3.close();
    await rm(this.base, { recursive: true, force: true });
  }
}

/** Waits for something that must come about. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await holds()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`Waited ${patienceMs / 1_000} s in vain until ${what}`);
  }
}
