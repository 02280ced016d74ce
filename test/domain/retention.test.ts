import fc from 'fast-check';
import { expect, it } from 'vitest';
import { longestRetentionMs, purgeAfterHold, purgeDate, refusedPurgeDate, warningsOf } from '../../domain/retention.js';
import { purgeSpreadMs } from '../../domain/purge-spread.js';

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
      const refused = refusedPurgeDate(new Date(now.getTime() + offset), { now, end: null, warningSeconds: [86_400] });
      expect(refused === null).toBe(offset > 0 && offset <= longestRetentionMs);
    }),
  );
  expect(refusedPurgeDate(now, { now, end: null, warningSeconds: [] })).toBe('must be in the future');
  expect(refusedPurgeDate(new Date(now.getTime() + longestRetentionMs + 1), { now, end: null, warningSeconds: [] })).toBe('must be within ten years');
});

it('warns before the end as early as was still possible when the end was set, the earliest first', () => {
  const end = new Date('2026-05-01T12:00:00Z');
  const days = (since: string) => warningsOf(end, [864_000, 432_000, 86_400], new Date(since)).map(({ at }) => at.toISOString());
  expect(days('2026-04-01T00:00:00Z')).toEqual(['2026-04-21T12:00:00.000Z', '2026-04-26T12:00:00.000Z', '2026-04-30T12:00:00.000Z']);
  expect(days('2026-04-28T00:00:00Z')).toEqual(['2026-04-30T12:00:00.000Z']);
  expect(days('2026-05-01T11:00:00Z')).toEqual([]);
});

it('gives after a hold what was left when it began, up to ten days, and never less than the end that still lies ahead', () => {
  const held = new Date('2026-04-01T00:00:00Z');
  const after = (end: string, released: string) => purgeAfterHold(new Date(end), held, new Date(released), day).toISOString();
  expect(after('2026-04-04T00:00:00Z', '2026-09-01T00:00:00Z')).toBe('2026-09-04T00:00:00.000Z');
  expect(after('2026-04-20T00:00:00Z', '2026-09-01T00:00:00Z')).toBe('2026-09-11T00:00:00.000Z');
  expect(after('2026-12-01T00:00:00Z', '2026-04-05T00:00:00Z')).toBe('2026-12-01T00:00:00.000Z');
  expect(after('2026-04-01T00:10:00Z', '2026-09-01T00:00:00Z'), 'time for the last warning').toBe('2026-09-02T00:00:01.000Z');
});

it('spreads the removal of clients that end together, always alike for one client, and not for one that is kept for seconds', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 0, max: 400 * day * 1000 }), (id, kept) => {
      const spread = purgeSpreadMs(id, kept);
      expect(spread).toBe(purgeSpreadMs(id, kept));
      expect(spread).toBeGreaterThanOrEqual(0);
      expect(spread).toBeLessThanOrEqual(Math.min(300_000, kept / 100));
    }),
  );
  const minutes = new Set(Array.from({ length: 1_000 }, (_, n) => Math.floor(purgeSpreadMs(`01a0b1c2-0000-7000-8000-${String(n).padStart(12, '0')}`, 30 * day * 1000) / 60_000)));
  expect(minutes).toEqual(new Set([0, 1, 2, 3, 4]));
});
