import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OnboardingReport, type FinishedOnboarding } from '../../../domain/onboardings/report.js';
import { onboardingTimes } from '../../../domain/onboardings/times.js';
import { stages } from '../../../domain/stages.js';

const hour = 3_600_000;

function finished(given: Partial<FinishedOnboarding> = {}): FinishedOnboarding {
  return {
    exportedAt: new Date('2026-03-10T00:00:00Z'),
    ms: 10 * hour,
    stages: [{ stage: 'sales', ms: 10 * hour }],
    waiting: { sales_rep: 10 * hour },
    counts: { location: 2, contact: 3 },
    skipped: 0,
    approvals: [],
    blocked: 0,
    salesRepId: 's1',
    managerId: 'm1',
    engineerId: 'e1',
    ...given,
  };
}

function reportOf(by: 'month' | 'person', onboardings: readonly FinishedOnboarding[], timeZone = 'UTC') {
  const report = new OnboardingReport(by, timeZone);
  for (const one of onboardings) report.add(one);
  return report.groups();
}

describe('a report by month', () => {
  it('takes the month from the tenant’s own calendar, the latest first', () => {
    const at = (time: string) => finished({ exportedAt: new Date(time) });
    const groups = reportOf('month', [at('2026-02-28T23:30:00Z'), at('2026-01-05T00:00:00Z'), at('2026-03-01T00:30:00Z')], 'Europe/Berlin');
    expect(groups.map(({ key, onboardings }) => [key, onboardings])).toEqual([[{ month: '2026-03' }, 2], [{ month: '2026-01' }, 1]]);
  });

  it('adds up what was exported, left out, sent back and blocked', () => {
    const approvals = [
      { section: 'accounting', standIn: false, sendBacks: 2, resets: 1 },
      { section: 'msp', standIn: true, sendBacks: 0, resets: 0 },
    ] as const;
    const [group] = reportOf('month', [finished({ approvals, skipped: 3, blocked: 1 }), finished({ approvals, counts: { location: 1 } })]);
    expect(group).toMatchObject({ counts: { location: 3, contact: 3 }, records: 6, skipped: 3, sendBacks: { sales: 0, accounting: 4, msp: 0 }, resets: 2, standIns: 2, blocked: 1 });
  });

  it('tells mean, median and longest time, and no times where none were kept', () => {
    const [group] = reportOf('month', [1, 2, 9, 4].map((hours) => finished({ ms: hours * hour })));
    expect(group!.total).toEqual({ mean: 4 * hour, median: 3 * hour, longest: 9 * hour });
    expect(reportOf('month', [finished({ ms: null, stages: [], waiting: {} })])[0]!.total).toBeNull();
  });

  it('has mean times that sum up to the mean total, by stage and by who was waited for', () => {
    const onboarding = fc.tuple(fc.array(fc.record({ at: fc.integer({ min: 0, max: 900 * hour }).map((ms) => new Date(ms)), stage: fc.constantFrom(...stages) })), fc.integer({ min: 0, max: 1_000 * hour }));
    fc.assert(
      fc.property(fc.array(onboarding, { minLength: 1, maxLength: 20 }), (all) => {
        const [group] = reportOf('month', all.map(([steps, end]) => finished({ ...onboardingTimes(new Date(0), steps, new Date(end)) })));
        const sum = (times: Readonly<Partial<Record<string, number>>>) => Object.values(times).reduce<number>((total, one) => total + one!, 0);
        expect(sum(group!.stages)).toBeCloseTo(group!.total!.mean, 0);
        expect(sum(group!.waiting)).toBeCloseTo(group!.total!.mean, 0);
      }),
    );
  });
});

it('a report by person counts an onboarding for everybody who was assigned to it, in their seat', () => {
  const groups = reportOf('person', [finished(), finished({ engineerId: 'e2' }), finished({ salesRepId: null, managerId: 'e2' })]);
  expect(groups.map(({ key, onboardings }) => [...Object.values(key), onboardings])).toEqual([
    ['sales_rep', 's1', 2],
    ['sales_rep', null, 1],
    ['manager', 'm1', 2],
    ['manager', 'e2', 1],
    ['onboarding_engineer', 'e1', 2],
    ['onboarding_engineer', 'e2', 1],
  ]);
});
