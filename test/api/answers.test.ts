import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newClient, outsider, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

/** A client in that stage, without the way there. */
async function inStage(stage: string): Promise<{ id: string; url: string }> {
  const id = await newClient(test);
  await test.store.db.client.update({ where: { id }, data: { stage } });
  return { id, url: `/v1/clients/${id}` };
}

const site = { name: 'HQ', address1: '1 Main St', city: 'Salem', state: 'OR' };

describe('an answer for a field', () => {
  it('stands for a value, counts as complete, and goes when a value comes', async () => {
    const { url } = await inStage('accounting');
    const made = await test.call('onboarding_engineer', 'POST', `${url}/sites`, { fields: site, answers: { zip: { answer: 'not_known', reason: 'The lease is lost' } } });
    expect(made.body).toMatchObject({ fields: { zip: null }, answers: { zip: { answer: 'not_known', reason: 'The lease is lost' } }, missing: [] });
    const filled = await test.call('onboarding_engineer', 'PATCH', `${url}/sites/${made.body.id}`, { version: 1, fields: { zip: '97301' } });
    expect(filled.body).toMatchObject({ fields: { zip: '97301' }, answers: {}, missing: [] });
    const unsaid = await test.call('onboarding_engineer', 'PATCH', `${url}/sites/${made.body.id}`, { version: 2, answers: { zip: { answer: 'none' } } });
    expect(unsaid.body).toMatchObject({ fields: { zip: null }, answers: { zip: { answer: 'none', reason: null } }, missing: [] });
    const open = await test.call('onboarding_engineer', 'PATCH', `${url}/sites/${made.body.id}`, { version: 3, answers: { zip: null } });
    expect(open.body).toMatchObject({ answers: {}, missing: ['zip'] });
  });

  it.each([
    ['without the reason that it needs', { answers: { zip: { answer: 'not_applicable' } } }, 'answers.zip.reason'],
    ['beside a value', { fields: { zip: '97301' }, answers: { zip: { answer: 'none' } } }, 'answers.zip'],
    ['for what is needed to save', { answers: { name: { answer: 'none' } } }, 'answers.name'],
    ['that is no answer', { answers: { zip: { answer: 'maybe' } } }, 'answers.zip.answer'],
  ])('is refused %s', async (_, body, field) => {
    const { url } = await inStage('accounting');
    const made = await test.call('onboarding_engineer', 'POST', `${url}/sites`, { fields: site });
    const refused = await test.call('onboarding_engineer', 'PATCH', `${url}/sites/${made.body.id}`, { version: 1, ...body });
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    expect(JSON.stringify(refused.body.errors)).toContain(field.split('.').at(-1));
  });
});

