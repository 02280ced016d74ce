import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../domain/permissions.js';
import type { Actor } from '../../domain/roles.js';
import { actions, type Stage } from '../../domain/stages.js';
import {
  actorOf,
  applyDecision,
  createPreview,
  createUser,
  currentExport,
  getClient,
  getClientRow,
  getExport,
  getExportRecord,
  nextWarning,
  lockDecision,
  inTransaction,
  operationFor,
  proposeDecision,
  readActivity,
  readReasons,
  readSections,
  recordExportOutcome,
  withdrawDecision,
  type ClientKey,
  type Store,
} from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { createSampleClient, putInStage } from '../support/sample-client.js';
import { add, decide, dump, newClient, outsider, propose, readyPreview, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
let admin: Actor, manager: Actor, sales: Actor, engineer: Actor;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  [admin, manager, sales, engineer] = [await test.actor('administrator'), await test.actor('manager'), await test.actor('sales_rep'), await test.actor('onboarding_engineer')];
});
afterAll(() => test.close());

const stageOf = async (client: ClientKey) => (await getClient(store, client)).stage;
const history = async (client: ClientKey) => (await readActivity(store, client.tenantId, client.clientId, { limit: 100, before: null })).map((entry) => entry.action);
const sectionOf = async (client: ClientKey, section: 'sales' | 'accounting' | 'msp') => (await readSections(store, client, [section]))[0]!;

/** A client whose three sections are complete, in that stage. */
async function whole(stage: Stage): Promise<ClientKey> {
  const { key } = await createSampleClient(test, { people: 1, configurations: 1, passwords: 1 });
  await putInStage(store, key, stage);
  return key;
}

/** A client whose sales section is complete, in that stage. */
async function complete(stage: 'sales' | 'sales_review'): Promise<ClientKey> {
  const client = await newClient(test);
  const contact = { firstName: 'Ada', lastName: 'Lee', email: 'ada@x.example' };
  await add(store, client, sales, 'sales-contact', contact);
  await add(store, client, sales, 'accounting-contact', contact);
  await putInStage(store, client, stage);
  return client;
}

describe('a whole onboarding', () => {
  it('goes through every section to retention, each step by the right person and in the history', async () => {
    const client = await whole('sales');
    const accountant = await outsider(store, client, 'accounting');
    const msp = await outsider(store, client, 'msp');
    expect((await decide(store, client, sales, 'submit', { section: 'sales' })).stage).toBe('sales_review');
    expect((await decide(store, client, manager, 'approve', { section: 'sales' })).stage).toBe('accounting');
    expect((await decide(store, client, accountant.actor, 'submit', { section: 'accounting' })).stage).toBe('accounting_review');
    expect((await decide(store, client, engineer, 'approve', { section: 'accounting' })).stage).toBe('msp');
    expect((await decide(store, client, msp.actor, 'submit', { section: 'msp' })).stage).toBe('msp_review');
    expect((await decide(store, client, engineer, 'approve', { section: 'msp' })).stage).toBe('sign_off');
    expect((await decide(store, client, manager, 'sign_off')).stage).toBe('sign_off');
    expect((await decide(store, client, engineer, 'sign_off')).stage).toBe('ready');
    const { stage, exportId } = await decide(store, client, engineer, 'start_export', { facts: { previewId: await readyPreview(store, client, engineer) } });
    expect(stage).toBe('exporting');
    const done = await recordExportOutcome(store, client, exportId!, { state: 'done', organizationId: '42', organizationUrl: null });
    expect(done.stage).toBe('retention');
    const record = await getExportRecord(store, client);
    expect(record.approvals.map(({ section, role }) => [section, role]).sort()).toEqual([['accounting', 'onboarding_engineer'], ['msp', 'onboarding_engineer'], ['sales', 'manager']]);
    expect(Date.parse(done.purgeAt!) - record.exportedAt.getTime()).toBe(30 * 24 * 3_600_000);
    expect((await history(client)).filter((action) => !/^(record|page|attachment)\./.test(action)).reverse()).toEqual([
      'client.created', 'decision.submit', 'decision.approve', 'decision.submit', 'decision.approve', 'decision.submit', 'decision.approve',
      'decision.sign_off', 'decision.sign_off', 'decision.start_export', 'export.done',
    ]);
  });
});

