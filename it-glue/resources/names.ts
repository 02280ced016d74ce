import type { ItGlueRecord } from '../envelope.js';

/** Rising id; ids are longer than a number holds. */
export function byId(a: { id: string }, b: { id: string }): number {
  const first = BigInt(a.id);
  const second = BigInt(b.id);
  return first < second ? -1 : first > second ? 1 : 0;
}

/**
 * The values of `filter[name]` to try, in order. A comma separates alternatives and must be escaped; whether a server
 * takes the escape is not certain, so the plain name is tried as well.
 */
export function nameFilters(name: string): string[] {
  return name.includes(',') ? [name.replace(/,/g, '\\,'), name] : [name];
}

/** How two names compare when case, outer blanks and the writing of accents do not matter. */
export function foldName(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/g, ' ').toLocaleLowerCase('en');
}

/** The record of this name: equal first, then equal but for case; the lowest id where several match; null if none. */
export function pickByName<Attributes extends { name: string | null }>(
  records: readonly ItGlueRecord<Attributes>[],
  name: string,
): ItGlueRecord<Attributes> | null {
  const sorted = [...records].sort(byId);
  const folded = foldName(name);
  return (
    sorted.find((record) => record.attributes.name === name) ??
    sorted.find((record) => record.attributes.name !== null && foldName(record.attributes.name) === folded) ??
    null
  );
}
