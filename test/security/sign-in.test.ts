/** Sign-in as somebody tries it who is not the person: guessing, telling people apart, and being faster than they are. */
import { Secret, TOTP } from 'otpauth';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createUser, issueOneTime, setPassword, type OneTimePurpose } from '../../store/index.js';
import { startTestApi, type TestApi } from '../api/support.js';

const looks = vi.hoisted(() => ({ count: 0 }));
vi.mock('argon2', async (original) => {
  const argon2 = await original<{ verify: (...all: [string, string]) => Promise<boolean> }>();
  return { ...argon2, verify: (...all: [string, string]) => ((looks.count += 1), argon2.verify(...all)) };
});

let test: TestApi;
/** Another process on the same database. */
let second: Awaited<ReturnType<TestApi['beside']>>;
beforeAll(async () => {
  test = await startTestApi();
  second = await test.beside();
});
afterEach(() => void (looks.count = 0));
afterAll(async () => {
  await second.close();
  await test.close();
});

const good = 'tide-lamp-orchard';
const wrong = 'gravel violin harbour';
let people = 0;
let addresses = 0;

async function person(tenant = 0, email = `q${(people += 1)}@harbor.example`) {
  const user = await createUser(test.store, { tenantId: test.tenants[tenant]!.id, roles: ['manager'], firstName: 'Maya', lastName: 'Lindqvist', email, scope: null });
  await setPassword(test.store, user, good);
  return user;
}

async function post(path: string, payload: object, app = test.app) {
  addresses += 1;
  const answer = await app.inject({ method: 'POST', url: `/v1/sign-in/${path}`, payload, remoteAddress: `10.1.${addresses >> 8}.${addresses & 255}` });
  return { status: answer.statusCode, body: answer.json<Record<string, string>>() };
}

const link = async (user: { id: string; tenantId: string }, purpose: OneTimePurpose) => (await issueOneTime(test.store, user, purpose)).token;
const codeOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) }).generate();

describe('whoever asks learns not who is known', () => {
  it('neither by the answer nor by how many passwords are looked at', async () => {
    const one = await person();
    const inTwo = await person();
    await person(1, inTwo.email);
    const passwordless = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['manager'], firstName: 'N', lastName: 'N', email: 'new@harbor.example', scope: null });
    const tried = [];
    for (const email of ['nobody@harbor.example', one.email, inTwo.email, passwordless.email]) {
      looks.count = 0;
      const { status, body } = await post('password', { email, password: wrong });
      tried.push({ status, code: body['code'], detail: body['detail'], looks: looks.count });
    }
    expect(new Set(tried.map((one) => JSON.stringify(one))).size, JSON.stringify(tried)).toBe(1);
    expect(tried[0]).toMatchObject({ status: 401, looks: 2 });
  });

  it('nor by asking for a code in the name of an external person', async () => {
    const [known, unknown] = [await post('external', { person: (await person()).id, deliver: 'token' }), await post('external', { person: '00000000-0000-7000-8000-000000000001', deliver: 'token' })];
    expect([known.status, Object.keys(known.body)]).toEqual([unknown.status, Object.keys(unknown.body)]);
    expect(known.body['challenge']).toMatch(/^coo_[\w-]{43}$/);
    expect(unknown.body['challenge']).toMatch(/^coo_[\w-]{43}$/);
  });
});

describe('guesses are counted for all processes together', () => {
  it('of a password', async () => {
    const { email } = await person();
    const statuses = [];
    for (let n = 0; n < 11; n += 1) statuses.push((await post('password', { email, password: wrong }, n % 2 === 0 ? test.app : second.app)).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    // The right one is not looked at either, in no process.
    for (const app of [test.app, second.app]) expect((await post('password', { email, password: good }, app)).status).toBe(429);
  });

  it('of a code from the app', async () => {
    const user = await person();
    const { challenge } = (await post('password', { email: user.email, password: good })).body;
    const { secret } = (await post('second-factor/enrol', { challenge })).body;
    await post('second-factor/confirm', { challenge, code: codeOf(secret!) });
    const statuses = [];
    let step = '';
    for (let n = 0; n < 12; n += 1) {
      // A step is worth nothing after five wrong codes; a new sign-in makes another.
      if (n % 4 === 0) step = await link(user, 'second_factor');
      const code = codeOf(secret!) === '000000' ? '000001' : '000000';
      statuses.push((await post('second-factor', { challenge: step, code }, n % 2 === 0 ? test.app : second.app)).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
  });

  it('of mails with codes to an external person', async () => {
    const statuses = [];
    for (let n = 0; n < 6; n += 1) statuses.push((await post('external', { person: '00000000-0000-7000-8000-000000000002' }, n % 2 === 0 ? test.app : second.app)).status);
    expect(statuses).toEqual([...Array<number>(5).fill(202), 429]);
  });
});

it('a step to set up a second factor that somebody else began is worth nothing once the person has one', async () => {
  const user = await person();
  const { challenge: theirs } = (await post('password', { email: user.email, password: good })).body;
  const { secret } = (await post('second-factor/enrol', { challenge: theirs })).body;
  await post('second-factor/confirm', { challenge: theirs, code: codeOf(secret!) });
  // As begun the moment before.
  const stale = await link(user, 'enrol_second_factor');
  expect((await post('second-factor/enrol', { challenge: stale })).status).toBe(401);
  expect((await post('second-factor/confirm', { challenge: stale, code: '123456' })).status).toBe(401);
});

it('a token of one step is of no use for another', async () => {
  const user = await person();
  for (const [purpose, path, more] of [
    ['second_factor', 'set-password', { password: wrong }],
    ['enrol_second_factor', 'set-password', { password: wrong }],
    ['password_reset', 'second-factor/enrol', {}],
    ['invitation', 'second-factor', { code: '000000' }],
  ] as const) {
    const token = await link(user, purpose);
    const key = path === 'set-password' ? 'token' : 'challenge';
    expect((await post(path, { [key]: token, ...more })).status, `${purpose} for ${path}`).toBe(401);
  }
});
