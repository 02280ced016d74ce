import { describe, expect, it } from 'vitest';
import { kinds } from '../../domain/kinds/index.js';
import { startItGlueSandbox } from '../../sandbox/it-glue/index.js';
import { createRecords, writeContent } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { onboard } from '../it-glue/every-route.js';
import { targetOf } from '../support/export-run.js';
import { exportScene } from '../support/export-scene.js';
import { putInStage } from '../support/sample-client.js';

describe('the requests of an export', () => {
  const scene = exportScene({
    size: { configurations: 120, passwords: 60 },
    // Names of the account of the test before mean nothing in this one.
    prepare: ({ store }) => store.db.sharedName.deleteMany(),
  });

  async function enter(kind: 'make' | 'model' | 'attachment', items: readonly object[], references: (index: number) => Record<string, string | null> = () => ({})) {
    await putInStage(scene.store, scene.key, 'msp');
    const empty = Object.fromEntries(Object.keys(kinds[kind].fields).map((name) => [name, null]));
    const contents = items.map((item, index) => ({ content: { ...empty, ...item }, references: references(index) }));
    return createRecords(scene.store, scene.key, await scene.engineer(), kinds[kind] as never, contents as never);
  }

  async function requests(): Promise<string[]> {
    scene.sandbox.control.clearRequests();
    await scene.run();
    return scene.sandbox.control.requests(10_000).map(({ method, path }) => `${method} ${path.split('?')[0]!.replace(/\d+/g, '*')}`).sort();
  }

  const count = (all: readonly string[], wanted: string) => all.filter((one) => one === wanted).length;

  it('reads each list once, and sends records of a kind in batches', async () => {
    const sent = await requests();
    for (const list of ['configuration_types', 'configuration_statuses', 'contact_types', 'password_categories', 'countries', 'manufacturers']) {
      expect(count(sent, `GET /${list}`), list).toBe(1);
    }
    expect(count(sent, 'POST /configuration_types')).toBe(1);
    expect(count(sent, 'GET /organization_types')).toBe(0);
    expect(count(sent, 'POST /organizations/*/relationships/configurations')).toBe(3);
    expect(count(sent, 'POST /organizations/*/relationships/passwords')).toBe(2);
    expect(count(sent, 'POST /organizations')).toBe(1);
    expect(count(sent, 'GET /operating_systems')).toBe(0);
  });

  it('uses no route without a contract test, for preview and export', async () => {
    await putInStage(scene.store, scene.key, 'ready');
    await scene.preview();
    await requests();

    const other = await startItGlueSandbox();
    const tested = targetOf(other).api;
    await onboard(tested);
    const known = Object.keys(tested.requestsSent());
    await tested.close();
    await other.close();
    expect(Object.keys(scene.target.api.requestsSent()).filter((route) => !known.includes(route))).toEqual([]);
  });

  it('costs one request for each new make, and no look for models where there can be none', async () => {
    const names = Array.from({ length: 10 }, (_, index) => ({ name: `Maker ${index}` }));
    const makes = await enter('make', names);
    await enter('model', names.map(({ name }) => ({ name: `${name} M1` })), (index) => ({ make: makes[index]!.id }));
    const sent = await requests();
    expect(count(sent, 'GET /manufacturers')).toBe(1);
    expect(count(sent, 'POST /manufacturers')).toBe(12);
    expect(count(sent, 'GET /models') + count(sent, 'GET /manufacturers/*/relationships/models')).toBe(0);
    expect(count(sent, 'POST /manufacturers/*/relationships/models')).toBe(12);
  });

  it('reads the models of many makes that the account has together, and takes those that are there', async () => {
    const names = Array.from({ length: 10 }, (_, index) => ({ name: `Maker ${index}` }));
    const ids = scene.sandbox.control.seed(names.map((attributes) => ({ resource: 'manufacturers', attributes })));
    scene.sandbox.control.seed([{ resource: 'models', attributes: { name: 'maker 3 m1', manufacturer_id: ids[3]! } }]);
    const makes = await enter('make', names);
    await enter('model', names.map(({ name }) => ({ name: `${name} M1` })), (index) => ({ make: makes[index]!.id }));
    const sent = await requests();
    expect(count(sent, 'GET /models')).toBe(1);
    expect(count(sent, 'GET /manufacturers/*/relationships/models')).toBe(0);
    expect(count(sent, 'POST /manufacturers')).toBe(2);
    expect(count(sent, 'POST /manufacturers/*/relationships/models')).toBe(11);
  });

  it('uploads small files of one device together, and large ones alone', async () => {
    const device = scene.client.ids.get('PC-1')!;
    const sizes = [2_000, 3_000, 4_000_000, 4_000_000, 100];
    const files = await enter('attachment', sizes.map((_size, index) => ({ fileName: `file-${index}.bin` })), () => ({ parent: device }));
    for (const [index, file] of files.entries()) {
      const bytes = Buffer.alloc(sizes[index]!, index + 1);
      await writeContent(scene.store, scene.key, await scene.engineer(), file.id, 'application/octet-stream', [bytes] as unknown as AsyncIterable<Uint8Array>);
    }
    // One that was never uploaded must not take the others along.
    const [missing] = await enter('attachment', [{ fileName: 'missing.bin' }], () => ({ parent: device }));
    await expect(requests()).rejects.toMatchObject({ details: ['records'] });

    const all = scene.sandbox.control.requests(10_000).filter(({ method, path }) => method === 'POST' && path.endsWith('/attachments'));
    // Two of the sample, then [2 kB, 3 kB, 4 MB], [4 MB, 100 B].
    expect(all).toHaveLength(4);
    const attachments = (await readAccount(scene.sandbox, scene.client.company)).attachments;
    const found = attachments.filter((one) => String(one['attachment-file-name']).startsWith('file-')).map((one) => [one['attachment-file-name'], one['attachment-file-size']]);
    expect(found.sort()).toEqual(sizes.map((size, index) => [`file-${index}.bin`, size]));
    const ledger = await scene.store.db.ledgerEntry.findMany({ where: { ...scene.key, resource: 'attachment', state: 'failed' } });
    expect(ledger.map((one) => one.recordId)).toEqual([missing!.id]);
  });
});
