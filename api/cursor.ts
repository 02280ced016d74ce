import { Problem } from './problem.js';

/** A place in a list as callers see it: opaque, and refused when it was not made by the same list. */
export function writeCursor(list: string, place: string | number): string {
  return Buffer.from(JSON.stringify([list, place])).toString('base64url');
}

/** The place that a cursor of that list stands for, or null without a cursor. */
export function readCursor<T extends 'string' | 'number'>(list: string, kind: T, cursor: string | undefined): (T extends 'string' ? string : number) | null {
  if (cursor === undefined) return null;
  try {
    const [from, place] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as [unknown, unknown];
    if (from === list && typeof place === kind && fits(place)) return place as T extends 'string' ? string : number;
  } catch {
    // Falls through: text that is no JSON is no cursor either.
  }
  throw foreignCursor();
}

// Places reach the database as an id or as an integer column: anything else would be an error there.
const fits = (place: unknown) =>
  typeof place === 'string' ? /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(place) : Number.isInteger(place) && Math.abs(place as number) < 2 ** 31;

/** The same for a list that can be sorted in several ways: what it is sorted by at that place, and the id there. */
export function writePlace(list: string, place: { key: number | null; id: string }): string {
  return Buffer.from(JSON.stringify([list, place.key, place.id])).toString('base64url');
}

export function readPlace(list: string, cursor: string | undefined): { key: number | null; id: string } | null {
  if (cursor === undefined) return null;
  try {
    const [from, key, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    if (from === list && (key === null || Number.isSafeInteger(key)) && typeof id === 'string') return { key: key as number | null, id };
  } catch {
    // Falls through: text that is no JSON is no cursor either.
  }
  throw foreignCursor();
}

export function foreignCursor(message = 'is not a cursor of this list'): Problem {
  return new Problem('invalid_request', 'The query is not as it must be; see errors', { errors: [{ field: 'cursor', message }] });
}

/** One page of a list: `rows` may hold one more than the limit, which only says that there is a next page. */
export function page<T, R>(list: string, limit: number, rows: readonly T[], place: (row: T) => string | number, shown: (row: T) => R) {
  const items = rows.slice(0, limit);
  const more = rows.length > limit;
  return { items: items.map(shown), nextCursor: more ? writeCursor(list, place(items.at(-1)!)) : null };
}
