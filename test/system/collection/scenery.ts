/** The product with a real database, mail server and Temporal, on a clock that skips. */
import { generateKeyPairSync } from 'node:crypto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createLifecycleActivities, createMailActivities, smtpMailer } from '../../../activities/index.js';
import { buildApp } from '../../../api/app.js';
import { temporalProcess } from '../../../api/temporal-process.js';
import { startMailCatcher, type MailCatcher } from '../../../sandbox/mail/index.js';
import { createTenant } from '../../../store/index.js';
import { makeBundle } from '../../../worker/bundle.js';
import { lifecycleQueue, mailDispatchId, mailQueue, mailQueued, workflowNames } from '../../../workflows/contract.js';
import { testConverter } from '../../support/lifecycle.js';
import { openTestStore } from '../../support/store.js';
import { startTimeSkippingEnvironment } from '../../support/temporal.js';
import { workerKeys } from '../../support/worker-keys.js';

const hour = 3_600_000;
export const publicUrl = 'https://on.example';

export interface Scenery {
  readonly mailbox: MailCatcher;
  /** Sends a request as a browser or program would. */
  send(method: string, url: string, options: { token?: string; body?: unknown }): Promise<{ status: number; body: unknown; text: string }>;
  /** Everything that was logged. */
  readonly log: string[];
  /** As `npm run tenant -- create` does it. @returns the token of the Administrator's set-up link */
  foundTenant(name: string, administrator: { firstName: string; lastName: string; email: string }): Promise<string>;
  /** Lets hours pass for everything that waits in workflows. */
  letPass(hours: number): Promise<void>;
  close(): Promise<void>;
}

export async function openScenery(): Promise<Scenery> {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  const [test, mailbox, bundle, environment] = await Promise.all([openTestStore(), startMailCatcher(), makeBundle(), startTimeSkippingEnvironment()]);
  const { hostname, port } = new URL(mailbox.smtpUrl);
  const mailer = smtpMailer({ host: hostname, port: Number(port), tls: 'none', login: null, from: 'donotreply@harbor.example' });
  const options = { connection: environment.nativeConnection, dataConverter: testConverter };
  const workers = [
    await Worker.create({ ...options, taskQueue: lifecycleQueue, workflowBundle: bundle, activities: createLifecycleActivities({ store: test.store, temporal: environment.client }) }),
    await Worker.create({ ...options, taskQueue: mailQueue, activities: createMailActivities({ store: test.store, post: { mailer, publicUrl } }) }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const dispatcher = await environment.client.workflow.start(workflowNames.mailDispatch, { workflowId: mailDispatchId, taskQueue: lifecycleQueue, args: [{ idleMs: 24 * hour }] });
  test.store.onMailQueued = () => void dispatcher.signal(mailQueued).catch(() => undefined);

  const process = temporalProcess({ connection: { address: environment.address }, namespace: 'default', dataConverter: testConverter });
  const log: string[] = [];
  const app = await buildApp({
    store: test.store,
    process,
    itGlue: { publicKey: (await workerKeys()).publicKey, standIn: null },
    settings: {
      DECISION_TIMEOUT_MS: 30_000,
      API_RATE_LIMIT: 100_000,
      DOWNLOAD_HOURS: 24,
      TRUST_PROXY: false,
      PUBLIC_URL: publicUrl,
      IDENTITY_PROVIDER_NETWORK: 'public',
      SESSION_IDLE_MINUTES: 30,
      SESSION_HOURS: 12,
    },
    logger: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    auditKey: generateKeyPairSync('ed25519'),
  });

  let requests = 0;
  return {
    mailbox,
    log,
    async send(method, url, { token, body }) {
      requests += 1;
      const answer = await app.inject({
        method: method as 'GET',
        url: `/v1${url}`,
        remoteAddress: `10.1.${requests >> 8}.${requests & 255}`,
        headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(typeof body === 'string' ? { 'content-type': 'text/csv' } : {}) },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const json = String(answer.headers['content-type']).includes('json') ? (answer.json() as unknown) : null;
      return { status: answer.statusCode, body: json, text: answer.body };
    },
    async foundTenant(name, administrator) {
      return (await createTenant(test.store, { name, tierId: 'standard', administrator })).setUp.token;
    },
    letPass: (hours) => environment.sleep(hours * hour),
    async close() {
      delete test.store.onMailQueued;
      await app.close();
      await process.close();
      for (const worker of workers) worker.shutdown();
      await running;
      await environment.teardown();
      await mailbox.close();
      await test.close();
    },
  };
}
