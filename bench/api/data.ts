/** The same clients twice: as the product keeps them, and in another tenant with their content in clear for the bare route. */
import { kinds, type AnyKind, type Content, type KindName } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { actorOf, createClient, insertRecords, inTransaction, newId, type ClientKey, type Store } from '../../store/index.js';
import type { DemoTenant } from '../../store/seed.js';

/** A record that saves go to. */
export interface SavedRecord {
  readonly clientId: string;
  readonly recordId: string;
  version: number;
}

/** One side of the comparison: where it listens, and what is in it. */
export interface Site {
  readonly url: string;
  readonly tenantId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One for each connection that saves at a time. */
  readonly records: readonly SavedRecord[];
}

export interface Sites {
  readonly ours: Omit<Site, 'url'>;
  readonly bare: Omit<Site, 'url'>;
}

/** @param saved how many clients get a configuration and stand in the stage in which it may be saved */
export async function prepareSites(store: Store, tenant: DemoTenant, clients: number, saved: number): Promise<Sites> {
  const manager = tenant.users.find((user) => user.role === 'administrator')!;
  const actor = (await actorOf(store, manager.token, new Date()))!;
  const records: SavedRecord[] = [];
  for (let number = 0; number < clients; number += 1) {
    const record = await makeClient(store, actor, number, number < saved);
    if (record) records.push(record);
  }
  const bare = await copyInClear(store, tenant);
  return {
    ours: { tenantId: tenant.id, headers: { authorization: `Bearer ${manager.token}` }, records },
    bare: { tenantId: bare.tenantId, headers: {}, records: records.map((record) => ({ ...record, clientId: bare.idOf(record.clientId), recordId: bare.idOf(record.recordId) })) },
  };
}

async function makeClient(store: Store, actor: Actor, number: number, withConfiguration: boolean): Promise<SavedRecord | null> {
  const { id: clientId } = await createClient(store, actor, `Cedar Street Family Dentistry ${number}`, { engineerId: actor.userId, managerId: actor.userId, salesRepId: actor.userId });
  const client = { tenantId: actor.tenantId, clientId };
  return inTransaction(store, async (context) => {
    const add = async (kind: KindName, fields: Content) => {
      const content = { ...Object.fromEntries(Object.keys(kinds[kind].fields).map((name) => [name, null])), ...fields };
      return (await insertRecords(context, client, actor, kinds[kind] as unknown as AnyKind, [{ content, references: {} }]))[0]!;
    };
    const person = (at: string) => ({ firstName: 'Dana', lastName: `Quist ${number}`, email: `dana.${number}@${at}.example`, workPhone: '555-0100' });
    await add('sales-contact', person('cedar'));
    await add('accounting-contact', person('ledger'));
    await add('current-msp', { company: 'Old Harbor IT', ...person('oldharbor') });
    if (!withConfiguration) return null;
    await context.db.client.update({ where: { id: clientId }, data: { stage: 'msp' } });
    const { id, version } = await add('configuration', { name: 'PC-0', type: 'Workstation', serialNumber: 'SN-1', primaryIp: '10.0.0.1', notes: 'Front desk, next to the printer.' });
    return { clientId, recordId: id, version };
  });
}

/** Every row of the tenant's clients again under another tenant, ids in the same order, contents as plain JSON. */
async function copyInClear(store: Store, from: DemoTenant): Promise<{ tenantId: string; idOf: (original: string) => string }> {
  const { db, vault } = store;
  const tenantId = newId();
  const { tierId } = await db.tenant.create({ data: { id: tenantId, name: 'Bare', tierId: from.tier } });
  if (tierId !== from.tier) throw new Error('The copy must be on the same tier');
  await db.auditHead.create({ data: { tenantId, sequence: 0, hash: '0'.repeat(64) } });
  const ids = new Map<string, string>();
  const copyOf = (original: string) => ids.get(original) ?? ids.set(original, newId()).get(original)!;

  const clients = await db.client.findMany({ where: { tenantId: from.id }, orderBy: { id: 'asc' }, omit: { purgeInventory: true } });
  await db.client.createMany({ data: clients.map((row) => ({ ...row, id: copyOf(row.id), tenantId })) });
  const records = await db.record.findMany({ where: { tenantId: from.id }, orderBy: { id: 'asc' } });
  for (let start = 0; start < records.length; start += 500) {
    const data = records.slice(start, start + 500).map(async (row) => {
      const client: ClientKey = { tenantId: row.tenantId, clientId: row.clientId };
      const content = new Uint8Array(await vault.open(client, { table: 'Record', row: row.id, field: 'content' }, row.content));
      return { ...row, id: copyOf(row.id), tenantId, clientId: copyOf(row.clientId), references: {}, content };
    });
    await db.record.createMany({ data: await Promise.all(data) });
  }
  return { tenantId, idOf: copyOf };
}
