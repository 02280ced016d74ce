/** Every operation of the document, by every role, on own and foreign clients and sections, and without a sign-in that counts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from '../../api/openapi.js';
import { sections, type Section } from '../../domain/kinds/index.js';
import { isBySection, may, mayNow, operations, stageAllows, type Operation } from '../../domain/permissions.js';
import { externalRoles, internalRoles, type Actor, type Role } from '../../domain/roles.js';
import { stages } from '../../domain/stages.js';
import { actorOf, createUser, endSession, issueToken, startSession, type User } from '../../store/index.js';
import { newClient, startTestApi, type TestApi } from './support.js';

interface Documented {
  'x-operation'?: Operation | 'self' | 'account' | 'public';
  'x-section'?: Section;
  requestBody?: { content: Record<string, unknown> };
}
const document = (await openapiDocument()) as { paths: Record<string, Record<string, Documented>> };
const routes = Object.entries(document.paths)
  .filter(([path]) => path.startsWith('/v1/'))
  .flatMap(([path, methods]) => Object.entries(methods).map(([method, documented]) => ({ method: method.toUpperCase(), path, documented, operation: documented['x-operation'] })));
const guarded = routes.filter(({ operation }) => operation !== 'public');
type Route = (typeof routes)[number];

const hour = 3_600_000;
const policy = { idleMs: hour, absoluteMs: hour };
/** The id of nothing. */
const nothing = '00000000-0000-7000-8000-000000000001';

let test: TestApi;
let tenantId: string;
/** A client of everybody's own, another one of the same tenant, and one of another tenant. */
const clients = { own: '', other: '', foreign: '' };
const people = {} as Record<Role, { user: Pick<User, 'id' | 'tenantId' | 'clientId' | 'section'>; token: string; actor: Actor }>;
/** Sign-ins that do not count, by the reason. */
const refused: Record<string, string | null> = { none: null, unknown: 'cob_this-token-was-never-issued' };

beforeAll(async () => {
  test = await startTestApi();
  tenantId = test.tenants[0]!.id;
  const { store } = test;
  clients.own = await newClient(test);
  clients.other = await newClient(test);
  clients.foreign = (await test.call({ token: test.token('manager', 1) }, 'POST', '/v1/clients', { company: 'Foreign' })).body.id;
  const person = async (role: Role, scope: { clientId: string; section: 'accounting' | 'msp' } | null) => {
    const user = await createUser(store, { tenantId, roles: [role], firstName: 'P', lastName: role, email: `${role}@matrix.example`, scope });
    const token = await issueToken(store, user, { label: 'matrix', expiresAt: new Date(Date.now() + hour) });
    people[role] = { user, token, actor: (await actorOf(store, token, new Date()))! };
  };
  for (const role of internalRoles) await person(role, null);
  await person('accountant', { clientId: clients.own, section: 'accounting' });
  await person('msp', { clientId: clients.own, section: 'msp' });

  const { user } = people.manager;
  refused['expired token'] = await issueToken(store, user, { label: 'x', expiresAt: new Date(Date.now() - 1) });
  refused['revoked token'] = await issueToken(store, user, { label: 'revoked', expiresAt: new Date(Date.now() + hour) });
  await store.db.accessToken.updateMany({ where: { label: 'revoked' }, data: { revokedAt: new Date() } });
  const started = async (now: Date) => startSession(store, user, { method: 'password', userAgent: 'x', policy, now });
  refused['session that idled out'] = (await started(new Date(Date.now() - 2 * hour))).token;
  const ended = await started(new Date());
  await endSession(store, { userId: user.id, tenantId }, ended.id, 'signed_out');
  refused['session that was ended'] = ended.token;
  const leaver = await createUser(store, { tenantId, roles: ['administrator'], firstName: 'L', lastName: 'L', email: 'leaver@matrix.example', scope: null });
  refused['somebody who left'] = (await startSession(store, leaver, { method: 'password', userAgent: 'x', policy })).token;
  await store.db.user.update({ where: { id: leaver.id }, data: { active: false } });
  // Nothing is carried out: what a role may do answers that no worker is there, or that the body is not right.
  test.process = { ...test.process, decide: () => Promise.reject(new Error('not asked for in this test')), start: async () => undefined };
});
afterAll(() => test.close());

