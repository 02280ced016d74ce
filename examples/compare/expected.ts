import type { AccountLists } from './account.js';
import { fold, yesNo, type Entry } from './entry.js';
import { expectedContacts, expectedLocations, notesOf } from './expected-people.js';
import type { Row, Sample } from './sample-files.js';

/** What the demo chose beside the sample: the name that was free, and the organization's type and status. */
export interface Chosen {
  readonly company: string;
  readonly organizationType: string | null;
  readonly organizationStatus: string | null;
}

/** Everything that must be in IT Glue after the export, from the sample's own files. */
export function expectedEntries(sample: Sample, lists: AccountLists, chosen: Chosen): Entry[] {
  return [
    organization(sample, chosen),
    ...expectedLocations(sample, lists),
    ...expectedContacts(sample),
    ...makesAndModels(sample),
    ...sample.rows.configurations.map((row) => configuration(row, sample, lists)),
    ...sample.rows.applications.map((row) => application(row, sample)),
    ...sample.rows.passwords.map((row) => password(row, sample)),
    ...sample.rows.attachments.map((row) => attachment(row, sample)),
  ];
}

function organization(sample: Sample, chosen: Chosen): Entry {
  const form = sample.forms.company;
  return {
    kind: 'organization',
    key: fold(chosen.company),
    label: chosen.company,
    values: {
      name: chosen.company,
      'short name': form['shortName'] ?? null,
      description: form['description'] ?? null,
      'quick notes': form['notes'] ?? null,
      alert: form['alert'] ?? null,
      type: chosen.organizationType,
      status: chosen.organizationStatus,
    },
  };
}

/** Makes count once for all spellings that differ in case only; models once within their make. */
function makesAndModels(sample: Sample): Entry[] {
  const makes = new Map<string, Entry>();
  const models = new Map<string, Entry>();
  for (const { make, model } of sample.rows.configurations) {
    if (!make) continue;
    if (!makes.has(fold(make))) makes.set(fold(make), { kind: 'manufacturer', key: fold(make), label: make, values: {} });
    const key = model ? modelKey(make, model) : null;
    if (key && !models.has(key)) models.set(key, { kind: 'model', key, label: `${model} of ${make}`, values: { manufacturer: fold(make) } });
  }
  return [...makes.values(), ...models.values()];
}

export const modelKey = (make: string, model: string) => `${fold(make)} / ${fold(model)}`;

function configuration(row: Row, sample: Sample, lists: AccountLists): Entry {
  const os = row['os'] ?? null;
  const listed = os === null ? undefined : lists.operatingSystems.find((name) => fold(name) === fold(os));
  const same = (rows: readonly Row[], text: string | null | undefined, name: (one: Row) => string) => {
    const found = text ? rows.find((one) => fold(name(one)) === fold(text)) : undefined;
    return found ? name(found) : null;
  };
  return {
    kind: 'configuration',
    key: fold(row['name']!),
    label: row['name']!,
    values: {
      name: row['name']!,
      type: fold(row['type'] ?? 'Other'),
      status: row['status'] ? fold(row['status']) : null,
      make: row['make'] ? fold(row['make']) : null,
      model: row['make'] && row['model'] ? modelKey(row['make'], row['model']) : null,
      location: same(sample.rows.sites, row['site'], (site) => site['name']!),
      contact: same(sample.rows.personnel, row['contact'], (person) => `${person['first']} ${person['last']}`),
      'operating system': listed ?? null,
      'operating system notes': notesOf(row['osNotes'], ['Operating system', listed ? null : os]),
      hostname: row['hostname'] ?? null,
      'primary IP': row['ip'] ?? null,
      'MAC address': row['mac'] ? bareMac(row['mac']) : null,
      'default gateway': row['gateway'] ?? null,
      'serial number': row['serial'] ?? null,
      'asset tag': row['tag'] ?? null,
      position: row['position'] ?? null,
      'installed by': row['installedBy'] ?? null,
      'purchased by': row['purchasedBy'] ?? null,
      'installed at': row['installed'] ?? null,
      'purchased at': row['purchased'] ?? null,
      'warranty expires at': row['warranty'] ?? null,
      'end of life': row['endOfLife'] ?? null,
      archived: yesNo(row['archived'] === 'true'),
      notes: row['notes'] ?? null,
    },
  };
}

