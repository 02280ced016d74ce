import { bareMac } from '../compare/expected.js';
import { fold } from '../compare/entry.js';
import type { SampleKind } from '../compare/columns.js';
import type { Row, Sample } from '../compare.js';

/** A record of the JSON download: values by field name, links by id and title of another record. */
export interface DownloadedRecord {
  readonly id: string;
  readonly title: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  readonly references: Readonly<Record<string, { readonly id: string; readonly title: string } | null>>;
}

/** Our word for a column -> the product's field. A word that is not named here is called the same there. */
const fieldNames: Readonly<Record<SampleKind, Readonly<Record<string, string>>>> = {
  sites: { hours: 'openingHours', afterHours: 'afterHoursContact' },
  personnel: {
    first: 'firstName', last: 'lastName', type: 'contactType', personal: 'personalEmail', phone: 'workPhone', extension: 'workExt', mobile: 'mobilePhone', home: 'homePhone',
  },
  vendors: { account: 'accountNumber', first: 'firstName', last: 'lastName', phone: 'workPhone', extension: 'workExt' },
  configurations: {
    ip: 'primaryIp', mac: 'macAddress', gateway: 'defaultGateway', serial: 'serialNumber', tag: 'assetTag', os: 'operatingSystem', osNotes: 'operatingSystemNotes',
    installed: 'installedAt', purchased: 'purchasedAt', warranty: 'warrantyExpiresAt', endOfLife: 'endOfLifeAt',
  },
  applications: { account: 'accountNumber', renews: 'renewsAt' },
  passwords: { otp: 'otpSecret', changed: 'passwordUpdatedAt' },
  attachments: { file: 'fileName' },
};

const links: ReadonlySet<string> = new Set(['site', 'make', 'model', 'contact', 'configuration', 'parent']);
const switches: ReadonlySet<string> = new Set(['primary', 'important', 'archived']);

/**
 * Rows of the sample that the download does not hold with every value and link as it was entered, by their names. Compared
 * as sets of records, so that a record that is doubled or missing shows too.
 */
export function lostRows(sample: Sample, downloaded: Readonly<Record<SampleKind, readonly DownloadedRecord[]>>): string[] {
  return (Object.keys(fieldNames) as SampleKind[]).flatMap((kind) => {
    const rows = sample.rows[kind];
    const words = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
    const left = new Map<string, number>();
    for (const record of downloaded[kind]) {
      const key = JSON.stringify(words.map((word) => fromRecord(kind, word, record)));
      left.set(key, (left.get(key) ?? 0) + 1);
    }
    const lost = rows.filter((row) => {
      const key = JSON.stringify(words.map((word) => fromRow(word, row)));
      const count = left.get(key) ?? 0;
      left.set(key, count - 1);
      return count < 1;
    });
    const surplus = downloaded[kind].length - rows.length;
    return [
      ...lost.map((row) => `JSON download: ${kind} "${row['name'] ?? row['company'] ?? row['file'] ?? `${row['first']} ${row['last']}`}" is not there as it was entered`),
      ...(surplus > 0 ? [`JSON download: ${surplus} more ${kind} than were entered`] : []),
    ];
  });
}

function fromRow(word: string, row: Row): string | null {
  const value = row[word] ?? null;
  if (switches.has(word)) return String(/^(yes|y|true)$/i.test(value ?? ''));
  if (value === null) return null;
  // The tool writes a moment; what is kept is its day.
  if (word === 'changed') return value.slice(0, 10);
  return links.has(word) ? fold(value) : word === 'mac' ? bareMac(value) : value;
}

function fromRecord(kind: SampleKind, word: string, record: DownloadedRecord): string | null {
  if (links.has(word)) {
    const link = record.references[word] ?? null;
    return link === null ? null : fold(link.title);
  }
  const value = record.fields[fieldNames[kind][word] ?? word] ?? null;
  if (switches.has(word)) return String(value === true);
  if (value === null) return null;
  return word === 'mac' ? bareMac(String(value)) : String(value);
}
