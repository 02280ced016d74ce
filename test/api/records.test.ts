import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newClient, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

/** A client whose MSP section is open, without the way there. */
async function inMsp(): Promise<string> {
  const id = await newClient(test);
  await test.store.db.client.update({ where: { id }, data: { stage: 'msp' } });
  return `/v1/clients/${id}`;
}

const contact = { firstName: 'Ada', lastName: 'Byron', email: 'ada@acme.example' };

describe('a new client', () => {
  it('has its company record, its people and a workflow', async () => {
    const answer = await test.call('sales_rep', 'POST', '/v1/clients', { company: 'Acme', engineerId: await userId(test, 'onboarding_engineer') });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ company: 'Acme', stage: 'sales', percent: { accounting: 0 }, waitingOn: ['sales_rep'] });
    expect(answer.body.salesRepId).toBe(await userId(test, 'sales_rep'));
    expect(answer.headers['location']).toBe(`/v1/clients/${answer.body.id}`);
    expect(test.asked).toContain(`start ${answer.body.id}`);
    const company = await test.call('sales_rep', 'GET', `/v1/clients/${answer.body.id}/company`);
    expect(company.body).toMatchObject({ kind: 'company', title: 'Acme', fields: { company: 'Acme', notes: null }, missing: [] });
  });

  it('is made although the workflow service is away', async () => {
    const prompt = test.process;
    test.process = { ...prompt, start: () => Promise.reject(new Error('away')) };
    try {
      expect((await test.call('manager', 'POST', '/v1/clients', { company: 'Started later' })).status).toBe(201);
    } finally {
      test.process = prompt;
    }
  });

  it('needs a name that is new, and people who can do what they are assigned to', async () => {
    await newClient(test, 'Twice');
    const taken = await test.call('manager', 'POST', '/v1/clients', { company: ' twice' });
    expect([taken.status, taken.body.code, taken.body.errors[0].field]).toEqual([409, 'name_taken', 'company']);
    const wrong = await test.call('manager', 'POST', '/v1/clients', { company: 'New', engineerId: await userId(test, 'manager'), managerId: await userId(test, 'manager', 1) });
    expect([wrong.status, wrong.body.code]).toEqual([422, 'invalid']);
    expect(wrong.body.errors.map((error: { field: string }) => error.field)).toEqual(['engineerId', 'managerId']);
  });

  it('is listed by stage and by whose it is, and assigned anew', async () => {
    const id = await newClient(test);
    const mine = await test.call('onboarding_engineer', 'GET', '/v1/clients?mine=true&stage=sales&limit=1000');
    expect(mine.body.items.map((item: { id: string }) => item.id)).toContain(id);
    expect((await test.call('administrator', 'GET', '/v1/clients?mine=true')).body.items).toEqual([]);
    const changed = await test.call('manager', 'PATCH', `/v1/clients/${id}`, { version: 1, engineerId: null });
    expect(changed.body).toMatchObject({ engineerId: null, version: 2 });
  });
});

describe('a form', () => {
  it('is made without a version, changed with it, and read back', async () => {
    const url = `/v1/clients/${await newClient(test)}/sales-contact`;
    expect((await test.call('sales_rep', 'GET', url)).status).toBe(404);
    const made = await test.call('sales_rep', 'PUT', url, { fields: { ...contact, email: null } });
    expect([made.status, made.body.version, made.body.missing]).toEqual([200, 1, ['email']]);
    const changed = await test.call('sales_rep', 'PUT', url, { version: 1, fields: contact });
    expect(changed.body).toMatchObject({ version: 2, title: 'Ada Byron', missing: [] });
    expect((await test.call('sales_rep', 'GET', url)).body).toEqual(changed.body);
  });

  it('is not replaced by somebody who did not see it', async () => {
    const url = `/v1/clients/${await newClient(test)}/company`;
    const blind = await test.call('sales_rep', 'PUT', url, { fields: { company: 'Other' } });
    expect([blind.status, blind.body.errors[0].field]).toEqual([400, 'version']);
  });
});

