/** Clients in retention, written straight into the store: what they went through before does not matter here. */
import { companyHash } from '../../store/company-name.js';
import { newId, type ClientKey, type Store } from '../../store/index.js';
import { sealedRecord } from '../../store/records/row.js';
import { noMarks } from '../../store/marks.js';
import { kinds, sections, type AnyKind, type Content, type KindName } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';

/** Each has so many people and passwords, besides its company record. */
const people = 6;
const passwords = 6;
/** Clients whose rows are written by one statement for each table. */
const atOnce = 50;

/** Makes so many clients that were exported just now and are kept until that time. */
export async function keptClients(store: Store, actor: Actor, count: number, purgeAt: Date, tell: (made: number) => void): Promise<ClientKey[]> {
  const clients = Array.from({ length: count }, (): ClientKey => ({ tenantId: actor.tenantId, clientId: newId() }));
  for (let at = 0; at < count; at += atOnce) {
    if (at % 1_000 === 0) tell(at);
    const rows = await Promise.all(clients.slice(at, at + atOnce).map((client, index) => keptClient(store, actor, client, at + index, purgeAt)));
    await store.db.client.createMany({ data: rows.map(({ client }) => client) });
    await store.db.sectionState.createMany({ data: rows.flatMap(({ states }) => states) });
    await store.db.record.createMany({ data: rows.flatMap(({ records }) => records) });
    await store.db.exportRecord.createMany({ data: rows.map(({ exported }) => exported) });
  }
  return clients;
}

/** The rows of one client; its key is made. */
async function keptClient(store: Store, actor: Actor, key: ClientKey, number: number, purgeAt: Date) {
  await store.vault.createKey(key);
  const company = `Kept ${number} ${key.clientId}`;
  const now = new Date();
  const organizationId = String(number);
  const [engineerId, managerId, salesRepId] = [actor.userId, actor.userId, actor.userId];
  const contents: readonly (readonly [KindName, Content])[] = [
    ['company', { company }],
    ...Array.from({ length: people }, (_, index) => ['person', { firstName: `First${index}`, lastName: `Last${index}`, email: `p${index}@kept.example` }] as const),
    ...Array.from({ length: passwords }, (_, index) => ['password', { name: `Login ${index}`, username: 'user', password: `made-up value ${index}` }] as const),
  ];
  return {
    client: {
      id: key.clientId, tenantId: key.tenantId, stage: 'retention', nameHash: companyHash(store, key.tenantId, company), engineerId, managerId, salesRepId,
      purgeAt, exportedAt: now, stageChangedAt: now, purgeSetAt: now, organizationId,
    },
    states: sections.map((section) => ({ ...key, section, state: 'approved' })),
    records: await Promise.all(contents.map(([kind, content], position) => recordRow(store, actor, key, kind, content, position))),
    exported: { ...key, company, organizationId, counts: {}, phases: {}, approvals: [], exportedAt: now, purgeAt },
  };
}

async function recordRow(store: Store, actor: Actor, key: ClientKey, name: KindName, content: Content, position: number) {
  const kind = kinds[name] as unknown as AnyKind;
  const id = newId();
  const references = Object.fromEntries(Object.keys(kind.references).map((reference) => [reference, null]));
  const empty = Object.fromEntries(Object.keys(kind.fields).map((field) => [field, null]));
  const sealed = await sealedRecord(store, key, kind, id, { content: { ...empty, ...content }, references, marks: noMarks });
  return { ...key, id, kind: name, section: kind.section, position, references, ...sealed, createdBy: actor.userId, createdFor: 'internal', updatedBy: actor.userId };
}