/** The external person's stage: each acts while their own section is being entered. */
const stageFor = async (stage: 'accounting' | 'msp') => test.store.db.client.updateMany({ where: { id: { in: [clients.own, clients.other] } }, data: { stage } });

let tries = 0;
async function send(route: Route, client: string, section: Section, token: string | null): Promise<{ status: number; code: string; text: string }> {
  tries += 1;
  const url = route.path.replace('{clientId}', client).replace('{section}', section).replace(/\{\w+Id\}/g, nothing).replace(/\{\w+\}/g, 'x');
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const type = Object.keys(route.documented.requestBody?.content ?? {})[0];
  const body = type ? { payload: '{"matrix":true}', headers: { ...headers, 'content-type': type } } : { headers };
  // Failed sign-ins are counted by address: each try comes from another one.
  const answer = await test.app.inject({ method: route.method as 'GET', url, remoteAddress: `10.${(tries >> 16) & 255}.${(tries >> 8) & 255}.${tries & 255}`, ...body });
  const problem = String(answer.headers['content-type']).startsWith('application/problem') ? answer.json<{ code: string }>().code : '';
  return { status: answer.statusCode, code: problem, text: answer.body };
}

/** A token for the role that the route takes: what is a person's own needs a session, which some of these routes end. */
async function tokenFor(route: Route, role: Role): Promise<string> {
  const { user, token } = people[role];
  return route.operation === 'account' ? (await startSession(test.store, user, { method: 'password', userAgent: 'x', policy })).token : token;
}

const sectionsOf = (route: Route): readonly Section[] => (route.path.includes('{section}') ? sections : [route.documented['x-section'] ?? 'sales']);

function expected(route: Route, role: Role, clientId: string, section: Section): boolean {
  if (route.operation === 'self' || route.operation === 'account') return true;
  const named = route.path.includes('{section}') || route.documented['x-section'] !== undefined;
  const where = { ...(route.path.includes('{clientId}') ? { clientId } : {}), ...(named ? { section } : {}) };
  return may(people[role].actor, route.operation as Operation, where);
}

