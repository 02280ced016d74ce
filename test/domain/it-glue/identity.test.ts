import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distinctBatches, identityOf, resources } from '../../../domain/it-glue/index.js';

describe('batches of distinct identities', () => {
  const items = fc.array(fc.record({ identity: fc.constantFrom('a', 'b', 'c', 'd', 'e'), n: fc.nat() }), { maxLength: 60 });

  it('hold every item once, never two of one identity, and are no larger than asked', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 7 }), (given, size) => {
        const rounds = distinctBatches(given, (item) => item.identity, size);
        expect(rounds.flat(2)).toHaveLength(given.length);
        expect(new Set(rounds.flat(2))).toEqual(new Set(given));
        for (const round of rounds) {
          const identities = round.flat().map((item) => item.identity);
          expect(new Set(identities).size, 'a round runs at one time').toBe(identities.length);
          for (const batch of round) {
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(size);
          }
        }
      }),
    );
  });

  it('send equal ones in their order, one round each', () => {
    const same = [1, 2, 3].map((n) => ({ n }));
    expect(distinctBatches(same, () => 'x', 10)).toEqual([[[same[0]]], [[same[1]]], [[same[2]]]]);
  });
});

describe('an identity', () => {
  it('is equal for what was sent and what IT Glue lists: case, blanks, numbers as text, missing as null', () => {
    fc.assert(
      fc.property(fc.constantFrom(...resources), fc.string(), fc.nat(), (resource, name, id) => {
        const sent = { name, fileName: name, firstName: name, shortName: null, locationId: String(id), configurationTypeId: String(id), resourceId: String(id), hostname: null };
        const listed = { name: `  ${name.toUpperCase()} `, fileName: ` ${name.toUpperCase()}`, firstName: name.toUpperCase(), locationId: id, configurationTypeId: id, resourceId: id, id: 'new', notes: 'x' };
        fc.pre(name.toUpperCase().toLowerCase() === name.toLowerCase());
        expect(identityOf(resource, listed)).toBe(identityOf(resource, sent));
      }),
    );
  });

  it('tells people of one name apart by mail address, title or place', () => {
    const ada = { firstName: 'Ada', lastName: 'Lee', contactEmails: [{ value: 'ada@x.example', primary: true }] };
    const others = [{ ...ada, contactEmails: [{ value: 'a.lee@x.example', primary: true }] }, { ...ada, title: 'CFO' }, { ...ada, locationId: '5' }];
    for (const other of others) expect(identityOf('contact', other)).not.toBe(identityOf('contact', ada));
  });

  it('goes by the primary mail address, wherever it stands in the list', () => {
    const [a, b] = [{ value: 'a@x.example', primary: true }, { value: 'b@x.example', primary: false }];
    expect(identityOf('contact', { firstName: 'Ada', contactEmails: [b, a] })).toBe(identityOf('contact', { firstName: 'Ada', contactEmails: [a, b] }));
    expect(identityOf('contact', { firstName: 'Ada', contactEmails: [] })).toBe(identityOf('contact', { firstName: 'Ada' }));
  });

  it('does not run one attribute into the next', () => {
    expect(identityOf('contact', { firstName: 'Ada', lastName: '' })).not.toBe(identityOf('contact', { firstName: '', lastName: 'Ada' }));
    expect(identityOf('password', { name: 'a', username: 'b' })).not.toBe(identityOf('password', { name: 'a b' }));
  });
});
