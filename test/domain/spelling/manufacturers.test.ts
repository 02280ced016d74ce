import { describe, expect, it } from 'vitest';
import { matchManufacturer, prepare } from '../../../domain/spelling/index.js';
import { acquisitions } from '../../../domain/spelling/knowledge/acquisitions.js';

describe('a maker in another spelling', () => {
  it.each([
    ['NORDWIND', 'Nordwind'],
    ['Nord-Wind', 'Nordwind'],
    ['Nordwind, Inc.', 'Nordwind'],
    ['Nordwind Co.,Ltd', 'Nordwind Corporation'],
    ['Nordwind S. p. A.', 'Nordwind SpA'],
    ['Nordwind B. V.', 'Nordwind BV'],
    ['Nordwind GmbH & Co. KG', 'Nordwind GmbH'],
    ['Nordwind sp. z o.o.', 'Nordwind Sp. z.o.o.'],
    ['Märklin & Söhne', 'Marklin and Sohne'],
    ['Ｎｏｒｄｗｉｎｄ', 'Nordwind'],
  ])('%s is the same as %s', (typed, name) => {
    expect(matchManufacturer(typed, ['Ravenholt', name, 'Silva AG'])).toMatchObject({ name, band: 'same' });
  });

  it.each([
    ['Nordwind', 'Nordwind Networks', /general word/],
    ['Nordwnd', 'Nordwind', /typing slip/],
    ['Nordwind s.r.l.', 'Nordwind GmbH', /legal form is of another country/],
  ])('%s is asked about: %s', (typed, name, reason) => {
    const answer = matchManufacturer(typed, ['Ravenholt', name]);
    expect(answer).toMatchObject({ name, band: 'probable' });
    expect(answer?.reason).toMatch(reason);
  });
});

describe('two makers', () => {
  it.each([
    ['F5', 'F6'],
    ['ABE', 'ZBE'],
    ['T-Link', 'TB-Link'],
    ['Nordwind Networks', 'Nordwind Technologies'],
    ['Ravenholt', 'Nordwind'],
  ])('%s and %s are not taken for one', (a, b) => {
    expect(matchManufacturer(a, [b])?.band ?? 'none').toBe('none');
    expect(matchManufacturer(b, [a])?.band ?? 'none').toBe('none');
  });

  it('related by an acquisition are shown with the reason, and never suggested', () => {
    for (const { name, now } of acquisitions) {
      const answer = matchManufacturer(name, [now]);
      expect(answer?.band ?? 'none').toBe('none');
      expect(answer?.reason ?? 'related').toMatch(/^related/);
    }
  });

  it('that are as near as each other leave the choice open', () => {
    expect(matchManufacturer('Nordwind', ['Nordwind Networks', 'Nordwind Systems'])?.band).toBe('none');
  });
});

it('nobody is meant by a placeholder', () => {
  for (const typed of ['', ' ', 'N/A', 'unknown', '-']) expect(matchManufacturer(typed, ['Nordwind', 'Unknown Devices Ltd'])).toBeNull();
});

it('aliases of makers are learned and refused', () => {
  const entry = (manufacturer: string) => ({ manufacturer, model: '' });
  const accepted = prepare([entry('Nordwind')], { aliases: [{ typed: entry('NW'), target: entry('Nordwind'), decision: 'accepted' }] });
  expect(accepted.matchManufacturer('nw')).toMatchObject({ name: 'Nordwind', band: 'same' });
  const refused = prepare([entry('Nordwind Networks')], { aliases: [{ typed: entry('Nordwind'), target: entry('Nordwind Networks'), decision: 'refused' }] });
  expect(refused.matchManufacturer('Nordwind')).toBeNull();
});
