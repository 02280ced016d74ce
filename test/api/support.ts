/** The API on a database of its own, with a process that tests play themselves. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import type { InjectOptions } from 'fastify';
import { createDownloadActivities } from '../../activities/index.js';
import { buildApp } from '../../api/app.js';
import type { OnboardingProcess } from '../../api/process.js';
import type { Api, ApiDeps } from '../../api/types.js';
import { applyDecision, createUser, fillPreview, inTransaction, issueToken, openStore, partyUser, startSession, withOrigin, type Store, type WorkerPrivateKey } from '../../store/index.js';
import { migrate } from '../../store/migrate.js';
import type { KeySettings } from '../../store/open.js';
import { seedDemoTenants, type DemoTenant } from '../../store/seed.js';
import { workerKeys } from '../support/worker-keys.js';
import { startTestPostgres } from '../support/postgres.js';

export type Who = 'administrator' | 'manager' | 'sales_rep' | 'onboarding_engineer';

export interface TestApi {
  readonly app: Api;
  readonly store: Store;
  readonly tenants: readonly DemoTenant[];
  /** What opens the IT Glue keys that the API has sealed. */
  readonly privateKey: WorkerPrivateKey;
  /** What the API asked of the process, in order. */
  readonly asked: string[];
  /** Replaces what the process does. */
  process: OnboardingProcess;
  /** Lines of the log as they were written. */
  readonly log: string[];
  token(who: Who, tenant?: number): string;
  /** @param from the network address of the connection */
  call(as: Who | { token: string }, method: string, url: string, body?: unknown, headers?: Record<string, string>, from?: string): Promise<Answer>;
  /** A second process of the API on the same database. */
  beside(): Promise<{ app: Api; close(): Promise<void> }>;
  /** Takes the database away. */
  closeDatabase(): Promise<void>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly bytes: Buffer;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** Carries decisions out at once, as a workflow with a worker would. */
export function promptProcess(store: Store, asked: string[] = [], workerKey: WorkerPrivateKey | null = null): OnboardingProcess {
  return {
    async start({ clientId }) {
      asked.push(`start ${clientId}`);
    },
    async decide(client, message) {
      asked.push(`decide ${message.action}`);
      // A worker knows nothing of the request.
      const result = await withOrigin(null, () => applyDecision(store, client, message.decisionId));
      return { ...result };
    },
    async buildPreview({ tenantId, clientId, previewId }) {
      asked.push('preview');
      const client = { tenantId, clientId };
      const { version } = await store.db.client.findUniqueOrThrow({ where: { id: clientId } });
      await fillPreview(store, client, previewId, version, previewContent);
      return 'ended';
    },
    async buildDownload({ downloadId, ...client }) {
      asked.push('download');
      if (!workerKey) return 'running';
      await new MockActivityEnvironment().run(() => createDownloadActivities({ store, workerKey }).buildDownload({ ...client, downloadId }));
      return 'ended';
    },
    async refreshCatalogue() {
      asked.push('catalogue');
    },
    async stopExport({ exportId }, reason) {
      asked.push(`${reason} ${exportId}`);
      return 'stopping';
    },
    async testConnection({ version }) {
      asked.push(`test ${version}`);
      return 'ended';
    },
    check: async () => true,
  };
}

export const previewContent = {
  target: { apiUrl: 'http://127.0.0.1:1', webUrl: null, standIn: true, region: null, words: 'A stand-in' },
  organization: { name: 'Acme' },
  counts: { location: 1 },
  organizationTypes: [],
  organizationStatuses: [],
  problems: [],
  withoutHome: [],
};

