import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../domain/roles.js';
import {
  appendAudit,
  auditHash,
  checkChain,
  emptyChain,
  inTransaction,
  isSigned,
  listAudit,
  readActivity,
  readHead,
  readSigningKey,
  signHead,
  verifyChain,
  type AuditFilter,
  type HashedEntry,
  type Store,
  type TenantEntry,
} from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { add, newClient, refusalOf } from './support.js';

let test: TestStore;
let store: Store;
let actor: Actor;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  actor = await test.actor('onboarding_engineer');
});
afterAll(() => test.close());

type Row = HashedEntry & { hash: string };
interface Chain {
  entries: Row[];
  head: { sequence: number; hash: string };
}

async function chainOf(tenantId: string): Promise<Chain> {
  const head = await store.db.auditHead.findUniqueOrThrow({ where: { tenantId } });
  return { entries: await store.db.auditEntry.findMany({ where: { tenantId }, orderBy: { sequence: 'asc' } }), head };
}

/** The first place at which a chain is not what it was written as, or null. */
const brokenAt = ({ entries, head }: Chain): number | null => checkChain(entries, head)[0]?.sequence ?? null;

it('a client that is closed for good has no particulars any more, whatever keys are still in memory', async () => {
  const client = await newClient(test, 'accounting');
  await add(store, client, actor, 'site', { name: 'Depot' });
  const look = async () => {
    const { entries } = await listAudit(store, client.tenantId, { clientId: client.clientId }, { limit: 50, before: null });
    return [...entries, ...(await readActivity(store, client.tenantId, client.clientId, { limit: 50, before: null }))].filter(({ details }) => details !== null).length;
  };
  expect(await look()).toBeGreaterThan(0);
  await store.db.client.update({ where: { id: client.clientId }, data: { stage: 'purged' } });
  expect(await look()).toBe(0);
});