describe('an answer for a page', () => {
  it('completes a page without records, is shown with its author, and goes with the first record', async () => {
    const { id, url } = await inStage('msp');
    const msp = await outsider(test, id, 'msp');
    for (const page of ['vendors', 'configurations', 'applications', 'passwords']) {
      expect((await test.call(msp, 'PUT', `${url}/sections/msp/pages/${page}/answer`, { answer: 'none' })).status).toBe(204);
    }
    const missing = await test.call(msp, 'POST', `${url}/sections/msp/submit`);
    expect([missing.status, missing.body.errors.map((error: { page: string }) => error.page)]).toEqual([422, ['attachments']]);
    await test.call(msp, 'PUT', `${url}/sections/msp/pages/attachments/answer`, { answer: 'not_known', reason: 'The share is gone' });
    const [section] = (await test.call('manager', 'GET', `${url}/sections`)).body.sections.filter((one: { section: string }) => one.section === 'msp');
    expect(section.percent).toBe(100);
    expect(section.pages.find((one: { page: string }) => one.page === 'attachments').answer).toMatchObject({ answer: 'not_known', reason: 'The share is gone', by: msp.id, party: 'outgoing_msp' });

    await test.call(msp, 'POST', `${url}/vendors`, { fields: { company: 'Fiberlink' } });
    expect((await test.call(msp, 'GET', `${url}/sections/msp/pages/vendors`)).body).toMatchObject({ records: 1, answer: null, percent: 100, missing: [] });
    const late = await test.call(msp, 'PUT', `${url}/sections/msp/pages/vendors/answer`, { answer: 'none' });
    expect([late.status, late.body.code]).toEqual([422, 'invalid']);
    expect((await test.call(msp, 'DELETE', `${url}/sections/msp/pages/passwords/answer`)).status).toBe(204);
    expect((await test.call(msp, 'GET', `${url}/sections/msp/pages/passwords`)).body).toMatchObject({ percent: 0, missing: [{ page: 'passwords', recordId: null }] });
  });

  it('is refused where nothing goes on without the page, and where the section is closed or foreign', async () => {
    const { id, url } = await inStage('sales');
    const company = await test.call('sales_rep', 'PUT', `${url}/sections/sales/pages/company/answer`, { answer: 'none' });
    expect([company.status, company.body.code]).toEqual([422, 'invalid']);
    expect((await test.call('sales_rep', 'PUT', `${url}/sections/sales/pages/vendors/answer`, { answer: 'none' })).status).toBe(404);
    const closed = await test.call('manager', 'PUT', `${url}/sections/msp/pages/vendors/answer`, { answer: 'none' });
    expect([closed.status, closed.body.code]).toEqual([409, 'wrong_stage']);
    const accountant = await outsider(test, id, 'accounting');
    expect((await test.call(accountant, 'PUT', `${url}/sections/msp/pages/vendors/answer`, { answer: 'none' })).status).toBe(404);
  });
});

describe('two people on one page', () => {
  it('lose nothing when they save different fields of a record', async () => {
    const { url } = await inStage('accounting');
    const { body } = await test.call('manager', 'POST', `${url}/sites`, { fields: site });
    const one = `${url}/sites/${body.id}`;
    const [a, b] = await Promise.all([
      test.call('manager', 'PATCH', one, { version: 1, fields: { parking: 'Garage P2' } }),
      test.call('onboarding_engineer', 'PATCH', one, { version: 1, fields: { zip: '97301' } }),
    ]);
    expect([a.status, b.status]).toEqual([200, 200]);
    expect((await test.call('manager', 'GET', one)).body).toMatchObject({ version: 3, fields: { parking: 'Garage P2', zip: '97301' } });
  });

  it('see both values when they save the same field', async () => {
    const { url } = await inStage('accounting');
    const { body } = await test.call('manager', 'POST', `${url}/sites`, { fields: site });
    const one = `${url}/sites/${body.id}`;
    await test.call('manager', 'PATCH', one, { version: 1, fields: { city: 'Salem West' } });
    const late = await test.call('onboarding_engineer', 'PATCH', one, { version: 1, fields: { city: 'Portland', zip: '97301' } });
    expect([late.status, late.body.code]).toEqual([409, 'stale_version']);
    expect(late.body.errors).toEqual([
      expect.objectContaining({ field: 'fields.city', yours: 'Portland', theirs: 'Salem West', version: 2, changedBy: await userId(test, 'manager'), changedFor: 'internal' }),
    ]);
    expect((await test.call('manager', 'GET', one)).body.fields).toMatchObject({ city: 'Salem West', zip: null });
    expect((await test.call('onboarding_engineer', 'PATCH', one, { version: 2, fields: { city: 'Portland' } })).body.fields.city).toBe('Portland');
    const strict = await test.call('manager', 'PATCH', one, { fields: { parking: 'P1' } }, { 'if-match': '"2"' });
    expect([strict.status, strict.body.code]).toEqual([412, 'precondition_failed']);
  });

  it('never see each other’s secrets in a conflict', async () => {
    const { url } = await inStage('msp');
    const { body } = await test.call('manager', 'POST', `${url}/passwords`, { fields: { name: 'Wi-Fi', password: 'first-s3cret' } });
    await test.call('manager', 'PATCH', `${url}/passwords/${body.id}`, { version: 1, fields: { password: 'theirs-s3cret' } });
    const late = await test.call('onboarding_engineer', 'PATCH', `${url}/passwords/${body.id}`, { version: 1, fields: { password: 'mine-s3cret' } });
    expect([late.status, late.body.errors[0].field]).toEqual([409, 'fields.password']);
    expect(late.text).not.toContain('s3cret');
  });

  it('fill in a form together that is not there yet', async () => {
    const { url } = await inStage('sales');
    const form = `${url}/sales-contact`;
    const saved = await Promise.all([
      test.call('sales_rep', 'PATCH', form, { fields: { firstName: 'Ada' } }),
      test.call('manager', 'PATCH', form, { version: 0, fields: { lastName: 'Byron' } }),
    ]);
    expect(saved.map((one) => one.status)).toEqual([200, 200]);
    expect((await test.call('manager', 'GET', form)).body).toMatchObject({ title: 'Ada Byron', missing: ['email'] });
    const late = await test.call('manager', 'PATCH', form, { fields: { firstName: 'Eva' } });
    expect([late.status, late.body.errors[0]]).toEqual([409, expect.objectContaining({ field: 'fields.firstName', yours: 'Eva', theirs: 'Ada' })]);
  });
});

