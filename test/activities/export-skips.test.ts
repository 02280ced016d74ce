import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { Target } from '../../activities/index.js';
import { kinds } from '../../domain/kinds/index.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { exportProgress, getExportRecord, readActivity, recordExportOutcome, reportedRecords, rewriteRecord, skipRecords } from '../../store/index.js';
import { activityWords } from '../../api/activity-words.js';
import { readAccount } from '../support/account.js';
import { openRun, runExport, targetOf } from '../support/export-run.js';
import { createSampleClient, putInStage, type SampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

describe('a person skips what IT Glue refused', () => {
  let test: TestStore;
  let sandbox: Sandbox;
  let target: Target;
  let client: SampleClient;

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    sandbox = await startItGlueSandbox({ switches: { maxNameLength: 40 } });
    target = targetOf(sandbox);
    client = await createSampleClient(test);
  });
  afterEach(async () => {
    await target.api.close();
    await sandbox.close();
  });

  /** Exports with one record whose name is too long, which blocks the export. */
  async function blockedBy(kind: 'configuration' | 'make', title: string): Promise<string> {
    const record = client.ids.get(title)!;
    const engineer = await test.actor('onboarding_engineer');
    await rewriteRecord(test.store, client.key, engineer, kinds[kind] as never, record, { version: null, fields: { name: 'x'.repeat(60) }, references: {} });
    const run = await openRun(test, client.key);
    await expect(runExport(test, target, client.key, run)).rejects.toMatchObject({ details: ['records'] });
    await recordExportOutcome(test.store, client.key, run, { state: 'blocked', blockedBy: 'records' });
    return record;
  }

  const skip = async (...records: { recordId: string; reason: string }[]) => skipRecords(test.store, client.key, await test.actor('onboarding_engineer'), records);

  async function exportAgain(): Promise<void> {
    const run = await openRun(test, client.key);
    const outcome = await runExport(test, target, client.key, run);
    await recordExportOutcome(test.store, client.key, run, outcome);
  }

  it('and the export ends without the device, its files, and the links to it', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    expect(await skip({ recordId: firewall, reason: 'Scrapped in May' })).toEqual({ skipped: 1, together: 1 });
    await exportAgain();

    const account = await readAccount(sandbox, client.company);
    expect(account.counts).toEqual({ organizations: 1, locations: 2, contacts: 9, configurations: 5, passwords: 4, attachments: 1 });
    expect(account.passwords.map((one) => one['resource-id'])).toEqual([null, null, null, null]);
    expect((await exportProgress(test.store, client.key)).filter((one) => one.skipped > 0)).toMatchObject([{ resource: 'configuration', skipped: 1 }, { resource: 'attachment', skipped: 1 }]);
    expect(await getExportRecord(test.store, client.key)).toMatchObject({ skipped: 2, counts: { configuration: 5, attachment: 1 } });
  });

  it('or corrects it, and the export goes on with it and all that waited for it', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    await rewriteRecord(test.store, client.key, await test.actor('onboarding_engineer'), kinds.configuration as never, firewall, { version: null, fields: { name: 'PC-0' }, references: {} });
    await exportAgain();
    const account = await readAccount(sandbox, client.company);
    expect(account.counts).toEqual({ organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 });
    expect((await exportProgress(test.store, client.key)).every((one) => one.done === one.total)).toBe(true);
  });

  it('and a skipped make takes its models along, while the devices of it are created without them', async () => {
    const make = await blockedBy('make', 'Acme Networks');
    expect(await skip({ recordId: make, reason: 'Not a maker' })).toEqual({ skipped: 1, together: 1 });
    await exportAgain();
    const firewall = (await readAccount(sandbox, client.company)).configurations.find((one) => one['name'] === 'PC-0')!;
    expect([firewall['manufacturer-id'], firewall['model-id']]).toEqual([null, null]);
  });

  it('and it stays skipped when it is corrected later, with what is added to it', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    await skip({ recordId: firewall, reason: 'Scrapped' });
    const engineer = await test.actor('onboarding_engineer');
    await rewriteRecord(test.store, client.key, engineer, kinds.configuration as never, firewall, { version: null, fields: { name: 'PC-0' }, references: {} });
    await exportAgain();
    expect((await readAccount(sandbox, client.company)).counts).toMatchObject({ configurations: 5, attachments: 1 });
  });

  it('and the reason is in the history and in the report, nowhere in clear', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    await skip({ recordId: firewall, reason: 'Scrapped in May' });
    const [entry] = await readActivity(test.store, client.key.tenantId, client.key.clientId, { limit: 1, before: null });
    expect(activityWords(entry!)).toBe('Your organization left one refused record out of the export: Scrapped in May.');

    const skipped = [];
    for await (const one of reportedRecords(test.store, client.key)) if (one.state === 'skipped') skipped.push(one);
    expect(skipped.map(({ title, reason }) => [title, reason])).toEqual([['x'.repeat(60), 'Scrapped in May'], ['rack.txt', 'Scrapped in May']]);
    const rows = [await test.store.db.ledgerEntry.findMany({ where: client.key }), await test.store.db.auditEntry.findMany({ where: { clientId: client.key.clientId } })];
    expect(JSON.stringify(rows, (_name, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))).not.toContain('Scrapped');
  });

  it('but nothing else: what was created, is unknown, or is the organization is refused, and nothing is changed', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    const created = client.ids.get('PC-1')!;
    const company = await test.store.db.ledgerEntry.findFirstOrThrow({ where: { ...client.key, resource: 'organization' } });
    await test.store.db.ledgerEntry.update({ where: { id: company.id }, data: { state: 'failed' } });
    const reason = 'No';
    const other = '00000000-0000-7000-8000-000000000001';
    await expect(skip({ recordId: firewall, reason }, { recordId: created, reason }, { recordId: other, reason }, { recordId: company.recordId, reason })).rejects.toMatchObject({
      code: 'invalid',
      problems: [
        { field: 'records[1].recordId', message: 'was not refused by IT Glue' },
        { field: 'records[2].recordId', message: 'is not part of the export' },
        { field: 'records[3].recordId', message: 'is the company itself, without which there is no export' },
      ],
    });
    expect((await exportProgress(test.store, client.key)).some((one) => one.skipped > 0)).toBe(false);
    await putInStage(test.store, client.key, 'exporting');
    await expect(skip({ recordId: firewall, reason })).rejects.toMatchObject({ code: 'wrong_stage' });
  });
});