describe('a grid', () => {
  it('takes, changes, lists and removes records', async () => {
    const url = `${await inMsp()}/vendors`;
    const made = await test.call('onboarding_engineer', 'POST', url, { fields: { company: 'Fiberlink', important: true } });
    expect([made.status, made.headers['etag']]).toEqual([201, '"1"']);
    const one = `${url}/${made.body.id}`;
    const changed = await test.call('onboarding_engineer', 'PATCH', one, { version: 1, fields: { service: 'Internet' } });
    expect(changed.body.fields).toMatchObject({ company: 'Fiberlink', service: 'Internet', important: true });
    expect((await test.call('onboarding_engineer', 'GET', url)).body.items).toEqual([changed.body]);
    const removed = await test.call('onboarding_engineer', 'DELETE', one, undefined, { 'if-match': '"2"' });
    expect([removed.status, removed.text]).toEqual([204, '']);
    expect((await test.call('onboarding_engineer', 'GET', one)).status).toBe(404);
  });

  it('links records by id, and keeps what is linked to', async () => {
    const client = await inMsp();
    const make = await test.call('manager', 'POST', `${client}/makes`, { fields: { name: 'Dell' } });
    const model = await test.call('manager', 'POST', `${client}/models`, { fields: { name: 'R740' }, references: { make: make.body.id } });
    expect(model.body.references).toEqual({ make: make.body.id });
    const removal = await test.call('manager', 'DELETE', `${client}/makes/${make.body.id}`, { version: 1 });
    expect([removal.status, removal.body.code]).toEqual([409, 'referenced']);
    const dangling = await test.call('manager', 'PATCH', `${client}/models/${model.body.id}`, { version: 1, references: { make: model.body.id } });
    expect([dangling.status, dangling.body.errors[0].field]).toEqual([422, 'references.make']);
  });

  it('takes a batch as a whole or not at all', async () => {
    const client = await inMsp();
    const twice = await test.call('manager', 'POST', `${client}/makes/batch`, { items: [{ fields: { name: 'HP' } }, { fields: { name: 'hp' } }] });
    expect([twice.status, twice.body.code]).toEqual([409, 'name_taken']);
    expect((await test.call('manager', 'GET', `${client}/makes`)).body.items).toEqual([]);
    const both = await test.call('manager', 'POST', `${client}/makes/batch`, { items: [{ fields: { name: 'HP' } }, { fields: { name: 'Dell' } }] });
    expect(both.body.items.map((item: { position: number }) => item.position)).toEqual([1, 2]);
  });

  it('pages through all of its records once, in their order', async () => {
    const client = await inMsp();
    const items = Array.from({ length: 25 }, (_, index) => ({ fields: { name: `PC-${index}` } }));
    await test.call('manager', 'POST', `${client}/configurations/batch`, { items });
    const names: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const answer = await test.call('manager', 'GET', `${client}/configurations?limit=10${cursor ? `&cursor=${cursor}` : ''}`);
      names.push(...answer.body.items.map((item: { title: string }) => item.title));
      cursor = answer.body.nextCursor as string | null;
      pages += 1;
    } while (cursor);
    expect(names).toEqual(items.map((item) => item.fields.name));
    expect(pages).toBe(3);
    const other = await test.call('manager', 'GET', '/v1/clients?limit=1');
    const misplaced = await test.call('manager', 'GET', `${client}/configurations?cursor=${other.body.nextCursor}`);
    expect([misplaced.status, misplaced.body.errors[0].field]).toEqual([400, 'cursor']);
  });
});

describe('a secret', () => {
  it('is told of but shown only one at a time, and each look is in the history', async () => {
    const client = await inMsp();
    const made = await test.call('manager', 'POST', `${client}/passwords`, { fields: { name: 'Wi-Fi', password: ' hunter2 ' } });
    expect(made.body).toMatchObject({ fields: { password: null, otpSecret: null }, secrets: { password: true, otpSecret: false } });
    const url = `${client}/passwords/${made.body.id}/reveal`;
    expect((await test.call('onboarding_engineer', 'POST', url, { field: 'password' })).body).toEqual({ value: ' hunter2 ' });
    expect((await test.call('manager', 'POST', url, { field: 'otpSecret' })).body).toEqual({ value: null });
    expect((await test.call('manager', 'POST', url, { field: 'name' })).status).toBe(400);
    const history = await test.call('manager', 'GET', `${client}/activity`);
    expect(history.body.items[1]).toMatchObject({ action: 'secret.revealed', actorId: await userId(test, 'onboarding_engineer'), details: { field: 'password' } });
    expect(history.text + test.log.join('')).not.toContain('hunter2');
  });
});
