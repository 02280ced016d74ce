import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startItGlueSandbox } from '../../sandbox/it-glue/index.js';
import type { FaultKind, FaultRule } from '../../sandbox/it-glue/faults.js';
import type { Switches } from '../../sandbox/it-glue/switches.js';
import { kinds } from '../../domain/kinds/index.js';
import { rewriteRecord } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { openRun, runExport, targetOf } from '../support/export-run.js';
import { createSampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

const expected = { organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 };

/** Faults that leave open whether the write happened, and those that say so. None of them needs a person. */
const passing: readonly FaultKind[] = [
  'cutBeforeCommit', 'cutAfterCommit', 'cutMidAnswer', 'status500Before', 'status500After', 'status502Before', 'status503Before',
  'status504After', 'trickle', 'message500Before', 'message500After', 'malformedJson', 'truncatedJson', 'emptyBody', 'extraFields', 'rateLimited', 'html404',
];

describe('an export through faults', () => {
  let test: TestStore;

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(() => test.close());

  async function exportThrough(faults: readonly FaultRule[], switches: Partial<Switches> = {}) {
    const sandbox = await startItGlueSandbox({ switches });
    const target = targetOf(sandbox, { timeoutMs: 700 });
    try {
      const client = await createSampleClient(test);
      sandbox.control.addFaults(...faults);
      const outcome = await runExport(test, target, client.key, await openRun(test, client.key), 60);
      const hits = sandbox.control.faults().reduce((sum, fault) => sum + fault.hits, 0);
      sandbox.control.clearFaults();
      const account = await readAccount(sandbox, client.company);
      const ledger = await test.store.db.ledgerEntry.findMany({ where: client.key });
      return { outcome, hits, account, ledger };
    } finally {
      await target.api.close();
      await sandbox.close();
    }
  }

  it.each(passing)('loses and doubles nothing when every first write of a route meets %s', async (fault) => {
    const routes = ['/organizations', '/organizations/*/relationships/*', '/manufacturers', '/manufacturers/*/relationships/models', '/*/*/relationships/attachments'];
    const { outcome, hits, account, ledger } = await exportThrough(routes.map((route) => ({ fault, method: 'POST', route, nth: 1, ms: 300 })));

    expect(hits).toBeGreaterThan(2);
    expect(outcome.state).toBe('done');
    expect(account.counts).toEqual(expected);
    const ids = new Set(Object.values(account).flatMap((records) => (Array.isArray(records) ? records.map((one: { id: string }) => one.id) : [])));
    expect(ledger.filter((entry) => !['manufacturer', 'model'].includes(entry.resource) && !ids.has(entry.itGlueId!))).toEqual([]);
  });

  it('loses and doubles nothing when lists are answered with a page for 404 now and then', async () => {
    const { outcome, hits, account } = await exportThrough([{ fault: 'html404', method: 'GET', every: 2 }]);
    expect(hits).toBeGreaterThan(2);
    expect(outcome.state).toBe('done');
    expect(account.counts).toEqual(expected);
  });

  it('asks a person when the page for 404 stays, blames no record, and goes on once it is gone', async () => {
    const sandbox = await startItGlueSandbox();
    const target = targetOf(sandbox);
    const client = await createSampleClient(test);
    sandbox.control.addFaults({ fault: 'html404', method: 'POST', route: '/organizations/*/relationships/contacts' });
    const run = await openRun(test, client.key);
    await expect(runExport(test, target, client.key, run)).rejects.toMatchObject({ type: 'ExportBlocked', details: ['no_access'] });
    expect(await test.store.db.ledgerEntry.count({ where: { ...client.key, state: { in: ['failed', 'intended'] } } })).toBe(0);

    sandbox.control.clearFaults();
    await runExport(test, target, client.key, run);
    expect((await readAccount(sandbox, client.company)).counts).toEqual(expected);
    await target.api.close();
    await sandbox.close();
  });

  it.each([1, 2, 3, 4, 5, 6])('loses and doubles nothing under a random plan of faults (seed %i)', async (seed) => {
    const rules = passing.map((fault, index): FaultRule => ({ fault, probability: 0.02, seed: seed * 100 + index, ms: 200, times: 3 }));
    const switches: Partial<Switches> = { idMode: seed % 2 ? 'large17' : 'small', bulkOrder: seed % 3 ? 'shuffled' : 'reversed', bulkAtomicity: seed % 2 ? 'partial' : 'allOrNothing' };
    const { account } = await exportThrough(rules, switches);
    expect(account.counts).toEqual(expected);
  });

  it.each(['allOrNothing', 'partial', 'partialSilent'] as const)('isolates a record that is refused and goes on with the rest (bulk writes: %s)', async (bulkAtomicity) => {
    const sandbox = await startItGlueSandbox({ switches: { bulkAtomicity, maxNameLength: 40 } });
    const target = targetOf(sandbox);
    const client = await createSampleClient(test);
    const broken = client.ids.get('PC-3')!;
    const engineer = await test.actor('onboarding_engineer');
    const rename = (name: string) =>
      rewriteRecord(test.store, client.key, engineer, kinds.configuration as never, broken, { version: null, fields: { name }, references: {} });
    await rename('x'.repeat(60));
    const run = await openRun(test, client.key);

    await expect(runExport(test, target, client.key, run)).rejects.toMatchObject({ type: 'ExportBlocked', details: ['records'] });
    expect((await readAccount(sandbox, client.company)).counts).toMatchObject({ configurations: 5, locations: 2 });
    const [failed] = await test.store.db.ledgerEntry.findMany({ where: { ...client.key, state: 'failed' } });
    expect(failed).toMatchObject({ recordId: broken, problems: [{ field: 'name' }] });

    await rename('PC-3 mended');
    await runExport(test, target, client.key, run);
    expect((await readAccount(sandbox, client.company)).counts).toEqual(expected);
    await target.api.close();
    await sandbox.close();
  });

  it('ends with one manufacturer when two clients that need the same new one are exported together', async () => {
    const sandbox = await startItGlueSandbox();
    sandbox.control.setLatency(20);
    const targets = [targetOf(sandbox), targetOf(sandbox)];
    const clients = [await createSampleClient(test), await createSampleClient(test)];
    const runs = [await openRun(test, clients[0]!.key), await openRun(test, clients[1]!.key)];
    await Promise.all(clients.map((client, index) => runExport(test, targets[index]!, client.key, runs[index]!)));

    const makers = (await targets[0]!.api.manufacturers.list()).filter((one) => one.attributes.name === 'Acme Networks');
    expect(makers).toHaveLength(1);
    expect(await targets[0]!.api.models.listByManufacturer(makers[0]!.id)).toHaveLength(1);
    for (const target of targets) await target.api.close();
    await sandbox.close();
  });

  it('stops for a person when the key is revoked, and goes on with a new one', async () => {
    const sandbox = await startItGlueSandbox();
    const client = await createSampleClient(test);
    const target = targetOf(sandbox);
    sandbox.control.addFaults({ fault: 'revokeKeyBefore', method: 'POST', route: '/organizations/*/relationships/contacts', nth: 1 });
    const run = await openRun(test, client.key);
    await expect(runExport(test, target, client.key, run)).rejects.toMatchObject({ type: 'ExportBlocked', details: ['key_refused'] });

    const apiKey = sandbox.control.addKey({ label: 'second', passwordAccess: true }).key;
    const next = targetOf({ ...sandbox, apiKey });
    await runExport(test, next, client.key, run);
    expect((await readAccount({ url: sandbox.url, apiKey }, client.company)).counts).toEqual(expected);
    await target.api.close();
    await next.api.close();
    await sandbox.close();
  });
});
