import { ActivityCancellationDetails } from '@temporalio/common/lib/activity-cancellation-details.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportProgress } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { exportOrder, openRun } from '../support/export-run.js';
import { exportScene, quietEnvironment } from '../support/export-scene.js';

const route = '/organizations/*/relationships/configurations';

describe('an export that a person stops', () => {
  const scene = exportScene({ size: { configurations: 300 }, timeoutMs: 1_000 });
  let exportId: string;

  beforeEach(async () => {
    exportId = await openRun(scene.test, scene.key);
    await step('planExport');
    for (const resource of exportOrder.slice(0, exportOrder.indexOf('configuration'))) await step('exportResource', resource);
  });

  async function step(name: 'planExport' | 'exportResource' | 'settleExport', resource = 'organization', environment = quietEnvironment()) {
    const input = { tenantId: scene.key.tenantId, clientId: scene.key.clientId, exportId, resource };
    await environment.run(() => scene.activities()[name](input as never) as Promise<unknown>);
  }

  /** Cancels the step that creates configurations as soon as its first request has reached IT Glue. */
  async function stopAtFirstRequest(details: ConstructorParameters<typeof ActivityCancellationDetails>[0]): Promise<void> {
    scene.sandbox.control.clearRequests();
    const environment = quietEnvironment();
    const stopped = expect(step('exportResource', 'configuration', environment)).rejects.toThrow('CANCELLED');
    await expect.poll(() => scene.sandbox.control.faults().reduce((sum, fault) => sum + fault.hits, 0), { interval: 5, timeout: 20_000 }).toBeGreaterThan(0);
    environment.cancel('CANCELLED', new ActivityCancellationDetails(details));
    await stopped;
  }

  const configurations = async () => (await exportProgress(scene.store, scene.key)).find((one) => one.resource === 'configuration')!;

  it('ends the requests under way, sends no more, and says exactly what exists', async () => {
    scene.sandbox.control.addFaults({ fault: 'trickle', method: 'POST', route, ms: 200 });
    await stopAtFirstRequest({ cancelRequested: true });

    const { done, planned, unsettled } = await configurations();
    const account = await readAccount(scene.sandbox, scene.client.company);
    expect(unsettled).toBe(0);
    expect(done).toBe(account.counts['configurations']);
    expect(done).toBeGreaterThan(0);
    expect(done + planned).toBe(300);
  });

  it('finds out what became of a request whose answer was lost', async () => {
    scene.sandbox.control.addFaults({ fault: 'status504After', method: 'POST', route, ms: 200 });
    await stopAtFirstRequest({ cancelRequested: true });
    const { done, unsettled } = await configurations();
    expect([done, unsettled]).toEqual([(await readAccount(scene.sandbox, scene.client.company)).counts['configurations'], 0]);
  });

  it('settles afterwards what a worker that ended has left open, without sending anything, and goes on from there', async () => {
    scene.sandbox.control.addFaults({ fault: 'trickle', method: 'POST', route, ms: 200 });
    await stopAtFirstRequest({ workerShutdown: true });
    scene.sandbox.control.clearFaults();
    expect((await configurations()).unsettled).toBeGreaterThan(0);

    await new Promise((resolve) => setTimeout(resolve, 300));
    scene.sandbox.control.clearRequests();
    await step('settleExport');
    const { done, unsettled } = await configurations();
    expect([done, unsettled]).toEqual([(await readAccount(scene.sandbox, scene.client.company)).counts['configurations'], 0]);
    expect(scene.sandbox.control.requests(1_000).filter(({ method }) => method !== 'GET')).toEqual([]);

    await scene.run(exportId);
    expect((await readAccount(scene.sandbox, scene.client.company)).counts).toMatchObject({ configurations: 300, passwords: 4, attachments: 2 });
  });
});

describe('a stop while files of many devices are on their way', () => {
  const devices = 12;
  const scene = exportScene({ size: { configurations: 40, devicesWithFiles: devices } });

  it('finds out what became of each, also behind devices whose files were not sent yet', async () => {
    const exportId = await openRun(scene.test, scene.key);
    await scene.run(exportId);
    const files = await scene.store.db.ledgerEntry.findMany({ where: { ...scene.key, resource: 'attachment' }, orderBy: { sequence: 'asc' }, select: { id: true, itGlueId: true } });
    expect(files.length).toBeGreaterThan(devices);
    // As a worker leaves it that died when the last two were sent: all the others had not been.
    const [notSent, sent] = [files.slice(0, -2), files.slice(-2)];
    const putBack = (of: typeof files, state: string) => scene.store.db.ledgerEntry.updateMany({ where: { id: { in: of.map(({ id }) => id) } }, data: { state, itGlueId: null, settledAt: null } });
    await putBack(notSent, 'planned');
    await putBack(sent, 'intended');
    scene.sandbox.control.clearRequests();

    await quietEnvironment().run(() => scene.activities().settleExport({ ...scene.key, exportId }));

    const now = await scene.store.db.ledgerEntry.findMany({ where: { ...scene.key, resource: 'attachment' }, orderBy: { sequence: 'asc' }, select: { itGlueId: true, state: true } });
    expect(now.slice(-2)).toEqual(sent.map(({ itGlueId }) => ({ itGlueId, state: 'created' })));
    expect(new Set(now.slice(0, -2).map(({ state }) => state))).toEqual(new Set(['planned']));
    expect(scene.sandbox.control.requests(1_000).filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
