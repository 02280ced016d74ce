import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, type User } from '../../store/index.js';
import { mailPlace } from '../../store/mail/queue.js';
import { dump } from '../store/support.js';
import { newClient, startTestApi, type TestApi } from './support.js';

let test: TestApi;
let people = 0;
let addresses = 0;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

/** An accountant of a client whose accounting section is being worked on. */
async function accountant(stage = 'accounting'): Promise<User & { clientId: string }> {
  const clientId = await newClient(test);
  await test.store.db.client.update({ where: { id: clientId }, data: { stage } });
  const tenantId = test.tenants[0]!.id;
  const user = await createUser(test.store, { tenantId, roles: ['accountant'], firstName: 'Ana', lastName: 'Count', email: `a${(people += 1)}@client.example`, scope: { clientId, section: 'accounting' } });
  return { ...user, clientId };
}

/** Each request comes from an address of its own, unless a test is about that. */
async function post(path: string, payload: object, cookies: Record<string, string> = {}) {
  addresses += 1;
  const answer = await test.app.inject({ method: 'POST', url: `/v1/sign-in/external${path}`, payload, cookies, remoteAddress: `10.9.${addresses >> 8}.${addresses & 255}` });
  const [cookie] = answer.cookies.filter((one) => one.value !== '');
  return { status: answer.statusCode, headers: answer.headers, cookie, text: answer.body, body: answer.json<Record<string, string | null>>() };
}
const ask = async (user: User) => (await post('', { person: user.id, deliver: 'token' })).body['challenge']!;

/** The codes in the mails to somebody, oldest first. */
async function codes(user: User & { clientId: string }): Promise<string[]> {
  const rows = await test.store.db.mail.findMany({ where: { userId: user.id, template: 'sign_in_code' }, orderBy: { id: 'asc' } });
  return Promise.all(rows.map(async (row) => (await test.store.vault.openJson<{ code: string }>(user, mailPlace(row.id), row.content!)).code));
}
const another = (code: string) => (code === '000000' ? '000001' : '000000');

describe('an external person', () => {
  it('signs in with the code that went to their mail address, and reaches their own section only', async () => {
    const user = await accountant();
    const challenge = await ask(user);
    const [code] = await codes(user);
    const { status, body } = await post('/code', { code, challenge, deliver: 'token' });
    expect(status).toBe(200);
    const token = body['token']!;
    const own = await test.call({ token }, 'GET', `/v1/clients/${user.clientId}/sites`);
    expect(own.status).toBe(200);
    expect((await test.call({ token }, 'GET', `/v1/clients/${user.clientId}/passwords`)).status).toBe(404);
    expect((await test.call({ token }, 'GET', '/v1/clients')).status).toBe(403);
    expect((await test.call('manager', 'GET', `/v1/audit?actorId=${user.id}`)).body.items).toMatchObject([{ action: 'session.started', party: 'client', clientId: user.clientId }]);
  });

  it('needs the browser that asked: the code alone is worth nothing', async () => {
    const user = await accountant();
    const mine = await post('', { person: user.id });
    expect(mine.body['challenge'], 'no script reads it').toBeNull();
    expect(mine.cookie).toMatchObject({ name: 'onboarder-challenge', httpOnly: true, sameSite: 'Strict', maxAge: 600 });
    const [code] = await codes(user);
    expect((await post('/code', { code })).status).toBe(401);
    const elsewhere = await accountant();
    expect((await post('/code', { code, challenge: await ask(elsewhere) })).status, 'a challenge of somebody else').toBe(401);
    const signedIn = await post('/code', { code }, { 'onboarder-challenge': mine.cookie!.value });
    expect([signedIn.status, signedIn.body['token'], signedIn.cookie?.name]).toEqual([200, null, 'onboarder']);
  });

  it('uses a code once, within ten minutes, and the newest one only', async () => {
    const user = await accountant();
    const first = await ask(user);
    const second = await ask(user);
    const [old, code] = await codes(user);
    expect((await post('/code', { code: old, challenge: first })).status).toBe(401);
    expect((await Promise.all([post('/code', { code, challenge: second }), post('/code', { code, challenge: second })])).map((answer) => answer.status).sort()).toEqual([200, 401]);
    const late = await ask(user);
    await test.store.db.mailCode.updateMany({ where: { userId: user.id }, data: { expiresAt: new Date() } });
    expect((await post('/code', { code: (await codes(user))[2], challenge: late })).status).toBe(401);
  });

  it('has five tries, side by side or one after the other, and then even the right code is refused', async () => {
    const user = await accountant();
    const challenge = await ask(user);
    const [code] = await codes(user);
    await Promise.all(Array.from({ length: 5 }, () => post('/code', { code: another(code!), challenge })));
    expect((await post('/code', { code, challenge })).status).toBe(401);
    const { items } = (await test.call('manager', 'GET', `/v1/audit?actorId=${user.id}`)).body;
    expect(items, 'each wrong code is noted, with where it came from').toHaveLength(5);
    expect(items[0]).toMatchObject({ action: 'session.refused', party: 'client', clientId: user.clientId, details: { method: 'mail_code' }, address: expect.stringMatching(/^10\.9\./) });
  });

  it('gets at most five codes an hour', async () => {
    const user = await accountant();
    for (let count = 0; count < 5; count += 1) await ask(user);
    expect((await post('', { person: user.id })).status).toBe(429);
    expect(await codes(user)).toHaveLength(5);
  });

  it('uses nothing up by opening the link: no route answers a GET', async () => {
    const user = await accountant();
    await test.app.inject({ method: 'GET', url: `/v1/sign-in/external?person=${user.id}` });
    expect(await codes(user)).toEqual([]);
  });
});

describe('somebody who cannot sign in now', () => {
  it('is answered alike, and no mail goes out: unknown, shut out, an internal person, or their section closed', async () => {
    const shutOut = await accountant();
    await test.store.db.user.update({ where: { id: shutOut.id }, data: { active: false } });
    const closed = await accountant('msp');
    const internal = (await test.call('manager', 'GET', '/v1/me')).body.id as string;
    const before = await test.store.db.mail.count({ where: { template: 'sign_in_code' } });
    const shapes = new Set<string>();
    for (const person of [shutOut.id, closed.id, internal, '00000000-0000-7000-8000-000000000000', (await accountant()).id]) {
      const { status, body } = await post('', { person, deliver: 'token' });
      shapes.add(JSON.stringify([status, Object.keys(body).sort(), body['challenge']!.length]));
    }
    expect(shapes.size).toBe(1);
    expect(await test.store.db.mail.count({ where: { template: 'sign_in_code' } }), 'only to the one who can').toBe(before + 1);
  });

  it('does not get in with a code that was mailed before the section was approved', async () => {
    const user = await accountant();
    const challenge = await ask(user);
    await test.store.db.client.update({ where: { id: user.clientId }, data: { stage: 'msp' } });
    expect((await post('/code', { code: (await codes(user))[0], challenge })).status).toBe(401);
  });
});

describe('what is kept of codes', () => {
  it('is neither code nor challenge, in the database and the log', async () => {
    const user = await accountant();
    const challenge = await ask(user);
    const [code] = await codes(user);
    await post('/code', { code: another(code!), challenge });
    const rows = (await dump(test.store)).filter((row) => row.startsWith('MailCode '));
    expect(rows.join()).toContain(user.id);
    expect(rows.join()).not.toContain(challenge);
    expect(rows.join()).not.toMatch(new RegExp(`[(,]${code}[,)]`));
    expect(test.log.join('\n')).not.toContain(challenge);
  });
});