describe('every decision', () => {
  it('has an operation of the table of permissions', () => {
    for (const action of actions) expect(operations).toContain(operationFor(action));
  });

  it('is refused to the wrong role, and to a person who is not active any more', async () => {
    const client = await complete('sales_review');
    expect(await refusalOf(decide(store, client, sales, 'approve', { section: 'sales' }))).toBe('wrong_role');
    expect(await refusalOf(decide(store, client, engineer, 'delete'))).toBe('wrong_role');
    const leaver = await createUser(store, { tenantId: client.tenantId, roles: ['manager'], firstName: 'L', lastName: 'E', email: 'leaver@x.example', scope: null });
    const id = await propose(store, client, { userId: leaver.id, tenantId: client.tenantId, roles: ['manager'], scope: null }, 'approve', { section: 'sales' });
    await store.db.user.update({ where: { id: leaver.id }, data: { active: false } });
    expect(await refusalOf(applyDecision(store, client, id))).toBe('wrong_role');
    expect(await stageOf(client)).toBe('sales_review');
  });

  it('of an external person reaches their own client and section only', async () => {
    const [client, other] = [await whole('accounting'), await whole('accounting')];
    const { actor } = await outsider(store, client, 'accounting');
    expect(await refusalOf(decide(store, other, actor, 'submit', { section: 'accounting' }))).toBe('wrong_role');
    await putInStage(store, client, 'msp');
    expect(await refusalOf(decide(store, client, actor, 'submit', { section: 'msp' }))).toBe('wrong_role');
  });

  it('of another tenant or client is not found', async () => {
    const [client, other] = [await complete('sales'), await newClient(test)];
    const id = await propose(store, client, sales, 'submit', { section: 'sales' });
    expect(await refusalOf(applyDecision(store, other, id))).toBe('not_found');
    expect(await refusalOf(applyDecision(store, { ...client, tenantId: test.tenants[1]!.id }, id))).toBe('not_found');
    expect(await withdrawDecision(store, other, id, 1)).toBeNull();
    expect((await applyDecision(store, client, id)).stage).toBe('sales_review');
  });
});

describe('submit', () => {
  it('needs a complete section, and says how far it is', async () => {
    const client = await newClient(test);
    await expect(decide(store, client, sales, 'submit', { section: 'sales' })).rejects.toThrow('33 % complete');
    expect(await stageOf(client)).toBe('sales');
  });
});

describe('approve', () => {
  it('is refused to whoever submitted, whatever their role', async () => {
    const client = await complete('sales');
    await decide(store, client, admin, 'submit', { section: 'sales' });
    expect(await refusalOf(decide(store, client, admin, 'approve', { section: 'sales' }))).toBe('wrong_role');
    expect((await decide(store, client, manager, 'approve', { section: 'sales' })).stage).toBe('accounting');
  });

  it('is refused to whoever submitted under a second account with the same mail address', async () => {
    const client = await whole('accounting');
    const both = { tenantId: client.tenantId, firstName: 'Bo', lastName: 'Th' };
    const reviewer = await createUser(store, { ...both, roles: ['onboarding_engineer'], email: 'bo@harbor.example', scope: null });
    const invited = await createUser(store, { ...both, roles: ['accountant'], email: 'Bo@Harbor.example', scope: { clientId: client.clientId, section: 'accounting' } });
    await decide(store, client, { userId: invited.id, tenantId: client.tenantId, roles: ['accountant'], scope: { clientId: client.clientId, section: 'accounting' } }, 'submit', { section: 'accounting' });
    expect(await refusalOf(decide(store, client, { userId: reviewer.id, tenantId: client.tenantId, roles: ['onboarding_engineer'], scope: null }, 'approve', { section: 'accounting' }))).toBe('wrong_role');
    expect((await decide(store, client, engineer, 'approve', { section: 'accounting' })).stage).toBe('msp');
  });

  it('ends the sign-ins of the people who entered the section, and of nobody else', async () => {
    const client = await whole('accounting_review');
    const [accountant, msp, elsewhere] = [await outsider(store, client, 'accounting'), await outsider(store, client, 'msp'), await outsider(store, await newClient(test), 'accounting')];
    await decide(store, client, engineer, 'approve', { section: 'accounting' });
    const known = await Promise.all([accountant, msp, elsewhere].map(async ({ token }) => (await actorOf(store, token, new Date())) !== null));
    expect(known).toEqual([false, true, true]);
  });
});

