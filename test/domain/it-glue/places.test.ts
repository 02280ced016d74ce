import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolvePlace, type Country, type Region } from '../../../domain/it-glue/index.js';

const countries: Country[] = [
  { id: '1', name: 'United States of America', iso: 'US' },
  { id: '2', name: 'Canada', iso: 'CA' },
  { id: '3', name: 'United Kingdom', iso: 'GB' },
  { id: '4', name: 'India', iso: 'IN' },
  { id: '5', name: 'Pakistan', iso: 'PK' },
  { id: '6', name: 'Netherlands (the)', iso: 'NL' },
];
const states = { Alabama: 'AL', California: 'CA', Georgia: 'GA', Indiana: 'IN', 'New Mexico': 'NM', Oregon: 'OR', Washington: 'WA', 'West Virginia': 'WV', Virginia: 'VA' };
const regions: Region[] = [
  ...Object.entries(states).map(([name, code], index) => ({ id: `1${index}`, name, iso: `US-${code}`, countryId: '1' })),
  { id: '20', name: 'Ontario', iso: 'ON', countryId: '2' },
  { id: '21', name: 'Québec', iso: 'QC', countryId: '2' },
  { id: '30', name: 'Greater London', iso: null, countryId: '3' },
  { id: '40', name: 'Punjab', iso: 'IN-PB', countryId: '4' },
  { id: '50', name: 'Punjab', iso: 'PK-PB', countryId: '5' },
];
const idOf = (name: string) => regions.find((one) => one.name === name)!.id;
const place = (country: string | null, state: string | null, zip: string | null = null) => resolvePlace({ country, state, zip }, countries, regions);
const found = (countryId: string, regionId: string | null) => ({ countryId, regionId, unresolvedCountry: null, unresolvedState: null });

describe('a site in the United States', () => {
  it.each(Object.entries(states))('finds %s by name and by its code %s', (name, code) => {
    for (const written of [name, name.toUpperCase(), ` ${name} `, code, code.toLowerCase(), `US-${code}`, `${code[0]}.${code[1]}.`]) expect(place('USA', written), written).toEqual(found('1', idOf(name)));
  });

  it.each(['US', 'usa', 'U.S.A.', 'United States', 'united states of america', 'The United States', 'America'])('knows the country as %s', (country) => {
    expect(place(country, null)).toEqual(found('1', null));
  });

  it('is known without its country by a state and a zip code, and by the full name of a state', () => {
    expect(place(null, 'OR', '97201')).toEqual(found('1', idOf('Oregon')));
    expect(place(null, 'CA', '94105-1234')).toEqual(found('1', idOf('California')));
    expect(place(null, 'oregon')).toEqual(found('1', idOf('Oregon')));
  });

  it('is not guessed from a state code alone', () => {
    expect(place(null, 'CA')).toEqual({ countryId: null, regionId: null, unresolvedCountry: null, unresolvedState: 'CA' });
    expect(place(null, 'IN', 'K1A 0B1')).toEqual({ countryId: null, regionId: null, unresolvedCountry: null, unresolvedState: 'IN' });
  });

  it('does not take the end of other words for a state', () => {
    for (const words of ['N. WA', 'nr or', 'La CA']) expect(place('US', words), words).toEqual({ countryId: '1', regionId: null, unresolvedCountry: null, unresolvedState: words });
  });
});

describe('a site elsewhere', () => {
  it('finds Canada and its provinces, with and without accents', () => {
    expect(place('Canada', 'ON')).toEqual(found('2', '20'));
    for (const written of ['Québec', 'Quebec', 'QC', 'Que\u0301bec']) expect(place('CAN', written)).toEqual(found('2', '21'));
    expect(place(null, 'Ontario')).toEqual(found('2', '20'));
  });

  it.each(['UK', 'U.K.', 'GB', 'Great Britain', 'England', 'Scotland', 'Wales', 'Northern Ireland', 'United Kingdom'])('finds the United Kingdom as %s', (country) => {
    expect(place(country, 'Greater London')).toEqual(found('3', '30'));
  });

  it('finds a country whose name in the list carries an article', () => {
    for (const country of ['Netherlands', 'The Netherlands', 'Holland', 'NL']) expect(place(country, null).countryId, country).toBe('6');
  });

  it('keeps a state that lies in several countries until the country is named', () => {
    expect(place(null, 'Punjab')).toEqual({ countryId: null, regionId: null, unresolvedCountry: null, unresolvedState: 'Punjab' });
    expect(place('India', 'Punjab')).toEqual(found('4', '40'));
    expect(place('Pakistan', 'PB')).toEqual(found('5', '50'));
  });

  it('keeps what it cannot resolve', () => {
    expect(place('Atlantis', 'Deep')).toEqual({ countryId: null, regionId: null, unresolvedCountry: 'Atlantis', unresolvedState: 'Deep' });
    expect(place('Canada', 'Oregon')).toEqual({ countryId: '2', regionId: null, unresolvedCountry: null, unresolvedState: 'Oregon' });
  });
});

it('loses no word: each is resolved or comes back as it was written', () => {
  const anyWord = fc.option(fc.oneof(fc.string(), fc.constantFrom('US', 'OR', 'Ontario', 'Punjab', 'UK', '...', 'the')), { nil: null });
  fc.assert(
    fc.property(anyWord, anyWord, fc.option(fc.constantFrom('97201', 'K1A'), { nil: null }), (country, state, zip) => {
      const given = place(country, state, zip);
      if (country) expect(given.countryId === null ? given.unresolvedCountry : null).toBe(given.countryId === null ? country : null);
      expect(given.unresolvedState).toBe(state && given.regionId === null ? state : null);
      if (given.regionId) expect(regions.find((one) => one.id === given.regionId)!.countryId).toBe(given.countryId);
    }),
    { numRuns: 500 },
  );
});
