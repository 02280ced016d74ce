import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actorById, actorOf, clientsOfUsers, createUser, endAccess, findExternalUser, getUser, hasInternalUser, issueToken, searchUsers, type Store } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { dump, newClient, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
let tenantId: string;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  tenantId = test.tenants[0]!.id;
});
afterAll(() => test.close());

const now = new Date();
const inAnHour = new Date(now.getTime() + 3_600_000);
const internal = (email: string) => createUser(store, { tenantId, roles: ['manager'], firstName: 'Ada', lastName: 'Lee', email, scope: null });
const external = (clientId: string, section: 'accounting' | 'msp') =>
  createUser(store, { tenantId, roles: [section === 'msp' ? 'msp' : 'accountant'], firstName: 'Ola', lastName: 'Out', email: 'ola@out.example', scope: { clientId, section } });
const token = (user: { id: string; tenantId: string }, expiresAt = inAnHour) => issueToken(store, user, { label: 'test', expiresAt });

describe('a token', () => {
  it('is its user’s until it ends, to the millisecond', async () => {
    const user = await internal('a@x.example');
    const own = await token(user);
    expect(await actorOf(store, own, now)).toEqual({ userId: user.id, tenantId, roles: ['manager'], scope: null });
    expect(await actorOf(store, own, new Date(inAnHour.getTime() - 1))).not.toBeNull();
    expect(await actorOf(store, own, inAnHour)).toBeNull();
  });

  it('that is unknown, revoked, changed, or of an inactive user is nobody’s', async () => {
    const user = await internal('b@x.example');
    const [revoked, kept] = [await token(user), await token(user)];
    const { id } = await store.db.accessToken.findFirstOrThrow({ where: { userId: user.id }, orderBy: { id: 'asc' } });
    await store.db.accessToken.update({ where: { id }, data: { revokedAt: new Date() } });
    expect(await actorOf(store, revoked, now)).toBeNull();
    expect(await actorOf(store, kept, now)).not.toBeNull();
    for (const bad of ['', 'cob_', `${kept}x`, kept.slice(0, -1), kept.toUpperCase()]) expect(await actorOf(store, bad, now)).toBeNull();
    await store.db.user.update({ where: { id: user.id }, data: { active: false } });
    expect(await actorOf(store, kept, now)).toBeNull();
    expect(await actorById(store, tenantId, user.id)).toBeNull();
  });

  it('is kept as a hash only, and no two are alike', async () => {
    const user = await internal('c@x.example');
    const tokens = await Promise.all(Array.from({ length: 20 }, () => token(user)));
    expect(new Set(tokens).size).toBe(20);
    for (const one of tokens) expect(one).toMatch(/^cob_[\w-]{43}$/);
    const everything = (await dump(store)).join('\n');
    for (const one of tokens) expect(everything.includes(one) || everything.includes(one.slice(4))).toBe(false);
  });

  it('of an external person ends with their section or with all of the client, nobody else’s', async () => {
    const [client, other] = [await newClient(test), await newClient(test)];
    const tokens = await Promise.all([
      token(await external(client.clientId, 'accounting')),
      token(await external(client.clientId, 'msp')),
      token(await external(other.clientId, 'msp')),
      token(await internal('d@x.example')),
    ]);
    const alive = async () => Promise.all(tokens.map(async (one) => (await actorOf(store, one, now)) !== null));
    expect(await actorOf(store, tokens[1]!, now)).toMatchObject({ roles: ['msp'], scope: { clientId: client.clientId, section: 'msp' } });
    await endAccess(store, { clientId: client.clientId, section: 'accounting' }, 'section_approved');
    expect(await alive()).toEqual([false, true, true, true]);
    await endAccess(store, { clientId: client.clientId }, 'deleted');
    expect(await alive()).toEqual([false, false, true, true]);
  });
});

describe('a person', () => {
  it('is found within their tenant only', async () => {
    const user = await internal('e@x.example');
    expect(await getUser(store, tenantId, user.id)).toMatchObject({ firstName: 'Ada', email: 'e@x.example', external: false, active: true });
    expect(await refusalOf(getUser(store, test.tenants[1]!.id, user.id))).toBe('not_found');
    expect(await actorById(store, test.tenants[1]!.id, user.id)).toBeNull();
  });

  it('from outside is found by client, section and mail address, however it is written', async () => {
    const client = await newClient(test);
    const { id } = await external(client.clientId, 'msp');
    const where = { ...client, section: 'msp', email: ' OLA@out.example' };
    expect((await findExternalUser(store, where))?.id).toBe(id);
    for (const other of [{ section: 'accounting' }, { email: 'x@out.example' }, { tenantId: test.tenants[1]!.id }, { clientId: randomUUID() }]) expect(await findExternalUser(store, { ...where, ...other })).toBeNull();
  });

  it('counts as internal only with the role, active, of the tenant, and not from outside', async () => {
    const user = await internal('f@x.example');
    expect(await hasInternalUser(store, tenantId, user.id, ['manager'])).toBe(true);
    expect(await hasInternalUser(store, tenantId, user.id, ['sales_rep'])).toBe(false);
    expect(await hasInternalUser(store, test.tenants[1]!.id, user.id, ['manager'])).toBe(false);
    const outside = await external((await newClient(test)).clientId, 'msp');
    expect(await hasInternalUser(store, tenantId, outside.id, ['msp'])).toBe(false);
    await store.db.user.update({ where: { id: user.id }, data: { active: false } });
    expect(await hasInternalUser(store, tenantId, user.id, ['manager'])).toBe(false);
  });

  it('is listed by pages with the clients that they are assigned to or belong to', async () => {
    const client = await newClient(test);
    const outside = await external(client.clientId, 'msp');
    const seen: string[] = [];
    for (let after: string | null = null; ; after = seen.at(-1)!) {
      const page = await searchUsers(store, tenantId, { sort: 'created', descending: false, limit: 3, after });
      seen.push(...page.map((user) => user.id));
      if (page.length < 3) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain(outside.id);
    const engineer = await getUser(store, tenantId, (await test.actor('onboarding_engineer')).userId);
    const clients = await clientsOfUsers(store, [engineer, outside]);
    expect(clients.get(engineer.id)).toContain(client.clientId);
    expect(clients.get(outside.id)).toEqual([client.clientId]);
  });
});
