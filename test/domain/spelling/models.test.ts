import { describe, expect, it } from 'vitest';
import { match, prepare, type MakeModel } from '../../../domain/spelling/index.js';

const of = (manufacturer: string, ...models: string[]): MakeModel[] => models.map((model) => ({ manufacturer, model }));

const nordwind = of('Nordwind', 'SkyPort 100F', 'SkyPort 101F', 'SkyPort 200E', 'SkyPort 300E', 'SkyPort 80E', 'SkyPort 80E-POE', 'SkyPort 81E', 'SkyPort 81E-POE', 'CoreBox 7300-24T', 'CoreBox 7300-48T');

function ask(model: string, catalogue: readonly MakeModel[] = nordwind, manufacturer = 'Nordwind') {
  return match({ manufacturer, model }, catalogue);
}

describe('a model that is meant', () => {
  it.each([
    ['skyport-100f', 'SkyPort 100F', 'differs only in case or punctuation'],
    ['SkyPort100F', 'SkyPort 100F', 'differs only in case or punctuation'],
    ['100F', 'SkyPort 100F', 'same part number, family name "skyport" added'],
    ['Nordwind SkyPort 100F', 'SkyPort 100F', "the maker's own name left out of the model"],
  ])('%s is %s', (typed, model, reason) => {
    expect(ask(typed)).toMatchObject({ manufacturer: 'Nordwind', model, band: 'same', reason });
  });

  it.each([
    ['SP-300E', 'SkyPort 300E', /"sp" stands for "skyport"/],
    ['Switch CoreBox 7300-24T', 'CoreBox 7300-24T', /general word "switch" left out/],
    ['Networking 7300-48T', 'CoreBox 7300-48T', /"corebox" in place of "networking"/],
    ['SkyPrt 200E', 'SkyPort 200E', /typing slip in "skyport"/],
    ['SkyPort 200E 370W', 'SkyPort 200E', /power rating "370w" left out/],
    ['SkyPort 3OOE', 'SkyPort 300E', /look alike/],
    ['CoreBox 7300-42T', null, null],
  ])('%s is asked about: %s', (typed, model, reason) => {
    const answer = ask(typed);
    if (model === null) expect(answer?.band ?? 'none').toBe('none');
    else {
      expect(answer).toMatchObject({ model, band: 'probable' });
      expect(answer?.reason).toMatch(reason ?? /./);
    }
  });

  it('knows that PoEP is PoE+ and SFPP is SFP+, but that SFP is not SFP+', () => {
    const catalogue = of('Nordwind', 'CB 24G-PoE+-4SFP+', 'CB 48G-PoE+-4SFP');
    expect(ask('CB 24G-PoEP-4SFPP', catalogue)).toMatchObject({ model: 'CB 24G-PoE+-4SFP+', band: 'same' });
    expect(ask('CB 48G-PoE+-4SFP+', catalogue)?.band).not.toBe('same');
  });

  it('misses a letter between two numbers, but not one before a separator', () => {
    expect(ask('NP-P165E', of('Nordwind', 'NP-P16C5E'))).toMatchObject({ model: 'NP-P16C5E', band: 'probable', reason: 'a letter between two numbers added' });
    expect(ask('NX530-10G', of('Nordwind', 'NX530L-10G'))?.band).toBe('none');
  });

  it('takes any of several entries that say more than the typed name', () => {
    const catalogue = of('Nordwind', 'CoreBox 9325-32C Front-to-Back', 'CoreBox 9325-32C Back-to-Front');
    expect(ask('CoreBox 9325-32C', catalogue)).toMatchObject({ band: 'probable', model: expect.stringContaining('9325-32C') });
    expect(ask('CoreBox 9325-32C Front-to-Back', catalogue.slice(1))?.band ?? 'none').toBe('none');
  });

  it('reads an order code as the family name with the same number', () => {
    const catalogue = of('Nordwind', 'CoreBox 93180YC-EX', 'CoreBox 93240YC-EX', 'CoreBox 3850-48T');
    expect(ask('X9K-C93180YC-EX', catalogue)).toMatchObject({ model: 'CoreBox 93180YC-EX', band: 'probable' });
    expect(ask('WX-C3850-48T-L', catalogue)).toMatchObject({ model: 'CoreBox 3850-48T', band: 'probable' });
  });
});

describe('a model that is another', () => {
  it.each(['SkyPort 102F', 'SkyPort 800E', 'CoreBox 7300-24T-R2', 'OtherLine 100F', 'SkyPort 200E Pro'])('%s is not suggested when its neighbour is there', (typed) => {
    expect(ask(typed)?.band ?? 'none').toBe('none');
  });

  it('does not take one model for its sibling with an ending that tells models of this maker apart', () => {
    const withoutOne = nordwind.filter(({ model }) => model !== 'SkyPort 80E-POE');
    expect(ask('SkyPort 80E-POE', withoutOne)?.band ?? 'none').toBe('none');
  });

  it('does not choose between two families that both fit', () => {
    const catalogue = of('Nordwind', 'SkyPort 5800-24G', 'SkyPort 5900', 'CoreBox 5800-24G', 'CoreBox 5900');
    expect(ask('5800-24G', catalogue)?.band ?? 'none').toBe('none');
  });

  it('keeps numbers apart where one ends and the next begins', () => {
    const catalogue = of('Nordwind', 'Vision11,1', 'Vision3,1');
    expect(ask('Vision1,11', catalogue)?.band ?? 'none').toBe('none');
    expect(ask('Vision111', catalogue)?.band).toBe('probable');
  });

  it('is never looked for under another maker that is known', () => {
    const catalogue = [...nordwind, ...of('Ravenholt', 'R-1')];
    expect(match({ manufacturer: 'Ravenholt', model: 'SkyPort 100F' }, catalogue)?.manufacturer ?? 'Ravenholt').toBe('Ravenholt');
    expect(match({ manufacturer: 'Some Other Maker', model: 'SkyPort 100F' }, catalogue)).toBeNull();
  });
});

