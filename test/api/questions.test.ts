import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InternalRole } from '../../domain/roles.js';
import { createUser, newId } from '../../store/index.js';
import { newClient, outsider, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

async function inMsp(): Promise<{ id: string; url: string; msp: { token: string; id: string } }> {
  const id = await newClient(test);
  await test.store.db.client.update({ where: { id }, data: { stage: 'msp' } });
  return { id, url: `/v1/clients/${id}`, msp: await outsider(test, id, 'msp') };
}

/** A colleague with the role who has left. */
async function gone(role: InternalRole): Promise<string> {
  const { id } = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: [role], firstName: 'G', lastName: 'One', email: `${newId()}@harbor.example`, scope: null });
  await test.store.db.user.update({ where: { id }, data: { active: false } });
  return id;
}

/** Who gets a mail of which template about the client, in order. */
const mails = async (clientId: string) => (await test.store.db.mail.findMany({ where: { clientId, template: { not: 'assigned' } }, orderBy: { id: 'asc' } })).map((mail) => `${mail.template} ${mail.userId}`);

describe('a question', () => {
  it('goes to the other side, is answered, asked on and closed; counts and mails follow', async () => {
    const { id, url, msp } = await inMsp();
    const engineer = await userId(test, 'onboarding_engineer');
    const vendor = (await test.call(msp, 'POST', `${url}/vendors`, { fields: { company: 'Fiberlink' } })).body;
    const asked = await test.call('onboarding_engineer', 'POST', `${url}/sections/msp/questions`, { text: 'Which circuit is this?', recordId: vendor.id, field: 'accountNumber' });
    expect([asked.status, asked.body]).toMatchObject([201, { state: 'open', waitingFor: 'outgoing_msp', page: 'vendors', recordId: vendor.id, field: 'accountNumber', messages: [{ by: engineer, party: 'internal', text: 'Which circuit is this?' }] }]);
    const page = async () => (await test.call(msp, 'GET', `${url}/sections/msp/pages/vendors`)).body.openQuestions as number;
    const record = async () => (await test.call(msp, 'GET', `${url}/vendors/${vendor.id}`)).body.openQuestions as number;
    expect([await page(), await record()]).toEqual([1, 1]);
    const one = `${url}/sections/msp/questions/${asked.body.id}`;
    expect((await test.call(msp, 'POST', `${one}/answers`, { text: 'The old one' })).body).toMatchObject({ state: 'answered', waitingFor: 'internal' });
    expect((await test.call('onboarding_engineer', 'POST', `${one}/answers`, { text: 'Its number?' })).body).toMatchObject({ state: 'open', waitingFor: 'outgoing_msp' });
    expect(await mails(id)).toEqual([`question ${msp.id}`, `answered ${engineer}`, `question ${msp.id}`]);
    expect((await test.call(msp, 'POST', `${one}/close`)).status).toBe(403);
    expect((await test.call('onboarding_engineer', 'POST', `${one}/close`)).body.state).toBe('closed');
    expect([await page(), await record()]).toEqual([0, 0]);
    const late = await test.call(msp, 'POST', `${one}/answers`, { text: 'x' });
    expect([late.status, late.body.code]).toEqual([409, 'wrong_stage']);
    expect((await test.call(msp, 'GET', `${url}/sections/msp/questions?state=closed`)).body.items[0].messages).toHaveLength(3);
  });

  it('reaches somebody who is there, where the assigned person or whoever asked has left', async () => {
    const { id, url, msp } = await inMsp();
    const [engineer, manager] = [await userId(test, 'onboarding_engineer'), await userId(test, 'manager')];
    await test.store.db.client.update({ where: { id }, data: { engineerId: await gone('onboarding_engineer') } });
    await test.call(msp, 'POST', `${url}/sections/msp/questions`, { text: 'Whom do I ask?' });
    await test.store.db.client.update({ where: { id }, data: { managerId: await gone('manager') } });
    await test.call(msp, 'POST', `${url}/sections/msp/questions`, { text: 'And now?' });
    const asked = (await test.call('onboarding_engineer', 'POST', `${url}/sections/msp/questions`, { text: 'Which circuit?' })).body;
    await test.store.db.question.update({ where: { id: asked.id }, data: { askedBy: await gone('onboarding_engineer') } });
    await test.call(msp, 'POST', `${url}/sections/msp/questions/${asked.id}/answers`, { text: 'The old one' });
    expect(await mails(id)).toEqual([`question ${manager}`, `question ${engineer}`, `question ${msp.id}`, `answered ${engineer}`]);
  });

  it('is seen by nobody who may not read the section, and what it says lies sealed', async () => {
    const { id, url, msp } = await inMsp();
    const accountant = await outsider(test, id, 'accounting');
    const asked = await test.call(msp, 'POST', `${url}/sections/msp/questions`, { text: 'Canary-question-text' });
    expect(asked.body).toMatchObject({ waitingFor: 'internal', page: null });
    expect(await mails(id)).toEqual([`question ${await userId(test, 'onboarding_engineer')}`]);
    expect((await test.call('sales_rep', 'GET', `${url}/sections/msp/questions`)).status).toBe(403);
    expect((await test.call(accountant, 'GET', `${url}/sections/msp/questions`)).status).toBe(404);
    await test.store.db.client.update({ where: { id }, data: { stage: 'accounting' } });
    expect((await test.call(accountant, 'POST', `${url}/sections/accounting/questions/${asked.body.id}/answers`, { text: 'x' })).status).toBe(404);
    const messages = await test.store.db.questionMessage.findMany();
    const kept = messages.map(({ content, ...row }) => JSON.stringify(row) + Buffer.from(content).toString('latin1'));
    expect(kept.join('\n') + JSON.stringify(await test.store.db.question.findMany()) + test.log.join('')).not.toContain('Canary-question-text');
  });

  it('is refused in words while nobody of the other side can sign in to answer', async () => {
    const { id, url, msp } = await inMsp();
    const asked = (await test.call('manager', 'POST', `${url}/sections/msp/questions`, { text: 'Which circuit?' })).body;
    const theirs = (await test.call(msp, 'POST', `${url}/sections/msp/questions`, { text: 'Which form?' })).body;
    const before = await mails(id);
    await test.store.db.client.update({ where: { id }, data: { stage: 'sign_off' } });
    for (const path of ['questions', `questions/${asked.id}/answers`]) {
      const late = await test.call('manager', 'POST', `${url}/sections/msp/${path}`, { text: 'x' });
      expect([late.status, late.body.code, late.body.detail], path).toEqual([409, 'wrong_stage', expect.stringContaining('reset the section first')]);
    }
    await test.store.db.client.update({ where: { id }, data: { stage: 'accounting' } });
    expect((await test.call('manager', 'POST', `${url}/sections/msp/questions`, { text: 'x' })).body).toMatchObject({ status: 409, detail: expect.stringContaining('when their section has begun') as string });
    // What they had asked can be answered and closed, without a mail that leads to a closed door.
    expect((await test.call('manager', 'POST', `${url}/sections/msp/questions/${theirs.id}/answers`, { text: 'The first' })).body.state).toBe('answered');
    expect((await test.call('manager', 'POST', `${url}/sections/msp/questions/${asked.id}/close`)).body.state).toBe('closed');
    expect((await test.call(msp, 'POST', `${url}/sections/msp/questions/${theirs.id}/answers`, { text: 'x' })).status).toBe(409);
    expect(await mails(id)).toEqual(before);
  });

  it.each([
    ['without words', { text: '  ' }, 400],
    ['about a record of nobody', { text: 'x', recordId: '00000000-0000-7000-8000-000000000001' }, 422],
    ['about a page of another section', { text: 'x', page: 'sites' }, 422],
  ])('is refused %s', async (_, body, status) => {
    const { url } = await inMsp();
    expect((await test.call('manager', 'POST', `${url}/sections/msp/questions`, body)).status).toBe(status);
  });
});

