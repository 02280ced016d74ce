import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newClient, outsider, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

async function inStage(stage: string): Promise<{ id: string; url: string }> {
  const id = await newClient(test);
  await test.store.db.client.update({ where: { id }, data: { stage } });
  return { id, url: `/v1/clients/${id}` };
}

const sectionOf = async (url: string, section: string) =>
  (await test.call('manager', 'GET', `${url}/sections`)).body.sections.find((one: { section: string }) => one.section === section);

describe('a send-back', () => {
  it('shows each reason at its place with author and time, until the field or record changes or the section comes again', async () => {
    const { id, url } = await inStage('accounting');
    const accountant = await outsider(test, id, 'accounting');
    const sites = await Promise.all(['HQ', 'Lab'].map(async (name) => (await test.call(accountant, 'POST', `${url}/sites`, { fields: { name, address1: '1 Main St', city: 'Salem', state: 'OR', zip: '97301' } })).body));
    await test.call(accountant, 'PUT', `${url}/accountant`, { fields: { firstName: 'Per', lastName: 'Dahl', email: 'per@x.example' } });
    await test.call(accountant, 'PUT', `${url}/current-msp`, { fields: { company: 'Old', firstName: 'O', lastName: 'R', email: 'o@old.example' } });
    await test.call(accountant, 'POST', `${url}/personnel`, { fields: { firstName: 'Ada', lastName: 'Byron' } });
    expect((await test.call(accountant, 'POST', `${url}/sections/accounting/submit`)).body.stage).toBe('accounting_review');
    const reasons = [
      { text: 'One site is missing' },
      { text: 'Wrong town', recordId: sites[0].id, field: 'city' },
      { text: 'Is this still ours?', recordId: sites[1].id },
      { text: 'Not the accountant', page: 'accountant' },
    ];
    expect((await test.call('onboarding_engineer', 'POST', `${url}/sections/accounting/send-back`, { reasons })).body.stage).toBe('accounting');

    const by = await userId(test, 'onboarding_engineer');
    const hq = `${url}/sites/${sites[0].id}`;
    expect((await test.call(accountant, 'GET', hq)).body.remarks).toEqual([expect.objectContaining({ text: 'Wrong town', field: 'city', by, at: expect.any(String) as string, resolved: null })]);
    expect((await test.call(accountant, 'GET', `${url}/sites`)).body.items.map((site: { remarks: unknown[] }) => site.remarks.length)).toEqual([1, 1]);
    // Another field of the record leaves the reason where it is.
    await test.call(accountant, 'PATCH', hq, { version: 1, fields: { parking: 'P2' } });
    expect((await test.call(accountant, 'GET', hq)).body.remarks).toHaveLength(1);
    expect((await test.call(accountant, 'PATCH', hq, { version: 2, fields: { city: 'Portland' } })).body.remarks).toEqual([]);
    await test.call(accountant, 'DELETE', `${url}/sites/${sites[1].id}`, { version: 1 });
    await test.call(accountant, 'PATCH', `${url}/accountant`, { version: 1, fields: { lastName: 'Dahlberg' } });
    const resolved = async () => (await test.call(accountant, 'GET', `${url}/sections/accounting/remarks`)).body.items.map((one: { resolved: { as: string } | null }) => one.resolved?.as ?? null);
    expect(await resolved()).toEqual([null, 'changed', 'removed', 'changed']);
    await test.call(accountant, 'POST', `${url}/sections/accounting/submit`);
    expect(await resolved()).toEqual(['resubmitted', 'changed', 'removed', 'changed']);
  });

  it.each([
    ['no reason', { reasons: [] }, 400],
    ['an empty reason', { reasons: [{ text: ' ' }] }, 400],
    ['a record of nobody', { reasons: [{ text: 'x', recordId: '00000000-0000-7000-8000-000000000001' }] }, 422],
    ['a page of another section', { reasons: [{ text: 'x', page: 'vendors' }] }, 422],
    ['a field without its record', { reasons: [{ text: 'x', field: 'city' }] }, 422],
  ])('is refused with %s, and nothing changes', async (_, body, status) => {
    const { url } = await inStage('accounting_review');
    const refused = await test.call('onboarding_engineer', 'POST', `${url}/sections/accounting/send-back`, body);
    expect(refused.status).toBe(status);
    expect((await test.call('manager', 'GET', url)).body.stage).toBe('accounting_review');
  });

  it('at a field names its record where the page holds many, and needs none where it holds one', async () => {
    const { id, url } = await inStage('accounting');
    const accountant = await outsider(test, id, 'accounting');
    const site = (await test.call(accountant, 'POST', `${url}/sites`, { fields: { name: 'HQ' } })).body;
    await test.call(accountant, 'PUT', `${url}/accountant`, { fields: { firstName: 'Per' } });
    await test.store.db.client.update({ where: { id }, data: { stage: 'accounting_review' } });
    const sendBack = (...reasons: object[]) => test.call('onboarding_engineer', 'POST', `${url}/sections/accounting/send-back`, { reasons });
    const refused = await sendBack(
      { text: 'Whose town?', page: 'sites', field: 'city' },
      { text: 'Whose parking?', page: 'site-attributes', field: 'parking' },
      { text: 'Of another page', page: 'personnel', recordId: site.id },
      { text: 'No such field', page: 'site-attributes', field: 'colour' },
    );
    const needed = (field: string) => `is needed: the page holds many records, and ${field} is a field of each`;
    expect([refused.status, refused.body.errors.map(({ field, message }: { field: string; message: string }) => [field, message])]).toEqual([
      422,
      [['reasons[0].recordId', needed('city')], ['reasons[1].recordId', needed('parking')], ['reasons[2].recordId', 'is no record of this page'], ['reasons[3].field', 'is no field of this page']],
    ]);
    const reasons = [{ text: 'Spelled so?', page: 'accountant', field: 'firstName' }, { text: 'Where to park?', page: 'site-attributes', recordId: site.id, field: 'parking' }];
    expect((await sendBack(...reasons)).status).toBe(200);
    const remarksOf = async (path: string) => (await test.call(accountant, 'GET', `${url}/${path}`)).body.remarks.map(({ field }: { field: string }) => field);
    expect([await remarksOf('accountant'), await remarksOf(`sites/${site.id}`)]).toEqual([['firstName'], ['parking']]);
  });
});

