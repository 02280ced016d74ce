import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deactivateUser, changeUser, inTransaction, issueToken, setPassword, startSession, type Refusal } from '../../store/index.js';
import type { Actor } from '../../domain/roles.js';
import { newClient, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
let tenantId: string;
beforeAll(async () => {
  test = await startTestApi();
  tenantId = test.tenants[0]!.id;
});
afterAll(() => test.close());

let people = 0;
interface Shown {
  id: string;
  email: string;
  status: string;
  roles: string[];
  [field: string]: unknown;
}
async function invite(roles: string[] = ['onboarding_engineer'], names: object = {}): Promise<Shown> {
  const answer = await test.call('administrator', 'POST', '/v1/users', { firstName: 'Nils', lastName: 'Berg', email: `u${(people += 1)}@harbor.example`, roles, ...names });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as Shown;
}
const admin = (method: string, url: string, body?: unknown) => test.call('administrator', method, url, body);
const session = async (id: string) =>
  (await startSession(test.store, { id, tenantId, clientId: null, section: null }, { method: 'password', userAgent: 'x', policy: { idleMs: 3_600_000, absoluteMs: 3_600_000 } })).token;
const works = async (token: string) => (await test.call({ token }, 'GET', '/v1/me')).status === 200;
const mails = (id: string) => test.store.db.mail.count({ where: { userId: id, template: 'invitation' } });

describe('a colleague', () => {
  it('is invited with several roles, by mail, and shown as the list shows people', async () => {
    const user = await invite(['manager', 'onboarding_engineer', 'manager']);
    expect(user).toEqual({
      ...{ id: user.id, firstName: 'Nils', lastName: 'Berg', email: user.email, external: false, roles: ['manager', 'onboarding_engineer'], active: true, status: 'invited' },
      ...{ clients: [], companies: [], section: null, lastSignInAt: null, updatedAt: user['updatedAt'], mailProblem: null },
    });
    expect(await mails(user.id)).toBe(1);
    expect((await admin('GET', `/v1/users/${user.id}`)).body).toMatchObject({ id: user.id, secondFactor: false, lockedUntil: null });
  });

  it('is asked for by an Administrator alone, with everything that is needed', async () => {
    const body = { firstName: 'A', lastName: 'B', email: 'ab@harbor.example', roles: ['manager'] };
    for (const who of ['manager', 'sales_rep', 'onboarding_engineer'] as const) expect((await test.call(who, 'POST', '/v1/users', body)).status).toBe(403);
    for (const [change, field] of [[{ email: 'x' }, 'email'], [{ roles: [] }, 'roles'], [{ roles: ['msp'] }, 'roles[0]'], [{ firstName: ' ' }, 'firstName'], [{ admin: true }, 'admin']] as const) {
      const answer = await admin('POST', '/v1/users', { ...body, ...change });
      expect([answer.status, answer.body.errors[0].field], JSON.stringify(answer.body)).toEqual([400, field]);
    }
  });

  it('has a mail address of their own within the tenant, however it is written', async () => {
    const user = await invite();
    const again = await admin('POST', '/v1/users', { firstName: 'A', lastName: 'B', email: user.email.toUpperCase(), roles: ['manager'] });
    expect([again.status, again.body.code]).toEqual([409, 'name_taken']);
    const other = await invite();
    expect((await admin('PATCH', `/v1/users/${other.id}`, { email: user.email })).body.code).toBe('name_taken');
    const elsewhere = await test.call({ token: test.token('administrator', 1) }, 'POST', '/v1/users', { firstName: 'A', lastName: 'B', email: user.email, roles: ['manager'] });
    expect(elsewhere.status).toBe(201);
  });

  it('gets the invitation again, and only the newest link counts', async () => {
    const user = await invite();
    expect((await admin('POST', `/v1/users/${user.id}/resend-invitation`)).status).toBe(200);
    expect(await mails(user.id)).toBe(2);
    expect(await test.store.db.oneTimeToken.count({ where: { userId: user.id } })).toBe(1);
  });

  it('is changed; new roles count from the next request on', async () => {
    const user = await invite(['sales_rep']);
    const token = await session(user.id);
    expect((await test.call({ token }, 'GET', '/v1/users')).status).toBe(403);
    const changed = await admin('PATCH', `/v1/users/${user.id}`, { lastName: 'Bergman', roles: ['manager'] });
    expect(changed.body).toMatchObject({ firstName: 'Nils', lastName: 'Bergman', roles: ['manager'] });
    expect((await test.call({ token }, 'GET', '/v1/users')).status).toBe(200);
    expect((await admin('PATCH', `/v1/users/${user.id}`, { roles: ['accountant'] })).status).toBe(400);
  });

  it('who leaves is shut out everywhere at once, and let in again without their tokens', async () => {
    const user = await invite();
    const tokens = [await session(user.id), await issueToken(test.store, { id: user.id, tenantId }, { label: 'x', expiresAt: new Date(Date.now() + 3_600_000) })];
    expect(await Promise.all(tokens.map(works))).toEqual([true, true]);
    expect((await admin('POST', `/v1/users/${user.id}/deactivate`)).body).toMatchObject({ active: false, status: 'deactivated' });
    expect(await Promise.all(tokens.map(works))).toEqual([false, false]);
    expect((await admin('POST', `/v1/users/${user.id}/resend-invitation`)).status).toBe(422);
    expect((await admin('POST', `/v1/users/${user.id}/reactivate`)).body).toMatchObject({ active: true });
    expect(await Promise.all(tokens.map(works))).toEqual([false, false]);
  });

  it('of another tenant is not there', async () => {
    const foreign = await userId(test, 'manager', 1);
    for (const path of ['deactivate', 'reactivate', 'resend-invitation', 'reset-second-factor', 'unlock']) expect((await admin('POST', `/v1/users/${foreign}/${path}`)).status, path).toBe(404);
    expect((await admin('PATCH', `/v1/users/${foreign}`, { lastName: 'X' })).status).toBe(404);
    expect((await admin('GET', `/v1/users/${foreign}`)).status).toBe(404);
  });

  it('who is locked out is seen, and let try again', async () => {
    const user = await invite();
    await setPassword(test.store, { ...(user as never as Parameters<typeof setPassword>[1]), tenantId }, 'tide-lamp-orchard');
    const tryIt = (password: string, n: number) => test.app.inject({ method: 'POST', url: '/v1/sign-in/password', payload: { email: user.email, password }, remoteAddress: `10.7.0.${n}` });
    for (let n = 0; n < 11; n += 1) await tryIt('wrong', n);
    expect((await admin('GET', `/v1/users/${user.id}`)).body.lockedUntil).not.toBeNull();
    await admin('POST', `/v1/users/${user.id}/unlock`);
    expect((await admin('GET', `/v1/users/${user.id}`)).body.lockedUntil).toBeNull();
    expect((await tryIt('tide-lamp-orchard', 20)).statusCode).toBe(200);
  });

  it('is in the history with who did it', async () => {
    const user = await invite();
    await admin('POST', `/v1/users/${user.id}/deactivate`);
    const entries = await test.store.db.auditEntry.findMany({ where: { tenantId, action: { in: ['user.invited', 'user.deactivated'] } }, orderBy: { sequence: 'desc' }, take: 2 });
    expect(entries.map(({ action }) => action)).toEqual(['user.deactivated', 'user.invited']);
    expect(entries[0]!.actorId).toBe(await userId(test, 'administrator'));
  });
});

describe('the last Administrator', () => {
  const actor = async (): Promise<Actor> => ({ userId: await userId(test, 'administrator', 1), tenantId: test.tenants[1]!.id, roles: ['administrator'], scope: null });
  const as = (method: string, url: string, body?: unknown) => test.call({ token: test.token('administrator', 1) }, method, url, body);

  it('cannot be deactivated, lose the role, or do either to themselves', async () => {
    const { userId: id } = await actor();
    expect((await as('POST', `/v1/users/${id}/deactivate`)).body).toMatchObject({ status: 409, code: 'last_administrator' });
    expect((await as('PATCH', `/v1/users/${id}`, { roles: ['manager'] })).body.code).toBe('last_administrator');
    expect((await as('PATCH', `/v1/users/${id}`, { roles: ['manager', 'administrator'], lastName: 'Still' })).status).toBe(200);
    expect((await as('PATCH', `/v1/users/${id}`, { roles: ['administrator'] })).status).toBe(200);
  });

  it('is not replaced by one who was invited and has never signed in', async () => {
    const { userId: id } = await actor();
    const invited = (await as('POST', '/v1/users', { firstName: 'N', lastName: 'Ever', email: 'never@quick.harbor.example', roles: ['administrator'] })).body as Shown;
    expect((await as('POST', `/v1/users/${id}/deactivate`)).body).toMatchObject({ status: 409, code: 'last_administrator' });
    expect((await as('PATCH', `/v1/users/${id}`, { roles: ['manager'] })).body.code).toBe('last_administrator');
    // Whoever asks is here, though this one came by a token alone.
    expect((await as('POST', `/v1/users/${invited.id}/deactivate`)).body).toMatchObject({ active: false });
  });

  it('is still there after two deactivate each other at the same moment', async () => {
    const first = await actor();
    const second = (await as('POST', '/v1/users', { firstName: 'B', lastName: 'C', email: 'second@quick.harbor.example', roles: ['administrator'] })).body as Shown;
    await test.store.db.user.updateMany({ where: { id: { in: [first.userId, second.id] } }, data: { lastSignInAt: new Date() } });
    for (const work of [
      () => [deactivateUser(test.store, first, first.userId), deactivateUser(test.store, first, second.id)],
      () => [changeUser(test.store, first, first.userId, { roles: ['manager'] }), deactivateUser(test.store, first, second.id)],
    ]) {
      const outcomes = await Promise.allSettled(work());
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const [failed] = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Refusal] : []));
      expect(failed!.code).toBe('last_administrator');
      await test.store.db.user.updateMany({ where: { id: { in: [first.userId, second.id] } }, data: { active: true, roles: ['administrator'] } });
    }
  });
});

