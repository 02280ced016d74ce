/** The process with its real activities, database and mail server, on a clock that skips: what people get in their mailbox, and when. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLifecycleActivities, createMailActivities, smtpMailer } from '../../activities/index.js';
import { defaultMailSettings } from '../../domain/mail/settings.js';
import { startMailCatcher, type MailCatcher } from '../../sandbox/mail/index.js';
import { changeMailSettings, getUser, type ClientKey } from '../../store/index.js';
import { makeBundle } from '../../worker/bundle.js';
import { lifecycleId, lifecycleQueue, mailDispatchId, mailQueue, mailQueued, workflowNames } from '../../workflows/contract.js';
import { newClient } from '../store/support.js';
import { testConverter } from '../support/lifecycle.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { startTimeSkippingEnvironment } from '../support/temporal.js';

const hour = 3_600_000;

describe('a client in which nothing happens', () => {
  let test: TestStore;
  let catcher: MailCatcher;
  let bundle: { code: string };
  let environment: TestWorkflowEnvironment;
  let stopWorkers: () => Promise<void>;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    [test, catcher, bundle] = await Promise.all([openTestStore(), startMailCatcher(), makeBundle()]);
    const reminders = { ...defaultMailSettings.reminders, quietHours: null };
    for (const tenant of [0, 1]) await changeMailSettings(test.store, await test.actor('administrator', tenant), { ...defaultMailSettings, reminders });
  });
  afterAll(async () => {
    await catcher.close();
    await test.close();
  });

  beforeEach(async () => {
    environment = await startTimeSkippingEnvironment();
    stopWorkers = await startWorkers();
    const dispatcher = await environment.client.workflow.start(workflowNames.mailDispatch, { workflowId: mailDispatchId, taskQueue: lifecycleQueue, args: [{ idleMs: 24 * hour }] });
    test.store.onMailQueued = () => void dispatcher.signal(mailQueued).catch(() => undefined);
  });
  afterEach(async () => {
    delete test.store.onMailQueued;
    await stopWorkers();
    await environment.teardown();
  });

  async function startWorkers(): Promise<() => Promise<void>> {
    const { hostname, port } = new URL(catcher.smtpUrl);
    const mailer = smtpMailer({ host: hostname, port: Number(port), tls: 'none', login: null, from: 'donotreply@harbor.example' });
    const options = { connection: environment.nativeConnection, dataConverter: testConverter };
    const workers = [
      await Worker.create({ ...options, taskQueue: lifecycleQueue, workflowBundle: bundle, activities: createLifecycleActivities({ store: test.store, temporal: environment.client }) }),
      await Worker.create({ ...options, taskQueue: mailQueue, activities: createMailActivities({ store: test.store, post: { mailer, publicUrl: 'https://on.example' } }) }),
    ];
    const running = Promise.all(workers.map((worker) => worker.run()));
    return async () => {
      for (const worker of workers) worker.shutdown();
      await running;
    };
  }

  /** A client whose sales data is being entered, last touched now. A tenant for each test: the clock goes back between them. */
  async function idle(tenant: number): Promise<ClientKey> {
    const client = await newClient(test, 'sales', tenant);
    const now = new Date(await environment.currentTimeMs());
    await test.store.db.client.update({ where: { id: client.clientId }, data: { lastActivityAt: now, stageChangedAt: now } });
    await environment.client.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.clientId), taskQueue: lifecycleQueue, args: [client] });
    return client;
  }

  async function remindersOf(tenant: number): Promise<string[]> {
    const { userId, tenantId } = await test.actor('sales_rep', tenant);
    const { email } = await getUser(test.store, tenantId, userId);
    return catcher.mails({ to: email }).map((mail) => mail.subject).filter((subject) => /^Reminder|wait for you$/.test(subject));
  }

  const settled = async (client: ClientKey) =>
    expect.poll(() => environment.client.workflow.getHandle(lifecycleId(client.clientId)).query('state'), { timeout: 60_000 }).toMatchObject({ stage: 'sales' });

  it('reminds after 48 hours and not before, and again after as many', async () => {
    const client = await idle(0);
    await settled(client);
    await environment.sleep('47 hours');
    expect(await remindersOf(0)).toEqual([]);
    await environment.sleep('2 hours');
    await expect.poll(() => remindersOf(0), { timeout: 60_000 }).toHaveLength(1);

    await environment.sleep('46 hours');
    expect(await remindersOf(0)).toHaveLength(1);
    await environment.sleep('2 hours');
    await expect.poll(() => remindersOf(0), { timeout: 60_000 }).toHaveLength(2);
  });

  it('is one line of a digest where the same person has two such clients', async () => {
    const clients = [await idle(1), await idle(1)];
    for (const client of clients) await settled(client);
    await environment.sleep('49 hours');
    await expect.poll(() => remindersOf(1), { timeout: 60_000 }).toEqual(['2 onboardings wait for you']);
  });
});
