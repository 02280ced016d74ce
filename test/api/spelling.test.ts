import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPreview, fillPreview, getClientRow, saveCatalogue } from '../../store/index.js';
import { newClient, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

const suggestion = (itGlueId: string, manufacturer: string, model: string, band: 'same' | 'probable') => ({
  itGlueId, target: { manufacturer, model }, band, confidence: 0.9, reason: 'legal form added', source: 'matcher' as const,
});

/** A client that is ready to export, with two makes and a preview that suggests an existing one for each. */
async function previewed() {
  const clientId = await newClient(test);
  const tenantId = test.tenants[0]!.id;
  const client = { tenantId, clientId };
  await test.store.db.client.update({ where: { id: clientId }, data: { stage: 'msp' } });
  const make = async (name: string) => (await test.call('onboarding_engineer', 'POST', `/v1/clients/${clientId}/makes`, { fields: { name } })).body.id as string;
  const [acme, zeta] = [await make('ACME'), await make('Zeta')];
  await test.store.db.client.update({ where: { id: clientId }, data: { stage: 'ready' } });
  const previewId = await createPreview(test.store, client, await userId(test, 'onboarding_engineer'));
  const spelling = [
    { recordId: acme, kind: 'make', typed: { manufacturer: 'ACME', model: '' }, suggestion: suggestion('7', 'Acme, Inc.', '', 'same'), decided: null },
    { recordId: zeta, kind: 'make', typed: { manufacturer: 'Zeta', model: '' }, suggestion: suggestion('8', 'Zetta', '', 'probable'), decided: null },
  ];
  await fillPreview(test.store, client, previewId, (await getClientRow(test.store, client)).version, { spelling });
  return { clientId, acme, zeta, previewId, url: `/v1/clients/${clientId}/previews/${previewId}/spellings` };
}

describe('decisions about spellings', () => {
  it('are taken one by one or for a whole band, and kept with their author', async () => {
    const { url, zeta, clientId } = await previewed();
    const bands = await test.call('onboarding_engineer', 'POST', url, { bands: [{ band: 'same', choice: 'use_existing' }] });
    expect(bands.body).toEqual({ decided: 1, open: 1, joined: 0, stale: false });
    const one = await test.call('onboarding_engineer', 'POST', url, { decisions: [{ recordId: zeta, choice: 'keep_new' }] });
    expect(one.body).toEqual({ decided: 1, open: 0, joined: 0, stale: false });
    const rows = await test.store.db.spellingChoice.findMany({ where: { clientId }, orderBy: { choice: 'desc' } });
    const engineer = await userId(test, 'onboarding_engineer');
    expect(rows.map(({ choice, itGlueId, decidedBy }) => ({ choice, itGlueId, decidedBy }))).toEqual([
      { choice: 'use_existing', itGlueId: '7', decidedBy: engineer },
      { choice: 'keep_new', itGlueId: null, decidedBy: engineer },
    ]);
  });

  it('correct a name, after which a new preview is needed', async () => {
    const { url, zeta, clientId } = await previewed();
    const before = (await test.call('onboarding_engineer', 'GET', `/v1/clients/${clientId}`)).body.version as number;
    const answer = await test.call('onboarding_engineer', 'POST', url, { decisions: [{ recordId: zeta, choice: 'correct', name: 'Zetta' }] });
    expect(answer.body).toMatchObject({ stale: true });
    expect((await test.call('onboarding_engineer', 'GET', `/v1/clients/${clientId}/makes/${zeta}`)).body.fields.name).toBe('Zetta');
    expect((await test.call('onboarding_engineer', 'GET', `/v1/clients/${clientId}`)).body.version).toBe(before + 1);
  });

  it.each([
    ['a record that is not in the preview', (one: { acme: string }) => ({ decisions: [{ recordId: one.acme.replace(/.$/, (last) => (last === '0' ? '1' : '0')), choice: 'keep_new' }] }), 422, 'decisions[0].recordId'],
    ['an unknown choice', (one: { acme: string }) => ({ decisions: [{ recordId: one.acme, choice: 'merge' }] }), 400, 'decisions[0].choice'],
    ['nothing at all', () => ({}), 400, null],
  ])('are refused for %s, and nothing is kept', async (_case, body, status, field) => {
    const given = await previewed();
    const answer = await test.call('onboarding_engineer', 'POST', given.url, body(given));
    expect(answer.status).toBe(status);
    if (field) expect(answer.body.errors[0].field).toBe(field);
    expect(await test.store.db.spellingChoice.count({ where: { clientId: given.clientId } })).toBe(0);
  });

  it('are not a sales rep\'s to take', async () => {
    const { url, acme } = await previewed();
    expect((await test.call('sales_rep', 'POST', url, { decisions: [{ recordId: acme, choice: 'keep_new' }] })).status).toBe(403);
  });
});

describe('look-up while typing', () => {
  it('asks for the account\'s makes and models to be read when they are not known', async () => {
    const clientId = await newClient(test);
    const answer = await test.call('onboarding_engineer', 'GET', `/v1/clients/${clientId}/spelling?make=acme`);
    expect(answer.body).toEqual({ suggestion: null, readAt: null });
    await expect.poll(() => test.asked).toContain('catalogue');
  });

  it('names the existing make or model that is meant', async () => {
    const clientId = await newClient(test);
    await saveCatalogue(test.store, test.tenants[0]!.id, [
      { id: '7', manufacturer: 'Acme Networks, Inc.', model: '' },
      { id: '70', manufacturer: 'Acme Networks, Inc.', model: 'FireBox FX-100' },
    ]);
    const make = await test.call('onboarding_engineer', 'GET', `/v1/clients/${clientId}/spelling?make=acme%20networks`);
    expect(make.body.suggestion).toMatchObject({ manufacturer: 'Acme Networks, Inc.', model: '', band: 'same' });
    const model = await test.call('onboarding_engineer', 'GET', `/v1/clients/${clientId}/spelling?make=Acme%20Networks&model=firebox%20fx100`);
    expect(model.body.suggestion).toMatchObject({ model: 'FireBox FX-100' });
  });
});
