import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, issueOneTime, setPassword, type OneTimePurpose, type User } from '../../store/index.js';
import { dump } from '../store/support.js';
import { startTestApi, type TestApi } from './support.js';

let test: TestApi;
let tenantId: string;
beforeAll(async () => {
  test = await startTestApi();
  tenantId = test.tenants[0]!.id;
});
afterAll(() => test.close());

const good = 'tide-lamp-orchard';
const other = 'gravel violin harbour';
let people = 0;
let addresses = 0;

/** Each request comes from an address of its own, unless a test is about that. */
async function post(path: string, body: object, from = `10.${(addresses += 1) >> 8}.${addresses & 255}.1`) {
  const answer = await test.app.inject({ method: 'POST', url: `/v1/sign-in/${path}`, payload: body, remoteAddress: from });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, never>>() as never as Record<string, string> & { session: { token: string }; recoveryCodes: string[] } };
}

const person = () => createUser(test.store, { tenantId, roles: ['manager'], firstName: 'Maya', lastName: 'Lindqvist', email: `p${(people += 1)}@harbor.example`, scope: null });
const link = async (user: User, purpose: OneTimePurpose = 'invitation') => (await issueOneTime(test.store, user, purpose)).token;
const withPassword = async (password = good) => {
  const user = await person();
  await setPassword(test.store, user, password);
  return user;
};
/** The code of now, or of a later period: the one of now may be used up. */
const codeOf = (secret: string, periods = 0) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + periods * 30_000 });

/** A person with password and second factor. */
async function enrolled() {
  const user = await withPassword();
  const first = await post('password', { email: user.email, password: good });
  const { challenge } = first.body;
  const { secret } = (await post('second-factor/enrol', { challenge })).body;
  const done = await post('second-factor/confirm', { challenge, code: codeOf(secret!), deliver: 'token' });
  return { user, secret: secret!, recoveryCodes: done.body.recoveryCodes, token: done.body.session.token };
}
const challenge = async (user: User) => (await post('password', { email: user.email, password: good })).body['challenge']!;
const me = async (token: string) => (await test.call({ token }, 'GET', '/v1/me')).status;

describe('an invited person', () => {
  it('sets a password, sets up the second factor, and is signed in', async () => {
    const user = await person();
    const token = await link(user);
    const step = await post('set-password', { token, password: good });
    expect(step).toMatchObject({ status: 200, body: { next: 'enrol_second_factor' } });
    const { uri, secret } = (await post('second-factor/enrol', { challenge: step.body['challenge'] })).body;
    expect(decodeURIComponent(uri!)).toContain(`otpauth://totp/Harbor Managed IT:${user.email}?`);
    const done = await post('second-factor/confirm', { challenge: step.body['challenge'], code: codeOf(secret!) });
    expect(done.body.recoveryCodes).toHaveLength(10);
    expect(done.body.session.token).toBeNull();
    expect(String(done.headers['set-cookie'])).toMatch(/^onboarder=cos_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await post('set-password', { token, password: other })).status).toBe(401);
  });

  it('is told what is wrong with a password, and may try again with the same link', async () => {
    const token = await link(await person());
    const refused = await post('set-password', { token, password: 'Lindqvist2026!' });
    expect([refused.status, refused.body['code']]).toEqual([422, 'invalid']);
    expect((await post('set-password', { token, password: good })).status).toBe(200);
  });

  it('cannot use a link after a day, or an older one after a newer', async () => {
    const user = await person();
    const [older, newer] = [await link(user), await link(user)];
    expect((await post('set-password', { token: older, password: good })).status).toBe(401);
    await test.store.db.oneTimeToken.updateMany({ where: { userId: user.id }, data: { expiresAt: new Date() } });
    expect((await post('set-password', { token: newer, password: good })).status).toBe(401);
  });
});

