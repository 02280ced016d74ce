import { kinds, type AnyKind, type KindName } from '../../domain/kinds/index.js';
import { actorOf, createClient, inTransaction, insertRecords, writeContent, type ClientKey, type Store } from '../../store/index.js';
import type { DemoTenant } from '../../store/seed.js';
import type { ClientData } from './client-data.js';

/** Writes a made-up client into the store, files included, and puts it before its export. */
export async function enterClient(store: Store, tenant: DemoTenant, { company, records }: ClientData): Promise<ClientKey> {
  const { token } = tenant.users.find((user) => user.role === 'administrator')!;
  const actor = (await actorOf(store, token, new Date()))!;
  const { id: clientId } = await createClient(store, actor, company, { engineerId: actor.userId, managerId: actor.userId, salesRepId: actor.userId });
  const client = { tenantId: actor.tenantId, clientId };
  const stage = (name: string) => store.db.client.update({ where: { id: clientId }, data: { stage: name } });
  await stage('msp');

  const idOf = new Map<string, string>();
  const order = [...new Set(records.map(({ kind }) => kind))].filter((kind) => kind !== 'company');
  for (const kind of order) {
    const ofKind = records.filter((record) => record.kind === kind);
    const items = ofKind.map(({ content, references }) => ({
      content: kind === 'attachment' ? { ...content, size: null } : content,
      references: { ...noReferences(kind), ...Object.fromEntries(Object.entries(references).map(([name, id]) => [name, idOf.get(id!)!])) },
    }));
    const inserted = await inTransaction(store, (context) => insertRecords(context, client, actor, kinds[kind] as unknown as AnyKind, items));
    for (const [index, { id }] of inserted.entries()) idOf.set(ofKind[index]!.id, id);
  }
  for (const { id, content } of records.filter(({ kind }) => kind === 'attachment')) {
    await writeContent(store, client, actor, idOf.get(id)!, 'application/pdf', bytes(Number(content['size'])));
  }
  await stage('ready');
  return client;
}

function noReferences(kind: KindName): Record<string, null> {
  return Object.fromEntries(Object.keys(kinds[kind].references).map((name) => [name, null]));
}

async function* bytes(size: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(64 * 1024, 'made-up content ');
  for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}
