import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSample } from '../../examples/compare.js';
import type { AccountLists } from '../../examples/compare/account.js';
import { compareEntries } from '../../examples/compare/differences.js';
import { entryKinds, type Entry, type EntryKind } from '../../examples/compare/entry.js';
import { expectedEntries } from '../../examples/compare/expected.js';

const lists: AccountLists = {
  countries: [{ name: 'United States', iso: 'US' }, { name: 'Canada', iso: 'CA' }, { name: 'Germany', iso: 'DE' }],
  regions: [
    { name: 'Oregon', iso: 'OR', country: 'United States' }, { name: 'Washington', iso: 'WA', country: 'United States' },
    { name: 'British Columbia', iso: 'BC', country: 'Canada' }, { name: 'Sachsen', iso: 'SN', country: 'Germany' },
  ],
  operatingSystems: ['Windows 11 Pro', 'Windows Server 2019 Standard'],
};

let entries: Entry[];

beforeAll(async () => {
  const sample = await readSample(path.join(import.meta.dirname, '../../examples/cascadia-dental'));
  entries = expectedEntries(sample, lists, { company: 'Cascadia Dental Partners, LLC', organizationType: 'Customer', organizationStatus: 'Active' });
});

const find = (kind: EntryKind, label: string) => {
  const entry = entries.find((one) => one.kind === kind && one.label === label);
  if (!entry) throw new Error(`no ${kind} ${label}`);
  return entry;
};

/** The entries as they would be found, with one of them exchanged for others. */
const withChange = (entry: Entry, ...replacements: Entry[]) => [...entries.filter((one) => one !== entry), ...replacements];
const changed = (entry: Entry, field: string, value: string | null): Entry => ({ ...entry, values: { ...entry.values, [field]: value } });

describe('what is expected of the sample', () => {
  test('keeps a state that the account does not list in the notes', () => {
    const { values } = find('location', 'Dental Lab Görlitz');
    expect(values['country']).toBe('Germany');
    expect(values['region']).toBeNull();
    expect(values['notes']).toContain('State: Saxony');
  });

  test('puts a site without a country into the United States by its state and zip code', () => {
    expect(find('location', 'Vancouver Clinic').values).toMatchObject({ country: 'United States', region: 'Washington' });
  });

  test('makes one contact of the accountant and none of a contact who is in the user list', () => {
    const contacts = entries.filter((one) => one.kind === 'contact');
    expect(contacts.filter((one) => one.label === 'Priya Raghavan')).toHaveLength(1);
    expect(contacts.filter((one) => one.label === 'Margaret Oyelaran')).toHaveLength(1);
    expect(contacts.some((one) => one.label === 'Tobias Lindqvist')).toBe(false);
  });

  test('puts the vendor into the title of its person, and into the name where there is none', () => {
    expect(find('contact', 'Pacific X-Ray Service (Lorne McBride)').values['title']).toBe('Field Engineer, Pacific X-Ray Service');
    expect(find('contact', 'CopyCo Oregon, Inc. (Sal Ferrante)').values['title']).toBe('CopyCo Oregon, Inc.');
    expect(find('contact', 'High Desert Cable').values).toMatchObject({ 'first name': 'High Desert Cable', 'last name': null, title: null });
  });

  test('embeds a password in its device and lays a file of the client at the primary site', () => {
    expect(find('password', 'Domain Administrator').values['embedded in']).toBe('Configuration PDX-DC01');
    expect(find('attachment', 'Handover-Notes.txt').values['parent']).toBe('location Portland Main Clinic');
    expect(find('attachment', 'Kühnel-Notizen.txt').values['parent']).toBe('contact Jürgen Kühnel');
  });

  test('finds every site and contact that a configuration names', () => {
    const configurations = entries.filter((one) => one.kind === 'configuration' && one.values['type'] !== 'application');
    expect(configurations.filter((one) => one.values['location'] === null)).toEqual([]);
    expect(configurations.filter((one) => one.values['contact'] !== null).length).toBeGreaterThan(30);
  });
});

describe('the comparison', () => {
  test('finds nothing when all is as expected, in whatever order', () => {
    const { expected, found, mismatches } = compareEntries(entries, [...entries].reverse());
    expect(mismatches).toEqual([]);
    expect(found).toEqual(expected);
  });

  test.each(entryKinds)('finds a missing, a doubled and an unexpected %s', (kind) => {
    const [entry] = entries.filter((one) => one.kind === kind);
    const differences = (found: Entry[]) => compareEntries(entries, found).mismatches.map((one) => `${one.kind} ${one.difference} ${one.label}`);
    expect(differences(withChange(entry!))).toEqual([`${kind} missing ${entry!.label}`]);
    expect(differences([...entries, entry!])).toEqual([`${kind} doubled ${entry!.label}`]);
    expect(differences([...entries, { ...entry!, key: 'stranger', label: 'Stranger' }])).toEqual([`${kind} unexpected Stranger`]);
  });

  test.each([
    ['organization', 'Cascadia Dental Partners, LLC', 'quick notes'],
    ['location', 'Salem Clinic', 'postal code'],
    ['contact', 'Renée Thibodeaux', 'location'],
    ['contact', 'Jürgen Kühnel', 'phones'],
    ['model', 'OptiPlex 7090 of Dell Inc.', 'manufacturer'],
    ['configuration', 'PDX-FW01', 'model'],
    ['configuration', 'PDX-ESX01', 'contact'],
    ['configuration', 'SLE X-Ray', 'installed at'],
    ['password', 'ESXi root', 'embedded in'],
    ['password', 'Payroll', 'one-time password'],
    ['attachment', 'PDX-FW01-backup.conf', 'SHA-256'],
    ['attachment', 'PDX-FW01-backup.conf', 'parent'],
  ] as const)('finds a changed value: %s %s, %s', (kind, label, field) => {
    const entry = find(kind, label);
    const { mismatches } = compareEntries(entries, withChange(entry, changed(entry, field, 'something else')));
    expect(mismatches).toMatchObject([{ kind, label, difference: 'changed', field }]);
    expect(mismatches[0]!.message).toContain('something else');
  });

  test('finds a password that came back with a blank less, and shows neither value', () => {
    const entry = find('password', 'Labor-Server root');
    const { mismatches } = compareEntries(entries, withChange(entry, changed(entry, 'password', entry.values['password']!.trim())));
    expect(mismatches).toMatchObject([{ difference: 'changed', field: 'password' }]);
    expect(JSON.stringify(mismatches)).not.toContain('begins and ends');
  });

  test('pairs records of equal names by what they hold, so one wrong value is one mismatch', () => {
    const labels = entries.filter((one) => one.label === 'Label Printer');
    expect(labels.length).toBeGreaterThan(2);
    const { mismatches } = compareEntries(entries, withChange(labels[1]!, changed(labels[1]!, 'location', 'Bend')));
    expect(mismatches).toHaveLength(1);
    expect(mismatches[0]).toMatchObject({ kind: 'configuration', field: 'location' });
  });
});
