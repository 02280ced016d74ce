import { afterEach, describe, expect, it } from 'vitest';
import type { Preview } from '../../activities/preview.js';
import type { MappedList } from '../../domain/it-glue/index.js';
import { kindOf, type Content, type KindName } from '../../domain/kinds/index.js';
import { createRecords, decideMappings, previewAnswers, rewriteRecord, skipBeforeExport, withdrawSkip } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { exportScene } from '../support/export-scene.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';

describe('a preview', () => {
  const scene = exportScene({ size: { people: 1, configurations: 2, passwords: 1 }, stage: 'ready' });
  afterEach(() => scene.store.db.wordMemory.deleteMany());

  async function change(kind: KindName, name: string, fields: Partial<Content>): Promise<string> {
    const id = scene.client.ids.get(name)!;
    await rewriteRecord(scene.store, scene.key, await scene.engineer(), kindOf(kind), id, { version: null, fields, references: {} });
    return id;
  }

  async function add(kind: KindName, fields: Partial<Content>): Promise<string> {
    const empty = Object.fromEntries(Object.keys(kindOf(kind).fields).map((name) => [name, null]));
    await putInStage(scene.store, scene.key, 'msp');
    const [record] = await createRecords(scene.store, scene.key, await scene.engineer(), kindOf(kind), [{ content: { ...empty, ...fields } as Content, references: {} }]);
    await putInStage(scene.store, scene.key, 'ready');
    return record!.id;
  }

  const wordOf = ({ lookups }: Pick<Preview, 'lookups'>, list: MappedList, word: string) => lookups[list].find((row) => row.word === word);
  const typesOf = async () => (await scene.target.api.configurationTypes.list()).map((one) => one.attributes.name);

  it('reads the account and writes nothing, by the log of the stand-in itself', async () => {
    await fetch(`${scene.sandbox.url}/__sandbox/requests`, { method: 'DELETE' });
    await scene.preview();
    const { requests } = (await (await fetch(`${scene.sandbox.url}/__sandbox/requests?limit=1000`)).json()) as { requests: { method: string }[] };
    expect(requests.length).toBeGreaterThan(5);
    expect([...new Set(requests.map(({ method }) => method))]).toEqual(['GET']);
  });

  it('names the target in a plain sentence, what will be created, and what the account has after it', async () => {
    await scene.target.api.manufacturers.create('Dell');
    const shown = await scene.preview();
    expect(shown.target).toMatchObject({ apiUrl: scene.sandbox.url, webUrl: scene.sandbox.webUrl, standIn: true });
    expect(shown.target.words).toContain('stand-in');
    expect(shown.counts).toEqual({ organization: 1, location: 2, manufacturer: 2, model: 2, contact: 5, configuration: 2, password: 1, attachment: 2 });
    expect(shown.makes).toEqual([
      { make: 'Acme Networks', model: null, existing: false },
      { make: 'Acme Networks', model: 'FW-100', existing: false },
      { make: 'Dell', model: 'Latitude 5440', existing: false },
      { make: 'Dell', model: null, existing: true },
    ]);
    expect(shown.vendorContacts.map((one) => one.title)).toEqual(['Fiber Co', 'Copier Co (Cai Ito)']);
    expect(shown.organizationTypes.map((one) => one.name)).toContain('Customer');
    expect(shown.sites.map(({ title, country, region }) => [title, country, region?.includes('Oregon')])).toEqual([['HQ', expect.stringContaining('United States'), true], ['Lab', expect.stringContaining('United States'), true]]);
    expect(shown.withoutHome.map(({ kind, field }) => [kind, field])).toContainEqual(['current-msp', null]);
  });

  it('says which fields have no home, and what is kept in the notes instead', async () => {
    await change('attachment', 'rack.txt', { description: 'The rack in May' });
    await change('site', 'HQ', { state: 'Deep', country: 'Atlantis' });
    const { withoutHome, sites } = await scene.preview();
    expect(withoutHome.find((one) => one.title === 'rack.txt')).toMatchObject({ kind: 'attachment', field: 'description' });
    expect(sites.find((one) => one.title === 'HQ')).toMatchObject({ country: null, region: null, keptInNotes: ['Deep', 'Atlantis'] });
  });

  it('names devices that were entered twice', async () => {
    await change('configuration', 'PC-1', { serialNumber: 'sn-0' });
    const { duplicates } = await scene.preview();
    expect(duplicates.filter((one) => one.kind === 'configuration')).toMatchObject([{ records: [{ title: 'PC-0' }, { title: 'PC-1' }], band: 'same', reason: 'the same serial number' }]);
  });

  describe('of types and categories', () => {
    it('tells the ones that are there from those that are created, and the export does just that', async () => {
      const shown = await scene.preview();
      expect(wordOf(shown, 'configurationTypes', 'Firewall')).toMatchObject({ records: 1, entry: { name: 'Firewall' }, by: 'name' });
      expect(wordOf(shown, 'configurationTypes', 'Workstation')).toMatchObject({ records: 1, entry: null, by: 'nothing' });
      expect(wordOf(shown, 'contactTypes', 'Employee')).toMatchObject({ entry: null });
      const { exportId } = await scene.startExport(shown.id);
      await scene.run(exportId!);
      expect(await typesOf()).toContain('Workstation');
    });

    it('takes a person\'s word for one, remembers it for the next client, and creates nothing for it', async () => {
      const shown = await scene.preview();
      const managed = shown.lists.configurationTypes.find((one) => one.name === 'Managed Workstation')!;
      await decideMappings(scene.store, scene.key, await scene.engineer(), [{ list: 'configurationTypes', word: 'Workstation', entry: managed }]);
      const first = await scene.startExport(shown.id);
      await scene.run(first.exportId!);
      expect((await readAccount(scene.sandbox, scene.client.company)).configurations.find((one) => one['name'] === 'PC-1')).toMatchObject({ 'configuration-type-name': 'Managed Workstation' });

      await scene.nextClient();
      const next = await scene.preview();
      expect(wordOf(next, 'configurationTypes', 'Workstation')).toMatchObject({ entry: managed, by: 'memory' });
      const second = await scene.startExport(next.id);
      // What somebody says for a third client meanwhile does not change what this preview showed.
      await decideMappings(scene.store, (await createSampleClient(scene.test, { people: 1 })).key, await scene.engineer(), [{ list: 'configurationTypes', word: 'Workstation', entry: null }]);
      await scene.run(second.exportId!);
      expect((await readAccount(scene.sandbox, scene.client.company)).configurations.find((one) => one['name'] === 'PC-1')).toMatchObject({ 'configuration-type-name': 'Managed Workstation' });
      expect(await typesOf()).not.toContain('Workstation');
    });

    it('maps an operating system that cannot be created, so that it need not go into the notes', async () => {
      await change('configuration', 'PC-0', { operatingSystem: 'Windows 11 Pro 23H2' });
      const shown = await scene.preview();
      expect(wordOf(shown, 'operatingSystems', 'Windows 11 Pro 23H2')).toMatchObject({ entry: null, undecided: false });
      const system = shown.lists.operatingSystems.find((one) => one.name === 'Windows 11 Pro')!;
      await decideMappings(scene.store, scene.key, await scene.engineer(), [{ list: 'operatingSystems', word: 'Windows 11 Pro 23H2', entry: system }]);
      const { exportId } = await scene.startExport(shown.id);
      await scene.run(exportId!);
      expect((await readAccount(scene.sandbox, scene.client.company)).configurations.find((one) => one['name'] === 'PC-0')).toMatchObject({ 'operating-system-name': 'Windows 11 Pro', 'operating-system-notes': null });
    });

    it('asks about one that is nearly the name of an existing one, and does not start before it is answered', async () => {
      await change('configuration', 'PC-0', { type: 'Fire-Wall' });
      const { id } = await scene.preview();
      await expect(scene.startExport(id)).rejects.toMatchObject({ code: 'undecided' });
      const { open } = await previewAnswers(scene.store, scene.key, id);
      expect(open.words).toMatchObject([{ list: 'configurationTypes', word: 'Fire-Wall', alike: { name: 'Firewall' } }]);
      await decideMappings(scene.store, scene.key, await scene.engineer(), [{ list: 'configurationTypes', word: 'Fire-Wall', entry: open.words[0]!.alike }]);
      expect(await scene.startExport(id)).toMatchObject({ stage: 'exporting' });
      await expect(decideMappings(scene.store, scene.key, await scene.engineer(), [{ list: 'configurationTypes', word: 'Fire-Wall', entry: null }])).rejects.toMatchObject({ code: 'wrong_stage' });
    });
  });

  describe('of records that would be refused', () => {
    it('names field and reason, and the export does not start until they are skipped with a reason', async () => {
      const file = await add('attachment', { fileName: 'never.pdf' });
      await change('configuration', 'PC-1', { notes: 'Nice 🙂' });
      const shown = await scene.preview();
      expect(shown.problems.map(({ title, field, severity }) => [title, field, severity])).toEqual([['never.pdf', null, 'refused'], ['PC-1', 'notes', 'warning']]);
      await expect(scene.startExport(shown.id)).rejects.toMatchObject({ code: 'undecided', message: expect.stringContaining('would refuse 1 records') as string });

      const person = await scene.engineer();
      const skip = (recordId: string) => skipBeforeExport(scene.store, scene.key, person, shown.id, [{ recordId, reason: 'Lost' }]);
      await expect(skip(scene.client.ids.get('PC-1')!)).rejects.toMatchObject({ code: 'invalid', problems: [{ field: 'records[0].recordId' }] });
      await skip(file);
      await withdrawSkip(scene.store, scene.key, person, file);
      await expect(scene.startExport(shown.id)).rejects.toMatchObject({ code: 'undecided' });
      await skip(file);
      expect((await scene.preview()).counts.attachment).toBe(2);

      const { exportId } = await scene.startExport(shown.id);
      await scene.run(exportId!);
      expect((await readAccount(scene.sandbox, scene.client.company)).counts).toMatchObject({ attachments: 2 });
      expect(await scene.store.db.ledgerEntry.findFirst({ where: { ...scene.key, recordId: file } })).toMatchObject({ state: 'skipped', attempts: 0 });
    });

    it('forgets a skip whose record is gone', async () => {
      const file = await add('attachment', { fileName: 'never.pdf' });
      await skipBeforeExport(scene.store, scene.key, await scene.engineer(), (await scene.preview()).id, [{ recordId: file, reason: 'Lost' }]);
      await scene.store.db.record.deleteMany({ where: { id: file } });
      const { exportId } = await scene.startExport((await scene.preview()).id);
      await scene.run(exportId!);
      expect(await scene.store.db.ledgerEntry.count({ where: { ...scene.key, state: 'skipped' } })).toBe(0);
    });
  });
});