describe('send-back and reset', () => {
  it('need a reason, which is kept sealed and can be read with its author', async () => {
    const client = await complete('sales_review');
    expect(await refusalOf(decide(store, client, manager, 'send_back', { section: 'sales' }))).toBe('invalid');
    const id = randomUUID();
    await decide(store, client, manager, 'send_back', { section: 'sales', reasons: ['The mail address bounced'], id });
    expect(await stageOf(client)).toBe('sales');
    expect(await sectionOf(client, 'sales')).toMatchObject({ state: 'sent_back', sentBack: { by: manager.userId, remarks: [{ text: 'The mail address bounced', resolved: null }] } });
    expect(await readReasons(store, { ...client, tenantId: test.tenants[1]!.id }, id)).toBeNull();
    await decide(store, client, sales, 'submit', { section: 'sales' });
    expect(await sectionOf(client, 'sales')).toMatchObject({ state: 'submitted', sentBack: null });
  });

  it('open what was approved after the section too, and withdraw the sign-offs', async () => {
    const client = await whole('sales');
    await decide(store, client, sales, 'submit', { section: 'sales' });
    await decide(store, client, manager, 'approve', { section: 'sales' });
    await decide(store, client, engineer, 'submit', { section: 'accounting' });
    await decide(store, client, admin, 'approve', { section: 'accounting' });
    await decide(store, client, admin, 'stand_in', { section: 'msp', reasons: ['The outgoing MSP does not answer'] });
    await decide(store, client, manager, 'sign_off');
    await decide(store, client, engineer, 'sign_off');
    expect(await refusalOf(decide(store, client, engineer, 'reset', { section: 'accounting' }))).toBe('invalid');
    expect((await decide(store, client, engineer, 'reset', { section: 'accounting', reasons: ['A site was forgotten'] })).stage).toBe('accounting');
    const [first, second, third] = await readSections(store, client);
    expect([first!.state, second!.state, third!.state]).toEqual(['approved', 'sent_back', 'waiting']);
    expect([first!.approvedBy, second!.approvedBy, third!.approvedBy, third!.standIn]).toEqual([manager.userId, null, null, false]);
    expect(await store.db.signOff.count({ where: { clientId: client.clientId } })).toBe(0);
  });
});

describe('a stand-in', () => {
  it('needs a reason and a complete section, skips the review, and is recorded as such', async () => {
    const client = await whole('msp');
    const login = await add(store, client, engineer, 'password', { name: 'No password' });
    expect(await refusalOf(decide(store, client, engineer, 'stand_in', { section: 'msp' }))).toBe('invalid');
    expect(await refusalOf(decide(store, client, engineer, 'stand_in', { section: 'msp', reasons: ['x'] }))).toBe('incomplete');
    await store.db.record.delete({ where: { id: login.id } });
    expect((await decide(store, client, engineer, 'stand_in', { section: 'msp', reasons: ['x'] })).stage).toBe('sign_off');
    expect(await sectionOf(client, 'msp')).toMatchObject({ state: 'approved', standIn: true, approvedBy: engineer.userId });
  });
});

