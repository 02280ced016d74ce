import { describe, expect, it } from 'vitest';
import { attributesOf, planExport, resolvePlace, resourceOf, type Resolver, type Resource, type SourceRecord } from '../../../domain/it-glue/index.js';
import { allKinds, kindOf, type AnyKind, type Content, type KindName } from '../../../domain/kinds/index.js';
import { record } from './records.js';

const countries = [{ id: '1', name: 'United States', iso: 'US' }];
const regions = [{ id: '11', name: 'Oregon', iso: 'US-OR', countryId: '1' }];

/** An account that knows every word: ids say what they stand for. */
const resolver: Resolver = {
  idOf: (resource, id) => `${resource}#${id}`,
  organizationTypeId: null,
  organizationStatusId: null,
  configurationTypeId: (name) => `type:${name}`,
  configurationStatusId: (name) => `status:${name}`,
  contactTypeId: (name) => `contact type:${name}`,
  passwordCategoryId: (name) => `category:${name}`,
  operatingSystemId: () => null,
  place: (site) => resolvePlace(site, countries, regions),
};

const attributes = (kind: KindName, content: Partial<Content>, references = {}, resolve = resolver) => {
  const source = record(kind, 'r', content, references);
  return attributesOf({ resource: resourceOf(kind)!, recordId: 'r', kind, parent: null }, source, resolve);
};

/** A value of its own for a field, to be found again in what is sent. */
function canary(kind: AnyKind, name: string): string | boolean {
  const field = kind.fields[name]!;
  const values: Record<string, string | boolean> = { email: `${name.toLowerCase()}@x.example`, phone: '555-0199', date: '2026-03-31', boolean: true };
  const tries = [values[field.type] ?? `Value of ${name}`, '10.9.8.7', '00:1A:2B:3C:4D:5E', '4321', `https://${name.toLowerCase()}.example`];
  return tries.find((value) => field.schema.safeParse(value).success)!;
}

const sent = allKinds.filter((kind) => resourceOf(kind.name));
/** IT Glue has no place for them: a make and a model are only names there, a file only its name and bytes (it-glue-api.md 2.8, 2.10). */
const withoutPlace = new Set(['make.notes', 'model.notes', 'attachment.contentType', 'attachment.size', 'attachment.sha256', 'attachment.description']);
const everyField = sent.flatMap((kind) => Object.keys(kind.fields).map((name) => ({ kind, name, is: `${kind.name}.${name}` }))).filter(({ is }) => !withoutPlace.has(is));

const emptyOf = (kind: AnyKind) => Object.fromEntries(Object.entries(kind.fields).map(([name, field]) => [name, field.requirement === 'save' ? 'Needed' : null]));

describe('what is sent to IT Glue', () => {
  it.each(everyField)('has $is, alone and among all the others', ({ kind, name }) => {
    const value = canary(kind, name);
    const alone = attributes(kind.name, { ...emptyOf(kind), [name]: value });
    const all = attributes(kind.name, Object.fromEntries(Object.keys(kind.fields).map((one) => [one, canary(kind, one)])));
    for (const given of [alone, all]) {
      if (value === true) expect(given[name]).toBe(true);
      else expect(JSON.stringify(given)).toContain(value);
    }
  });

  it.each(sent.map((kind) => ({ is: kind.name, kind })))('of a $is without anything optional invents nothing', ({ kind }) => {
    const given = attributes(kind.name, emptyOf(kind));
    const words = Object.values(given).flatMap((value): unknown[] => (Array.isArray(value) ? value : [value])).filter((value) => value !== null && value !== false);
    expect(words.every((value) => /^Needed$|^type:(Other|Application)$|^contact type:/.test(String(value))), JSON.stringify(given)).toBe(true);
    expect(JSON.stringify(given)).not.toMatch(/undefined|null,null/);
    expect(Object.values(given)).not.toContain(undefined);
  });

  it('links each record to what it belongs to, by the ids that IT Glue gave', () => {
    expect(attributes('configuration', { name: 'PC' }, { make: 'm', model: 'o', site: 's', contact: 'c' })).toMatchObject({
      manufacturerId: 'manufacturer#m',
      modelId: 'model#o',
      locationId: 'location#s',
      contactId: 'contact#c',
    });
    expect(attributes('person', { firstName: 'Ada' }, { site: 's' })).toMatchObject({ locationId: 'location#s' });
    expect(attributes('vendor', { company: 'Fiber Co' }, { site: 's' })).toMatchObject({ locationId: 'location#s' });
    expect(attributes('password', { name: 'Login' }, { configuration: 'c' })).toMatchObject({ resourceId: 'configuration#c', resourceType: 'Configuration' });
    expect(attributes('password', { name: 'Login' })).not.toHaveProperty('resourceType');
  });

  it('shows text of people as text in the HTML of the quick notes', () => {
    expect(attributes('company', { company: 'A', notes: '<script>alert("x")</script>\nR&D' })['quickNotes']).toBe('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;<br>R&amp;D');
  });

  it('leaves organization type and status out unless they were chosen', () => {
    expect(attributes('company', { company: 'A' })).not.toHaveProperty('organizationTypeId');
    expect(attributes('company', { company: 'A' }, {}, { ...resolver, organizationTypeId: '7', organizationStatusId: '8' })).toMatchObject({ organizationTypeId: '7', organizationStatusId: '8' });
  });

  it('keeps an operating system that IT Glue does not know in its notes, and only there', () => {
    const system = { name: 'PC', operatingSystem: 'BeOS 5', operatingSystemNotes: 'old' };
    expect(attributes('configuration', system)).toMatchObject({ operatingSystemId: null, operatingSystemNotes: 'old\nOperating system: BeOS 5' });
    expect(attributes('configuration', system, {}, { ...resolver, operatingSystemId: () => '9' })).toMatchObject({ operatingSystemId: '9', operatingSystemNotes: 'old' });
  });

  it('keeps a state and country that the account does not list in the notes', () => {
    expect(attributes('site', { name: 'HQ', country: 'Atlantis', state: 'Deep' })).toMatchObject({ countryId: null, regionId: null, notes: 'State: Deep\nCountry: Atlantis' });
    expect(attributes('site', { name: 'HQ', country: 'US', state: 'OR' })).toMatchObject({ countryId: '1', regionId: '11', notes: null });
  });
});