describe('the audit chain', () => {
  it('is whole after many writers at once, one line of entries for each change', async () => {
    const clients = [await newClient(test, 'accounting'), await newClient(test, 'accounting')];
    const before = (await chainOf(actor.tenantId)).entries.length;
    await Promise.all(Array.from({ length: 20 }, (_, n) => add(store, clients[n % 2]!, actor, 'site', { name: `Site ${n}` })));
    const chain = await chainOf(actor.tenantId);
    expect(brokenAt(chain)).toBeNull();
    expect(chain.entries).toHaveLength(before + 20);
  });

  it('shows any column that was changed afterwards', async () => {
    const chain = await chainOf(actor.tenantId);
    const other = '00000000-0000-7000-8000-000000000000';
    const flips: Partial<Record<keyof Row, unknown>> = {
      tenantId: other,
      sequence: 99,
      at: new Date(0),
      clientId: other,
      actorId: null,
      party: 'system',
      action: 'record.deleted',
      content: Buffer.from('x'),
      previousHash: emptyChain.replace('0', '1'),
      hash: emptyChain,
    };
    for (const [column, value] of Object.entries(flips)) {
      const entries = chain.entries.map((entry, index) => (index === 5 ? { ...entry, [column]: value } : entry)) as Row[];
      expect(brokenAt({ ...chain, entries }), column).toBe(6);
    }
    const content = Buffer.from(chain.entries[5]!.content!);
    content[content.length - 1]! ^= 1;
    expect(brokenAt({ ...chain, entries: chain.entries.map((entry, index) => (index === 5 ? { ...entry, content } : entry)) })).toBe(6);
  });

  it('shows an entry that was deleted, reordered, put in between, or cut off at the end', async () => {
    const { entries, head } = await chainOf(actor.tenantId);
    const [third, fourth] = [entries[2]!, entries[3]!];
    expect(brokenAt({ head, entries: entries.filter((_, index) => index !== 2) })).toBe(3);
    expect(brokenAt({ head, entries: entries.with(2, fourth).with(3, third) })).toBe(3);
    expect(brokenAt({ head, entries: entries.toSpliced(2, 0, third) })).toBe(4);
    expect(brokenAt({ head, entries: entries.slice(0, -1) })).toBe(entries.length);
    expect(brokenAt({ head, entries: entries.slice(1) })).toBe(1);
  });

  it('is one for each tenant', async () => {
    const stranger = await test.actor('sales_rep', 1);
    await newClient(test, 'sales', 1);
    const chain = await chainOf(stranger.tenantId);
    expect(brokenAt(chain)).toBeNull();
    expect(chain.entries.map((entry) => entry.sequence)).toEqual([1]);
  });

  it('has no entry of a change that did not happen', async () => {
    const client = await newClient(test, 'accounting');
    const before = await chainOf(actor.tenantId);
    expect(await refusalOf(add(store, client, actor, 'person', { firstName: 'Ada' }, { nothing: 'x' }))).toBe('invalid');
    await expect(
      inTransaction(store, async (context) => {
        await appendAudit(context, { ...client, actorId: null, party: 'system', action: 'never', details: null });
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    expect(await chainOf(actor.tenantId)).toEqual(before);
  });

  it('stays whole when a client’s key is destroyed, and its entries say what happened without particulars', async () => {
    const client = await newClient(test, 'accounting');
    await add(store, client, actor, 'site', { name: 'Xanadu' });
    const read = () => readActivity(store, client.tenantId, client.clientId, { limit: 10, before: null });
    expect((await read())[0]).toMatchObject({ action: 'record.created', details: { kind: 'site', titles: ['Xanadu'] } });
    await store.vault.destroyKey(client);
    expect((await read()).map(({ action, details }) => [action, details])).toEqual([['record.created', null], ['client.created', null]]);
    expect(brokenAt(await chainOf(actor.tenantId))).toBeNull();
  });
});

describe('a signed head of a chain', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  it('shows that the end was cut off together with the head, and that a chain was written anew', async () => {
    const tenantId = actor.tenantId;
    const anchor = signHead(tenantId, await readHead(store, tenantId), privateKey);
    await newClient(test, 'sales');
    expect((await verifyChain(store, tenantId, [anchor])).faults, 'what came after it does not matter').toEqual([]);

    const rolledBack = (sql: (db: Store['db']) => Promise<unknown>) =>
      inTransaction(store, async (context) => {
        await sql(context.db as Store['db']);
        const { faults } = await verifyChain(context, tenantId, [anchor]);
        const unanchored = (await verifyChain(context, tenantId)).faults;
        throw Object.assign(new Error('undo'), { faults, unanchored });
      }).catch((error: { faults: readonly { reason: string }[]; unanchored: readonly unknown[] }) => error);

    const cut = await rolledBack(async (db) => {
      await db.auditEntry.deleteMany({ where: { tenantId, sequence: { gte: anchor.sequence } } });
      const last = await db.auditEntry.findUniqueOrThrow({ where: { tenantId_sequence: { tenantId, sequence: anchor.sequence - 1 } } });
      await db.auditHead.update({ where: { tenantId }, data: { sequence: last.sequence, hash: last.hash } });
    });
    expect(cut.unanchored, 'without the signed head nobody could tell').toEqual([]);
    expect(cut.faults[0]!.reason).toContain('gone from the end');

    const rewritten = await rolledBack(async (db) => {
      const rows = await db.auditEntry.findMany({ where: { tenantId }, orderBy: { sequence: 'asc' } });
      let previousHash = emptyChain;
      for (const row of rows) {
        const entry = { ...row, action: row.sequence === 1 ? 'forged' : row.action, previousHash };
        previousHash = auditHash(entry);
        await db.auditEntry.update({ where: { tenantId_sequence: { tenantId, sequence: row.sequence } }, data: { action: entry.action, previousHash: entry.previousHash, hash: previousHash } });
      }
      await db.auditHead.update({ where: { tenantId }, data: { hash: previousHash } });
    });
    expect(rewritten.unanchored).toEqual([]);
    expect(rewritten.faults[0]!.reason).toContain('not the one whose head was signed');
  });

  it('cannot be made up without the key', async () => {
    const head = signHead(actor.tenantId, { sequence: 3, hash: emptyChain }, privateKey);
    expect(isSigned(head, publicKey)).toBe(true);
    expect(isSigned({ ...head, sequence: 4 }, publicKey)).toBe(false);
    expect(isSigned(head, generateKeyPairSync('ed25519').publicKey)).toBe(false);
    expect(() => readSigningKey('not a key 4711', '/keys/audit')).toThrow('/keys/audit must hold an Ed25519 private key');
    expect(() => readSigningKey('not a key 4711', '/keys/audit')).not.toThrow('4711');
  });
});

describe('the audit trail of a tenant', () => {
  it('is found by client, person, action, time and words, in portions, and never another tenant’s', async () => {
    const client = await newClient(test, 'accounting');
    const start = new Date();
    for (const name of ['Quarry', 'Harbour', 'Quarry 2']) await add(store, client, actor, 'site', { name });
    const titles = (entries: readonly { details: unknown }[]) => entries.map(({ details }) => (details as { titles: string[] }).titles[0]);
    const all = async (filter: AuditFilter, limit = 50) => {
      const found: TenantEntry[] = [];
      for (let before: number | null = null; ; ) {
        const { entries, next } = await listAudit(store, actor.tenantId, filter, { limit, before });
        found.push(...entries);
        if (next === null) return found;
        before = next;
      }
    };
    expect(titles(await all({ clientId: client.clientId, text: 'quarry' }, 1))).toEqual(['Quarry 2', 'Quarry']);
    expect(await all({ clientId: client.clientId, actorId: actor.userId, action: 'record.', from: start })).toHaveLength(3);
    expect(await all({ clientId: client.clientId, action: 'record.created', to: start })).toEqual([]);
    expect(await all({ party: 'outgoing_msp' })).toEqual([]);
    expect((await listAudit(store, test.tenants[1]!.id, { clientId: client.clientId }, { limit: 5, before: null })).entries).toEqual([]);
  });
});

describe('a client’s history', () => {
  it('pages from the newest to the oldest, of this client and tenant only', async () => {
    const client = await newClient(test, 'accounting');
    for (const name of ['A', 'B', 'C']) await add(store, client, actor, 'site', { name });
    const first = await readActivity(store, client.tenantId, client.clientId, { limit: 3, before: null });
    const rest = await readActivity(store, client.tenantId, client.clientId, { limit: 3, before: first.at(-1)!.sequence });
    expect([...first, ...rest].map((entry) => entry.action)).toEqual(['record.created', 'record.created', 'record.created', 'client.created']);
    expect(await readActivity(store, test.tenants[1]!.id, client.clientId, { limit: 3, before: null })).toEqual([]);
  });
});