/** A program is a configuration whose particulars are all in its notes. */
function application(row: Row, sample: Sample): Entry {
  const site = sample.rows.sites.find((one) => row['site'] && fold(one['name']!) === fold(row['site']));
  const owner = sample.rows.personnel.find((one) => row['contact'] && fold(`${one['first']} ${one['last']}`) === fold(row['contact']));
  const unused = ['status', 'make', 'model', 'operating system', 'operating system notes', 'hostname', 'primary IP', 'MAC address', 'default gateway', 'serial number',
    'asset tag', 'position', 'installed by', 'purchased by', 'installed at', 'purchased at', 'warranty expires at', 'end of life'];
  return {
    kind: 'configuration',
    key: fold(row['name']!),
    label: row['name']!,
    values: {
      ...Object.fromEntries(unused.map((name) => [name, null])),
      name: row['name']!,
      type: 'application',
      location: site?.['name'] ?? null,
      contact: owner ? `${owner['first']} ${owner['last']}` : null,
      archived: yesNo(false),
      notes: notesOf(
        row['notes'], ['Category', row['category']], ['Publisher', row['publisher']], ['Version', row['version']], ['Hosted on', row['hostedOn']], ['URL', row['url']],
        ['Licences', row['licences']], ['Account number', row['account']], ['Renews at', row['renews']], ['Support', row['support']],
      ),
    },
  };
}

/** The twelve digits of a hardware address, however they are grouped. */
export const bareMac = (mac: string) => mac.replace(/[^0-9a-f]/gi, '').toUpperCase();

function password(row: Row, sample: Sample): Entry {
  const device = sample.rows.configurations.find((one) => row['configuration'] && fold(one['name']!) === fold(row['configuration']));
  return {
    kind: 'password',
    key: fold(row['name']!),
    label: row['name']!,
    values: {
      name: row['name']!,
      username: row['username'] ?? null,
      password: row['password'] ?? null,
      'one-time password': yesNo(Boolean(row['otp'])),
      url: row['url'] ?? null,
      notes: row['notes'] ?? null,
      category: row['category'] ? fold(row['category']) : null,
      archived: yesNo(row['archived'] === 'Yes'),
      'embedded in': device ? `Configuration ${device['name']}` : null,
    },
  };
}

/** A file without a parent of its own lies at the primary site. */
function attachment(row: Row, sample: Sample): Entry {
  const primary = sample.rows.sites.find((site) => site['primary'] === 'Yes') ?? sample.rows.sites[0];
  return {
    kind: 'attachment',
    key: fold(row['file']!),
    label: row['file']!,
    values: {
      'file name': row['file']!.normalize('NFC'),
      parent: row['parent'] ? parentOf(row['parent'], sample) : `location ${primary?.['name']}`,
      'SHA-256': sample.attachments.get(row['file']!)!.sha256,
    },
  };
}

function parentOf(text: string, sample: Sample): string {
  const among = (rows: readonly Row[], name: (row: Row) => string | null) => rows.some((row) => fold(name(row) ?? '') === fold(text));
  if (among(sample.rows.configurations, (row) => row['name']!)) return `configuration ${text}`;
  if (among(sample.rows.sites, (row) => row['name']!)) return `location ${text}`;
  if (among(sample.rows.personnel, (row) => `${row['first']} ${row['last']}`)) return `contact ${text}`;
  if (among(sample.rows.vendors, (row) => (row['first'] || row['last'] ? null : row['company']!))) return `contact ${text}`;
  if (among(sample.rows.passwords, (row) => row['name']!)) return `password ${text}`;
  throw new Error(`attachments.csv names "${text}", which no other file of the sample has`);
}
