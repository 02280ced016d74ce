/** Small exports in which models follow their makes, and files their devices: many enough that some are there while others are to be sent yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityCancellationDetails } from '@temporalio/common/lib/activity-cancellation-details.js';
import { describe, expect, it } from 'vitest';
import { createExportActivities, type Order, type Target } from '../../activities/index.js';
import { exportProgress } from '../../store/index.js';
import { compareAccount } from '../faults/compare.js';
import { readAccount } from '../support/account.js';
import { always, openRun } from '../support/export-run.js';
import { exportScene, quietEnvironment } from '../support/export-scene.js';

const order: Order = [[['organization']], [['location', 'contact'], ['manufacturer', 'model'], ['lists']], [['configuration']], [['password'], ['attachment']], [['attachment']]];

const routes = { makes: '/manufacturers', models: '/manufacturers/*/relationships/models', devices: '/organizations/*/relationships/configurations', files: '/configurations/*/relationships/attachments' };

/** Devices are sent in batches of 50, makes one by one; more than 8 requests of a step make others follow it. */
const size = { configurations: 420, makes: 18, devicesWithFiles: 30 };
/** More than anything here takes. */
const patienceMs = 10_000;
const whole = { organizations: 1, locations: 2, contacts: 9, configurations: 420, passwords: 4, attachments: 32, manufacturers: 20, models: 20 };

/**
 * The client of IT Glue, except that the last make and the last devices leave once a model or a file has followed others, and that one
 * of these leaves when they are there: all of it is under way together, whatever the machine. Nobody waits for long.
 */
function heldTarget(target: Target) {
  const { manufacturers, models, configurations, attachments } = target.api;
  const [makesAndModels, devicesAndFiles] = [meeting(), meeting()];
  const createMake: typeof manufacturers.create = (name, ...rest) => makesAndModels.ahead(name === `Maker ${size.makes - 1}`, () => manufacturers.create(name, ...rest));
  const createModels: typeof models.createMany = (...all) => makesAndModels.behind(() => models.createMany(...all));
  const createDevices: typeof configurations.createMany = (id, devices, ...rest) =>
    devicesAndFiles.ahead(devices.some(({ name }) => name === `PC-${size.configurations - 1}`), () => configurations.createMany(id, devices, ...rest));
  const createFile: typeof attachments.create = (...all) => devicesAndFiles.behind(() => attachments.create(...all));
  const api = {
    ...target.api,
    manufacturers: { ...manufacturers, create: createMake },
    models: { ...models, createMany: createModels },
    configurations: { ...configurations, createMany: createDevices },
    attachments: { ...attachments, create: createFile },
  };
  return { target: { ...target, api }, models: makesAndModels, files: devicesAndFiles };
}

type Held = ReturnType<typeof heldTarget>;

function meeting() {
  const [began, followed, ended] = [moment(), moment(), moment()];
  return {
    /** The first that follows is about to be sent. */
    began: began.is,
    /** From now on nothing is held up. */
    off() {
      for (const { come } of [began, followed, ended]) come();
    },
    async ahead<T>(isLast: boolean, send: () => Promise<T>): Promise<T> {
      if (!isLast) return send();
      await within(followed.is);
      return send().finally(ended.come);
    },
    async behind<T>(send: () => Promise<T>): Promise<T> {
      if (began.hasCome()) return send().finally(followed.come);
      began.come();
      await within(ended.is);
      // Whatever would wrongly begin now has the time to do so.
      await sleep(100);
      return send();
    },
  };
}

function moment() {
  let hasCome = false;
  let resolve = (): void => undefined;
  const is = new Promise<void>((done) => (resolve = done));
  return {
    is,
    hasCome: () => hasCome,
    come() {
      hasCome = true;
      resolve();
    },
  };
}

const within = (promise: Promise<void>) => Promise.race([promise, sleep(patienceMs, undefined, { ref: false })]);