describe('every operation', () => {
  it('is of the table, or says that it is open to everybody', () => {
    expect(routes.length).toBeGreaterThan(150);
    for (const { operation, method, path } of routes) expect([...operations, 'self', 'account', 'public'], `${method} ${path}`).toContain(operation);
  });

  it.each(guarded)('$method $path needs a sign-in that counts', async (route) => {
    for (const [reason, token] of Object.entries(refused)) expect(await send(route, clients.own, 'msp', token), reason).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it.each(guarded)('$method $path is for internal roles as the table says, and for no other tenant', async (route) => {
    await stageFor('accounting');
    for (const role of internalRoles) {
      for (const section of sectionsOf(route)) {
        const answer = await send(route, clients.own, section, await tokenFor(route, role));
        const asked = `${role} ${section}: ${answer.status} ${answer.code}`;
        if (expected(route, role, clients.own, section)) expect(['unauthenticated', 'forbidden'], asked).not.toContain(answer.code);
        else expect(answer, asked).toMatchObject({ status: 403, code: 'forbidden' });
        if (!route.path.includes('{clientId}')) continue;
        // 400 and 415 come before the data is looked at, and are the same for a client that does not exist.
        const foreign = await send(route, clients.foreign, section, people[role].token);
        expect([400, 403, 404, 415], `${role} on a foreign client`).toContain(foreign.status);
        expect(foreign.text).not.toContain('Foreign');
      }
    }
  });

  it.each(guarded)('$method $path is for external roles on their own client and section alone', async (route) => {
    for (const role of externalRoles) {
      const { scope } = people[role].actor;
      await stageFor(scope!.section);
      for (const section of sectionsOf(route)) {
        const answer = await send(route, clients.own, section, await tokenFor(route, role));
        const asked = `${role} ${section}: ${answer.status} ${answer.code}`;
        if (expected(route, role, clients.own, section)) expect(['unauthenticated', 'forbidden'], asked).not.toContain(answer.code);
        else expect([403, 404], asked).toContain(answer.status);
        if (!route.path.includes('{clientId}')) continue;
        for (const client of [clients.other, clients.foreign]) expect([403, 404], `${role} on another client`).toContain((await send(route, client, section, people[role].token)).status);
      }
    }
  });
});

describe('the stage of a client', () => {
  it.each(externalRoles)('lets the %s in only while their section is being entered or reviewed', async (role) => {
    const { actor, token } = people[role];
    for (const stage of stages) {
      await test.store.db.client.update({ where: { id: clients.own }, data: { stage } });
      const { status } = await test.call({ token }, 'GET', `/v1/clients/${clients.own}/sections`);
      const { section } = actor.scope!;
      expect(status, stage).toBe(stage === section || stage === `${section}_review` ? 200 : 409);
    }
  });

  it('is part of what a person is told that they may do now', async () => {
    for (const [stage, role] of [['sales', 'sales_rep'], ['accounting_review', 'onboarding_engineer'], ['msp', 'msp'], ['ready', 'manager'], ['retention', 'administrator']] as const) {
      await test.store.db.client.update({ where: { id: clients.own }, data: { stage } });
      const { actor, token } = people[role];
      const told = (await test.call({ token }, 'GET', `/v1/clients/${clients.own}/allowed`)).body.operations as { operation: Operation; sections: Section[] | null }[];
      for (const operation of operations) {
        const found = told.find((one) => one.operation === operation);
        const where = { clientId: clients.own, stage };
        if (isBySection(operation)) expect(found?.sections ?? [], operation).toEqual(sections.filter((section) => mayNow(actor, operation, { ...where, section })));
        else expect(found !== undefined, operation).toBe(mayNow(actor, operation, where));
      }
    }
    expect(stageAllows('section.edit', 'sales', 'msp')).toBe(false);
    expect(stageAllows('section.approve', 'msp_review', 'msp')).toBe(true);
    expect(stageAllows('section.approve', 'msp_review', 'sales')).toBe(false);
  });
});

describe('what a client gave', () => {
  const marks = { sales: 'ZqSalesMark', accounting: 'ZqAccountingMark', msp: 'ZqMspMark' } as const;
  const secret = 'ZqSecretMark';
  const records: string[] = [];

  beforeAll(async () => {
    const url = `/v1/clients/${clients.own}`;
    const enter = async (section: Section, method: string, path: string, fields: object) => {
      await test.store.db.client.update({ where: { id: clients.own }, data: { stage: section } });
      const answer = await test.call('administrator', method, `${url}/${path}`, { fields });
      expect(answer.status, answer.text).toBeLessThan(300);
      records.push(answer.body.id as string);
    };
    await enter('sales', 'PUT', 'sales-contact', { firstName: marks.sales, lastName: 'X', email: 's@x.example' });
    await enter('accounting', 'POST', 'sites', { name: marks.accounting });
    await enter('accounting', 'POST', 'personnel', { firstName: marks.accounting, lastName: 'X' });
    await enter('accounting', 'PUT', 'current-msp', { company: marks.accounting });
    await enter('msp', 'POST', 'vendors', { company: marks.msp });
    await enter('msp', 'POST', 'passwords', { name: marks.msp, username: marks.msp, password: secret });
  });

  const reading = guarded.filter(({ method, path }) => method === 'GET' && !path.includes('events'));

  it.each([...internalRoles, ...externalRoles])('is read by the %s only where the table says so, and no list or page holds a secret', async (role) => {
    const { actor, token } = people[role];
    await stageFor(actor.scope?.section ?? 'accounting');
    const hidden = sections.filter((section) => !may(actor, 'section.read', { clientId: clients.own, section }));
    let seen = '';
    for (const route of reading) {
      const ids = route.path.includes('{recordId}') ? records : [nothing];
      for (const id of ids) {
        const { text } = await send({ ...route, path: route.path.replace('{recordId}', id) }, clients.own, actor.scope?.section ?? 'accounting', token);
        for (const section of hidden) expect(text.includes(marks[section]), `${route.path} shows ${section} to ${role}`).toBe(false);
        expect(text.includes(secret), `${route.path} shows a secret to ${role}`).toBe(false);
        seen += text;
      }
    }
    // Else the test would find nothing because there is nothing to find.
    for (const section of sections) expect(seen.includes(marks[section]), section).toBe(!hidden.includes(section));
  });
});
