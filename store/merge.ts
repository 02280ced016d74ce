import { kindOf } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { appendAudit } from './audit.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { Refusal } from './errors.js';
import { getRecord, nameHash, partyOf, rewriteRecord, type StoredRecord } from './records.js';

type Joined = 'make' | 'model';

/** Longest notes of a make or model. */
const notesLimit = 2_000;

/** The other make, or model of the same make, that has the name already; null when the name is free or the record's own. */
export async function sameNamed(context: StoreContext, client: ClientKey, record: StoredRecord, name: string): Promise<StoredRecord | null> {
  const kind = kindOf(record.kind);
  const hash = nameHash(context, client, kind, { content: { ...record.content, name }, references: record.references });
  const other = await context.db.record.findFirst({ where: { ...ofClient(client), kind: kind.name, nameHash: hash, id: { not: record.id } }, select: { id: true } });
  return other ? getRecord(context, client, kind.name, other.id) : null;
}

/**
 * Joins a make or model with another one of the client: everything that links to it links to the one that stays, and models of
 * both makes become one where they have the same name. Part of the caller's transaction, which has locked the client.
 * @throws {Refusal} `invalid` when the one that would go is in IT Glue already, or may be
 */
export async function joinRecords(context: StoreContext, client: ClientKey, actor: Actor, gone: StoredRecord, kept: StoredRecord): Promise<void> {
  await refuseIfSent(context, client, gone);
  if (gone.kind === 'make') await moveModels(context, client, actor, gone.id, kept.id);
  const moved = await moveLinks(context, client, actor, gone.id, kept.id);
  await keepNotes(context, client, actor, gone, kept);
  await context.db.spellingChoice.deleteMany({ where: { ...ofClient(client), recordId: gone.id } });
  await context.db.ledgerEntry.deleteMany({ where: { ...ofClient(client), recordId: gone.id, itGlueId: null } });
  await context.db.record.deleteMany({ where: { ...ofClient(client), id: gone.id } });
  await appendAudit(context, {
    ...ofClient(client),
    actorId: actor.userId,
    party: partyOf(actor),
    action: 'record.merged',
    details: { kind: gone.kind, recordId: gone.id, title: gone.content['name'], notes: gone.content['notes'] ?? null, into: kept.id, intoTitle: kept.content['name'], moved },
  });
}

async function refuseIfSent(context: StoreContext, client: ClientKey, { id }: StoredRecord): Promise<void> {
  const sent = await context.db.ledgerEntry.count({ where: { ...ofClient(client), recordId: id, state: { in: ['intended', 'created', 'existing'] } } });
  if (sent > 0) throw new Refusal('invalid', 'It cannot be joined with another one any more: it is in IT Glue already', [{ field: 'name', message: 'is the name of another record, and this one is in IT Glue already' }]);
}

/** Models of the make that goes: under the make that stays, or joined with its model of that name. */
async function moveModels(context: StoreContext, client: ClientKey, actor: Actor, from: string, to: string): Promise<void> {
  const model = kindOf('model');
  const rows = await context.db.record.findMany({ where: { ...ofClient(client), kind: 'model', references: { path: ['make'], equals: from } }, select: { id: true } });
  for (const { id } of rows) {
    const record = await getRecord(context, client, 'model', id);
    const moved = { ...record, references: { ...record.references, make: to } };
    const twin = await sameNamed(context, client, moved, String(record.content['name']));
    if (twin) await joinRecords(context, client, actor, record, twin);
    else await rewriteRecord(context, client, actor, model, id, { version: null, fields: {}, references: { make: to } });
  }
}

/** Everything else that links there, in one statement: a client may have thousands of devices of one make. */
async function moveLinks(context: StoreContext, client: ClientKey, actor: Actor, from: string, to: string): Promise<number> {
  const { tenantId, clientId } = ofClient(client);
  return context.db.$executeRaw`
    UPDATE "Record" SET "version" = "version" + 1, "updatedAt" = now(), "updatedBy" = ${actor.userId}::uuid,
      "references" = (SELECT jsonb_object_agg(e.key, CASE WHEN e.value = to_jsonb(${from}::text) THEN to_jsonb(${to}::text) ELSE e.value END) FROM jsonb_each("references") e)
    WHERE "tenantId" = ${tenantId}::uuid AND "clientId" = ${clientId}::uuid
      AND EXISTS (SELECT 1 FROM jsonb_each_text("references") e WHERE e.value = ${from})`;
}

/** Notes of both are kept, as far as they have room; the history keeps those of the one that goes in any case. */
async function keepNotes(context: StoreContext, client: ClientKey, actor: Actor, gone: StoredRecord, kept: StoredRecord): Promise<void> {
  const texts = [...new Set([kept.content['notes'], gone.content['notes']].filter((text) => typeof text === 'string' && text !== ''))];
  const notes = texts.join('\n');
  if (notes === (kept.content['notes'] ?? '') || notes.length > notesLimit) return;
  await rewriteRecord(context, client, actor, kindOf(kept.kind as Joined), kept.id, { version: null, fields: { notes }, references: {} });
}