// Each exports hundreds of records, once or more; less than the two minutes after which an export takes over names that another one has claimed.
describe('a small export with many makes and devices', { timeout: 100_000 }, () => {
  const scene = exportScene({
    size,
    timeoutMs: 30_000,
    // Names of the account of the test before mean nothing in this one.
    prepare: async ({ store, sandbox }) => {
      await store.db.sharedName.deleteMany();
      sandbox.control.setLatency(15);
    },
  });

  /** Not inside of a workflow's task, where it would be ended after a few seconds: a busy machine may take longer. */
  function exportSmall(exportId: string, target: Target, environment = quietEnvironment()) {
    const { exportSmall } = createExportActivities({ store: scene.store, targets: always(target), languageModel: null, temporal: null as never });
    return environment.run(() => exportSmall({ ...scene.key, exportId, order })) as Promise<unknown>;
  }

  const sent = () => scene.sandbox.control.requests().map(({ method, path }) => `${method} ${path.replace(/\d+/g, '*')}`);

  /** What the account holds besides the MSP's own organization. */
  function counts(): Record<string, number> {
    const { organizations, ...others } = scene.sandbox.control.counts();
    return Object.fromEntries(Object.entries({ ...others, organizations: organizations - 1 }).filter(([name]) => name in whole));
  }

  /** One sentence for each thing in the account that is not as in the source. */
  async function problems(): Promise<readonly string[]> {
    const { sandbox, store, key, client, target } = scene;
    sandbox.control.setLatency(0);
    const hashes = new Map(sandbox.control.attachments().map(({ id, sha256 }) => [id, sha256]));
    const { wrong } = await compareAccount(store, key, await readAccount(sandbox, client.company), new Set(), hashes);
    const models = new Map((await target.api.models.listAll()).map((one) => [one.id, one.attributes]));
    const ledger = await store.db.ledgerEntry.findMany({ where: { ...key, resource: { in: ['manufacturer', 'model'] } } });
    const makeOf = new Map(ledger.map((entry) => [entry.recordId, entry.itGlueId]));
    const strays = ledger.filter(({ resource, itGlueId, parentRecordId }) => resource === 'model' && models.get(itGlueId!)?.manufacturerId !== makeOf.get(parentRecordId!));
    return [...wrong, ...strays.map(({ recordId }) => `model ${recordId} is not under its make`)];
  }

  it('ends with exactly what the source says, by no more requests, though models and files are sent before the last make and device', async () => {
    const done = await exportSmall(await openRun(scene.test, scene.key), heldTarget(scene.target).target);
    expect(done).toMatchObject({ outcome: { state: 'done' }, progress: { model: { total: 20, done: 20 }, configuration: { total: 420, done: 420 }, attachment: { total: 32, done: 32 } } });
    const requests = sent();
    expect(counts()).toEqual(whole);
    expect(await problems()).toEqual([]);

    expect(requests.indexOf(`POST ${routes.models}`)).toBeLessThan(requests.lastIndexOf(`POST ${routes.makes}`));
    expect(requests.indexOf(`POST ${routes.files}`)).toBeLessThan(requests.lastIndexOf(`POST ${routes.devices}`));
    const times = (wanted: string) => requests.filter((one) => one === wanted).length;
    expect({ makes: times(`POST ${routes.makes}`), models: times(`POST ${routes.models}`), devices: times(`POST ${routes.devices}`), files: times(`POST ${routes.files}`) }).toEqual({ makes: 20, models: 20, devices: 9, files: 31 });
    const looks = requests.filter((one) => one.startsWith('GET'));
    expect(looks, 'each list is read once').toEqual([...new Set(looks)]);
    expect(looks.filter((one) => /models|attachments|configurations/.test(one))).toEqual([]);
  });

  it('neither doubles nor loses models and files whose answers are lost, or which are cut off', async () => {
    scene.sandbox.control.addFaults(
      { fault: 'status504After', method: 'POST', route: routes.models, nth: 2 },
      { fault: 'status504After', method: 'POST', route: routes.files, nth: 2 },
      { fault: 'cutBeforeCommit', method: 'POST', route: routes.files, nth: 5, how: 'reset' },
    );
    const exportId = await openRun(scene.test, scene.key);
    await expect(exportSmall(exportId, heldTarget(scene.target).target)).rejects.toThrow();
    expect(scene.sandbox.control.faults().map(({ hits }) => hits)).toEqual([1, 1, 1]);
    await scene.run(exportId);
    expect(counts()).toEqual(whole);
    expect(await problems()).toEqual([]);
  });

  it('that a person stops while models follow, and again while files do, says exactly what exists each time, and ends complete', async () => {
    for (const which of ['models', 'files'] as const) {
      const exportId = await openRun(scene.test, scene.key);
      await endedDuring(which, exportId, { cancelRequested: true });
      await quietEnvironment().run(() => scene.activities().settleExport({ ...scene.key, exportId }));
      const progress = await exportProgress(scene.store, scene.key);
      expect(progress.filter((one) => one.unsettled > 0)).toEqual([]);
      expect(Object.fromEntries(progress.map(({ resource, done }) => [`${resource}s`, done]))).toEqual(counts());
      expect(progress.find((one) => one.resource === (which === 'models' ? 'model' : 'attachment'))!.planned).toBeGreaterThan(0);
    }
    expect(await exportSmall(await openRun(scene.test, scene.key), scene.target)).toMatchObject({ outcome: { state: 'done' } });
    expect(counts()).toEqual(whole);
    expect(await problems()).toEqual([]);
  });

  it('whose worker ends while models follow, and again while files do, is gone on with by the next one, and step by step', async () => {
    const exportId = await openRun(scene.test, scene.key);
    await endedDuring('models', exportId, { workerShutdown: true });
    await endedDuring('files', exportId, { workerShutdown: true });
    await scene.run(exportId);
    expect(counts()).toEqual(whole);
    expect(await problems()).toEqual([]);
  });

  /** Ends the attempt as soon as the first of them is about to follow. */
  async function endedDuring(which: 'models' | 'files', exportId: string, details: ConstructorParameters<typeof ActivityCancellationDetails>[0]): Promise<void> {
    const held: Held = heldTarget(scene.target);
    // Files come after them, and some models may be there from the attempt before.
    if (which === 'files') held.models.off();
    const environment = quietEnvironment();
    const ended = expect(exportSmall(exportId, held.target, environment)).rejects.toThrow('CANCELLED');
    await Promise.race([held[which].began, ended]);
    environment.cancel('CANCELLED', new ActivityCancellationDetails(details));
    held[which].off();
    await ended;
  }
});
