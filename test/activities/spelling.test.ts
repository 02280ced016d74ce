import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createExportActivities, type LanguageModel, type Target } from '../../activities/index.js';
import type { Preview } from '../../activities/preview.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { applyDecision, createPreview, decideSpelling, fillPreview, getClientRow, getPreview, loadCatalogue, newId, proposeDecision } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { always, runExport, targetOf } from '../support/export-run.js';
import { createSampleClient, putInStage, type SampleClient } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';

describe('spelling before an export', () => {
  let test: TestStore;
  let sandbox: Sandbox;
  let target: Target;
  let client: SampleClient;

  beforeAll(async () => {
    test = await openTestStore();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    sandbox = await startItGlueSandbox();
    target = targetOf(sandbox);
    // The account spells one make with its legal form, and has a model of the other under a family name.
    const acme = await target.api.manufacturers.create('ACME Networks, Inc.');
    const dell = await target.api.manufacturers.create('Dell');
    await target.api.models.createMany(acme.id, ['FW-100']);
    await target.api.models.createMany(dell.id, ['Latitude 7400']);
    client = await createSampleClient(test);
    await putInStage(test.store, client.key, 'ready');
  });
  afterEach(async () => {
    await target.api.close();
    await sandbox.close();
  });

  async function preview(languageModel: LanguageModel | null = null): Promise<Preview & { id: string }> {
    const { userId } = await test.actor('onboarding_engineer');
    const id = await createPreview(test.store, client.key, userId);
    const activities = createExportActivities({ store: test.store, targets: always(target), languageModel, temporal: null as never });
    await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() => activities.buildPreview({ ...client.key, previewId: id }));
    return { ...(await getPreview<Preview>(test.store, client.key, id)).content!, id };
  }

  async function startExport(previewId: string) {
    const { userId } = await test.actor('onboarding_engineer');
    const id = newId();
    await proposeDecision(test.store, { ...client.key, id, action: 'start_export', section: null, actorId: userId, reasons: [], facts: { previewId } });
    return applyDecision(test.store, client.key, id);
  }

  it('suggests the existing make that is meant, with the reason, and writes nothing to IT Glue', async () => {
    sandbox.control.clearRequests();
    const { spelling, existingMakes } = await preview();

    expect(existingMakes).toEqual(['ACME Networks, Inc.', 'Dell']);
    const make = spelling.find((row) => row.kind === 'make')!;
    expect(make).toMatchObject({ typed: { manufacturer: 'Acme Networks' }, suggestion: { target: { manufacturer: 'ACME Networks, Inc.' }, band: 'same', source: 'matcher' }, decided: null });
    expect(make.suggestion!.reason).not.toBe('');
    expect(sandbox.control.requests(1_000).filter(({ method }) => method !== 'GET')).toEqual([]);
    expect((await loadCatalogue(test.store, client.key.tenantId))!.entries).toHaveLength(4);
  });

  it('takes what was preselected when the export starts, and creates no second make', async () => {
    const { id } = await preview();
    const { exportId } = await startExport(id);
    await runExport(test, target, client.key, exportId!);

    const names = (await target.api.manufacturers.list()).map((one) => one.attributes.name);
    expect(names).toEqual(['ACME Networks, Inc.', 'Dell']);
    const firewall = (await readAccount(sandbox, client.company)).configurations.find((one) => one['name'] === 'PC-0')!;
    expect(firewall).toMatchObject({ 'manufacturer-name': 'ACME Networks, Inc.', 'model-name': 'FW-100' });
  });

  it('creates what a person keeps as new, and does not suggest it again for the next client', async () => {
    const { id, spelling } = await preview();
    const rows = spelling.filter((row) => row.suggestion);
    await decideSpelling(
      test.store,
      client.key,
      await test.actor('onboarding_engineer'),
      rows.map((row) => ({ recordId: row.recordId, choice: 'keep_new', typed: row.typed, refused: row.suggestion!.target })),
    );
    const { exportId } = await startExport(id);
    await runExport(test, target, client.key, exportId!);
    expect((await target.api.manufacturers.list()).map((one) => one.attributes.name)).toContain('Acme Networks');

    client = await createSampleClient(test);
    const again = (await preview()).spelling.filter((row) => row.suggestion?.target.manufacturer === 'ACME Networks, Inc.' && row.kind === 'make');
    expect(again).toEqual([]);
    // What this test taught the tenant must not colour the next one.
    await test.store.db.spellingAlias.deleteMany();
  });

  it('refuses to start while a probable match is undecided', async () => {
    const { id, spelling } = await preview(null);
    const asked = { ...spelling[0]!, suggestion: { ...spelling[0]!.suggestion!, band: 'probable' as const } };
    await fillPreview(test.store, client.key, id, (await getClientRow(test.store, client.key)).version, { spelling: [asked] });

    await expect(startExport(id)).rejects.toMatchObject({ code: 'undecided' });
    await decideSpelling(test.store, client.key, await test.actor('onboarding_engineer'), [
      { recordId: asked.recordId, choice: 'use_existing', itGlueId: asked.suggestion.itGlueId, typed: asked.typed, target: asked.suggestion.target },
    ]);
    expect(await startExport(id)).toMatchObject({ stage: 'exporting' });
    await test.store.db.spellingAlias.deleteMany();
  });

  describe('with a language model', () => {
    let server: Server;
    let asked: string[];
    let answer: (body: string) => string;
    let model: LanguageModel;

    beforeEach(async () => {
      asked = [];
      server = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          asked.push(body);
          const content = answer(body);
          if (content === 'silence') return;
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content } }] }));
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      model = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, model: 'test', apiKey: null, timeoutMs: 300 };
      await test.store.db.tier.updateMany({ data: { languageModel: true } });
    });
    afterEach(async () => {
      server.closeAllConnections();
      server.close();
      await test.store.db.tier.updateMany({ data: { languageModel: false } });
    });

    it('marks its suggestion as its own and as a question, and is told makes and models only', async () => {
      answer = () => JSON.stringify({ picks: [{ index: 0, candidate: 0 }] });
      const { spelling } = await preview(model);

      expect(spelling.filter((row) => row.suggestion?.source === 'language_model')).toMatchObject([{ suggestion: { band: 'probable' } }]);
      const told = asked.join('');
      expect(told).toContain('Latitude 5440');
      for (const word of [client.company, 'S3cret', 'Portland', 'nora@', 'First0', 'SN0']) expect(told).not.toContain(word);
    });

    it.each([
      ['no answer in time', 'silence'],
      ['nonsense', 'I think it is a laptop'],
      ['a pick that does not exist', JSON.stringify({ picks: [{ index: 7, candidate: 99 }] })],
    ])('falls back to the matcher alone on %s', async (_case, said) => {
      answer = () => said;
      const { spelling } = await preview(model);
      expect(spelling.some((row) => row.suggestion?.source === 'language_model')).toBe(false);
      expect(spelling.some((row) => row.suggestion?.source === 'matcher')).toBe(true);
    });

    it('is not asked for a tier that does not have it', async () => {
      await test.store.db.tier.updateMany({ data: { languageModel: false } });
      answer = () => '{}';
      await preview(model);
      expect(asked).toEqual([]);
    });
  });
});
