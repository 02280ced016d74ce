import { expectedPlace, type AccountLists } from './account.js';
import { bareNumber, fold, joined, yesNo, type Entry } from './entry.js';
import type { Row, Sample } from './sample-files.js';

const yes = (value: string | null | undefined) => /^(yes|y|true|x|1)$/i.test(value ?? '');

/** The free text, then a line for each fact that has no place of its own. */
export function notesOf(text: string | null | undefined, ...facts: readonly (readonly [string, string | null | undefined])[]): string | null {
  const lines = [text, ...facts.map(([label, value]) => (value ? `${label}: ${value}` : null))].filter(Boolean);
  return lines.length === 0 ? null : lines.join('\n');
}

const mail = (...addresses: readonly (readonly [string, string | null | undefined])[]) => {
  const known = addresses.filter(([, address]) => address);
  return joined(known.map(([label, address], index) => `${label} ${address}${index === 0 ? ' (primary)' : ''}`));
};

interface NumberOf {
  readonly label: string;
  readonly number: string | null | undefined;
  readonly extension?: string | null | undefined;
  readonly type?: 'fax';
}

const numbers = (...entries: readonly NumberOf[]) =>
  joined(
    entries
      .filter((entry) => entry.number)
      .map((entry, index) => `${entry.type ?? 'phone'} ${entry.label} ${bareNumber(entry.number!)} ext ${entry.extension ?? '-'}${index === 0 ? ' (primary)' : ''}`),
  );

export function expectedLocations(sample: Sample, lists: AccountLists): Entry[] {
  return sample.rows.sites.map((site) => {
    const place = expectedPlace({ country: site['country'] ?? null, state: site['state'] ?? null, zip: site['zip'] ?? null }, lists);
    return {
      kind: 'location',
      key: fold(site['name']!),
      label: site['name']!,
      values: {
        name: site['name']!,
        primary: yesNo(yes(site['primary'])),
        'address 1': site['address1'] ?? null,
        'address 2': site['address2'] ?? null,
        city: site['city'] ?? null,
        'postal code': site['zip'] ?? null,
        country: place.country,
        region: place.region,
        phone: bareNumber(site['phone'] ?? null),
        fax: bareNumber(site['fax'] ?? null),
        notes: notesOf(
          site['notes'], ['Opening hours', site['hours']], ['Access', site['access']], ['Parking', site['parking']],
          ['After-hours contact', site['afterHours']], ['State', place.lostState], ['Country', place.lostCountry],
        ),
      },
    };
  });
}

export function expectedContacts(sample: Sample): Entry[] {
  const siteName = (text: string | null | undefined) => sample.rows.sites.find((site) => text && fold(site['name']!) === fold(text))?.['name'] ?? null;
  const people = sample.rows.personnel.map((row) => person(row, row['type'] ?? 'Employee', siteName(row['site'])));
  const vendors = sample.rows.vendors.map((row) => vendor(row, siteName(row['site'])));
  return [...people, ...pointsOfContact(sample), ...vendors];
}

function person(row: Row, type: string, location: string | null): Entry {
  const name = [row['first'], row['last']].filter(Boolean).join(' ');
  return {
    kind: 'contact',
    key: fold(name),
    label: name,
    values: {
      'first name': row['first'] ?? null,
      'last name': row['last'] ?? null,
      title: row['title'] ?? null,
      'contact type': fold(type),
      location,
      important: yesNo(yes(row['important'])),
      notes: row['notes'] ?? null,
      emails: mail(['Work', row['email']], ['Home', row['personal']]),
      phones: numbers(
        { label: 'Work', number: row['phone'], extension: row['extension'] },
        { label: 'Cell', number: row['mobile'] },
        { label: 'Home', number: row['home'] },
        { label: 'Work', number: row['fax'], type: 'fax' },
      ),
    },
  };
}

function vendor(row: Row, location: string | null): Entry {
  const human = [row['first'], row['last']].filter(Boolean).join(' ');
  const name = human || row['company']!;
  return {
    kind: 'contact',
    key: fold(name),
    label: human ? `${row['company']} (${human})` : row['company']!,
    values: {
      'first name': human ? (row['first'] ?? null) : row['company']!,
      'last name': row['last'] ?? null,
      title: human ? [row['title'], row['company']].filter(Boolean).join(', ') : (row['title'] ?? null),
      'contact type': fold('Vendor'),
      location,
      important: yesNo(yes(row['important'])),
      notes: notesOf(row['notes'], ['Service', row['service']], ['Account number', row['account']], ['Website', row['website']]),
      emails: mail(['Work', row['email']]),
      phones: numbers({ label: 'Work', number: row['phone'], extension: row['extension'] }),
    },
  };
}

/** The forms' people, unless the user list has them already (same mail address or same name); each person once. */
function pointsOfContact(sample: Sample): Entry[] {
  const taken = new Set(sample.rows.personnel.flatMap((row) => [fold(row['email'] ?? ''), fold(`${row['first']} ${row['last']}`)]));
  const entries: Entry[] = [];
  for (const form of ['accountant', 'accounting-contact', 'sales-contact'] as const) {
    const { firstName = null, lastName = null, email = null, workPhone = null, workExt = null, mobilePhone = null, notes = null } = sample.forms[form];
    const keys = [fold(email ?? ''), fold(`${firstName} ${lastName}`)].filter(Boolean);
    if (!keys.some((key) => taken.has(key))) {
      entries.push(person({ first: firstName, last: lastName, email, phone: workPhone, extension: workExt, mobile: mobilePhone, notes }, 'Point of Contact', null));
    }
    for (const key of keys) taken.add(key);
  }
  return entries;
}