describe('a stand-in by page', () => {
  const pages = ['vendors', 'makes-and-models', 'configurations', 'applications', 'passwords', 'attachments'];

  it('leaves the other pages to the outgoing MSP and to review', async () => {
    const { id, url } = await inStage('msp');
    const msp = await outsider(test, id, 'msp');
    await test.call('onboarding_engineer', 'POST', `${url}/vendors`, { fields: { company: 'Fiberlink' } });
    const said = await test.call('onboarding_engineer', 'POST', `${url}/sections/msp/pages/vendors/stand-in`, { reason: 'They keep no list' });
    expect([said.status, said.body.stage]).toEqual([200, 'msp']);
    const page = () => test.call(msp, 'GET', `${url}/sections/msp/pages/vendors`);
    expect((await page()).body.standIn).toMatchObject({ by: await userId(test, 'onboarding_engineer'), reason: 'They keep no list' });
    for (const name of pages.slice(2)) await test.call(msp, 'PUT', `${url}/sections/msp/pages/${name}/answer`, { answer: 'none' });
    expect((await test.call(msp, 'POST', `${url}/sections/msp/submit`)).body.stage).toBe('msp_review');
    expect((await test.call('onboarding_engineer', 'POST', `${url}/sections/msp/approve`)).body.stage).toBe('sign_off');
    expect(await sectionOf(url, 'msp')).toMatchObject({ standIn: false, state: 'approved' });
  });

  it('ends when the outgoing MSP changes the page after all, or when it is taken back', async () => {
    const { id, url } = await inStage('msp');
    const msp = await outsider(test, id, 'msp');
    const standIn = async () => (await test.call('manager', 'GET', `${url}/sections/msp/pages/vendors`)).body.standIn;
    await test.call('manager', 'POST', `${url}/vendors`, { fields: { company: 'Fiberlink' } });
    await test.call('manager', 'POST', `${url}/sections/msp/pages/vendors/stand-in`, { reason: 'x' });
    await test.call('manager', 'POST', `${url}/vendors`, { fields: { company: 'Copy Co' } });
    expect(await standIn()).not.toBeNull();
    await test.call(msp, 'POST', `${url}/vendors`, { fields: { company: 'Alarm Co' } });
    expect(await standIn()).toBeNull();
    await test.call('manager', 'POST', `${url}/sections/msp/pages/vendors/stand-in`, { reason: 'x' });
    expect((await test.call('manager', 'DELETE', `${url}/sections/msp/pages/vendors/stand-in`)).status).toBe(200);
    expect(await standIn()).toBeNull();
  });

  it('of every page approves the section by itself, and a reset takes all of it back', async () => {
    const { url } = await inStage('msp');
    const stages: string[] = [];
    for (const name of pages) {
      if (name !== 'makes-and-models') await test.call('manager', 'PUT', `${url}/sections/msp/pages/${name}/answer`, { answer: 'not_known', reason: 'They refuse' });
      stages.push((await test.call('manager', 'POST', `${url}/sections/msp/pages/${name}/stand-in`, { reason: 'They refuse' })).body.stage);
    }
    expect(stages).toEqual(['msp', 'msp', 'msp', 'msp', 'msp', 'sign_off']);
    expect(await sectionOf(url, 'msp')).toMatchObject({ state: 'approved', standIn: true, approvedBy: await userId(test, 'manager'), reset: { reopens: ['msp'], signOffs: 0 } });
    await test.call('manager', 'POST', `${url}/sections/msp/reset`, { reason: 'They agreed to do it' });
    const section = await sectionOf(url, 'msp');
    expect([section.state, section.standIn, section.pages.map((page: { standIn: unknown }) => page.standIn)]).toEqual(['sent_back', false, pages.map(() => null)]);
  });

  it.each([
    ['of a page with gaps', 'passwords', { reason: 'x' }, 422],
    ['without a reason', 'vendors', {}, 400],
    ['of a page that is not there', 'sites', { reason: 'x' }, 422],
  ])('is refused %s', async (_, page, body, status) => {
    const { url } = await inStage('msp');
    expect((await test.call('manager', 'POST', `${url}/sections/msp/pages/${page}/stand-in`, body)).status).toBe(status);
  });

  it('names the gaps of its own page, not those of the others', async () => {
    const { url } = await inStage('msp');
    await test.call('manager', 'POST', `${url}/passwords`, { fields: { name: 'Login' } });
    const refused = await test.call('manager', 'POST', `${url}/sections/msp/pages/passwords/stand-in`, { reason: 'x' });
    expect([refused.status, refused.body.errors.map((one: { page: string; field: string }) => [one.page, one.field])]).toEqual([422, [['passwords', 'password']]]);
  });

  it('is not the outgoing MSP’s to give', async () => {
    const { id, url } = await inStage('msp');
    const msp = await outsider(test, id, 'msp');
    expect((await test.call(msp, 'POST', `${url}/sections/msp/pages/vendors/stand-in`, { reason: 'x' })).status).toBe(403);
  });
});

