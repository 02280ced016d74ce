import { AliasBook } from './aliases.js';
import { isTypingSlip } from './edit-distance.js';
import { parseMaker } from './maker-name.js';
import { MakerIndex } from './manufacturers.js';
import { chunks, clean, fold } from './text.js';
import type { Band, Duplicate, Judgement, PersonName, VendorName } from './types.js';

// Groups larger than this share something that says nothing, such as a switchboard number.
const MOST_IN_A_GROUP = 50;

function grouped<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  items.forEach((item, at) => {
    for (const key of new Set(keysOf(item))) {
      const group = groups.get(key);
      if (group) group.push(at);
      else groups.set(key, [at]);
    }
  });
  return groups;
}

/** Every pair that shares a key, once, judged; neighbours in a group suffice when the group is large. */
function pairsOf<T>(kind: Duplicate['kind'], items: readonly T[], keysOf: (item: T) => readonly string[], judge: (a: T, b: T) => Judgement | null): Duplicate[] {
  const found = new Map<string, Duplicate>();
  for (const group of grouped(items, keysOf).values()) {
    const reach = group.length > MOST_IN_A_GROUP ? 1 : group.length;
    group.forEach((first, i) => {
      for (const second of group.slice(i + 1, i + 1 + reach)) {
        const pair = `${first} ${second}`;
        const a = items[first];
        const b = items[second];
        const verdict = found.has(pair) || a === undefined || b === undefined ? null : judge(a, b);
        if (verdict) found.set(pair, { kind, first, second, ...verdict });
      }
    });
  }
  return [...found.values()].sort((x, y) => x.first - y.first || x.second - y.second);
}

const digitsOf = (phone: string | undefined): string => (phone ?? '').replace(/\D+/g, '').slice(-9);
const mailOf = (email: string | undefined): string => clean(email ?? '').trim();
const nameKey = (...names: (string | undefined)[]): string => chunks(names.join(' ')).sort().join(' ');

function judgement(band: Band, confidence: number, reason: string): Judgement {
  return { band, confidence, reason };
}

function judgeVendors(a: VendorName, b: VendorName): Judgement | null {
  const sameContact = nameKey(a.contact) !== '' && nameKey(a.contact) === nameKey(b.contact);
  const sameMail = mailOf(a.email) !== '' && mailOf(a.email) === mailOf(b.email);
  const samePhone = digitsOf(a.phone).length >= 7 && digitsOf(a.phone) === digitsOf(b.phone);
  const otherContact = nameKey(a.contact) !== '' && nameKey(b.contact) !== '' && !sameContact;
  if (fold(a.company) === '' || fold(b.company) === '') {
    return sameContact && (sameMail || samePhone) ? judgement('probable', 0.75, 'same contact; one entry has no company') : null;
  }
  const company = new MakerIndex([b.company], new AliasBook([])).match(a.company);
  if (company?.band === 'same') {
    if (otherContact) return judgement('probable', 0.6, 'same company with another contact');
    return judgement('same', company.confidence, sameContact ? 'same company and contact' : `company: ${company.reason}`);
  }
  if (company?.band === 'probable' && !otherContact) return judgement('probable', company.confidence, `company: ${company.reason}`);
  if (sameMail || (sameContact && samePhone)) return judgement('probable', 0.6, 'another company name, but the same contact');
  // The contact of one entry is written as the company of the other.
  if (nameKey(a.company) === nameKey(b.contact) || nameKey(b.company) === nameKey(a.contact)) return judgement('probable', 0.6, 'the company of one is the contact of the other');
  return null;
}

function judgePeople(a: PersonName, b: PersonName): Judgement | null {
  const sameName = nameKey(a.firstName, a.lastName) !== '' && nameKey(a.firstName, a.lastName) === nameKey(b.firstName, b.lastName);
  const mails = [mailOf(a.email), mailOf(b.email)];
  const sameMail = mails[0] !== '' && mails[0] === mails[1];
  const samePhone = digitsOf(a.phone).length >= 7 && digitsOf(a.phone) === digitsOf(b.phone);
  const where = a.site !== undefined && b.site !== undefined && fold(a.site) !== fold(b.site) ? ' at two sites' : '';
  if (sameName && sameMail) return judgement('same', 0.97, `same name and email${where}`);
  if (sameName && mails.every((mail) => mail !== '')) return judgement('probable', samePhone ? 0.7 : 0.55, `same name with two emails${where}`);
  if (sameName) return judgement('probable', samePhone ? 0.85 : 0.75, `same name${samePhone ? ' and phone' : ''}${where}`);
  const slip = fold(a.lastName) === fold(b.lastName) ? isTypingSlip(fold(a.firstName), fold(b.firstName)) : fold(a.firstName) === fold(b.firstName) && isTypingSlip(fold(a.lastName), fold(b.lastName));
  if (slip && (sameMail || samePhone)) return judgement('probable', 0.8, `name one typing slip apart, same ${sameMail ? 'email' : 'phone'}${where}`);
  if (sameMail) return judgement('probable', 0.5, `one email under two names${where}`);
  return null;
}

const contactKeys = (item: { email?: string; phone?: string }): string[] => [
  ...(mailOf(item.email) === '' ? [] : [`@${mailOf(item.email)}`]),
  ...(digitsOf(item.phone).length >= 7 ? [`+${digitsOf(item.phone)}`] : []),
];

/** Vendors (company and contact) that may be one. */
export function doubledVendors(vendors: readonly VendorName[]): Duplicate[] {
  const keys = (vendor: VendorName): string[] => {
    const { core, brand } = parseMaker(vendor.company);
    const names = [nameKey(vendor.company), nameKey(vendor.contact)].filter((key) => key !== '').map((key) => `n${key}`);
    // Four letters at either end bring together companies that a typing slip tells apart.
    return [...contactKeys(vendor), ...names, ...(core === '' ? [] : [`c${core}`, `c${brand}`, `f${brand.slice(0, 4)}`, `l${brand.slice(-4)}`])];
  };
  return pairsOf('vendor', vendors, keys, judgeVendors);
}

/** People that may be one, most of all the same person entered at two sites. */
export function doubledPeople(people: readonly PersonName[]): Duplicate[] {
  const keys = (person: PersonName): string[] => {
    const name = nameKey(person.firstName, person.lastName);
    return [...contactKeys(person), ...(name === '' ? [] : [`n${name}`])];
  };
  return pairsOf('person', people, keys, judgePeople);
}
