import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../domain/roles.js';
import { appendAudit, checkChain, emptyChain, inTransaction, readActivity, type HashedEntry, type Store } from '../../store/index.js';
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