describe('the sign-off', () => {
  it('is the assigned engineer’s and the assigned manager’s, each once', async () => {
    const client = await newClient(test, 'sign_off');
    const stranger = await createUser(store, { tenantId: client.tenantId, roles: ['manager', 'onboarding_engineer'], firstName: 'S', lastName: 'T', email: 'stranger@x.example', scope: null });
    expect(await refusalOf(decide(store, client, { userId: stranger.id, tenantId: client.tenantId, roles: ['manager'], scope: null }, 'sign_off'))).toBe('wrong_role');
    expect(await refusalOf(decide(store, client, admin, 'sign_off'))).toBe('wrong_role');
    expect((await decide(store, client, engineer, 'sign_off')).stage).toBe('sign_off');
    expect(await refusalOf(decide(store, client, engineer, 'sign_off'))).toBe('wrong_role');
    expect((await decide(store, client, manager, 'sign_off')).stage).toBe('ready');
  });

  it('is two different people’s, although one holds both seats and both roles', async () => {
    const client = await newClient(test, 'sign_off');
    const both = await createUser(store, { tenantId: client.tenantId, roles: ['manager', 'onboarding_engineer'], firstName: 'B', lastName: 'O', email: 'both@x.example', scope: null });
    await store.db.client.update({ where: { id: client.clientId }, data: { engineerId: both.id, managerId: both.id } });
    const actor: Actor = { userId: both.id, tenantId: client.tenantId, roles: ['manager', 'onboarding_engineer'], scope: null };
    await decide(store, client, actor, 'sign_off');
    expect(await refusalOf(decide(store, client, actor, 'sign_off'))).toBe('wrong_role');
    expect(await stageOf(client)).toBe('sign_off');
  });

  it('is withdrawn by whoever gave it, from ready too', async () => {
    const client = await newClient(test, 'sign_off');
    await decide(store, client, engineer, 'sign_off');
    expect(await refusalOf(decide(store, client, manager, 'withdraw_sign_off'))).toBe('wrong_role');
    await decide(store, client, manager, 'sign_off');
    expect((await decide(store, client, engineer, 'withdraw_sign_off')).stage).toBe('sign_off');
    expect((await decide(store, client, engineer, 'sign_off')).stage).toBe('ready');
  });

  it('of both at the same moment makes the client ready once', async () => {
    const client = await newClient(test, 'sign_off');
    const results = await Promise.all([decide(store, client, engineer, 'sign_off'), decide(store, client, manager, 'sign_off')]);
    expect(results.map((one) => one.stage).sort()).toEqual(['ready', 'sign_off']);
    expect(await stageOf(client)).toBe('ready');
  });
});

/** A client that both have signed off. */
async function signedOff(): Promise<ClientKey> {
  const client = await newClient(test, 'sign_off');
  await decide(store, client, engineer, 'sign_off');
  await decide(store, client, manager, 'sign_off');
  return client;
}

describe('starting an export', () => {
  it('needs a ready preview of this client that is as new as its data', async () => {
    const client = await newClient(test, 'ready');
    const start = (previewId?: string) => refusalOf(decide(store, client, engineer, 'start_export', { facts: previewId ? { previewId } : {} }));
    expect(await start()).toBe('stale_preview');
    expect(await start(randomUUID())).toBe('stale_preview');
    expect(await start(await createPreview(store, client, engineer.userId)), 'not built yet').toBe('stale_preview');
    expect(await start(await readyPreview(store, await newClient(test, 'ready'), engineer)), 'of another client').toBe('stale_preview');
    const old = await readyPreview(store, client, engineer);
    await store.db.client.update({ where: { id: client.clientId }, data: { version: { increment: 1 } } });
    expect(await start(old)).toBe('stale_preview');
    expect(await stageOf(client)).toBe('ready');
    expect(await start(await readyPreview(store, client, engineer))).toMatchObject({ done: { stage: 'exporting' } });
    expect(await currentExport(store, client)).toMatchObject({ number: 1, state: 'running', startedBy: engineer.userId });
  });

  it('goes on after a block as the next run, with the same choices', async () => {
    const client = await signedOff();
    const first = await decide(store, client, engineer, 'start_export', { facts: { previewId: await readyPreview(store, client, engineer), organizationTypeId: '5' } });
    expect((await recordExportOutcome(store, client, first.exportId!, { state: 'blocked', blockedBy: 'no_access' })).stage).toBe('export_blocked');
    const second = await decide(store, client, engineer, 'retry_export');
    expect(await currentExport(store, client)).toMatchObject({ id: second.exportId, number: 2, organizationTypeId: '5', state: 'running' });
    expect(await getExport(store, client, first.exportId!)).toMatchObject({ state: 'blocked', blockedBy: 'no_access' });
  });

  it('is not ended by a late report of the run before', async () => {
    const client = await signedOff();
    const first = await decide(store, client, engineer, 'start_export', { facts: { previewId: await readyPreview(store, client, engineer) } });
    const blocked = { state: 'blocked', blockedBy: 'internal' } as const;
    await recordExportOutcome(store, client, first.exportId!, blocked);
    const second = await decide(store, client, engineer, 'retry_export');
    expect((await recordExportOutcome(store, client, first.exportId!, blocked)).stage).toBe('exporting');
    expect((await currentExport(store, client)).state).toBe('running');
    const done = { state: 'done', organizationId: '1', organizationUrl: null } as const;
    const once = await recordExportOutcome(store, client, second.exportId!, done);
    expect(await recordExportOutcome(store, client, second.exportId!, done)).toEqual(once);
    expect((await history(client)).filter((action) => action === 'export.done')).toHaveLength(1);
  });
});

