import type { AnyKind } from '../domain/kinds/index.js';
import { countQuestionsAt, readRemarks, type ClientKey, type StoreContext, type StoredRecord } from '../store/index.js';
import { shownRecord } from './schemas/record.js';

/** Records as callers see them, each with the reasons and questions that are open at it. */
export async function shownRecords(context: StoreContext, client: ClientKey, kind: AnyKind, records: readonly StoredRecord[]) {
  const ids = records.map((record) => record.id);
  const [remarks, questions] = ids.length === 0 ? [[], new Map<string, number>()] : [await readRemarks(context, client, { openAt: ids }), await countQuestionsAt(context, client, ids)];
  return records.map((record) =>
    shownRecord(kind, record, { remarks: remarks.filter((one) => one.recordId === record.id), openQuestions: questions.get(record.id) ?? 0 }),
  );
}

/** The same for one. */
export async function shownOne(context: StoreContext, client: ClientKey, kind: AnyKind, record: StoredRecord) {
  return (await shownRecords(context, client, kind, [record]))[0]!;
}
