import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser, endSession, endSessions, listSessions, rotateSession, startSession, useSession, type SessionPolicy, type Store, type User } from '../../store/index.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { decide, dump, newClient, purge, readyPreview, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
let tenantId: string;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  tenantId = test.tenants[0]!.id;
});
afterAll(() => test.close());

const minute = 60_000;
const policy: SessionPolicy = { idleMs: 30 * minute, absoluteMs: 12 * 60 * minute };
const start = new Date('2026-11-21T08:00:00Z');
const at = (ms: number) => new Date(start.getTime() + ms);

let people = 0;
const person = () => createUser(store, { tenantId, roles: ['manager'], firstName: 'Ada', lastName: 'Lee', email: `s${(people += 1)}@x.example`, scope: null });
const outsider = (clientId: string, section: 'accounting' | 'msp') =>
  createUser(store, { tenantId, roles: [section === 'msp' ? 'msp' : 'accountant'], firstName: 'Ola', lastName: 'Out', email: `o${(people += 1)}@out.example`, scope: { clientId, section } });
const open = (user: User, now = start) => startSession(store, user, { method: 'password', userAgent: 'Firefox/150', policy, now });
const alive = async (token: string, now: Date) => (await useSession(store, token, policy, now)) !== null;

describe('a session', () => {
  it('is its person’s, and kept as a hash only', async () => {
    const user = await person();
    const { id, token } = await open(user);
    expect(token).toMatch(/^cos_[\w-]{43}$/);
    expect(await useSession(store, token, policy, at(1))).toEqual({ id, kind: 'internal', actor: { userId: user.id, tenantId, roles: ['manager'], scope: null }, rotationDue: false });
    const everything = (await dump(store)).join('\n');
    expect(everything.includes(token.slice(4))).toBe(false);
    expect(everything.includes('Firefox/150')).toBe(false);
    expect(await alive(`${token}x`, at(1))).toBe(false);
  });

  it('ends after its idle time, to which each use adds', async () => {
    const { token } = await open(await person());
    for (const now of [29, 58, 87]) expect(await alive(token, at(now * minute))).toBe(true);
    expect(await alive(token, at(87 * minute + policy.idleMs))).toBe(false);
  });

  it('ends after its longest time however busy it is', async () => {
    const { token } = await open(await person());
    for (let now = 0; now < policy.absoluteMs; now += 25 * minute) expect(await alive(token, at(now))).toBe(true);
    expect(await alive(token, at(policy.absoluteMs))).toBe(false);
  });

  it('of somebody who was deactivated is over', async () => {
    const user = await person();
    const { token } = await open(user);
    await store.db.user.update({ where: { id: user.id }, data: { active: false } });
    expect(await alive(token, at(1))).toBe(false);
  });

  it('is one of at most 20: another one ends the one that was used longest ago', async () => {
    const user = await person();
    const tokens = [];
    for (let n = 0; n < 21; n += 1) tokens.push((await open(user, at(n * 1_000))).token);
    expect(await listSessions(store, { userId: user.id, tenantId }, at(minute))).toHaveLength(20);
    expect(await alive(tokens[0]!, at(minute))).toBe(false);
    expect(await alive(tokens[1]!, at(minute))).toBe(true);
  });
});