describe('retention and deletion', () => {
  async function retained(): Promise<ClientKey> {
    const client = await newClient(test, 'ready');
    const { exportId } = await decide(store, client, engineer, 'start_export', { facts: { previewId: await readyPreview(store, client, engineer) } });
    await recordExportOutcome(store, client, exportId!, { state: 'done', organizationId: '1', organizationUrl: null });
    return client;
  }
  const day = 24 * 3_600_000;
  const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

  it('moves the end of retention within the limits, in the record of export too', async () => {
    const client = await retained();
    for (const purgeAt of [inDays(-1), inDays(366 * 11), 'soon', '']) expect(await refusalOf(decide(store, client, manager, 'move_retention', { facts: { purgeAt } })), purgeAt).toBe('invalid');
    const purgeAt = inDays(90);
    expect(await decide(store, client, manager, 'move_retention', { facts: { purgeAt } })).toMatchObject({ stage: 'retention', purgeAt });
    expect((await getExportRecord(store, client)).purgeAt?.toISOString()).toBe(purgeAt);
  });

  it('shortens it only so far that a warning still goes out: to remove a client at once takes two people', async () => {
    const client = await retained();
    const soon = await refusalOf(decide(store, client, manager, 'move_retention', { facts: { purgeAt: inDays(0.9) } }));
    expect(soon).toBe('invalid');
    const purgeAt = inDays(1.1);
    expect(await decide(store, client, manager, 'move_retention', { facts: { purgeAt } })).toMatchObject({ purgeAt });
    await store.db.client.update({ where: { id: client.clientId }, data: { purgeAt: new Date(inDays(0.1)) } });
    expect(await decide(store, client, manager, 'move_retention', { facts: { purgeAt: inDays(0.5) } }), 'longer is always possible').toMatchObject({ stage: 'retention' });
  });

  it('keeps a moved end of retention over a deletion and its restore', async () => {
    const client = await retained();
    const purgeAt = inDays(365);
    await decide(store, client, manager, 'move_retention', { facts: { purgeAt } });
    const deleted = await decide(store, client, manager, 'delete');
    expect(Date.parse(deleted.purgeAt!)).toBeLessThan(Date.parse(inDays(31)));
    expect(await decide(store, client, manager, 'restore')).toMatchObject({ stage: 'retention', purgeAt });
  });

  it('does not purge a restored client at once although its retention ran out while it was deleted', async () => {
    const client = await retained();
    const { purgeAt } = await decide(store, client, manager, 'delete');
    await store.db.exportRecord.update({ where: { clientId: client.clientId }, data: { purgeAt: new Date(Date.now() - day) } });
    expect(await decide(store, client, manager, 'restore')).toMatchObject({ stage: 'retention', purgeAt });
  });

  it('leaves time for a warning after a restore, however near the end was', async () => {
    const client = await retained();
    await decide(store, client, manager, 'delete');
    await store.db.exportRecord.update({ where: { clientId: client.clientId }, data: { purgeAt: new Date(Date.now() + 60_000) } });
    const restored = Date.now();
    const { purgeAt } = await decide(store, client, manager, 'restore');
    expect(Date.parse(purgeAt!) - restored).toBeGreaterThan(day);
    expect((await getExportRecord(store, client)).purgeAt?.toISOString()).toBe(purgeAt);
    expect((await nextWarning(store, client, new Date()))?.getTime()).toBe(Date.parse(purgeAt!) - day);
  });

  it('restores to where the client was, with no end; its external sign-ins stay ended', async () => {
    for (const stage of ['sales', 'msp_review', 'sign_off', 'export_blocked'] as const) {
      const client = await newClient(test, stage);
      const { token } = await outsider(store, client, 'msp');
      expect((await decide(store, client, manager, 'delete')).purgeAt).not.toBeNull();
      expect(await actorOf(store, token, new Date())).toBeNull();
      expect(await decide(store, client, manager, 'restore')).toMatchObject({ stage, purgeAt: null });
      expect(await getClientRow(store, client)).toMatchObject({ stageBefore: null, deletedAt: null, purgeAt: null });
    }
  });
});

