import fc from 'fast-check';
import { expect, it } from 'vitest';
import { longestRetentionMs, purgeDate, refusedPurgeDate } from '../../domain/retention.js';

const day = 24 * 3600;
const now = new Date('2026-03-31T12:00:00Z');

it('ends retention the days of the tier after the export, also over a leap day and a change of the clocks', () => {
  expect(purgeDate(now, 30 * day)).toEqual(new Date('2026-04-30T12:00:00Z'));
  expect(purgeDate(new Date('2028-02-28T00:00:00Z'), 2 * day)).toEqual(new Date('2028-03-01T00:00:00Z'));
  expect(purgeDate(now, 20)).toEqual(new Date('2026-03-31T12:00:20Z'));
});

it('moves retention only into the future, and at most ten years', () => {
  fc.assert(
    fc.property(fc.integer({ min: -longestRetentionMs * 2, max: longestRetentionMs * 2 }), (offset) => {
      const refused = refusedPurgeDate(new Date(now.getTime() + offset), now);
      expect(refused === null).toBe(offset > 0 && offset <= longestRetentionMs);
    }),
  );
  expect(refusedPurgeDate(now, now)).toBe('must be in the future');
  expect(refusedPurgeDate(new Date(now.getTime() + longestRetentionMs + 1), now)).toBe('must be within ten years');
});
