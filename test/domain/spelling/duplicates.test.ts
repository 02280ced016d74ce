import { describe, expect, it } from 'vitest';
import { findDuplicatesWithin } from '../../../domain/spelling/index.js';

describe('models that a client wrote twice', () => {
  const models = [
    { manufacturer: 'Nordwind', model: 'SkyPort 100F' },
    { manufacturer: 'Nordwind Inc.', model: 'skyport-100F' },
    { manufacturer: 'Nordwind', model: 'SkyPort 101F' },
    { manufacturer: 'NORDWIND', model: 'SkyPort 101F' },
    { manufacturer: 'Ravenholt', model: 'SkyPort 100F' },
  ];

  it('are found across spellings of the make, and siblings are not', () => {
    expect(findDuplicatesWithin({ models })).toEqual([
      expect.objectContaining({ kind: 'model', first: 0, second: 1, band: 'same' }),
      expect.objectContaining({ kind: 'model', first: 2, second: 3, band: 'same', reason: 'the same model, its make is spelled in another way' }),
    ]);
  });

  it('are silent once a person refused the pair', () => {
    const [a, b] = [models[0], models[1]];
    if (!a || !b) throw new Error('the list above has two models');
    const refused = (typed: typeof a, target: typeof a) => ({ typed, target: { ...target, manufacturer: typed.manufacturer }, decision: 'refused' as const });
    expect(findDuplicatesWithin({ models: [a, b] }, { aliases: [refused(a, b), refused(b, a)] })).toEqual([]);
  });

  it('two spellings of a make alone are found', () => {
    const makes = [{ manufacturer: 'Nordwind', model: '' }, { manufacturer: 'Nordwind GmbH', model: '' }, { manufacturer: 'Ravenholt', model: '' }];
    expect(findDuplicatesWithin({ models: makes })).toEqual([expect.objectContaining({ first: 0, second: 1, band: 'same' })]);
  });
});

describe('vendors against each other', () => {
  it.each([
    [{ company: 'Hill Telecom Ltd', contact: 'Ann Lee' }, { company: 'HILL TELECOM', contact: 'Lee, Ann' }, 'same', /company and contact/],
    [{ company: 'Hill Telecom', contact: 'Ann Lee' }, { company: 'Hill Telecom', contact: 'Bob Ray' }, 'probable', /another contact/],
    [{ company: 'Hill Telecom', contact: 'Ann Lee' }, { company: 'Ann Lee', contact: '' }, 'probable', /the company of one is the contact of the other/],
    [{ company: 'Hill Telecom', email: 'help@hill.example' }, { company: 'Hill Group Services', email: 'HELP@hill.example' }, 'probable', /same contact/],
    [{ company: 'Hillside Telecom' }, { company: 'Hilside Telecom' }, 'probable', /typing slip/],
  ])('%j and %j', (a, b, band, reason) => {
    const found = findDuplicatesWithin({ vendors: [a, { company: 'Valley Power' }, b] });
    expect(found).toEqual([expect.objectContaining({ kind: 'vendor', first: 0, second: 2, band })]);
    expect(found[0]?.reason).toMatch(reason);
  });

  it('of different names are left alone', () => {
    expect(findDuplicatesWithin({ vendors: [{ company: 'Hill Telecom', contact: 'Ann Lee' }, { company: 'Hill Power', contact: 'Ann Lee' }] })).toEqual([]);
  });
});

describe('people doubled across sites', () => {
  it.each([
    [{ email: 'a.lee@c.example' }, { email: 'A.Lee@c.example' }, 'same', /same name and email at two sites/],
    [{ phone: '+1 555 010 0101' }, { phone: '(555) 010-0101' }, 'probable', /same name and phone at two sites/],
    [{ email: 'ann@c.example' }, { email: 'lee@c.example' }, 'probable', /two emails/],
    [{}, {}, 'probable', /same name at two sites/],
  ])('%j and %j', (a, b, band, reason) => {
    const people = [
      { firstName: 'Ann', lastName: 'Lee', site: 'North', ...a },
      { firstName: 'Bob', lastName: 'Ray', site: 'North' },
      { firstName: 'LEE', lastName: 'ann', site: 'South', ...b },
    ];
    const found = findDuplicatesWithin({ people });
    expect(found).toEqual([expect.objectContaining({ kind: 'person', first: 0, second: 2, band })]);
    expect(found[0]?.reason).toMatch(reason);
  });

  it('who only share the switchboard are two', () => {
    const people = [{ firstName: 'Ann', lastName: 'Lee', phone: '5550100101' }, { firstName: 'Bob', lastName: 'Ray', phone: '5550100101' }];
    expect(findDuplicatesWithin({ people })).toEqual([]);
  });
});

it('a list of five thousand people and models is judged without comparing all pairs', () => {
  const people = Array.from({ length: 5000 }, (_, i) => ({ firstName: `First${i % 4000}`, lastName: 'Lee', phone: '5550100101' }));
  const models = Array.from({ length: 5000 }, (_, i) => ({ manufacturer: 'Nordwind', model: `SkyPort ${i}E` }));
  const start = performance.now();
  const found = findDuplicatesWithin({ people, models });
  expect(found.filter(({ reason }) => reason === 'same name and phone')).toHaveLength(1000);
  // All 25 million pairs would take far longer, on any machine.
  expect(performance.now() - start).toBeLessThan(8000);
});
