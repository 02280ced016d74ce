import { ActivityCancellationDetails } from '@temporalio/common/lib/activity-cancellation-details.js';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createExportActivities, type Target } from '../../activities/index.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { exportProgress } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { always, exportOrder, openRun, runExport, targetOf } from '../support/export-run.js';
import { createSampleClient, type SampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

const route = '/organizations/*/relationships/configurations';

describe('an export that a person stops', () => {
  let test: TestStore;
  let sandbox: Sandbox;
  let target: Target;
  let client: SampleClient;
  let exportId: string;

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    sandbox = await startItGlueSandbox();
    target = targetOf(sandbox, { timeoutMs: 1_000 });
    client = await createSampleClient(test, { configurations: 300 });
    exportId = await openRun(test, client.key);
    await step('planExport');
    for (const resource of exportOrder.slice(0, exportOrder.indexOf('configuration'))) await step('exportResource', resource);
  });
  afterEach(async () => {
    await target.api.close();
    await sandbox.close();
  });

  async function step(name: 'planExport' | 'exportResource' | 'settleExport', resource = 'organization', environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) })) {
    const activities = createExportActivities({ store: test.store, targets: always(target), languageModel: null, temporal: null as never });
    const input = { tenantId: client.key.tenantId, clientId: client.key.clientId, exportId, resource };
    await environment.run(() => activities[name](input as never) as Promise<unknown>);
  }

  /** Cancels the step that creates configurations as soon as its first request has reached IT Glue. */
  async function stopAtFirstRequest(details: ConstructorParameters<typeof ActivityCancellationDetails>[0]): Promise<void> {
    sandbox.control.clearRequests();
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });
    const stopped = expect(step('exportResource', 'configuration', environment)).rejects.toThrow('CANCELLED');
    await expect.poll(() => sandbox.control.faults().reduce((sum, fault) => sum + fault.hits, 0), { interval: 5, timeout: 20_000 }).toBeGreaterThan(0);
    environment.cancel('CANCELLED', new ActivityCancellationDetails(details));
    await stopped;
  }

  const configurations = async () => (await exportProgress(test.store, client.key)).find((one) => one.resource === 'configuration')!;

  it('ends the requests under way, sends no more, and says exactly what exists', async () => {
    sandbox.control.addFaults({ fault: 'trickle', method: 'POST', route, ms: 200 });
    await stopAtFirstRequest({ cancelRequested: true });

    const { done, planned, unsettled } = await configurations();
    const account = await readAccount(sandbox, client.company);
    expect(unsettled).toBe(0);
    expect(done).toBe(account.counts['configurations']);
    expect(done).toBeGreaterThan(0);
    expect(done + planned).toBe(300);
  });

  it('finds out what became of a request whose answer was lost', async () => {
    sandbox.control.addFaults({ fault: 'status504After', method: 'POST', route, ms: 200 });
    await stopAtFirstRequest({ cancelRequested: true });
    const { done, unsettled } = await configurations();
    expect([done, unsettled]).toEqual([(await readAccount(sandbox, client.company)).counts['configurations'], 0]);
  });

  it('settles afterwards what a worker that ended has left open, without sending anything, and goes on from there', async () => {
    sandbox.control.addFaults({ fault: 'trickle', method: 'POST', route, ms: 200 });
    await stopAtFirstRequest({ workerShutdown: true });
    sandbox.control.clearFaults();
    expect((await configurations()).unsettled).toBeGreaterThan(0);

    await new Promise((resolve) => setTimeout(resolve, 300));
    sandbox.control.clearRequests();
    await step('settleExport');
    const { done, unsettled } = await configurations();
    expect([done, unsettled]).toEqual([(await readAccount(sandbox, client.company)).counts['configurations'], 0]);
    expect(sandbox.control.requests(1_000).filter(({ method }) => method !== 'GET')).toEqual([]);

    await runExport(test, target, client.key, exportId);
    expect((await readAccount(sandbox, client.company)).counts).toMatchObject({ configurations: 300, passwords: 4, attachments: 2 });
  });
});
