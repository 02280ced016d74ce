import fc from 'fast-check';
import { expect, it } from 'vitest';
import { match, matchManufacturer, type MakeModel } from '../../../domain/spelling/index.js';

const family = fc.constantFrom('', 'SkyPort ', 'CoreBox ', 'EdgeLine Pro ', 'Silva ');
const code = fc.constantFrom('', 'X', 'GS-', 'TL', 'SRX');
const number = fc.integer({ min: 10, max: 99999 }).map(String);
const tail = fc.constantFrom('', '-24T', ' 48P', '-8G-2SFP+', '-E', ' Gen2', ' 370W', ' Switch', ' (black)');
const modelName = fc.tuple(family, code, number, tail).map((parts) => parts.join(''));
const catalogue = fc.uniqueArray(modelName, { minLength: 1, maxLength: 30 }).map((models): MakeModel[] => models.map((model) => ({ manufacturer: 'Nordwind', model })));
const withEntry = catalogue.chain((entries) => fc.tuple(fc.constant(entries), fc.constantFrom(...entries)));
// Anything at all, for what must hold whatever is typed.
const anything = fc.oneof(modelName, fc.string(), fc.string({ unit: 'grapheme' }));

it('an exact entry is the same, with full confidence', () => {
  fc.assert(fc.property(withEntry, ([entries, entry]) => {
    expect(match(entry, entries)).toMatchObject({ ...entry, band: 'same', confidence: 1 });
  }));
});

it('a variant in case and punctuation is always the same thing', () => {
  const vary = (text: string, upper: boolean, separator: string): string => {
    const cased = upper ? text.toUpperCase() : text.toLowerCase();
    return cased.replace(/[ -]/g, separator).replace(/[()]/g, '');
  };
  fc.assert(fc.property(withEntry, fc.boolean(), fc.constantFrom(' ', '-', '_', ' - '), ([entries, entry], upper, separator) => {
    const answer = match({ manufacturer: entry.manufacturer.toUpperCase(), model: vary(entry.model, upper, separator) }, entries);
    expect(answer?.band).toBe('same');
    const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9+]/g, '');
    expect(letters(answer?.model ?? '')).toBe(letters(entry.model));
  }));
});

it('a name with one digit changed is never the same', () => {
  fc.assert(fc.property(withEntry, fc.nat(), fc.integer({ min: 1, max: 9 }), ([entries, entry], where, by) => {
    const places = [...entry.model.matchAll(/\d/g)].map((found) => found.index);
    const at = places[where % places.length] ?? 0;
    const digit = String((Number(entry.model[at]) + by) % 10);
    const typed = `${entry.model.slice(0, at)}${digit}${entry.model.slice(at + 1)}`;
    const answer = match({ manufacturer: 'Nordwind', model: typed }, entries);
    expect(answer?.band === 'same' && answer.model === entry.model).toBe(false);
  }));
});

it('whatever is the same has the same digits', () => {
  fc.assert(fc.property(catalogue, anything, (entries, model) => {
    const answer = match({ manufacturer: 'Nordwind', model }, entries);
    const digits = (text: string): string => text.normalize('NFKC').replace(/\P{N}/gu, '');
    if (answer?.band === 'same') expect(digits(answer.model)).toBe(digits(model));
  }));
});

it('the order of the catalogue does not matter, nor does asking twice', () => {
  const shuffled = catalogue.chain((entries) => fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })));
  fc.assert(fc.property(shuffled, anything, ([entries, other], model) => {
    const answer = match({ manufacturer: 'Nordwind', model }, entries);
    expect(match({ manufacturer: 'Nordwind', model }, other)).toEqual(answer);
    expect(match({ manufacturer: 'Nordwind', model }, [...entries])).toEqual(answer);
  }));
});

it('an answer is an entry of the catalogue, with a band, a confidence within 0 and 1 and a reason', () => {
  fc.assert(fc.property(catalogue, anything, anything, (entries, manufacturer, model) => {
    const answer = match({ manufacturer, model }, entries);
    if (!answer) return;
    if (answer.model !== '') expect(entries).toContainEqual({ manufacturer: answer.manufacturer, model: answer.model });
    expect(answer.confidence).toBeGreaterThanOrEqual(0);
    expect(answer.confidence).toBeLessThanOrEqual(1);
    expect(answer.reason).not.toBe('');
  }));
});

it('a legal form at the end of a maker does not matter', () => {
  const word = fc.constantFrom('Nordwind', 'Ravenholt', 'Silva', 'Corvus', 'Tannbach');
  const form = fc.constantFrom('Inc', 'Inc.', 'Ltd', 'Co., Ltd.', 'GmbH', 'LLC', 'Corp.', 'AG', 'S.A.', 'Limited');
  fc.assert(fc.property(word, form, (name, end) => {
    expect(matchManufacturer(`${name} ${end}`, ['Nordwind', 'Ravenholt', 'Silva', 'Corvus', 'Tannbach'])).toMatchObject({ name, band: 'same' });
  }));
});
