import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createExportActivities, type Target } from '../../activities/index.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { always, openRun, targetOf } from '../support/export-run.js';
import { createSampleClient, type SampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

/** Two attempts of one step, as of two workers of which the first stood still for a while. */
describe('types and categories of an export whose step was taken over', () => {
  let test: TestStore;
  let sandbox: Sandbox;
  let targets: Target[];
  let client: SampleClient;
  let exportId: string;

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    sandbox = await startItGlueSandbox();
    targets = [targetOf(sandbox, { timeoutMs: 30_000 }), targetOf(sandbox, { settleDelaysMs: [10, 500, 2_000, 5_000] })];
    client = await createSampleClient(test);
    exportId = await openRun(test, client.key);
    const { planExport } = attempt(targets[1]!).activities;
    await new MockActivityEnvironment({}, { logger: quiet }).run(() => planExport({ ...client.key, exportId }));
  });
  afterEach(async () => {
    for (const { api } of targets) await api.close();
    await sandbox.close();
  });

  const quiet = new DefaultLogger('ERROR', () => undefined);

  function attempt(target: Target) {
    const activities = createExportActivities({ store: test.store, targets: always(target), languageModel: null, temporal: null as never });
    const input = { ...client.key, exportId };
    return { activities, run: () => new MockActivityEnvironment({}, { logger: quiet }).run(() => activities.exportLists(input)) as Promise<void> };
  }

  async function names(resource: string): Promise<string[]> {
    const answer = await fetch(`${sandbox.url}/${resource}?page[size]=1000`, { headers: { 'x-api-key': sandbox.apiKey } });
    const { data } = (await answer.json()) as { data: { attributes: { name: string } }[] };
    return data.map(({ attributes }) => attributes.name);
  }

  const times = async (name: string) => (await names('configuration_types')).filter((one) => one === name).length;

  /** The client of IT Glue, except that it stands still when the type is about to be looked for and created. */
  function standingStill(target: Target, until: Promise<void>, reached: () => void): Target {
    const { configurationTypes } = target.api;
    const getOrCreate: typeof configurationTypes.getOrCreate = async (...asked) => {
      reached();
      await until;
      return configurationTypes.getOrCreate(...asked);
    };
    return { ...target, api: { ...target.api, configurationTypes: { ...configurationTypes, getOrCreate } } };
  }

  it('are created once, when the first one goes on after the second', async () => {
    let goOn: () => void = () => undefined;
    let reached: () => void = () => undefined;
    const [still, there] = [new Promise<void>((resolve) => (goOn = resolve)), new Promise<void>((resolve) => (reached = resolve))];
    const first = attempt(standingStill(targets[0]!, still, reached)).run();
    await there;
    await attempt(targets[1]!).run();
    goOn();
    await expect(first).rejects.toThrow('Another attempt of this export step has taken over');
    expect([await times('Firewall'), await times('Workstation')]).toEqual([1, 1]);
  });

  it('are created once, when the request of the first one is still under way', async () => {
    sandbox.control.addFaults({ fault: 'stallBefore', method: 'POST', route: '/configuration_types', nth: 1, ms: 5_000 });
    const first = attempt(targets[0]!).run();
    await expect.poll(() => sandbox.control.faults().reduce((sum, fault) => sum + fault.hits, 0), { interval: 5, timeout: 20_000 }).toBe(1);
    await attempt(targets[1]!).run();
    await first;
    expect([await times('Firewall'), await times('Workstation')]).toEqual([1, 1]);
  });
});