describe('one decision', () => {
  it('applied twice, also at once, is one change, one line of history and one result', async () => {
    const client = await complete('sales');
    const id = await propose(store, client, sales, 'submit', { section: 'sales' });
    const results = await Promise.all([1, 2, 3].map(() => applyDecision(store, client, id)));
    for (const result of results) expect(result).toEqual(results[0]);
    expect(await applyDecision(store, client, id)).toEqual(results[0]);
    expect((await history(client)).filter((action) => action === 'decision.submit')).toHaveLength(1);
    const again = await proposeDecision(store, { ...client, id, action: 'submit', section: 'sales', actorId: sales.userId, reasons: [], facts: {} });
    expect(again).toEqual({ state: 'applied', result: results[0] });
  });

  it('proposed twice, also at once, is one decision with the next attempt', async () => {
    const client = await complete('sales');
    const proposal = { ...client, id: randomUUID(), action: 'submit' as const, section: 'sales' as const, actorId: sales.userId, reasons: [], facts: {} };
    const attempts = await Promise.all([1, 2, 3].map(() => proposeDecision(store, proposal)));
    expect(attempts.map((one) => (one.state === 'proposed' ? one.attempt : one.state)).sort()).toEqual([1, 2, 3]);
  });

  it('cannot be another one under the same id', async () => {
    const client = await complete('sales');
    const id = await propose(store, client, sales, 'submit', { section: 'sales' });
    const elsewhere = await newClient(test);
    expect(await refusalOf(propose(store, client, sales, 'delete', { id }))).toBe('already_decided');
    expect(await refusalOf(propose(store, client, manager, 'submit', { section: 'sales', id }))).toBe('already_decided');
    expect(await refusalOf(propose(store, elsewhere, sales, 'submit', { section: 'sales', id }))).toBe('already_decided');
  });

  it('that was withdrawn takes no effect later, until it is proposed again', async () => {
    const client = await complete('sales');
    const id = await propose(store, client, sales, 'submit', { section: 'sales' });
    expect(await withdrawDecision(store, client, id, 1)).toBeNull();
    expect(await refusalOf(applyDecision(store, client, id))).toBe('already_decided');
    expect(await stageOf(client)).toBe('sales');
    await propose(store, client, sales, 'submit', { section: 'sales', id });
    expect((await applyDecision(store, client, id)).stage).toBe('sales_review');
    expect(await withdrawDecision(store, client, id, 2)).toMatchObject({ stage: 'sales_review' });
  });

  it('that was proposed again is not withdrawn by the request that proposed it before', async () => {
    const client = await complete('sales');
    const id = await propose(store, client, sales, 'submit', { section: 'sales' });
    await propose(store, client, sales, 'submit', { section: 'sales', id });
    expect(await withdrawDecision(store, client, id, 1)).toBeNull();
    expect((await applyDecision(store, client, id)).stage).toBe('sales_review');
  });

  it('that is proposed again while a message of the withdrawn one is read is not refused with it', async () => {
    for (let round = 0; round < 6; round += 1) {
      const client = await complete('sales');
      const id = await propose(store, client, sales, 'submit', { section: 'sales' });
      await withdrawDecision(store, client, id, 1);
      await Promise.all([refusalOf(applyDecision(store, client, id)), propose(store, client, sales, 'submit', { section: 'sales', id })]);
      expect((await applyDecision(store, client, id)).stage).toBe('sales_review');
    }
  });

  it('that is withdrawn while it is applied is one or the other, never both', async () => {
    for (let round = 0; round < 6; round += 1) {
      const client = await complete('sales');
      const id = await propose(store, client, sales, 'submit', { section: 'sales' });
      const [applied, withdrawn] = await Promise.all([refusalOf(applyDecision(store, client, id)), withdrawDecision(store, client, id, 1)]);
      if (withdrawn === null) expect([applied, await stageOf(client)]).toEqual(['already_decided', 'sales']);
      else expect([applied, await stageOf(client)]).toEqual([{ done: withdrawn }, 'sales_review']);
    }
  });

  it('that was refused is refused for the same reason when an older message of it is read later', async () => {
    const client = await newClient(test);
    const id = await propose(store, client, sales, 'submit', { section: 'sales' });
    expect(await refusalOf(applyDecision(store, client, id))).toBe('incomplete');
    expect(await refusalOf(applyDecision(store, client, id))).toBe('incomplete');
  });
});