describe('the list of users', () => {
  const list = async (query: string) => (await test.call('manager', 'GET', `/v1/users?${query}`)).body as { items: Shown[]; nextCursor: string | null };

  it('is searched by part of a name or address, without case', async () => {
    const user = await invite(['sales_rep'], { firstName: 'Zoë', lastName: 'Quartermain' });
    for (const search of ['quarterm', 'ZOË Q', user.email.slice(0, 6)]) expect((await list(`search=${encodeURIComponent(search)}`)).items.map(({ id }) => id)).toContain(user.id);
    expect((await list('search=nobody-has-this')).items).toEqual([]);
  });

  it.each(['firstName', 'lastName', 'email', 'updatedAt', 'lastSignInAt', 'created'])('is sorted by %s, both ways, over pages that neither overlap nor leave anybody out', async (sort) => {
    const all = (await list(`sort=${sort}&limit=1000`)).items;
    const pages: Shown[] = [];
    for (let cursor = ''; ; ) {
      const page = await list(`sort=${sort}&limit=4${cursor}`);
      pages.push(...page.items);
      if (!page.nextCursor) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(pages.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    const back = (await list(`sort=${sort}&order=desc&limit=1000`)).items;
    expect(back.map(({ id }) => id)).toEqual(all.map(({ id }) => id).reverse());
    if (sort === 'lastName') expect(all.map((one) => one['lastName'])).toEqual(all.map((one) => one['lastName'] as string).sort(new Intl.Collator('en', { sensitivity: 'base', numeric: true }).compare));
  });

  it('is filtered by status, role and kind', async () => {
    const [gone, fresh] = [await invite(['manager']), await invite(['sales_rep'])];
    await admin('POST', `/v1/users/${gone.id}/deactivate`);
    const ids = async (query: string) => (await list(`limit=1000&${query}`)).items.map(({ id }) => id);
    expect(await ids('status=deactivated')).toContain(gone.id);
    expect(await ids('status=invited')).toContain(fresh.id);
    expect(await ids('status=invited')).not.toContain(gone.id);
    expect(await ids('role=sales_rep')).not.toContain(gone.id);
    expect(await ids('external=true')).not.toContain(fresh.id);
    expect((await test.call('manager', 'GET', '/v1/users?sort=shoe')).status).toBe(400);
  });

  it('names the companies that people are assigned to, and external people with their section', async () => {
    const client = await newClient(test, 'Velvet Bakery');
    const engineer = (await list('role=onboarding_engineer&limit=1000')).items.find((one) => (one['clients'] as string[]).includes(client))!;
    expect(engineer['companies']).toContain('Velvet Bakery');
    const outside = await test.call('manager', 'POST', `/v1/clients/${client}/people`, { section: 'accounting', firstName: 'Ola', lastName: 'Out', email: 'ola@bakery.example' });
    expect(outside.body).toMatchObject({ external: true, roles: ['accountant'], section: 'accounting', clients: [client], companies: ['Velvet Bakery'] });
    expect((await list('search=ola@bakery')).items.map(({ id }) => id)).toEqual([outside.body.id]);
  });

  it('of those whom a client can be assigned to is there for every colleague, without addresses', async () => {
    const { body } = await test.call('sales_rep', 'GET', '/v1/colleagues?role=onboarding_engineer');
    expect(Object.keys(body.items[0]).sort()).toEqual(['firstName', 'id', 'lastName', 'roles']);
  });
});

describe('external people', () => {
  it('may be several in a section, each by an address of their own, each shut out alone', async () => {
    const client = await newClient(test);
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'msp' } });
    const url = `/v1/clients/${client}/people`;
    const add = (section: string, email: string) => test.call('onboarding_engineer', 'POST', url, { section, firstName: 'Ola', lastName: 'Out', email });
    const [one, two, three] = [await add('msp', 'one@old.example'), await add('msp', 'two@old.example'), await add('accounting', 'one@old.example')];
    expect([one.status, two.status, three.status]).toEqual([201, 201, 201]);
    expect((await add('msp', 'ONE@old.example')).body.code).toBe('name_taken');
    expect(await mails(one.body.id as string)).toBe(1);
    const list = await test.call('manager', 'GET', url);
    expect(list.body.items.map((user: Shown) => user.id)).toEqual([one.body.id, two.body.id, three.body.id]);
    expect((await test.call('manager', 'POST', `${url}/${two.body.id}/deactivate`)).body.status).toBe('deactivated');
    expect((await test.call('manager', 'POST', `${url}/${one.body.id}/resend-invitation`)).status).toBe(200);
    const elsewhere = await newClient(test);
    expect((await test.call('manager', 'POST', `/v1/clients/${elsewhere}/people/${one.body.id}/deactivate`)).status).toBe(404);
    expect((await test.call('sales_rep', 'GET', url)).status).toBe(403);
    expect((await admin('PATCH', `/v1/users/${one.body.id}`, { roles: ['manager'] })).status).toBe(422);
  });

  it('are mailed nothing while their section is closed, and a further mail is refused in words', async () => {
    const client = await newClient(test);
    const { body } = await test.call('manager', 'POST', `/v1/clients/${client}/people`, { section: 'accounting', firstName: 'Ola', lastName: 'Out', email: 'early@bakery.example' });
    for (const [stage, then] of [['sales', 'invited when it begins'], ['msp', 'Reset the section first']] as const) {
      await test.store.db.client.update({ where: { id: client }, data: { stage } });
      for (const url of [`/v1/clients/${client}/people/${body.id}/resend-invitation`, `/v1/users/${body.id}/resend-invitation`]) {
        expect((await admin('POST', url)).body, url).toMatchObject({ status: 409, code: 'wrong_stage', detail: expect.stringContaining(then) as string });
      }
    }
    expect(await mails(body.id as string)).toBe(0);
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'accounting_review' } });
    expect((await admin('POST', `/v1/users/${body.id}/resend-invitation`)).status).toBe(200);
    expect(await mails(body.id as string)).toBe(1);
  });

  it('whose address is corrected are invited at the new one, and whoever has the old one is out', async () => {
    const client = await newClient(test);
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'accounting' } });
    const { body } = await test.call('manager', 'POST', `/v1/clients/${client}/people`, { section: 'accounting', firstName: 'Ola', lastName: 'Out', email: 'typo@bakery.example' });
    const { token } = await inTransaction(test.store, (context) => startSession(context, { id: body.id, tenantId: test.tenants[0]!.id, clientId: client, section: 'accounting' }, { method: 'mail_code', userAgent: 'x', policy: { idleMs: 60_000, absoluteMs: 60_000 } }));
    const sites = () => test.call({ token }, 'GET', `/v1/clients/${client}/sites`);
    expect([(await sites()).status, await mails(body.id as string)]).toEqual([200, 1]);
    await admin('PATCH', `/v1/users/${body.id}`, { lastName: 'Outer' });
    expect([(await sites()).status, await mails(body.id as string)]).toEqual([200, 1]);
    await admin('PATCH', `/v1/users/${body.id}`, { email: 'ola@bakery.example' });
    expect([(await sites()).status, await mails(body.id as string)]).toEqual([401, 2]);
  });
});

