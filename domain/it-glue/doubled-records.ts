import type { KindName } from '../kinds/index.js';
import type { SourceRecord } from './plan.js';

/** Records of one kind that share what should tell them apart: probably one thing entered twice. */
export interface SameRecords {
  readonly kind: KindName;
  readonly recordIds: readonly string[];
  /** `same`: what they share is unique to one thing; `probable`: it mostly is. */
  readonly band: 'same' | 'probable';
  readonly reason: string;
}

interface Trait {
  readonly kind: KindName;
  readonly band: SameRecords['band'];
  readonly reason: string;
  /** What is compared, or null where the record does not say it. */
  readonly of: (record: SourceRecord) => string | null;
}

/** What makers and tools write where there is no serial number. */
const placeholders = new Set([
  '', '0', 'none', 'na', 'null', 'nil', 'unknown', 'notavailable', 'notapplicable', 'notspecified', 'default', 'defaultstring', 'tobefilledbyoem',
  'systemserialnumber', 'chassisserialnumber', 'serialnumber', 'oem', 'invalid', 'virtual', 'vmware', 'xxxxxxx', '123456', '1234567', '12345678', '123456789', '0123456789',
]);

/** Larger groups share something that says nothing, such as the hostname `localhost`. */
const mostInAGroup = 20;

const letters = (value: unknown): string => (typeof value === 'string' ? value.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '') : '');
const field = (name: string) => (record: SourceRecord) => letters(record.content[name]) || null;
const both = (...values: readonly (string | null)[]) => (values.every(Boolean) ? values.join('\u001f') : null);

function serial(name: string) {
  return (record: SourceRecord) => {
    const value = letters(record.content[name]);
    return placeholders.has(value) || /^(.)\1*$/.test(value) ? null : value;
  };
}

function macAddress({ content }: SourceRecord): string | null {
  const value = letters(content['macAddress']);
  return /^(0+|f+)$/.test(value) ? null : value || null;
}

/** The name of the machine itself: `pc-1` and `pc-1.corp.example` are one. */
function hostname({ content }: SourceRecord): string | null {
  const name = typeof content['hostname'] === 'string' ? content['hostname'].split('.')[0] : null;
  return letters(name) === 'localhost' ? null : letters(name) || null;
}

const traits: readonly Trait[] = [
  { kind: 'configuration', band: 'same', reason: 'the same serial number', of: serial('serialNumber') },
  { kind: 'configuration', band: 'same', reason: 'the same asset tag', of: serial('assetTag') },
  { kind: 'configuration', band: 'same', reason: 'the same MAC address', of: macAddress },
  { kind: 'configuration', band: 'probable', reason: 'the same hostname', of: hostname },
  {
    kind: 'password',
    band: 'probable',
    reason: 'the same name and username at the same place',
    of: (record) => both(field('name')(record), letters(record.content['username']) || '-', record.references['configuration'] ?? '-'),
  },
  { kind: 'site', band: 'probable', reason: 'the same address', of: (record) => both(field('address1')(record), letters(record.content['address2']) || '-', field('city')(record)) },
];

/** Devices, credentials and sites that a client has entered twice. Each group is named once, by the first trait that its records share. */
export function sameRecords(records: readonly SourceRecord[]): readonly SameRecords[] {
  const found = new Map<string, SameRecords>();
  for (const { kind, band, reason, of } of traits) {
    const groups = new Map<string, string[]>();
    for (const record of records) {
      const key = record.kind === kind ? of(record) : null;
      if (key === null) continue;
      const group = groups.get(key);
      if (group) group.push(record.id);
      else groups.set(key, [record.id]);
    }
    for (const recordIds of groups.values()) {
      if (recordIds.length < 2 || recordIds.length > mostInAGroup) continue;
      const together = recordIds.join(' ');
      if (!found.has(together)) found.set(together, { kind, recordIds, band, reason });
    }
  }
  return [...found.values()];
}
