import type { AccountLists } from './account.js';
import { bareNumber, fold, joined, yesNo, type Entry } from './entry.js';
import { bareMac, modelKey } from './expected.js';
import type { ApiRecord, ItGlueReader } from './it-glue-reader.js';

const text = (record: ApiRecord, name: string): string | null => {
  const value = record.attributes[name];
  return value === null || value === undefined || value === '' ? null : String(value as string | number | boolean);
};
const folded = (record: ApiRecord, name: string) => {
  const value = text(record, name);
  return value === null ? null : fold(value);
};
const flag = (record: ApiRecord, name: string) => yesNo(record.attributes[name] === true);

export async function readLists(reader: ItGlueReader): Promise<AccountLists> {
  const [countries, regions, systems] = await Promise.all([reader.list('/countries'), reader.list('/regions'), reader.list('/operating_systems')]);
  const names = new Map(countries.map((one) => [one.id, text(one, 'name')!]));
  return {
    countries: countries.map((one) => ({ name: text(one, 'name')!, iso: text(one, 'iso') ?? '' })),
    regions: regions.map((one) => ({ name: text(one, 'name')!, iso: text(one, 'iso') ?? '', country: names.get(text(one, 'country-id') ?? '') ?? '' })),
    operatingSystems: systems.map((one) => text(one, 'name')!),
  };
}

/** Ids of the organizations that bear exactly this name. */
export async function organizationsNamed(reader: ItGlueReader, name: string): Promise<string[]> {
  const filter = encodeURIComponent(name.replace(/,/g, '\\,'));
  return (await reader.list(`/organizations?filter[name]=${filter}`)).filter((one) => text(one, 'name') === name).map((one) => one.id);
}

/**
 * Everything that IT Glue holds of these organizations, as entries. `makes`: folded names of the manufacturers to look at,
 * since these belong to the account and not to an organization.
 */
export async function readEntries(reader: ItGlueReader, organizationIds: readonly string[], makes: ReadonlySet<string>): Promise<Entry[]> {
  const { entries, modelNames } = await readMakes(reader, makes);
  for (const id of organizationIds) entries.push(...(await readOrganization(reader, id, modelNames)));
  return entries;
}

async function readMakes(reader: ItGlueReader, makes: ReadonlySet<string>) {
  const entries: Entry[] = [];
  const modelNames = new Map<string, string>();
  for (const maker of await reader.list('/manufacturers')) {
    const name = text(maker, 'name')!;
    if (!makes.has(fold(name))) continue;
    entries.push({ kind: 'manufacturer', key: fold(name), label: name, values: {} });
    for (const model of await reader.list(`/manufacturers/${maker.id}/relationships/models`)) {
      const key = modelKey(name, text(model, 'name')!);
      modelNames.set(model.id, key);
      entries.push({ kind: 'model', key, label: `${text(model, 'name')} of ${name}`, values: { manufacturer: fold(name) } });
    }
  }
  return { entries, modelNames };
}

async function readOrganization(reader: ItGlueReader, id: string, modelNames: ReadonlyMap<string, string>): Promise<Entry[]> {
  const inside = (resource: string) => reader.list(`/organizations/${id}/relationships/${resource}`);
  const [organization, locations, contacts, configurations, passwords] = await Promise.all([
    reader.show(`/organizations/${id}`), inside('locations'), inside('contacts'), inside('configurations'), inside('passwords'),
  ]);
  const places = new Map(locations.map((one) => [one.id, text(one, 'name')]));
  const people = new Map(contacts.map((one) => [one.id, fullName(one)]));
  const devices = new Map(configurations.map((one) => [one.id, text(one, 'name')]));
  const shownPasswords = await inTurn(passwords, (one) => reader.show(`/passwords/${one.id}?show_password=true&include=attachments`));
  return [
    organizationEntry(organization),
    ...locations.map(locationEntry),
    ...contacts.map((one) => contactEntry(one, places)),
    ...configurations.map((one) => configurationEntry(one, { places, people, modelNames })),
    ...shownPasswords.map((one) => passwordEntry(one, devices)),
    ...(await attachmentEntries(reader, locations, (one) => `location ${text(one, 'name')}`, 'locations')),
    ...(await attachmentEntries(reader, contacts, (one) => `contact ${fullName(one)}`, 'contacts')),
    ...(await attachmentEntries(reader, configurations, (one) => `configuration ${text(one, 'name')}`, 'configurations')),
    ...(await filesOf(reader, shownPasswords, (one) => `password ${text(one, 'name')}`)),
  ];
}

const fullName = (record: ApiRecord) => [text(record, 'first-name'), text(record, 'last-name')].filter(Boolean).join(' ');

function organizationEntry(one: ApiRecord): Entry {
  const notes = text(one, 'quick-notes');
  return {
    kind: 'organization',
    key: fold(text(one, 'name') ?? ''),
    label: text(one, 'name') ?? '',
    values: {
      name: text(one, 'name'),
      'short name': text(one, 'short-name'),
      description: text(one, 'description'),
      'quick notes': notes === null ? null : fromHtml(notes),
      alert: text(one, 'alert'),
      type: text(one, 'organization-type-name'),
      status: text(one, 'organization-status-name'),
    },
  };
}

/** Quick notes are HTML: what a person sees is the text. */
function fromHtml(html: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html.replace(/<br\s*\/?>/gi, '\n').replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!);
}

