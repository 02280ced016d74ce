import { expect, it } from 'vitest';
import { newId } from '../../store/index.js';

it('ids sort in the order in which they were made, also many within a millisecond, and are never the same', () => {
  const ids = Array.from({ length: 20_000 }, newId);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