describe('who entered a value', () => {
  it('is kept by field with time and party, and shown on request', async () => {
    const { id, url } = await inStage('msp');
    const msp = await outsider(test, id, 'msp');
    const { body } = await test.call('onboarding_engineer', 'POST', `${url}/passwords`, { fields: { name: 'Wi-Fi', password: 'hunter2-x' } });
    await test.call(msp, 'PATCH', `${url}/passwords/${body.id}`, { version: 1, fields: { username: 'admin' }, answers: { url: { answer: 'not_applicable', reason: 'A device' } } });
    const shown = await test.call('manager', 'GET', `${url}/passwords/${body.id}/provenance`);
    const engineer = await userId(test, 'onboarding_engineer');
    expect(shown.body).toMatchObject({
      version: 2,
      fields: {
        name: { by: engineer, party: 'internal', answer: null },
        password: { by: engineer, party: 'internal' },
        username: { by: msp.id, name: 'Olga Reyes', party: 'outgoing_msp' },
        url: { by: msp.id, answer: { answer: 'not_applicable', reason: 'A device' } },
      },
    });
    expect(Object.keys(shown.body.fields)).toHaveLength(4);
    expect(shown.text).not.toContain('hunter2-x');
    expect((await test.call('sales_rep', 'GET', `${url}/passwords/${body.id}/provenance`)).status).toBe(403);
    expect((await test.call('manager', 'GET', `${url}/company/provenance`)).body.fields.company).toMatchObject({ party: 'internal' });
  });
});

it('the pages that somebody fills in are told with both marks, of their own sections only', async () => {
  const { id } = await inStage('msp');
  const all = (await test.call('manager', 'GET', '/v1/pages')).body.items;
  expect(all.map((page: { page: string }) => page.page)).toEqual([
    'company', 'sales-contact', 'accounting-contact', 'accountant', 'sites', 'site-attributes', 'personnel', 'current-msp',
    'vendors', 'makes-and-models', 'configurations', 'applications', 'passwords', 'attachments',
  ]);
  const sites = all.find((page: { page: string }) => page.page === 'sites');
  expect(sites.kinds[0].fields.find((field: { name: string }) => field.name === 'name')).toMatchObject({ required: 'save', answers: [] });
  expect(sites.kinds[0].fields.find((field: { name: string }) => field.name === 'zip')).toMatchObject({ required: 'submit', answers: ['none', 'not_known', 'not_applicable'] });
  expect(sites.kinds[0].fields.find((field: { name: string }) => field.name === 'parking')).toMatchObject({ required: 'optional', page: 'site-attributes' });
  const accountant = await outsider(test, id, 'accounting');
  const own = (await test.call(accountant, 'GET', '/v1/pages')).body.items;
  expect([...new Set(own.map((page: { section: string }) => page.section))]).toEqual(['accounting']);
});