describe('a contact', () => {
  it('has one primary mail address and one primary phone: the first that is there', () => {
    const given = attributes('person', { firstName: 'Ada', personalEmail: 'home@x.example', mobilePhone: '555-0101', fax: '555-0102' });
    expect(given['contactEmails']).toEqual([{ value: 'home@x.example', labelName: 'Home', primary: true }]);
    expect(given['contactPhones']).toEqual([
      { value: '555-0101', labelName: 'Cell', labelType: 'phone', extension: null, primary: true },
      { value: '555-0102', labelName: 'Work', labelType: 'fax', extension: null, primary: false },
    ]);
  });

  it('keeps an extension without a number in the notes', () => {
    expect(attributes('person', { firstName: 'Ada', workExt: '42', notes: 'Mornings' })['notes']).toBe('Mornings\nWork ext: 42');
    expect(attributes('person', { firstName: 'Ada', workExt: '42', workPhone: '555-0101', notes: 'Mornings' })['notes']).toBe('Mornings');
    expect(attributes('vendor', { company: 'Fiber Co', workExt: '42' })['notes']).toBe('Work ext: 42');
  });

  it('has a first name whatever is known of a vendor', () => {
    expect(attributes('vendor', { company: 'Fiber Co', title: 'Support' })).toMatchObject({ firstName: 'Fiber Co', lastName: null, title: 'Support' });
    expect(attributes('vendor', { company: 'Fiber Co', firstName: 'Ada', lastName: 'Lee', title: 'Sales' })).toMatchObject({ firstName: 'Ada', lastName: 'Lee', title: 'Sales, Fiber Co' });
    expect(attributes('vendor', { company: 'Fiber Co', lastName: 'Lee' })).toMatchObject({ firstName: 'Lee', lastName: null, title: 'Fiber Co' });
    expect(attributes('vendor', { company: 'Fiber Co', firstName: 'Ada' })).toMatchObject({ firstName: 'Ada', lastName: null, title: 'Fiber Co' });
  });

  it('says what somebody is: their own word, else employee, vendor or point of contact', () => {
    const type = (kind: KindName, content: Partial<Content>) => attributes(kind, content)['contactTypeId'];
    expect(type('person', { firstName: 'A', contactType: 'Owner' })).toBe('contact type:Owner');
    expect(type('person', { firstName: 'A' })).toBe('contact type:Employee');
    expect(type('vendor', { company: 'A' })).toBe('contact type:Vendor');
    for (const kind of ['sales-contact', 'accounting-contact', 'accountant'] as const) expect(type(kind, { firstName: 'A' })).toBe('contact type:Point of Contact');
  });
});

it('has attributes for every resource of a plan', () => {
  const records = sent.map((kind, index) => record(kind.name, kind.name, emptyOf(kindOf(kind.name)), kind.name === 'attachment' ? { parent: 'site' } : {}, index));
  const made = new Set<Resource>();
  for (const unit of planExport(records).units) {
    made.add(unit.resource);
    expect(Object.keys(attributesOf(unit, records.find((one) => one.id === unit.recordId)!, resolver)).length).toBeGreaterThan(0);
  }
  expect([...made]).toEqual(['organization', 'location', 'manufacturer', 'model', 'contact', 'configuration', 'password', 'attachment']);
});

describe('an answer that stands for a value', () => {
  const answered = (kind: KindName, content: Partial<Content>, answers: SourceRecord['answers']) => ({ ...record(kind, 'r', content), answers });

  it('is a line in the notes where nobody knows, and nothing but an empty field otherwise', () => {
    const source = answered('site', { name: 'HQ', notes: 'Ring twice' }, {
      zip: { answer: 'not_known', reason: 'The lease is lost' },
      city: { answer: 'not_known', reason: null },
      fax: { answer: 'none', reason: null },
      parking: { answer: 'not_applicable', reason: 'No cars' },
    });
    const given = attributesOf({ resource: 'location', recordId: 'r', kind: 'site', parent: null }, source, resolver);
    expect(given).toMatchObject({ postalCode: null, fax: null, notes: 'Ring twice\nNot known: Zip (The lease is lost), City' });
  });

  it('leaves out a credential whose password nobody knows, and puts its files where files of the whole client go', () => {
    const login = answered('password', { name: 'Old router' }, { password: { answer: 'not_known', reason: 'Never handed over' } });
    const site = record('site', 's', { name: 'HQ' });
    const file = record('attachment', 'f', { fileName: 'router.txt' }, { parent: 'r' });
    const plan = planExport([login, site, file]);
    expect(plan.withoutHome).toEqual([expect.objectContaining({ recordId: 'r', kind: 'password' })]);
    expect(plan.units.find((unit) => unit.recordId === 'f')!.parent).toEqual({ resource: 'location', recordId: 's' });
  });
});