export async function startTestApi(settings: { perMinute?: number; timeoutMs?: number; publicUrl?: string; identityProviders?: 'public' | 'any'; proxies?: false | string[]; keys?: KeySettings } = {}): Promise<TestApi> {
  const postgres = await startTestPostgres({ prepare: async (url) => void (await migrate(url)) });
  const folder = await mkdtemp(join(tmpdir(), 'onboarder-api-'));
  const keyFile = async (name: string) => {
    const file = join(folder, name);
    await writeFile(file, randomBytes(32).toString('base64'), { mode: 0o600 });
    return file;
  };
  const storeSettings = {
    DATABASE_URL: postgres.url,
    DATABASE_CONNECTIONS: 5,
    ...(settings.keys ?? { KEY_ENCRYPTION_KEY_FILE: await keyFile('kek') }),
    NAME_HASH_KEY_FILE: await keyFile('names'),
    KEY_STORE_DIR: join(folder, 'keys'),
  };
  const store = await openStore(storeSettings);
  const tenants = await seedDemoTenants(store);
  const keys = await workerKeys();
  const asked: string[] = [];
  const log: string[] = [];
  const test = { process: promptProcess(store, asked, keys.privateKey) };
  const deps: ApiDeps = {
    store,
    // Looked up at each call, so that a test can put another process in place.
    process: {
      start: (...all) => test.process.start(...all),
      decide: (...all) => test.process.decide(...all),
      buildPreview: (...all) => test.process.buildPreview(...all),
      buildDownload: (...all) => test.process.buildDownload(...all),
      refreshCatalogue: (...all) => test.process.refreshCatalogue(...all),
      stopExport: (...all) => test.process.stopExport(...all),
      testConnection: (...all) => test.process.testConnection(...all),
      check: (...all) => test.process.check(...all),
    },
    itGlue: { publicKey: keys.publicKey, standIn: { url: 'http://127.0.0.1:1', webUrl: null } },
    settings: {
      DECISION_TIMEOUT_MS: settings.timeoutMs ?? 4_500,
      API_RATE_LIMIT: settings.perMinute ?? 100_000,
      TRUST_PROXY: settings.proxies ?? false,
      DOWNLOAD_HOURS: 24,
      PUBLIC_URL: settings.publicUrl,
      IDENTITY_PROVIDER_NETWORK: settings.identityProviders ?? 'public',
      SESSION_IDLE_MINUTES: 30,
      SESSION_HOURS: 12,
    },
    logger: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    auditKey: generateKeyPairSync('ed25519'),
  };
  const app = await buildApp(deps);
  let running = true;
  const closeDatabase = async () => {
    if (running) await postgres.close();
    running = false;
  };
  const token = (who: Who, tenant = 0) => tenants[tenant]!.users.find((user) => user.role === who)!.token;
  return Object.assign(test, {
    app,
    store,
    tenants,
    asked,
    privateKey: keys.privateKey,
    log,
    token,
    async call(as: Who | { token: string }, method: string, url: string, body?: unknown, headers: Record<string, string> = {}, from = '127.0.0.1'): Promise<Answer> {
      const authorization = `Bearer ${typeof as === 'string' ? token(as) : as.token}`;
      const options: InjectOptions = { method: method as 'GET', url, headers: { authorization, ...headers }, remoteAddress: from };
      if (body !== undefined) options.payload = body as object;
      const response = await app.inject(options);
      const json = String(response.headers['content-type']).includes('json') && response.body !== '';
      return { status: response.statusCode, headers: response.headers, text: response.body, bytes: response.rawPayload, body: json ? response.json() : undefined };
    },
    closeDatabase,
    async beside() {
      const other = await openStore(storeSettings);
      const second = await buildApp({ ...deps, store: other });
      return { app: second, close: async () => (await second.close(), other.close()) };
    },
    async close() {
      await app.close();
      await store.close();
      await closeDatabase();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

/** The id of a demo user. */
export async function userId(test: TestApi, who: Who, tenant = 0): Promise<string> {
  const response = await test.app.inject({ method: 'GET', url: '/v1/me', headers: { authorization: `Bearer ${test.token(who, tenant)}` } });
  return response.json<{ id: string }>().id;
}

let clients = 0;

/** A new client with engineer and manager assigned. */
export async function newClient(test: TestApi, company = `Company ${(clients += 1)}`): Promise<string> {
  const answer = await test.call('manager', 'POST', '/v1/clients', {
    company,
    engineerId: await userId(test, 'onboarding_engineer'),
    managerId: await userId(test, 'manager'),
  });
  return answer.body.id as string;
}

/** An external person of a client's section, signed in. */
export async function outsider(test: TestApi, clientId: string, section: 'accounting' | 'msp'): Promise<{ token: string; id: string }> {
  const user = await createUser(test.store, {
    tenantId: test.tenants[0]!.id,
    roles: [section === 'msp' ? 'msp' : 'accountant'],
    firstName: 'Olga',
    lastName: 'Reyes',
    email: `${clientId}@${section}.example`,
    scope: { clientId, section },
  });
  return { id: user.id, token: await issueToken(test.store, user, { label: 'test', expiresAt: new Date(Date.now() + 3_600_000) }) };
}

/** A session of the external person of the section, as the code that they get by mail opens one. */
export async function externalSession(test: TestApi, clientId: string, section: 'accounting' | 'msp'): Promise<{ token: string }> {
  const client = { tenantId: test.tenants[0]!.id, clientId };
  return inTransaction(test.store, async (context) => {
    const user = await partyUser(context, client, section);
    if (!user) throw new Error('The contact on file has no name or mail address yet');
    return startSession(context, user, { method: 'mail_code', userAgent: 'test', policy: { idleMs: 600_000, absoluteMs: 600_000 } });
  });
}
