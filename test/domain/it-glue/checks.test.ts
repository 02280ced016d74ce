import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesOf, checkUnit, fieldsWithoutHome, longTextBytes, nameLength, planExport, resourceOf, resolvePlace, type Finding, type Resolver } from '../../../domain/it-glue/index.js';
import { allKinds, kindOf, type Content, type KindName } from '../../../domain/kinds/index.js';
import { anyClient, record } from './records.js';

const id = () => '7';
const resolver: Resolver = {
  idOf: id, organizationTypeId: '1', organizationStatusId: '2', configurationTypeId: id, configurationStatusId: id, contactTypeId: id, passwordCategoryId: id,
  operatingSystemId: () => null, place: (site) => resolvePlace(site, [], []),
};
const limits = { attachmentBytes: 1_000 };

function check(kind: KindName, content: Partial<Content>, parent: { resource: 'manufacturer'; recordId: string } | null = { resource: 'manufacturer', recordId: 'm' }): readonly Finding[] {
  const source = record(kind, 'r', content);
  const unit = { resource: resourceOf(kind)!, recordId: 'r', kind, parent };
  return checkUnit(unit, source, attributesOf(unit, source, resolver), limits);
}
const found = (...all: Parameters<typeof check>) => check(...all).map(({ field, severity }) => [field, severity]);

describe('a record before it is sent', () => {
  it.each<[string, KindName, Partial<Content>, string | null, string]>([
    ['a name that is too long', 'configuration', { name: 'x'.repeat(256) }, 'name', 'refused'],
    ['no name', 'site', { name: null }, 'name', 'refused'],
    ['a company name that is too long', 'company', { company: 'x'.repeat(256) }, 'company', 'refused'],
    ['a MAC address of another form', 'configuration', { name: 'PC', macAddress: '001A2B3C4D5E' }, 'macAddress', 'refused'],
    ['an IP address out of range', 'configuration', { name: 'PC', primaryIp: '10.0.0.256' }, 'primaryIp', 'refused'],
    ['a day that is in no calendar', 'configuration', { name: 'PC', endOfLifeAt: '2026-02-30' }, 'endOfLifeAt', 'refused'],
    ['a year that is a typing slip', 'configuration', { name: 'PC', purchasedAt: '0203-01-01' }, 'purchasedAt', 'warning'],
    ['a password without its secret', 'password', { name: 'Login' }, 'password', 'refused'],
    ['an address of another scheme', 'password', { name: 'Login', password: 'x', url: 'rdp:pc-1' }, null, ''],
    ['a web address with a broken host', 'password', { name: 'Login', password: 'x', url: 'https://exa mple' }, 'url', 'warning'],
    ['an emoji', 'password', { name: 'Login', password: 'x', notes: 'Ask Ada 🙂' }, 'notes', 'warning'],
    ['a control character', 'site', { name: 'HQ', city: 'Por\u0007tland' }, 'city', 'warning'],
    ['a line that may be too long', 'site', { name: 'HQ', address1: 'x'.repeat(300) }, 'address1', 'warning'],
    ['a mail address that is none', 'person', { firstName: 'Ada', personalEmail: 'ada at home' }, 'personalEmail', 'refused'],
    ['a file that was never uploaded', 'attachment', { fileName: 'a.pdf', size: null }, null, 'refused'],
    ['a file that is too large', 'attachment', { fileName: 'a.pdf', size: 1_001 }, 'size', 'refused'],
    ['nobody\'s name', 'accountant', { email: 'a@x.example' }, 'firstName', 'warning'],
  ])('with %s is named with its field', (_case, kind, content, field, severity) => {
    expect(found(kind, content)).toEqual(severity === '' ? [] : [[field, severity]]);
  });

  it('of a model without a make cannot be created', () => {
    expect(found('model', { name: 'X' }, null)).toEqual([['make', 'refused']]);
  });

  it.each(['10.0.0.1', 'mail.example.com/owa', 'https://10.20.1.1:8443', '10.20.1.1:8443', '\\\\server\\share', 'server', 'rdp://pc-1'])('is not warned about for the address %s', (url) => {
    expect(check('password', { name: 'Login', password: 'x', url })).toEqual([]);
  });

  it('says no value of it', () => {
    for (const { message } of check('password', { name: `${'x'.repeat(256)}Zq`, password: 'Zq🙂', url: 'https://Zq Zq' })) expect(message).not.toContain('Zq');
  });
});

describe('of any client', () => {
  const texts = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }), fc.integer({ min: 200, max: 300 }).map((length) => 'é'.repeat(length)), fc.integer({ min: 0, max: 1 }).map((more) => 'x'.repeat(longTextBytes + more)));

  it('nothing leaves that is longer than IT Glue takes without a problem that names it', () => {
    const withText = fc.record({ records: anyClient, text: texts, at: fc.nat() });
    fc.assert(
      fc.property(withText, ({ records, text, at }) => {
        const spoilt = records.map((one) => {
          const names = Object.keys(kindOf(one.kind).fields).filter((name) => typeof one.content[name] === 'string');
          const name = names[at % Math.max(names.length, 1)];
          return name ? { ...one, content: { ...one.content, [name]: text } } : one;
        });
        const byId = new Map(spoilt.map((one) => [one.id, one]));
        for (const unit of planExport(spoilt).units) {
          const source = byId.get(unit.recordId)!;
          const attributes = attributesOf(unit, source, resolver);
          const problems = checkUnit(unit, source, attributes, limits);
          const sent = Object.entries(attributes).flatMap(([name, value]) => (Array.isArray(value) ? value.map((entry) => [name, entry.value] as const) : [[name, value] as const]));
          const long = /notes|description|alert|password|otpSecret/i;
          const tooLong = sent.some(([name, value]) => typeof value === 'string' && ([...value].length > nameLength && !long.test(name) || Buffer.byteLength(value) > longTextBytes));
          const strange = sent.some(([, value]) => typeof value === 'string' && /[\u{10000}-\u{10FFFF}]/u.test(value));
          if (tooLong || strange) expect(problems.length, JSON.stringify({ kind: unit.kind })).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a problem names a field of the record, and the same record always has the same problems', () => {
    fc.assert(
      fc.property(anyClient, (records) => {
        const byId = new Map(records.map((one) => [one.id, one]));
        for (const unit of planExport(records).units) {
          const source = byId.get(unit.recordId)!;
          const once = checkUnit(unit, source, attributesOf(unit, source, resolver), limits);
          expect(checkUnit(unit, source, attributesOf(unit, source, resolver), limits)).toEqual(once);
          const kind = kindOf(unit.kind);
          for (const { field } of once) if (field !== null) expect([...Object.keys(kind.fields), ...Object.keys(kind.references)]).toContain(field);
        }
      }),
      { numRuns: 200 },
    );
  });
});

it('every field that a preview calls homeless is one that is not sent, and is one of its kind', () => {
  for (const [kind, fields] of Object.entries(fieldsWithoutHome)) {
    expect(allKinds.map((one) => one.name)).toContain(kind);
    for (const field of fields) {
      expect(Object.keys(kindOf(kind as KindName).fields)).toContain(field);
      const source = record(kind as KindName, 'r', { name: 'X', fileName: 'X', [field]: 'ZqXw' });
      const unit = { resource: resourceOf(kind as KindName)!, recordId: 'r', kind: kind as KindName, parent: null };
      expect(JSON.stringify(attributesOf(unit, source, resolver))).not.toContain('ZqXw');
    }
  }
});
