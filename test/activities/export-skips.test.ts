import { describe, expect, it } from 'vitest';
import { kinds } from '../../domain/kinds/index.js';
import { exportProgress, getExportRecord, readActivity, recordExportOutcome, reportedRecords, rewriteRecord, skipRecords } from '../../store/index.js';
import { activityWords } from '../../api/activity-words.js';
import { readAccount } from '../support/account.js';
import { openRun } from '../support/export-run.js';
import { exportScene } from '../support/export-scene.js';
import { putInStage } from '../support/sample-client.js';

describe('a person skips what IT Glue refused', () => {
  const scene = exportScene({ sandbox: { switches: { maxNameLength: 40 } } });

  /** Exports with one record whose name is too long, which blocks the export. */
  async function blockedBy(kind: 'configuration' | 'make', title: string): Promise<string> {
    const record = scene.client.ids.get(title)!;
    const engineer = await scene.engineer();
    await rewriteRecord(scene.store, scene.key, engineer, kinds[kind] as never, record, { version: null, fields: { name: 'x'.repeat(60) }, references: {} });
    const run = await openRun(scene.test, scene.key);
    await expect(scene.run(run)).rejects.toMatchObject({ details: ['records'] });
    await recordExportOutcome(scene.store, scene.key, run, { state: 'blocked', blockedBy: 'records' });
    return record;
  }

  const skip = async (...records: { recordId: string; reason: string }[]) => skipRecords(scene.store, scene.key, await scene.engineer(), records);

  async function exportAgain(): Promise<void> {
    const run = await openRun(scene.test, scene.key);
    const outcome = await scene.run(run);
    await recordExportOutcome(scene.store, scene.key, run, outcome);
  }

  it('and the export ends without the device, its files, and the links to it', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    expect(await skip({ recordId: firewall, reason: 'Scrapped in May' })).toEqual({ skipped: 1, together: 1 });
    await exportAgain();

    const account = await readAccount(scene.sandbox, scene.client.company);
    expect(account.counts).toEqual({ organizations: 1, locations: 2, contacts: 9, configurations: 5, passwords: 4, attachments: 1 });
    expect(account.passwords.map((one) => one['resource-id'])).toEqual([null, null, null, null]);
    expect((await exportProgress(scene.store, scene.key)).filter((one) => one.skipped > 0)).toMatchObject([{ resource: 'configuration', skipped: 1 }, { resource: 'attachment', skipped: 1 }]);
    expect(await getExportRecord(scene.store, scene.key)).toMatchObject({ skipped: 2, counts: { configuration: 5, attachment: 1 } });
  });

  it('or corrects it, and the export goes on with it and all that waited for it', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    await rewriteRecord(scene.store, scene.key, await scene.engineer(), kinds.configuration as never, firewall, { version: null, fields: { name: 'PC-0' }, references: {} });
    await exportAgain();
    const account = await readAccount(scene.sandbox, scene.client.company);
    expect(account.counts).toEqual({ organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 });
    expect((await exportProgress(scene.store, scene.key)).every((one) => one.done === one.total)).toBe(true);
  });

  it('and a skipped make takes its models along, while the devices of it are created without them', async () => {
    const make = await blockedBy('make', 'Acme Networks');
    expect(await skip({ recordId: make, reason: 'Not a maker' })).toEqual({ skipped: 1, together: 1 });
    await exportAgain();
    const firewall = (await readAccount(scene.sandbox, scene.client.company)).configurations.find((one) => one['name'] === 'PC-0')!;
    expect([firewall['manufacturer-id'], firewall['model-id']]).toEqual([null, null]);
  });

  it('and it stays skipped when it is corrected later, with what is added to it', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    await skip({ recordId: firewall, reason: 'Scrapped' });
    const engineer = await scene.engineer();
    await rewriteRecord(scene.store, scene.key, engineer, kinds.configuration as never, firewall, { version: null, fields: { name: 'PC-0' }, references: {} });
    await exportAgain();
    expect((await readAccount(scene.sandbox, scene.client.company)).counts).toMatchObject({ configurations: 5, attachments: 1 });
  });

  it('and the reason is in the history and in the report, nowhere in clear', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    await skip({ recordId: firewall, reason: 'Scrapped in May' });
    const [entry] = await readActivity(scene.store, scene.key.tenantId, scene.key.clientId, { limit: 1, before: null });
    expect(activityWords(entry!)).toBe('Your organization left one refused record out of the export: Scrapped in May.');

    const skipped = [];
    for await (const one of reportedRecords(scene.store, scene.key)) if (one.state === 'skipped') skipped.push(one);
    expect(skipped.map(({ title, reason }) => [title, reason])).toEqual([['x'.repeat(60), 'Scrapped in May'], ['rack.txt', 'Scrapped in May']]);
    const rows = [await scene.store.db.ledgerEntry.findMany({ where: scene.key }), await scene.store.db.auditEntry.findMany({ where: { clientId: scene.key.clientId } })];
    expect(JSON.stringify(rows, (_name, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))).not.toContain('Scrapped');
  });

  it('but nothing else: what was created, is unknown, or is the organization is refused, and nothing is changed', async () => {
    const firewall = await blockedBy('configuration', 'PC-0');
    const created = scene.client.ids.get('PC-1')!;
    const company = await scene.store.db.ledgerEntry.findFirstOrThrow({ where: { ...scene.key, resource: 'organization' } });
    await scene.store.db.ledgerEntry.update({ where: { id: company.id }, data: { state: 'failed' } });
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
    expect((await exportProgress(scene.store, scene.key)).some((one) => one.skipped > 0)).toBe(false);
    await putInStage(scene.store, scene.key, 'exporting');
    await expect(skip({ recordId: firewall, reason })).rejects.toMatchObject({ code: 'wrong_stage' });
  });
});
