import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filledOf, missingFields, missingKinds, missingOf, missingPages, percentage, type Filled } from '../../domain/completeness.js';
import { kindOf, kindsOfSection, sections, type AnyKind, type Content, type ReferenceIds, type Section } from '../../domain/kinds/index.js';

interface Entered {
  kind: AnyKind;
  content: Content;
  references: ReferenceIds;
}

/** Some records of a section, each field and link there or not. */
function anyRecords(section: Section): fc.Arbitrary<Entered[]> {
  const record = fc.constantFrom(...kindsOfSection(section)).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      content: fc.record(Object.fromEntries(Object.keys(kind.fields).map((name) => [name, fc.constantFrom('x', null, '')]))) as fc.Arbitrary<Content>,
      references: fc.record(Object.fromEntries(Object.keys(kind.references).map((name) => [name, fc.constantFrom('id', null)]))) as fc.Arbitrary<ReferenceIds>,
    }),
  );
  return fc.array(record, { maxLength: 12 });
}

const presentOf = (records: readonly Entered[]) => new Set(records.map(({ kind }) => kind.name));

function percentOf(section: Section, records: readonly Entered[]): number {
  const sums = records
    .map(({ kind, content, references }) => filledOf(kind, content, references))
    .reduce<Filled>((sum, one) => ({ filled: sum.filled + one.filled, required: sum.required + one.required }), { filled: 0, required: 0 });
  return percentage(section, sums, presentOf(records));
}

describe.each(sections.map((section) => ({ section })))('the percentage of $section', ({ section }) => {
  it('is 100 exactly when nothing is missing', () => {
    fc.assert(
      fc.property(anyRecords(section), (records) => {
        const missing = records.flatMap(({ kind, content, references }) => missingOf(kind, 'id', content, references)).length + missingPages(section, presentOf(records)).length;
        expect(percentOf(section, records) === 100).toBe(missing === 0);
      }),
      { numRuns: 300 },
    );
  });

  it('lies between 0 and 100 and never falls when a gap is filled', () => {
    fc.assert(
      fc.property(anyRecords(section), fc.nat(), (records, which) => {
        const before = percentOf(section, records);
        expect(before).toBeGreaterThanOrEqual(0);
        expect(before).toBeLessThanOrEqual(100);
        const gaps = records.flatMap((record, index) => missingFields(record.kind, record.content, record.references).map((name) => ({ index, name })));
        const gap = gaps[which % Math.max(gaps.length, 1)];
        if (!gap) return;
        const filled = records.map((record, index) => {
          if (index !== gap.index) return record;
          return gap.name in record.kind.fields
            ? { ...record, content: { ...record.content, [gap.name]: 'x' } }
            : { ...record, references: { ...record.references, [gap.name]: 'id' } };
        });
        expect(percentOf(section, filled)).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 300 },
    );
  });
});

it('is not complete at one gap among ten thousand', () => {
  expect(percentage('accounting', { filled: 99_999, required: 100_000 }, new Set(['accountant', 'site', 'person', 'current-msp']))).toBe(99);
});

it('counts a needed page without a record or an answer as a gap', () => {
  expect(missingKinds('sales', new Set()).map((kind) => kind.name)).toEqual(['company', 'sales-contact', 'accounting-contact']);
  expect(missingKinds('accounting', new Set(['accountant', 'site'])).map((kind) => kind.name)).toEqual(['person', 'current-msp']);
  expect(percentage('msp', { filled: 0, required: 0 }, new Set())).toBe(0);
  expect(percentage('msp', { filled: 4, required: 4 }, new Set(['vendor', 'configuration', 'application', 'password']))).toBe(80);
});

it('takes an answer for as good as a value', () => {
  const site = kindOf('site');
  const content = { name: 'HQ', address1: '1 Main St', city: 'Salem', state: null, zip: null } as Content;
  const answers = { zip: { answer: 'not_known', reason: 'The landlord has it' } } as const;
  expect(missingFields(site, content, {}, answers)).toEqual(['state']);
  expect(filledOf(site, content, {}, answers)).toEqual({ filled: 4, required: 5 });
});

it('says page, record, field and reason of a gap', () => {
  const site = kindOf('site');
  const content = { name: 'HQ', address1: '1 Main St', city: '', state: null, zip: '97201' } as Content;
  expect(missingOf(site, 'r1', content, {})).toEqual([
    { page: 'sites', kind: 'site', recordId: 'r1', title: 'HQ', field: 'city', message: 'City is missing' },
    { page: 'sites', kind: 'site', recordId: 'r1', title: 'HQ', field: 'state', message: 'State is missing' },
  ]);
  expect(missingOf(kindOf('model'), 'r2', { name: 'T1' }, { make: null }).map((gap) => gap.message)).toEqual(['Make is missing']);
});

it('takes false and 0 for values, not for gaps', () => {
  const kind = { ...kindOf('site'), fields: { primary: { ...kindOf('site').fields['primary']!, requirement: 'submit' as const } } };
  expect(missingFields(kind, { primary: false }, {})).toEqual([]);
});
