import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser } from '../../store/index.js';
import { newClient, outsider, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

const put = (id: string, data: object) => test.store.db.client.update({ where: { id }, data });
const names = (answer: { body: { items: { company: string }[] } }) => answer.body.items.map((item) => item.company);

describe('the list of clients', () => {
  it('is searched by words of the name, without case and accents, and sorted in pages without a name in the cursor', async () => {
    for (const name of ['Zahnärzte Görlitz', 'Alpha Dental', 'beta dental', 'Gamma Dental']) await newClient(test, name);
    expect(names(await test.call('manager', 'GET', '/v1/clients?search=GORLITZ%20zahn'))).toEqual(['Zahnärzte Görlitz']);
    expect(names(await test.call('manager', 'GET', '/v1/clients?search=dental&sort=company&order=asc'))).toEqual(['Alpha Dental', 'beta dental', 'Gamma Dental']);
    const first = await test.call('manager', 'GET', '/v1/clients?search=dental&sort=company&order=desc&limit=2');
    expect(names(first)).toEqual(['Gamma Dental', 'beta dental']);
    expect(Buffer.from(first.body.nextCursor, 'base64url').toString()).not.toMatch(/dental/i);
    const second = await test.call('manager', 'GET', `/v1/clients?search=dental&sort=company&order=desc&limit=2&cursor=${first.body.nextCursor}`);
    expect([names(second), second.body.nextCursor]).toEqual([['Alpha Dental'], null]);
    const foreign = await test.call('manager', 'GET', `/v1/clients?sort=idle&cursor=${first.body.nextCursor}`);
    expect([foreign.status, foreign.body.errors[0].field]).toEqual([400, 'cursor']);
    const token = test.token('manager', 1);
    expect(names(await test.call({ token }, 'GET', '/v1/clients?search=dental'))).toEqual([]);
  });

  it('finds a company under its new name as soon as it is renamed', async () => {
    const id = await newClient(test, 'Before Renaming');
    expect(names(await test.call('manager', 'GET', '/v1/clients?search=renaming'))).toEqual(['Before Renaming']);
    await test.call('manager', 'PATCH', `/v1/clients/${id}/company`, { version: 1, fields: { company: 'Quite Different' } });
    expect(names(await test.call('manager', 'GET', '/v1/clients?search=renaming'))).toEqual([]);
    expect(names(await test.call('manager', 'GET', '/v1/clients?search=quite'))).toEqual(['Quite Different']);
  });

  it('is sorted by the percentage of each section, and pages through all', async () => {
    const ids = await Promise.all(['P0', 'P1', 'P2'].map((name) => newClient(test, `Percent ${name}`)));
    const contact = { firstName: 'Ada', lastName: 'Lee', email: 'ada@x.example' };
    for (const path of ['sales-contact', 'accounting-contact']) await test.call('manager', 'PUT', `/v1/clients/${ids[1]}/${path}`, { fields: contact });
    await test.call('manager', 'PUT', `/v1/clients/${ids[2]}/sales-contact`, { fields: contact });
    await put(ids[0]!, { stage: 'msp' });
    await test.call('manager', 'POST', `/v1/clients/${ids[0]}/vendors`, { fields: { company: 'Fiber Co' } });
    const sorted = async (query: string) => {
      const found: { company: string; percent: Record<string, number> }[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const answer = await test.call('manager', 'GET', `/v1/clients?search=percent&limit=1&${query}${cursor ? `&cursor=${cursor}` : ''}`);
        found.push(...answer.body.items);
        cursor = answer.body.nextCursor as string | null;
      }
      return found.map((one) => one.company.slice(8));
    };
    expect(await sorted('sort=salesPercent&order=desc')).toEqual(['P1', 'P2', 'P0']);
    expect(await sorted('sort=salesPercent&order=asc')).toEqual(['P0', 'P2', 'P1']);
    expect((await sorted('sort=mspPercent&order=desc'))[0]).toBe('P0');
    expect((await sorted('sort=accountingPercent&order=asc')).sort()).toEqual(['P0', 'P1', 'P2']);
  });

  it('is filtered by whom it waits for, by assignee and by who is stuck, and pages by time through all', async () => {
    const ids = await Promise.all(['F1', 'F2', 'F3'].map((name) => newClient(test, `Filter ${name}`)));
    await put(ids[0]!, { stage: 'sales_review', lastActivityAt: new Date('2026-01-03') });
    await put(ids[1]!, { stage: 'msp', engineerId: null, managerId: null, lastActivityAt: new Date('2026-01-01') });
    await put(ids[2]!, { stage: 'accounting_review', lastActivityAt: new Date('2026-01-02') });
    const list = async (query: string) => names(await test.call('manager', 'GET', `/v1/clients?search=filter&${query}`)).map((name) => name.slice(7)).sort();
    expect(await list('waitingOn=manager')).toEqual(['F1']);
    expect(await list('waitingOn=onboarding_engineer')).toEqual(['F3']);
    expect(await list(`assignee=${await userId(test, 'onboarding_engineer')}`)).toEqual(['F1', 'F3']);
    await test.call('manager', 'PUT', `/v1/clients/${ids[1]}/sections/msp/stuck`, { reason: 'x' });
    expect(await list('stuck=true')).toEqual(['F2']);
    await put(ids[1]!, { lastActivityAt: new Date('2026-01-01') });
    const idle: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await test.call('manager', 'GET', `/v1/clients?search=filter&sort=idle&limit=1${cursor ? `&cursor=${cursor}` : ''}`);
      idle.push(...names(answer));
      cursor = answer.body.nextCursor as string | null;
    }
    expect(idle).toEqual(['Filter F2', 'Filter F3', 'Filter F1']);
    const one = (await test.call('manager', 'GET', `/v1/clients/${ids[1]}`)).body;
    expect(one).toMatchObject({ stuck: ['msp'], openQuestions: 0 });
    expect(one.idleSeconds).toBeGreaterThan(3_600);
  });
});

