import type { AnyKind } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, type Store } from '../context.js';
import { Refusal } from '../errors.js';
import { objectPrefix } from '../files/keys.js';
import { endStandInByOwner } from '../page-stand-ins.js';
import { settleRemarks } from '../remarks.js';
import { auditRecords } from './history.js';
import { getRecord } from './read.js';
import { stale } from './refusals.js';
import { touchRecords } from './touch.js';

/** Removes a record that nothing else of the client links to. */
export async function deleteRecord(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  version: number,
): Promise<void> {
  await inTransaction(store, async (context) => {
    await touchRecords(context, client, kind.section, [id]);
    await endStandInByOwner(context, client, actor, kind);
    const record = await getRecord(context, client, kind.name, id);
    if (record.version !== version) throw stale(kind, record.version);
    const [linked] = await context.db.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) FROM "Record" r WHERE r."clientId" = ${client.clientId}::uuid
      AND EXISTS (SELECT 1 FROM jsonb_each_text(r."references") e WHERE e.value = ${id})`;
    if (linked!.count > 0n) {
      throw new Refusal('referenced', `${kind.label} is still linked from ${linked!.count} other records; change those first`);
    }
    await context.db.record.deleteMany({ where: { ...ofClient(client), id } });
    await settleRemarks(context, actor, id, 'removed');
    await auditRecords(context, client, actor, 'record.deleted', kind, { recordId: id, title: kind.title(record.content as never) });
  });
  // The record is gone whatever the storage answers; what stays there, sealed, goes with the client at the latest.
  if (kind.name === 'attachment') await store.objects?.removeAll(objectPrefix(client, id), 1_000).catch(() => undefined);
}