describe('clients of somebody who leaves', () => {
  it('go to a successor in one call; those that cannot are named with the reason', async () => {
    const [leaver, successor] = [await invite(['onboarding_engineer', 'manager']), await invite(['onboarding_engineer'])];
    const [asEngineer, asManager, over] = [await newClient(test), await newClient(test), await newClient(test)];
    const manager = await userId(test, 'manager');
    for (const [id, engineerId, managerId] of [[asEngineer, leaver.id, manager], [asManager, null, leaver.id], [over, leaver.id, manager]] as const) await test.store.db.client.update({ where: { id }, data: { engineerId, managerId } });
    await test.store.db.client.update({ where: { id: over }, data: { stage: 'retention' } });
    const answer = await test.call('manager', 'POST', `/v1/users/${leaver.id}/reassign`, { to: successor.id });
    expect(answer.body).toEqual({ reassigned: [asEngineer], refused: [{ clientId: asManager, reason: 'They do not have the role Manager' }] });
    expect((await test.store.db.client.findUniqueOrThrow({ where: { id: asEngineer } })).engineerId).toBe(successor.id);
    expect((await test.call('manager', 'POST', `/v1/users/${leaver.id}/reassign`, { to: await userId(test, 'manager', 1) })).status).toBe(404);
    const self = await test.call('manager', 'POST', `/v1/users/${leaver.id}/reassign`, { to: leaver.id });
    expect([self.status, self.body.errors]).toEqual([422, [{ field: 'to', message: 'must be somebody else' }]]);
  });
});
