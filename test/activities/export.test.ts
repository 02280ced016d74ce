import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { exportProgress, ledgerCounts } from '../../store/index.js';
import { openRun, runExport, targetOf } from '../support/export-run.js';
import { readAccount } from '../support/account.js';
import { createSampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

describe('an export into an empty account', () => {
  let test: TestStore;
  let sandbox: Sandbox;

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    sandbox = await startItGlueSandbox();
    return () => sandbox.close();
  });

  it('creates one organization with every record, linked as in the source', async () => {
    const client = await createSampleClient(test);
    const target = targetOf(sandbox);
    const outcome = await runExport(test, target, client.key, await openRun(test, client.key));
    const account = await readAccount(sandbox, client.company);

    expect(outcome).toMatchObject({ state: 'done', organizationId: account.organizations[0]!.id });
    expect(account.counts).toEqual({ organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 });
    const firewall = account.configurations.find((one) => one['name'] === 'PC-0')!;
    expect(firewall).toMatchObject({ 'manufacturer-name': 'Acme Networks', 'model-name': 'FW-100', 'location-name': 'HQ', 'contact-name': 'First0 Last0', 'serial-number': 'SN0' });
    expect(account.passwords.find((one) => one['name'] === 'Login 2')).toMatchObject({ password: '=S3cret, "2"', 'resource-id': firewall['id'], 'resource-type': 'Configuration' });
    expect(account.locations.find((one) => one['name'] === 'Lab')).toMatchObject({ 'region-name': 'Oregon', notes: 'Opening hours: 8-17' });
    await target.api.close();
  });

  it('does nothing a second time', async () => {
    const client = await createSampleClient(test);
    const target = targetOf(sandbox);
    const run = await openRun(test, client.key);
    await runExport(test, target, client.key, run);
    const before = await readAccount(sandbox, client.company);
    await runExport(test, target, client.key, run);

    expect((await readAccount(sandbox, client.company)).counts).toEqual(before.counts);
    expect(await ledgerCounts(test.store, client.key)).not.toHaveProperty('planned');
    await target.api.close();
  });

  it('uses manufacturers and models that the account has already', async () => {
    const [first, second] = [await createSampleClient(test), await createSampleClient(test)];
    const target = targetOf(sandbox);
    await runExport(test, target, first.key, await openRun(test, first.key));
    await runExport(test, target, second.key, await openRun(test, second.key));

    const names = (await target.api.manufacturers.list()).map((one) => one.attributes.name);
    expect(names.filter((name) => name === 'Acme Networks')).toHaveLength(1);
    expect(await exportProgress(test.store, second.key)).toContainEqual({ resource: 'model', total: 2, done: 2, failed: 0, skipped: 0, planned: 0, unsettled: 0 });
    await target.api.close();
  });
});