describe('a password', () => {
  it('needs a second factor by the organization’s rule, and none when an administrator says so', async () => {
    const user = await withPassword();
    expect((await post('password', { email: user.email, password: good })).body).toMatchObject({ next: 'enrol_second_factor' });
    expect((await test.call('manager', 'PUT', '/v1/sign-in-rules', { requireSecondFactor: false })).status).toBe(403);
    expect((await test.call('administrator', 'PUT', '/v1/sign-in-rules', { requireSecondFactor: false })).status).toBe(200);
    try {
      const answer = await post('password', { email: user.email.toUpperCase(), password: good, deliver: 'token' });
      expect(answer.body).toMatchObject({ next: 'signed_in' });
      expect(await me(answer.body.session.token)).toBe(200);
    } finally {
      await test.call('administrator', 'PUT', '/v1/sign-in-rules', { requireSecondFactor: true });
    }
  });

  it('that is wrong is answered like an address that nobody has, somebody without a password, and somebody who left', async () => {
    const [user, without, gone] = [await withPassword(), await person(), await withPassword()];
    await test.store.db.user.update({ where: { id: gone.id }, data: { active: false } });
    const answers = await Promise.all(
      [[user.email, other], ['nobody@harbor.example', good], [without.email, good], [gone.email, good]].map(([email, password]) => post('password', { email, password })),
    );
    const shown = answers.map(({ status, body: { requestId: _id, ...body } }) => JSON.stringify([status, body]));
    expect(answers[0]!.status).toBe(401);
    expect(new Set(shown).size).toBe(1);
  });

  it('is kept as a sealed hash, which is made anew when it is not of today’s cost', async () => {
    const user = await withPassword('quiet ember under slate');
    const everything = (await dump(test.store)).join('\n');
    expect(everything).not.toContain('argon2');
    const sealed = async () => (await test.store.db.credential.findUniqueOrThrow({ where: { userId: user.id } })).password!;
    const place = { table: 'Credential', row: user.id, field: 'password' };
    const { hash, argon2id } = await import('argon2');
    const cheap = await hash('quiet ember under slate', { type: argon2id, memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await test.store.db.credential.update({ where: { userId: user.id }, data: { password: await test.store.vault.seal({ tenantId, clientId: null }, place, Buffer.from(cheap)) } });
    expect((await post('password', { email: user.email, password: 'quiet ember under slate' })).status).toBe(200);
    expect((await test.store.vault.open({ tenantId, clientId: null }, place, await sealed())).toString()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('is not looked at any more after ten failures, known address or not, and the answer says until when', async () => {
    for (const email of [(await withPassword()).email, 'stranger@harbor.example']) {
      for (let n = 0; n < 10; n += 1) expect((await post('password', { email, password: other })).status).toBe(401);
      const locked = await post('password', { email, password: good });
      expect([locked.status, locked.body['code']]).toEqual([429, 'too_many_requests']);
      expect(Number(locked.headers['retry-after'])).toBeGreaterThan(800);
      expect(Date.parse(locked.body['unlocksAt']!)).toBeGreaterThan(Date.now());
    }
  });

  it('tried for many addresses from one place is not looked at either', async () => {
    const tries = [];
    for (let n = 0; n < 101; n += 1) tries.push((await post('password', { email: `n${n}@harbor.example`, password: other }, '10.9.9.9')).status);
    expect([tries[99], tries[100]]).toEqual([401, 429]);
  });

  it('cannot be tried more often by trying side by side', async () => {
    const { email } = await withPassword();
    const tries = await Promise.all(Array.from({ length: 25 }, () => post('password', { email, password: other })));
    expect(tries.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
  });
});

describe('a second factor', () => {
  it('finishes a sign-in, and no code is taken twice', async () => {
    const { user, secret } = await enrolled();
    const first = await challenge(user);
    const code = codeOf(secret, 1);
    const done = await post('second-factor', { challenge: first, code, deliver: 'token' });
    expect(await me(done.body['token'] as string)).toBe(200);
    const again = await post('second-factor', { challenge: await challenge(user), code });
    expect([again.status, again.body['code']]).toEqual([401, 'sign_in_failed']);
    expect((await post('second-factor', { challenge: first, code: codeOf(secret, 1) })).status).toBe(401);
  });

  it('of two requests with the same code at once lets one in', async () => {
    const { user, secret } = await enrolled();
    const step = await challenge(user);
    const answers = await Promise.all([1, 2, 3].map(() => post('second-factor', { challenge: step, code: codeOf(secret, 1) })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
  });

  it('can be guessed five times a sign-in, and ten times in all', async () => {
    const { user, secret } = await enrolled();
    const wrong = '000000' === codeOf(secret, 1) ? '000001' : '000000';
    const statuses = [];
    for (let sign = 0; sign < 3; sign += 1) {
      const step = await challenge(user);
      for (let n = 0; n < 5; n += 1) statuses.push((await post('second-factor', { challenge: step, code: wrong })).status);
      if (sign === 0) expect((await post('second-factor', { challenge: step, code: codeOf(secret, 1) })).body['detail']).toContain('used up');
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.slice(10)).toEqual(Array(5).fill(429));
  });

  it('that is lost is replaced by a recovery code, once each', async () => {
    const { user, recoveryCodes } = await enrolled();
    const code = recoveryCodes[3]!.toUpperCase();
    expect((await post('second-factor', { challenge: await challenge(user), recoveryCode: code })).status).toBe(200);
    expect((await post('second-factor', { challenge: await challenge(user), recoveryCode: code })).status).toBe(401);
    expect((await post('second-factor', { challenge: await challenge(user), recoveryCode: recoveryCodes[4] })).status).toBe(200);
  });

  it('is changed only with the password, and ends the other sign-ins', async () => {
    const { user, secret, token } = await enrolled();
    const second = await post('second-factor', { challenge: await challenge(user), code: codeOf(secret, 1), deliver: 'token' });
    const as = { token };
    expect((await test.call(as, 'POST', '/v1/me/second-factor', { password: other })).status).toBe(401);
    const next = (await test.call(as, 'POST', '/v1/me/second-factor', { password: good })).body as { secret: string };
    expect((await test.call(as, 'POST', '/v1/me/second-factor/confirm', { code: codeOf(next.secret) })).body.recoveryCodes).toHaveLength(10);
    expect(await me(second.body['token'] as string)).toBe(401);
    expect((await test.call(as, 'GET', '/v1/me/sign-in')).body).toEqual({ requireSecondFactor: true, secondFactor: true, recoveryCodesLeft: 10 });
    const renewed = (await test.call(as, 'POST', '/v1/me/recovery-codes', { password: good })).body.recoveryCodes as string[];
    expect((await post('second-factor', { challenge: await challenge(user), recoveryCode: renewed[0] })).status).toBe(200);
  });
});

describe('a new password', () => {
  it('comes by a mail to those who are known; the answer is the same for all', async () => {
    const user = await withPassword();
    const answers = [await post('password-reset', { email: user.email }), await post('password-reset', { email: 'nobody@harbor.example' })];
    expect(answers.map(({ status, body }) => [status, body])).toEqual([[202, {}], [202, {}]]);
    await expect.poll(() => test.store.db.mail.count({ where: { userId: user.id, template: 'password_reset' } })).toBe(1);
    expect(await test.store.db.mail.count({ where: { template: 'password_reset', userId: { not: user.id } } })).toBe(0);
    expect(await test.store.db.auditEntry.count({ where: { action: 'user.password_reset_asked', actorId: user.id } })).toBe(1);
  });

  it('by link ends every sign-in, and asks for the second factor', async () => {
    const { user, token } = await enrolled();
    const step = await post('set-password', { token: await link(user, 'password_reset'), password: other });
    expect(step.body).toMatchObject({ next: 'second_factor' });
    expect(await me(token)).toBe(401);
    expect((await post('password', { email: user.email, password: good })).status).toBe(401);
  });

  it('changed while signed in keeps this sign-in under a new token and ends the others', async () => {
    const { user, secret, token } = await enrolled();
    const second = await post('second-factor', { challenge: await challenge(user), code: codeOf(secret, 1), deliver: 'token' });
    expect((await test.call({ token }, 'PUT', '/v1/me/password', { current: other, password: other })).status).toBe(401);
    expect((await test.call({ token }, 'PUT', '/v1/me/password', { current: good, password: 'summer2026!!' })).status).toBe(422);
    const changed = await test.call({ token }, 'PUT', '/v1/me/password', { current: good, password: other });
    expect(await me(changed.body.token as string)).toBe(200);
    expect(await me(second.body['token'] as string)).toBe(401);
  });
});

it('a page of another site cannot sign anybody in', async () => {
  const answer = await test.app.inject({ method: 'POST', url: '/v1/sign-in/password', payload: { email: 'a@x.example', password: good }, headers: { 'sec-fetch-site': 'cross-site' } });
  expect(answer.statusCode).toBe(403);
});

it('no secret of a sign-in is in the database in clear, or in the log', async () => {
  const { user, secret, token, recoveryCodes } = await enrolled();
  const invitation = await link(user);
  const everything = [(await dump(test.store)).join('\n'), test.log.join('\n')].join('\n');
  for (const one of [good, secret, token, token.slice(4), invitation.slice(4), recoveryCodes[0]!, user.email]) expect(everything.includes(one), one).toBe(false);
});
