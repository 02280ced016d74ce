import { MockActivityEnvironment, type TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLifecycleActivities } from '../../activities/index.js';
import { renderMail } from '../../domain/mail/render.js';
import type { ClientKey } from '../../store/index.js';
import { mailPlace } from '../../store/mail/queue.js';
import { makeBundle } from '../../worker/bundle.js';
import { lifecycleId, lifecycleQueue, lifecycleState, workflowNames, type LifecycleState } from '../../workflows/contract.js';
import { newClient } from '../store/support.js';
import { testConverter } from '../support/lifecycle.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { startTimeSkippingEnvironment } from '../support/temporal.js';

const day = 24 * 3_600_000;
const patience = { timeout: 60_000 };

describe('warnings of an end, with the real database and a clock that is moved on', () => {
  let test: TestStore;
  let bundle: { code: string };
  let environment: TestWorkflowEnvironment;
  let stopWorker: () => Promise<void>;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    [test, bundle] = await Promise.all([openTestStore(), makeBundle()]);
  });
  afterAll(() => test.close());

  beforeEach(async () => {
    environment = await startTimeSkippingEnvironment();
    stopWorker = await startWorker();
  });
  afterEach(async () => {
    await stopWorker();
    await environment.teardown();
  });

  async function startWorker(): Promise<() => Promise<void>> {
    const activities = createLifecycleActivities({ store: test.store, temporal: environment.client });
    const worker = await Worker.create({ connection: environment.nativeConnection, dataConverter: testConverter, taskQueue: lifecycleQueue, workflowBundle: bundle, activities });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  }

  /** A client that is kept until then, with its workflow. */
  async function kept(purgeAt: Date): Promise<ClientKey> {
    const client = await newClient(test, 'retention');
    await test.store.db.client.update({ where: { id: client.clientId }, data: { purgeAt, stageChangedAt: new Date(await environment.currentTimeMs()) } });
    const handle = await environment.client.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.clientId), taskQueue: lifecycleQueue, args: [client] });
    await expect.poll(async () => (await handle.query(lifecycleState)).purgeAt, patience).toBe(purgeAt.toISOString());
    return client;
  }

  interface Told {
    readonly secondsLeft: number;
    readonly late: boolean;
    readonly purgeAt: string;
    readonly end: 'retention';
  }

  async function told(client: ClientKey): Promise<Told[]> {
    const mails = await test.store.db.mail.findMany({ where: { clientId: client.clientId, template: 'retention_warning' }, orderBy: { id: 'asc' } });
    return Promise.all(mails.map((mail) => test.store.vault.openJson<Told>(client, mailPlace(mail.id), mail.content!)));
  }

  const until = async (at: number) => environment.sleep(Math.max(0, at - (await environment.currentTimeMs())));
  /** Days to the end, right to the minute: timers fire a moment after their time, never before it. */
  const days = (warnings: readonly Told[]) => warnings.map(({ secondsLeft }) => (Math.ceil(secondsLeft / 60) * 60) / 86_400);

  /** In 2027: clocks go forward on 14 March in New York and on 28 March in Berlin, and back on 31 October in Berlin and on 7 November in New York. */
  it.each([
    ['forward in New York', '2027-03-19T13:00:00Z', 'America/New_York', '9:00'],
    ['forward in Berlin', '2027-04-01T07:00:00Z', 'Europe/Berlin', '09:00'],
    ['back in Berlin', '2027-11-04T08:00:00Z', 'Europe/Berlin', '09:00'],
    ['back in New York', '2027-11-11T14:00:00Z', 'America/New_York', '9:00'],
  ])('come exactly 10, 5 and 1 days before an end shortly after the clocks went %s, and tell it in local time', { timeout: 120_000 }, async (_change, end, timeZone, local) => {
    const client = await kept(new Date(end));
    for (const before of [10, 5, 1]) {
      await until(Date.parse(end) - before * day - 60_000);
      const so = (await told(client)).length;
      await until(Date.parse(end) - before * day + 60_000);
      await expect.poll(async () => (await told(client)).length, patience).toBe(so + 1);
    }
    const warnings = await told(client);
    expect(days(warnings)).toEqual([10, 5, 1]);
    expect(warnings.map(({ late }) => late)).toEqual([false, false, false]);
    const language = timeZone === 'Europe/Berlin' ? 'de' : 'en';
    const { text } = renderMail({ template: 'retention_warning', facts: warnings[0]!, language, timeZone, tenant: 'Harbor IT', company: 'Cascadia Dental', firstName: 'Ana', link: null, reminded: [], shown: [] });
    expect(text).toContain(local);
  });

  it('that fell into days without a worker are told late, the last of them only, and later ones on time', { timeout: 120_000 }, async () => {
    const end = (await environment.currentTimeMs()) + 4 * day;
    const client = await newClient(test, 'retention');
    await test.store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(end), stageChangedAt: new Date(end - 30 * day) } });
    // What a worker finds that comes back after a week: the timer of the first warning ran out days ago, and so did the second one's time.
    const state: LifecycleState = { stage: 'retention', purgeAt: new Date(end).toISOString(), exportId: null, warnAt: new Date(end - 10 * day).toISOString() };
    await environment.client.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.clientId), taskQueue: lifecycleQueue, args: [{ ...client, state }] });
    await expect.poll(async () => (await told(client)).length, patience).toBe(1);
    await until(end - day + 60_000);
    await expect.poll(async () => (await told(client)).length, patience).toBe(2);
    const warnings = await told(client);
    expect(warnings.map(({ late }) => late)).toEqual([true, false]);
    expect(days(warnings)).toEqual([4, 1]);
  });

  it('are not told again by a workflow that had to be started anew', { timeout: 120_000 }, async () => {
    const end = (await environment.currentTimeMs()) + 12 * day;
    const client = await kept(new Date(end));
    await until(end - 10 * day + 60_000);
    await expect.poll(async () => (await told(client)).length, patience).toBe(1);
    await environment.client.workflow.getHandle(lifecycleId(client.clientId)).terminate('as a fault would');
    await environment.client.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.clientId), taskQueue: lifecycleQueue, args: [client] });
    await until(end - 5 * day + 60_000);
    await expect.poll(async () => (await told(client)).length, patience).toBe(2);
    expect(days(await told(client))).toEqual([10, 5]);
  });

  it('are told, and the end is a day later, when all of them and the end itself fell into the time without a worker', { timeout: 120_000 }, async () => {
    const end = Date.now() - day;
    const client = await newClient(test, 'retention');
    await test.store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(end), stageChangedAt: new Date(end - 30 * day) } });
    const state: LifecycleState = { stage: 'retention', purgeAt: new Date(end).toISOString(), exportId: null, warnAt: new Date(end - 10 * day).toISOString() };
    const handle = await environment.client.workflow.start(workflowNames.clientLifecycle, { workflowId: lifecycleId(client.clientId), taskQueue: lifecycleQueue, args: [{ ...client, state }] });
    await expect.poll(async () => (await told(client)).length, patience).toBe(1);
    const [warning] = await told(client);
    expect(warning).toMatchObject({ late: true, secondsLeft: 86_400 });
    await expect.poll(async () => await handle.query(lifecycleState), patience).toMatchObject({ stage: 'retention', purgeAt: warning!.purgeAt });
    expect((await test.store.db.client.findUniqueOrThrow({ where: { id: client.clientId } })).stage).toBe('retention');
  });

  it('are told once although a clock jumps ahead and back again', async () => {
    const end = Date.now() + 30 * day;
    const client = await newClient(test, 'retention');
    await test.store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(end) } });
    const { warnOfRetention } = createLifecycleActivities({ store: test.store, temporal: environment.client });
    for (const before of [10, 5, 9, 5.001, 4, 10]) await new MockActivityEnvironment().run(() => warnOfRetention({ ...client, now: new Date(end - before * day).toISOString() }));
    expect(days(await told(client))).toEqual([10, 5]);
  });
});