describe('a sign-off', () => {
  it('is withdrawn when a refused record is corrected, and given again before the export goes on', async () => {
    const { url } = await inStage('accounting');
    const site = (await test.call('manager', 'POST', `${url}/sites`, { fields: { name: 'HQ' } })).body;
    const id = url.split('/').at(-1)!;
    await test.store.db.client.update({ where: { id }, data: { stage: 'sign_off' } });
    for (const who of ['onboarding_engineer', 'manager'] as const) await test.call(who, 'POST', `${url}/sign-off`);
    const preview = (await test.call('onboarding_engineer', 'POST', `${url}/previews`)).body;
    await test.call('onboarding_engineer', 'POST', `${url}/exports`, { previewId: preview.id });
    await test.store.db.export.updateMany({ where: { clientId: id }, data: { state: 'blocked' } });
    await test.store.db.client.update({ where: { id }, data: { stage: 'export_blocked' } });

    await test.call('manager', 'PATCH', `${url}/sites/${site.id}`, { version: 1, fields: { zip: '97301' } });
    const refused = await test.call('onboarding_engineer', 'POST', `${url}/exports/retry`);
    expect([refused.status, refused.body.code]).toEqual([422, 'undecided']);
    for (const who of ['onboarding_engineer', 'manager'] as const) expect((await test.call(who, 'POST', `${url}/sign-off`)).body.stage).toBe('export_blocked');
    expect((await test.call('onboarding_engineer', 'POST', `${url}/exports/retry`)).body.stage).toBe('exporting');
  });
});
