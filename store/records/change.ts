import type { Answer } from '../../domain/answers.js';
import type { AnyKind, Content } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { ofClient, type ClientKey } from '../client-row.js';
import { renameClient } from '../company-name.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { mergeChange, type FieldChange } from '../marks.js';
import { endStandInByOwner } from '../page-stand-ins.js';
import { settleRemarks } from '../remarks.js';
import { insertRecords } from './create.js';
import { auditRecords, titles } from './history.js';
import { getRecord, getSingle } from './read.js';
import { checkReferences } from './references.js';
import { guardNames, stale } from './refusals.js';
import { sealedRecord, type NewRecord, type StoredRecord } from './row.js';
import { refuseIfSent } from './sent.js';
import { partyOf, touchClient, touchRecords } from './touch.js';

/** A change of a record by somebody who saw it in a version. */
export interface RecordChange extends FieldChange {
  readonly version: number;
  /**
   * What becomes of it when the record has a newer version: `fields` takes it unless the same fields were changed, `record`
   * refuses it. Default `record`.
   */
  readonly against?: 'fields' | 'record';
}

/** Changes the given fields, references and answers of a record. */
export async function changeRecord(
  store: Store,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  change: RecordChange,
): Promise<StoredRecord> {
  return guardNames(kind, () =>
    inTransaction(store, async (context) => {
      await touchRecords(context, client, kind.section, [id]);
      await endStandInByOwner(context, client, actor, kind);
      return changeWithin(context, client, actor, kind, id, change);
    }),
  );
}

/** The same inside a larger transaction, which has touched the client. */
export async function changeWithin(context: StoreContext, client: ClientKey, actor: Actor, kind: AnyKind, id: string, change: RecordChange): Promise<StoredRecord> {
  const changed = await rewriteRecord(context, client, actor, kind, id, change);
  const names = [...new Set([change.fields, change.references, change.answers ?? {}].flatMap(Object.keys))];
  await auditRecords(context, client, actor, 'record.changed', kind, { recordId: id, title: kind.title(changed.content as never), fields: names });
  return changed;
}

/**
 * Saves fields of a form that a client has once; the first save makes it. Two people who fill in different fields of a form
 * that is not there yet both find theirs in it.
 * @param change `version` 0: the form was not there when it was seen
 */
export async function saveForm(store: Store, client: ClientKey, actor: Actor, kind: AnyKind, change: RecordChange): Promise<StoredRecord> {
  return inTransaction(store, async (context) => {
    const stage = await touchClient(context, client, kind.section);
    await endStandInByOwner(context, client, actor, kind);
    const before = await getSingle(context, client, kind.name);
    if (before && stage === 'export_blocked') await refuseIfSent(context, client, [before.id]);
    if (before) return changeWithin(context, client, actor, kind, before.id, change);
    if (change.version > 0) throw new Refusal('stale_version', `${kind.label} does not exist yet; save it without a version`, [{ field: 'version', message: 'must be left out' }]);
    const empty = Object.fromEntries(Object.keys(kind.fields).map((name) => [name, null]));
    const item: NewRecord = { content: { ...empty, ...withoutUndefined(change.fields) }, references: change.references, answers: withoutNull(change.answers ?? {}) };
    const [record] = await insertRecords(context, client, actor, kind, [item]);
    await auditRecords(context, client, actor, 'record.created', kind, { count: 1, titles: titles(kind, [item]) });
    return record!;
  });
}

/** The part of `changeRecord` for use inside a larger transaction. */
export async function rewriteRecord(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  kind: AnyKind,
  id: string,
  change: FieldChange & { version: number | null; against?: 'fields' | 'record' },
): Promise<StoredRecord> {
  const before = await getRecord(context, client, kind.name, id);
  const mayMerge = change.against === 'fields' && change.version !== null && change.version < before.version;
  if (change.version !== null && before.version !== change.version && !mayMerge) throw stale(kind, before.version);
  const updatedAt = new Date();
  const merged = mergeChange(kind, before, change, change.version, { by: actor.userId, party: partyOf(actor), at: updatedAt });
  const { content, references, marks } = merged;
  if (merged.changed.length === 0) return before;
  await checkReferences(context, client, kind, [change.references]);
  const version = before.version + 1;
  const { count } = await context.db.record.updateMany({
    where: { ...ofClient(client), id, version: before.version },
    data: {
      version,
      references,
      ...(await sealedRecord(context, client, kind, id, { content, references, marks })),
      updatedAt,
      updatedBy: actor.userId,
    },
  });
  if (count === 0) throw stale(kind, before.version + 1);
  await settleRemarks(context, actor, id, merged.changed);
  if (kind.name === 'company' && content['company'] !== before.content['company']) {
    await renameClient(context, client, String(content['company']));
  }
  return { ...before, content, references, marks, answers: marks.answers, version, updatedAt, updatedBy: actor.userId };
}

const withoutUndefined = (fields: Partial<Content>) => Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Content[string]] => entry[1] !== undefined));

const withoutNull = (answers: Readonly<Record<string, Answer | null>>) => Object.fromEntries(Object.entries(answers).filter((entry): entry is [string, Answer] => entry[1] !== null));
