/** Clients in retention, written straight into the store: what they went through before does not matter here. */
import { companyHash } from '../../store/company-name.js';
import { insertRecords, inTransaction, newId, type ClientKey, type Store } from '../../store/index.js';
import { kinds, sections, type AnyKind, type Content, type KindName } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';

/** Each has so many people and passwords, besides its company record. */
const people = 6;
const passwords = 6;
const atOnce = 8;

/** Makes so many clients that were exported just now and are kept until that time. */
export async function keptClients(store: Store, actor: Actor, count: number, purgeAt: Date, tell: (made: number) => void): Promise<ClientKey[]> {
  const clients = Array.from({ length: count }, (): ClientKey => ({ tenantId: actor.tenantId, clientId: newId() }));
  for (let at = 0; at < count; at += atOnce) {
    await Promise.all(clients.slice(at, at + atOnce).map((client, index) => keptClient(store, actor, client, at + index, purgeAt)));
    if (at % 1_000 === 0) tell(at);
  }
  return clients;
}

async function keptClient(store: Store, actor: Actor, client: ClientKey, number: number, purgeAt: Date): Promise<void> {
  await store.vault.createKey(client);
  const company = `Kept ${number} ${client.clientId}`;
  const [engineerId, managerId, salesRepId] = [actor.userId, actor.userId, actor.userId];
  await inTransaction(store, async (context) => {
    await context.db.client.create({
      data: {
        id: client.clientId, tenantId: client.tenantId, stage: 'sales', nameHash: companyHash(context, client.tenantId, company), engineerId, managerId, salesRepId,
        sections: { create: sections.map((section) => ({ section, tenantId: client.tenantId, state: 'approved' })) },
      },
    });
    await insertRecords(context, client, actor, kinds.company as unknown as AnyKind, [item('company', { company })]);
    await context.db.client.update({ where: { id: client.clientId }, data: { stage: 'msp' } });
    await insertRecords(context, client, actor, kinds.person as unknown as AnyKind, Array.from({ length: people }, (_, index) => item('person', { firstName: `First${index}`, lastName: `Last${index}`, email: `p${index}@kept.example` })));
    await insertRecords(context, client, actor, kinds.password as unknown as AnyKind, Array.from({ length: passwords }, (_, index) => item('password', { name: `Login ${index}`, username: 'user', password: `made-up value ${index}` })));
    const now = new Date();
    await context.db.client.update({ where: { id: client.clientId }, data: { stage: 'retention', purgeAt, exportedAt: now, stageChangedAt: now, purgeSetAt: now, organizationId: String(number) } });
    await context.db.exportRecord.create({ data: { ...client, company, organizationId: String(number), counts: {}, phases: {}, approvals: [], exportedAt: now, purgeAt } });
  });
}

function item(kind: KindName, content: Content) {
  const empty = Object.fromEntries(Object.keys(kinds[kind].fields).map((name) => [name, null]));
  return { content: { ...empty, ...content }, references: Object.fromEntries(Object.keys(kinds[kind].references).map((name) => [name, null])) };
}