function locationEntry(one: ApiRecord): Entry {
  return {
    kind: 'location',
    key: fold(text(one, 'name')!),
    label: text(one, 'name')!,
    values: {
      name: text(one, 'name'),
      primary: flag(one, 'primary'),
      'address 1': text(one, 'address-1'),
      'address 2': text(one, 'address-2'),
      city: text(one, 'city'),
      'postal code': text(one, 'postal-code'),
      country: text(one, 'country-name'),
      region: text(one, 'region-name'),
      phone: bareNumber(text(one, 'phone')),
      fax: bareNumber(text(one, 'fax')),
      notes: text(one, 'notes'),
    },
  };
}

type Parts = readonly Readonly<Record<string, string | boolean | null>>[];

function contactEntry(one: ApiRecord, places: ReadonlyMap<string, string | null>): Entry {
  const emails = (one.attributes['contact-emails'] ?? []) as Parts;
  const phones = (one.attributes['contact-phones'] ?? []) as Parts;
  const primary = (part: Parts[number]) => (part['primary'] === true ? ' (primary)' : '');
  return {
    kind: 'contact',
    key: fold(fullName(one)),
    label: fullName(one),
    values: {
      'first name': text(one, 'first-name'),
      'last name': text(one, 'last-name'),
      title: text(one, 'title'),
      'contact type': folded(one, 'contact-type-name'),
      location: linked(one, 'location-id', places),
      important: flag(one, 'important'),
      notes: text(one, 'notes'),
      emails: joined(emails.map((part) => `${part['label-name']} ${part['value']}${primary(part)}`)),
      phones: joined(
        phones.map((part) => `${part['label-type']} ${part['label-name']} ${bareNumber(String(part['value']))} ext ${part['extension'] ?? '-'}${primary(part)}`),
      ),
    },
  };
}

/** The name of the record that an id points to; an id that points out of the organization is told as such. */
function linked(record: ApiRecord, attribute: string, names: ReadonlyMap<string, string | null>): string | null {
  const id = text(record, attribute);
  return id === null ? null : (names.get(id) ?? `a record outside (${attribute} ${id})`);
}

interface Names {
  readonly places: ReadonlyMap<string, string | null>;
  readonly people: ReadonlyMap<string, string | null>;
  readonly modelNames: ReadonlyMap<string, string>;
}

function configurationEntry(one: ApiRecord, names: Names): Entry {
  const mac = text(one, 'mac-address');
  return {
    kind: 'configuration',
    key: fold(text(one, 'name')!),
    label: text(one, 'name')!,
    values: {
      name: text(one, 'name'),
      type: folded(one, 'configuration-type-name'),
      status: folded(one, 'configuration-status-name'),
      make: folded(one, 'manufacturer-name'),
      model: linked(one, 'model-id', names.modelNames),
      location: linked(one, 'location-id', names.places),
      contact: linked(one, 'contact-id', names.people),
      'operating system': text(one, 'operating-system-name'),
      'operating system notes': text(one, 'operating-system-notes'),
      hostname: text(one, 'hostname'),
      'primary IP': text(one, 'primary-ip'),
      'MAC address': mac === null ? null : bareMac(mac),
      'default gateway': text(one, 'default-gateway'),
      'serial number': text(one, 'serial-number'),
      'asset tag': text(one, 'asset-tag'),
      position: text(one, 'position'),
      'installed by': text(one, 'installed-by'),
      'purchased by': text(one, 'purchased-by'),
      'installed at': day(one, 'installed-at'),
      'purchased at': day(one, 'purchased-at'),
      'warranty expires at': day(one, 'warranty-expires-at'),
      'end of life': day(one, 'mitp-end-of-life-date'),
      archived: flag(one, 'archived'),
      notes: text(one, 'notes'),
    },
  };
}

const day = (record: ApiRecord, name: string) => text(record, name)?.slice(0, 10) ?? null;

function passwordEntry(one: ApiRecord, devices: ReadonlyMap<string, string | null>): Entry {
  const device = text(one, 'resource-id') === null ? null : `${text(one, 'resource-type')} ${linked(one, 'resource-id', devices)}`;
  return {
    kind: 'password',
    key: fold(text(one, 'name')!),
    label: text(one, 'name')!,
    values: {
      name: text(one, 'name'),
      username: text(one, 'username'),
      password: text(one, 'password'),
      // IT Glue never gives the secret of a one-time password back, only that there is one.
      'one-time password': flag(one, 'otp-enabled'),
      url: text(one, 'url'),
      notes: text(one, 'notes'),
      category: folded(one, 'password-category-name'),
      archived: flag(one, 'archived'),
      'embedded in': device,
    },
  };
}

async function attachmentEntries(reader: ItGlueReader, parents: readonly ApiRecord[], parent: (one: ApiRecord) => string, resource: string): Promise<Entry[]> {
  return filesOf(reader, await inTurn(parents, (one) => reader.show(`/${resource}/${one.id}?include=attachments`)), parent);
}

async function filesOf(reader: ItGlueReader, parents: readonly ApiRecord[], parent: (one: ApiRecord) => string): Promise<Entry[]> {
  const files = parents.flatMap((one) => one.included.map((file) => ({ file: { ...file, included: [] }, parent: parent(one) })));
  return inTurn(files, async ({ file, parent: place }) => {
    const name = (text(file, 'attachment-file-name') ?? '').normalize('NFC');
    return {
      kind: 'attachment',
      key: fold(name),
      label: name,
      values: { 'file name': name, parent: place, 'SHA-256': await reader.sha256(text(file, 'download-url')!) },
    };
  });
}

/** A few requests at once, in order. */
async function inTurn<T, R>(items: readonly T[], step: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += 8) results.push(...(await Promise.all(items.slice(start, start + 8).map(step))));
  return results;
}
