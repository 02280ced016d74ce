import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LanguageModel } from '../../activities/index.js';
import { decideSpelling, fillPreview, getClientRow, loadCatalogue } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { exportScene } from '../support/export-scene.js';

describe('spelling before an export', () => {
  const scene = exportScene({
    stage: 'ready',
    // The account spells one make with its legal form, and has a model of the other under a family name.
    async prepare({ target }) {
      const acme = await target.api.manufacturers.create('ACME Networks, Inc.');
      const dell = await target.api.manufacturers.create('Dell');
      await target.api.models.createMany(acme.id, ['FW-100']);
      await target.api.models.createMany(dell.id, ['Latitude 7400']);
    },
  });

  it('suggests the existing make that is meant, with the reason, and writes nothing to IT Glue', async () => {
    scene.sandbox.control.clearRequests();
    const { spelling, existingMakes } = await scene.preview();

    expect(existingMakes).toEqual(['ACME Networks, Inc.', 'Dell']);
    const make = spelling.find((row) => row.kind === 'make')!;
    expect(make).toMatchObject({ typed: { manufacturer: 'Acme Networks' }, suggestion: { target: { manufacturer: 'ACME Networks, Inc.' }, band: 'same', source: 'matcher' }, decided: null });
    expect(make.suggestion!.reason).not.toBe('');
    expect(scene.sandbox.control.requests(1_000).filter(({ method }) => method !== 'GET')).toEqual([]);
    expect((await loadCatalogue(scene.store, scene.key.tenantId))!.entries).toHaveLength(4);
  });

  it('takes what was preselected when the export starts, and creates no second make', async () => {
    const { id } = await scene.preview();
    const { exportId } = await scene.startExport(id);
    await scene.run(exportId!);

    const names = (await scene.target.api.manufacturers.list()).map((one) => one.attributes.name);
    expect(names).toEqual(['ACME Networks, Inc.', 'Dell']);
    const firewall = (await readAccount(scene.sandbox, scene.client.company)).configurations.find((one) => one['name'] === 'PC-0')!;
    expect(firewall).toMatchObject({ 'manufacturer-name': 'ACME Networks, Inc.', 'model-name': 'FW-100' });
  });

  it('creates what a person keeps as new, and does not suggest it again for the next client', async () => {
    const { id, spelling } = await scene.preview();
    const rows = spelling.filter((row) => row.suggestion);
    await decideSpelling(
      scene.store,
      scene.key,
      await scene.engineer(),
      rows.map((row) => ({ recordId: row.recordId, choice: 'keep_new', typed: row.typed, refused: row.suggestion!.target })),
    );
    const { exportId } = await scene.startExport(id);
    await scene.run(exportId!);
    expect((await scene.target.api.manufacturers.list()).map((one) => one.attributes.name)).toContain('Acme Networks');

    await scene.nextClient();
    const again = (await scene.preview()).spelling.filter((row) => row.suggestion?.target.manufacturer === 'ACME Networks, Inc.' && row.kind === 'make');
    expect(again).toEqual([]);
    // What this test taught the tenant must not colour the next one.
    await scene.store.db.spellingAlias.deleteMany();
  });

  it('refuses to start while a probable match is undecided', async () => {
    const { id, spelling } = await scene.preview(null);
    const asked = { ...spelling[0]!, suggestion: { ...spelling[0]!.suggestion!, band: 'probable' as const } };
    await fillPreview(scene.store, scene.key, id, (await getClientRow(scene.store, scene.key)).version, { spelling: [asked] });

    await expect(scene.startExport(id)).rejects.toMatchObject({ code: 'undecided' });
    await decideSpelling(scene.store, scene.key, await scene.engineer(), [
      { recordId: asked.recordId, choice: 'use_existing', itGlueId: asked.suggestion.itGlueId, typed: asked.typed, target: asked.suggestion.target },
    ]);
    expect(await scene.startExport(id)).toMatchObject({ stage: 'exporting' });
    await scene.store.db.spellingAlias.deleteMany();
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
      await scene.store.db.tier.updateMany({ data: { languageModel: true } });
    });
    afterEach(async () => {
      server.closeAllConnections();
      server.close();
      await scene.store.db.tier.updateMany({ data: { languageModel: false } });
    });

    it('marks its suggestion as its own and as a question, and is told makes and models only', async () => {
      answer = () => JSON.stringify({ picks: [{ index: 0, candidate: 0 }] });
      const { spelling } = await scene.preview(model);

      expect(spelling.filter((row) => row.suggestion?.source === 'language_model')).toMatchObject([{ suggestion: { band: 'probable' } }]);
      const told = asked.join('');
      expect(told).toContain('Latitude 5440');
      for (const word of [scene.client.company, 'S3cret', 'Portland', 'nora@', 'First0', 'SN0']) expect(told).not.toContain(word);
    });

    it.each([
      ['no answer in time', 'silence'],
      ['nonsense', 'I think it is a laptop'],
      ['a pick that does not exist', JSON.stringify({ picks: [{ index: 7, candidate: 99 }] })],
    ])('falls back to the matcher alone on %s', async (_case, said) => {
      answer = () => said;
      const { spelling } = await scene.preview(model);
      expect(spelling.some((row) => row.suggestion?.source === 'language_model')).toBe(false);
      expect(spelling.some((row) => row.suggestion?.source === 'matcher')).toBe(true);
    });

    it('is not asked for a tier that does not have it', async () => {
      await scene.store.db.tier.updateMany({ data: { languageModel: false } });
      answer = () => '{}';
      await scene.preview(model);
      expect(asked).toEqual([]);
    });
  });
});
