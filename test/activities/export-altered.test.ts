import { describe, expect, it } from 'vitest';
import { kinds } from '../../domain/kinds/index.js';
import { changeRecord, deleteRecord, recordExportOutcome, rewriteRecord } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { openRun } from '../support/export-run.js';
import { exportScene } from '../support/export-scene.js';

const expected = { organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 };

describe('names that IT Glue does not keep as they were sent', () => {
  const scene = exportScene({ sandbox: { switches: { fourByteCharacters: 'replace', controlCharacters: 'strip', bulkOrder: 'shuffled' } } });

  async function rename(kind: 'configuration' | 'company', id: string, name: string): Promise<void> {
    const fields = kind === 'company' ? { company: name } : { name };
    await rewriteRecord(scene.store, scene.key, await scene.engineer(), kinds[kind] as never, id, { version: null, fields, references: {} });
  }
  const companyRecord = async () => (await scene.store.db.record.findFirstOrThrow({ where: { ...scene.key, kind: 'company' } })).id;

  it('belong to the right records all the same, whatever the order of the answer', async () => {
    for (const [index, name] of ['Rack \u{1F5C4}', 'Porch \u{1F4F7}', 'Cafe\u0301 till'].entries()) await rename('configuration', scene.client.ids.get(`PC-${index}`)!, name);
    await scene.run(await openRun(scene.test, scene.key));

    const { configurations } = await readAccount(scene.sandbox, scene.client.company);
    const ledger = await scene.store.db.ledgerEntry.findMany({ where: { ...scene.key, resource: 'configuration' } });
    const nameOf = new Map(configurations.map((one) => [String(one['id']), String(one['name'])]));
    const names = Object.fromEntries([...scene.client.ids].filter(([title]) => title.startsWith('PC-')).map(([title, id]) => [title, nameOf.get(ledger.find((entry) => entry.recordId === id)!.itGlueId!)]));
    expect(names).toMatchObject({ 'PC-0': 'Rack ?', 'PC-1': 'Porch ?', 'PC-3': 'PC-3', 'PC-4': 'PC-4', 'PC-5': 'PC-5' });
    expect(names['PC-2']?.normalize('NFC')).toBe('Caf\u00e9 till');
  });

  it('are found again after answers that were lost: the organization as well as a device', async () => {
    await rename('company', await companyRecord(), 'Harbour \u{2693}\u{1F6A2} Dental');
    await rename('configuration', scene.client.ids.get('PC-0')!, 'Rack \u{1F5C4}');
    for (const route of ['/organizations', '/organizations/*/relationships/configurations']) scene.sandbox.control.addFaults({ fault: 'cutAfterCommit', method: 'POST', route, times: 1 });
    await scene.run(await openRun(scene.test, scene.key));
    expect((await readAccount(scene.sandbox, 'Harbour \u2693? Dental')).counts).toEqual(expected);
  });
});

describe('while an export waits for a person', () => {
  const scene = exportScene({ sandbox: { switches: { maxNameLength: 40 } } });

  it('only what IT Glue does not have may be changed or removed', async () => {
    const [refused, created] = [scene.client.ids.get('PC-0')!, scene.client.ids.get('PC-1')!];
    const engineer = await scene.engineer();
    const kind = kinds.configuration as never;
    const change = (id: string, name: string) => changeRecord(scene.store, scene.key, engineer, kind, id, { version: null as never, fields: { name }, references: {} });
    await rewriteRecord(scene.store, scene.key, engineer, kind, refused, { version: null, fields: { name: 'x'.repeat(60) }, references: {} });
    const run = await openRun(scene.test, scene.key);
    await expect(scene.run(run)).rejects.toMatchObject({ details: ['records'] });
    await recordExportOutcome(scene.store, scene.key, run, { state: 'blocked', blockedBy: 'records' });

    await expect(change(created, 'Renamed')).rejects.toMatchObject({ code: 'wrong_stage', message: expect.stringContaining('IT Glue has this record already') as string });
    await scene.store.db.ledgerEntry.updateMany({ where: { ...scene.key, recordId: created }, data: { state: 'intended', itGlueId: null } });
    await expect(change(created, 'Renamed')).rejects.toMatchObject({ code: 'wrong_stage', message: expect.stringContaining('not known yet') as string });
    await expect(deleteRecord(scene.store, scene.key, engineer, kind, created, 1)).rejects.toMatchObject({ code: 'wrong_stage' });
    expect((await change(refused, 'PC-0')).content['name']).toBe('PC-0');
  });
});