describe('stuck', () => {
  it('reaches the manager, is shown with its reason, and ends when it is cleared', async () => {
    const { id, url, msp } = await inMsp();
    expect((await test.call(msp, 'PUT', `${url}/sections/msp/stuck`, { reason: 'Nobody has the firewall password' })).status).toBe(204);
    expect(await mails(id)).toEqual([`stuck ${await userId(test, 'manager')}`]);
    const stuck = async () => (await test.call('manager', 'GET', `${url}/sections`)).body.sections.find((one: { section: string }) => one.section === 'msp').stuck;
    expect(await stuck()).toMatchObject({ by: msp.id, party: 'outgoing_msp', reason: 'Nobody has the firewall password' });
    expect((await test.call('manager', 'DELETE', `${url}/sections/msp/stuck`)).status).toBe(204);
    expect(await stuck()).toBeNull();
    const words = (await test.call('manager', 'GET', `${url}/activity`)).body.items.map((item: { words: string }) => item.words);
    expect(words[1]).toContain('is stuck in the msp section: Nobody has the firewall password');
  });

  it('reaches the other managers where the assigned one has left', async () => {
    const { id, url, msp } = await inMsp();
    await test.store.db.client.update({ where: { id }, data: { managerId: await gone('manager') } });
    await test.call(msp, 'PUT', `${url}/sections/msp/stuck`, { reason: 'x' });
    expect(await mails(id)).toEqual([`stuck ${await userId(test, 'manager')}`]);
  });

  it('ends when the section is submitted, and is refused for one that is not under way', async () => {
    const { url, msp } = await inMsp();
    await test.call(msp, 'PUT', `${url}/sections/msp/stuck`, { reason: 'x' });
    for (const name of ['vendors', 'configurations', 'applications', 'passwords', 'attachments']) await test.call(msp, 'PUT', `${url}/sections/msp/pages/${name}/answer`, { answer: 'none' });
    await test.call(msp, 'POST', `${url}/sections/msp/submit`);
    expect((await test.call('manager', 'GET', `${url}/sections`)).body.sections[2].stuck).toBeNull();
    const early = await test.call('sales_rep', 'PUT', `${url}/sections/sales/stuck`, { reason: 'x' });
    expect([early.status, early.body.code]).toEqual([409, 'wrong_stage']);
  });
});