describe('a rotation', () => {
  it('is due after 15 minutes, and gives a token that takes the place of the old one', async () => {
    const { id, token } = await open(await person());
    expect(await useSession(store, token, policy, at(14 * minute))).toMatchObject({ rotationDue: false });
    expect(await useSession(store, token, policy, at(15 * minute))).toMatchObject({ rotationDue: true });
    const next = (await rotateSession(store, id, token, at(15 * minute)))!;
    expect(await useSession(store, next, policy, at(15 * minute + 1))).toMatchObject({ id, rotationDue: false });
    // Requests that were sent with the old one before its successor arrived.
    expect(await alive(token, at(15 * minute + 30_000))).toBe(true);
  });

  it('happens once for requests side by side', async () => {
    const { id, token } = await open(await person());
    const made = await Promise.all(Array.from({ length: 5 }, () => rotateSession(store, id, token, at(15 * minute))));
    expect(made.filter((one) => one !== null)).toHaveLength(1);
  });

  it('whose answer was lost is made good: the old token goes on and gets another successor', async () => {
    const { id, token } = await open(await person());
    const lost = (await rotateSession(store, id, token, at(15 * minute)))!;
    expect(await useSession(store, token, policy, at(20 * minute))).toMatchObject({ rotationDue: true });
    const next = (await rotateSession(store, id, token, at(20 * minute)))!;
    expect(await alive(next, at(20 * minute))).toBe(true);
    expect(await alive(lost, at(20 * minute))).toBe(false);
  });

  it('tells a stolen token: one that is shown long after its successor was used ends the session for both', async () => {
    const { id, token } = await open(await person());
    const next = (await rotateSession(store, id, token, at(15 * minute)))!;
    expect(await alive(next, at(15 * minute))).toBe(true);
    expect(await alive(token, at(16 * minute + 1))).toBe(false);
    expect(await alive(next, at(17 * minute))).toBe(false);
    expect((await store.db.session.findUniqueOrThrow({ where: { id } })).endReason).toBe('token_reused');
  });
});

describe('ending', () => {
  it('one is for its owner, and only theirs', async () => {
    const [user, other] = [await person(), await person()];
    const [one, two] = [await open(user), await open(user)];
    expect(await refusalOf(endSession(store, { userId: other.id, tenantId }, one.id, 'ended_by_owner'))).toBe('not_found');
    await endSession(store, { userId: user.id, tenantId }, one.id, 'ended_by_owner');
    expect(await Promise.all([one, two].map(({ token }) => alive(token, at(1))))).toEqual([false, true]);
    expect((await listSessions(store, { userId: user.id, tenantId }, at(1))).map(({ id }) => id)).toEqual([two.id]);
  });

  it('all of a person’s can spare one', async () => {
    const user = await person();
    const sessions = [await open(user), await open(user), await open(user)];
    expect(await endSessions(store, { userId: user.id, except: sessions[1]!.id }, 'password_changed')).toBe(2);
    expect(await Promise.all(sessions.map(({ token }) => alive(token, at(1))))).toEqual([false, true, false]);
  });

  it('without an id ends nobody’s', async () => {
    await expect(endSessions(store, { userId: undefined as never }, 'deactivated')).rejects.toThrow(TypeError);
    await expect(endSessions(store, { clientId: undefined as never }, 'purged')).rejects.toThrow(TypeError);
  });

  it('comes by an approval for the section, by a deletion for all of the client, and for nobody else', async () => {
    const [client, other] = [await newClient(test), await newClient(test)];
    const sessions = [
      await open(await outsider(client.clientId, 'accounting')),
      await open(await outsider(client.clientId, 'msp')),
      await open(await outsider(other.clientId, 'accounting')),
      await open(await person()),
    ];
    const living = () => Promise.all(sessions.map(({ token }) => alive(token, at(1))));
    await putInStage(store, client, 'accounting_review');
    await decide(store, client, await test.actor('onboarding_engineer'), 'approve', { section: 'accounting' });
    expect(await living()).toEqual([false, true, true, true]);
    await decide(store, client, await test.actor('manager'), 'delete');
    expect(await living()).toEqual([false, false, true, true]);
  });

  it('comes by an export and by a removal for all of the client, too', async () => {
    const { key } = await createSampleClient(test, { people: 1, configurations: 1, passwords: 1 });
    await putInStage(store, key, 'ready');
    const engineer = await test.actor('onboarding_engineer');
    const inside = async () => (await open(await outsider(key.clientId, 'msp'))).token;
    const [before, internal] = [await inside(), (await open(await person())).token];
    await decide(store, key, engineer, 'start_export', { facts: { previewId: await readyPreview(store, key, engineer) } });
    expect([await alive(before, at(1)), await alive(internal, at(1))]).toEqual([false, true]);
    await putInStage(store, key, 'retention');
    const late = await inside();
    await store.db.client.update({ where: { id: key.clientId }, data: { purgeAt: new Date(0) } });
    await purge(store, key);
    expect([await alive(late, at(1)), await alive(internal, at(1))]).toEqual([false, true]);
  });
});