describe('my tasks', () => {
  const tasks = async (as: Parameters<TestApi['call']>[0], clientId: string) =>
    (await test.call(as, 'GET', '/v1/my-tasks?limit=1000')).body.items.filter((task: { clientId: string }) => task.clientId === clientId).map((task: { kind: string; section: string | null }) => [task.kind, task.section]);

  it('are reviews, sign-offs, exports, questions and what is stuck, each for whoever acts next', async () => {
    const id = await newClient(test);
    const msp = await outsider(test, id, 'msp');
    await put(id, { stage: 'msp' });
    expect(await tasks(msp, id)).toEqual([['enter', 'msp']]);
    expect(await tasks('onboarding_engineer', id)).toEqual([]);
    const { body: question } = await test.call(msp, 'POST', `/v1/clients/${id}/sections/msp/questions`, { text: 'Which firewall?' });
    await test.call(msp, 'PUT', `/v1/clients/${id}/sections/msp/stuck`, { reason: 'x' });
    expect(await tasks('onboarding_engineer', id)).toEqual([['question', 'msp']]);
    expect(await tasks('manager', id)).toEqual([['stuck', 'msp']]);
    expect(await tasks('sales_rep', id)).toEqual([]);
    await test.call('onboarding_engineer', 'POST', `/v1/clients/${id}/sections/msp/questions/${question.id}/answers`, { text: 'The big one' });
    expect(await tasks(msp, id)).toEqual([['enter', 'msp'], ['answer', 'msp']]);
    await test.call(msp, 'POST', `/v1/clients/${id}/sections/msp/questions/${question.id}/close`);
    for (const page of ['vendors', 'configurations', 'applications', 'passwords', 'attachments']) await test.call(msp, 'PUT', `/v1/clients/${id}/sections/msp/pages/${page}/answer`, { answer: 'none' });
    await test.call(msp, 'POST', `/v1/clients/${id}/sections/msp/submit`);
    expect([await tasks(msp, id), await tasks('onboarding_engineer', id), await tasks('manager', id)]).toEqual([[], [['review', 'msp']], []]);
    await test.call('onboarding_engineer', 'POST', `/v1/clients/${id}/sections/msp/send-back`, { reasons: [{ text: 'x' }] });
    expect(await tasks(msp, id)).toEqual([['sent_back', 'msp']]);
    await put(id, { stage: 'sign_off' });
    expect([await tasks('onboarding_engineer', id), await tasks('manager', id)]).toEqual([[['sign_off', null]], [['sign_off', null]]]);
    await test.call('onboarding_engineer', 'POST', `/v1/clients/${id}/sign-off`);
    expect([await tasks('onboarding_engineer', id), await tasks('manager', id)]).toEqual([[], [['sign_off', null]]]);
    const waiting = async (role: string) => (await test.call('manager', 'GET', `/v1/clients?stage=sign_off&waitingOn=${role}`)).body.items.map((one: { id: string }) => one.id);
    expect([await waiting('onboarding_engineer'), await waiting('manager')]).toEqual([[], [id]]);
    expect((await test.call('manager', 'GET', `/v1/clients/${id}`)).body.waitingOn).toEqual(['manager']);
    await test.call('manager', 'POST', `/v1/clients/${id}/sign-off`);
    expect(await tasks('onboarding_engineer', id)).toEqual([['export', null]]);
    expect(await tasks({ token: test.token('manager', 1) }, id)).toEqual([]);
  });

  it('of a seat that nobody has are everybody’s with the role, and a review is never the submitter’s', async () => {
    const id = await newClient(test);
    await put(id, { stage: 'sales_review', managerId: null });
    await test.store.db.sectionState.updateMany({ where: { clientId: id, section: 'sales' }, data: { submittedBy: await userId(test, 'sales_rep') } });
    expect(await tasks('manager', id)).toEqual([['review', 'sales']]);
    expect(await tasks('administrator', id)).toEqual([]);
    await test.store.db.sectionState.updateMany({ where: { clientId: id, section: 'sales' }, data: { submittedBy: await userId(test, 'manager') } });
    expect(await tasks('manager', id)).toEqual([]);
    // Where the tenant has no other manager, it is for whoever else may approve.
    expect(await tasks('administrator', id)).toEqual([['review', 'sales']]);
  });

  it('of somebody who left are everybody’s with the role, and an empty seat is to be filled before the sign-off', async () => {
    const id = await newClient(test);
    const leaver = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['manager', 'onboarding_engineer'], firstName: 'L', lastName: 'L', email: 'leaver@x.example', scope: null });
    await put(id, { stage: 'sales_review', managerId: leaver.id });
    expect(await tasks('manager', id)).toEqual([]);
    await test.store.db.user.update({ where: { id: leaver.id }, data: { active: false } });
    expect(await tasks('manager', id)).toEqual([['review', 'sales']]);
    await put(id, { stage: 'sign_off' });
    expect([await tasks('manager', id), await tasks('onboarding_engineer', id), await tasks('sales_rep', id)]).toEqual([[['assign', null]], [['sign_off', null]], []]);
  });

  it('come in pages, oldest first, each once', async () => {
    const seen: string[] = [];
    let total = 0;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await test.call('sales_rep', 'GET', `/v1/my-tasks?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...body.items.map((task: { id: string }) => task.id));
      cursor = body.nextCursor as string | null;
      total = body.total as number;
    }
    expect([new Set(seen).size, seen.length]).toEqual([total, total]);
    expect(total).toBeGreaterThan(2);
  });
});

it('activity names the person, the record and its fields in words', async () => {
  const id = await newClient(test, 'In words');
  await test.call('manager', 'PATCH', `/v1/clients/${id}/company`, { version: 1, fields: { shortName: 'IW' } });
  const [entry] = (await test.call('manager', 'GET', `/v1/clients/${id}/activity`)).body.items;
  expect(entry.words).toBe('Your organization changed "In words" under Company (Short name).');
  expect(entry.actor).toMatch(/\w+ \w+/);
});