describe('make and model in the wrong fields', () => {
  const catalogue = [...nordwind, ...of('Ravenholt Systems', 'Latitude 7490', 'Latitude 5400')];

  it.each([
    [{ manufacturer: '', model: 'Nordwind SkyPort 100F' }, 'SkyPort 100F', /the make stands in the model/],
    [{ manufacturer: 'n/a', model: 'SkyPort 100F' }, 'SkyPort 100F', /only one maker has this model/],
    [{ manufacturer: 'Nordwind SkyPort', model: '100F' }, 'SkyPort 100F', /the make field holds a part of the model/],
    [{ manufacturer: 'Latitude 7490', model: 'Ravenholt Systems' }, 'Latitude 7490', /each other's place/],
    [{ manufacturer: 'Ravenholt', model: 'Latitude 7490' }, 'Latitude 7490', /general word such as "Networks"/],
  ])('%j asks about %s', (typed, model, reason) => {
    const answer = match(typed, catalogue);
    expect(answer).toMatchObject({ model, band: 'probable' });
    expect(answer?.reason).toMatch(reason);
  });

  it('looks the make up alone when no model is given', () => {
    expect(match({ manufacturer: 'NORDWIND GmbH', model: '' }, catalogue)).toMatchObject({ manufacturer: 'Nordwind', model: '', band: 'same' });
  });
});

describe('what people decided before', () => {
  const typed = { manufacturer: 'Nordwind', model: 'the old blue one' };
  const target = { manufacturer: 'Nordwind', model: 'SkyPort 200E' };

  it('an accepted suggestion answers at once, while its target is in the catalogue', () => {
    const aliases = [{ typed, target, decision: 'accepted' as const }];
    expect(match({ ...typed, model: 'The Old-Blue One' }, nordwind, { aliases })).toMatchObject({ ...target, band: 'same', reason: 'accepted before by your team' });
    expect(match(typed, nordwind.filter(({ model }) => model !== target.model), { aliases })?.band ?? 'none').toBe('none');
  });

  it('a refused suggestion never comes back, and does not make another look better', () => {
    const aliases = [{ typed: { manufacturer: 'Nordwind', model: '200E' }, target, decision: 'refused' as const }];
    expect(match({ manufacturer: 'Nordwind', model: '200E' }, nordwind)).toMatchObject({ model: 'SkyPort 200E', band: 'same' });
    const answer = match({ manufacturer: 'Nordwind', model: '200E' }, nordwind, { aliases });
    expect(answer?.model).not.toBe('SkyPort 200E');
    expect(answer?.band ?? 'none').toBe('none');
  });

  it('the last decision on a pair holds', () => {
    const aliases = [{ typed, target, decision: 'accepted' as const }, { typed, target, decision: 'refused' as const }];
    expect(match(typed, nordwind, { aliases })?.band ?? 'none').toBe('none');
  });
});

describe('a catalogue', () => {
  it('that changes after it was asked is read anew', () => {
    const catalogue = of('Nordwind', 'SkyPort 100F');
    expect(match({ manufacturer: 'Nordwind', model: 'CoreBox 9' }, catalogue)?.band ?? 'none').toBe('none');
    catalogue[0] = { manufacturer: 'Nordwind', model: 'CoreBox 9' };
    expect(match({ manufacturer: 'Nordwind', model: 'CoreBox 9' }, catalogue)?.band).toBe('same');
  });

  it('that is prepared answers as the array does', () => {
    const prepared = prepare(nordwind);
    for (const model of ['100F', 'SP-300E', 'nothing like it', 'SkyPort 80E-POE']) {
      expect(match({ manufacturer: 'Nordwind', model }, prepared)).toEqual(match({ manufacturer: 'Nordwind', model }, nordwind));
    }
  });

  it('that is empty, or a name without letters and digits, has no answer', () => {
    expect(match({ manufacturer: 'Nordwind', model: 'X1' }, [])).toBeNull();
    expect(ask(' -- ')?.model ?? '').toBe('');
    expect(match({ manufacturer: '', model: '' }, nordwind)).toBeNull();
  });
});

it('a pasted page is not looked up', () => {
  const page = '(Nordwind SkyPort 100F '.repeat(5000);
  const start = performance.now();
  expect(ask(page)).toBeNull();
  expect(match({ manufacturer: page, model: 'SkyPort 100F' }, nordwind)).toBeNull();
  expect(performance.now() - start).toBeLessThan(3000);
});
