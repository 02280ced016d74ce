import { sameRecords, type SourceRecord } from '../../domain/it-glue/index.js';
import { kindOf, type KindName } from '../../domain/kinds/index.js';
import { findDuplicatesWithin } from '../../domain/spelling/index.js';
import { typedOf } from './suggestions.js';

/** Most pairs and groups that a preview lists. */
const mostPairs = 500;

export interface DoubledRecords {
  readonly kind: KindName;
  readonly records: readonly { recordId: string; title: string }[];
  readonly band: string;
  readonly reason: string;
}

/** Models in two spellings, vendors entered twice, people doubled across sites; devices, credentials and sites that share what should tell them apart. */
export function findDoubled(records: readonly SourceRecord[]): DoubledRecords[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  const lists = {
    model: records.filter((record) => record.kind === 'model'),
    vendor: records.filter((record) => record.kind === 'vendor'),
    person: records.filter((record) => record.kind === 'person'),
  };
  const word = (record: SourceRecord, field: string) => (record.content[field] as string | null) ?? undefined;
  const person = (record: SourceRecord) => [word(record, 'firstName'), word(record, 'lastName')].filter(Boolean).join(' ') || undefined;
  const pairs = findDuplicatesWithin({
    models: lists.model.map((record) => typedOf(record, byId)),
    vendors: lists.vendor.map((record) => ({ company: word(record, 'company')!, ...given('contact', person(record)), ...given('email', word(record, 'email')), ...given('phone', word(record, 'workPhone')) })),
    people: lists.person.map((record) => ({
      firstName: word(record, 'firstName') ?? '',
      lastName: word(record, 'lastName') ?? '',
      ...given('email', word(record, 'email')),
      ...given('phone', word(record, 'workPhone')),
      ...given('site', record.references['site'] ?? undefined),
    })),
  });
  const named = (record: SourceRecord) => ({ recordId: record.id, title: kindOf(record.kind).title(record.content as never) });
  const doubled = pairs.map(({ kind, first, second, band, reason }): DoubledRecords => ({ kind, records: [lists[kind][first]!, lists[kind][second]!].map(named), band, reason }));
  const same = sameRecords(records).map(({ kind, recordIds, band, reason }): DoubledRecords => ({ kind, records: recordIds.map((id) => named(byId.get(id)!)), band, reason }));
  // Certain ones first, should there be more than are shown.
  return [...doubled, ...same].sort((a, b) => Number(a.band !== 'same') - Number(b.band !== 'same')).slice(0, mostPairs);
}

function given<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, string>);
}