describe('two decisions at once', () => {
  it('take effect one after the other: the second sees what the first has changed', async () => {
    const client = await complete('sales_review');
    const results = await Promise.all([
      refusalOf(decide(store, client, manager, 'approve', { section: 'sales' })),
      refusalOf(decide(store, client, admin, 'send_back', { section: 'sales', reasons: ['no'] })),
    ]);
    expect(results.filter((one) => one === 'wrong_stage')).toHaveLength(1);
    expect(['accounting', 'sales']).toContain(await stageOf(client));
    expect((await history(client)).filter((action) => action.startsWith('decision.'))).toHaveLength(1);
  });
});

describe('a crash', () => {
  it('at any step of a decision leaves everything as it was, the audit entry included', async () => {
    const client = await complete('sales');
    const before = await dump(store, { except: ['Decision'] });
    let failedAt = 0;
    for (let step = 1; ; step += 1) {
      const id = await propose(store, client, sales, 'submit', { section: 'sales' });
      const result = await applyDecision(failingAfter(store, step), client, id).catch((error: Error) => error.message);
      if (result !== 'the process died') break;
      failedAt = step;
      expect(await dump(store, { except: ['Decision'] })).toEqual(before);
      expect((await store.db.decision.findUniqueOrThrow({ where: { id } })).state).toBe('proposed');
    }
    expect(failedAt).toBeGreaterThan(8);
    expect(await stageOf(client)).toBe('sales_review');
  });
});

/** The store, whose process dies at the n-th query of a transaction: PostgreSQL then rolls back. */
function failingAfter(real: Store, queries: number): Store {
  let left = queries;
  const dying = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name) as unknown;
        if (typeof value === 'function') {
          return (...args: unknown[]) => {
            left -= 1;
            if (left === 0) throw new Error('the process died');
            return (value as (...given: unknown[]) => unknown).apply(object, args);
          };
        }
        return typeof value === 'object' && value !== null ? dying(value) : value;
      },
    });
  const db = new Proxy(real.db, {
    get(object, name) {
      if (name !== '$transaction') return Reflect.get(object, name) as unknown;
      return (work: (tx: object) => Promise<unknown>, options: object) => object.$transaction((tx) => work(dying(tx)), options);
    },
  });
  return { db, vault: real.vault };
}

it('locks a decision that is there and minds none that is not', async () => {
  await inTransaction(store, (context) => lockDecision(context, randomUUID()));
});
