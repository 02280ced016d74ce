import type { SourceRecord } from '../../domain/it-glue/index.js';
import { kindOf, type KindName } from '../../domain/kinds/index.js';
import { findDuplicatesWithin } from '../../domain/spelling/index.js';
import { typedOf } from './suggestions.js';

/** Most pairs that a preview lists. */
const mostPairs = 200;

export interface DoubledRecords {
  readonly kind: KindName;
  readonly records: readonly { recordId: string; title: string }[];
  readonly band: string;
  readonly reason: string;
}

/** Models in two spellings, vendors entered twice, people doubled across sites. */
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
  return pairs.slice(0, mostPairs).map(({ kind, first, second, band, reason }) => {
    const both = [lists[kind][first]!, lists[kind][second]!];
    return {
      kind,
      records: both.map((record) => ({ recordId: record.id, title: kindOf(record.kind).title(record.content as never) })),
      band,
      reason,
    };
  });
}

function given<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, string>);
}
