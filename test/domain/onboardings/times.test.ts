import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onboardingTimes, type Seat, type Step } from '../../../domain/onboardings/times.js';
import { stages } from '../../../domain/stages.js';

const created = new Date('2026-03-01T08:00:00Z');
const hour = 3_600_000;
const after = (hours: number) => new Date(created.getTime() + hours * hour);
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

const steps = fc.array(
  fc.record({
    at: fc.integer({ min: -5 * hour, max: 500 * hour }).map((ms) => new Date(created.getTime() + ms)),
    stage: fc.constantFrom(...stages),
    signed: fc.constantFrom<Seat | undefined>('engineer', 'manager', undefined),
    withdrawn: fc.constantFrom<Seat | undefined>('engineer', 'manager', undefined),
  }).map(({ signed, withdrawn, ...step }): Step => ({ ...step, ...(signed ? { signed } : {}), ...(withdrawn ? { withdrawn } : {}) })),
  { maxLength: 40 },
);
const ends = fc.integer({ min: -hour, max: 600 * hour }).map((ms) => new Date(created.getTime() + ms));

describe('the times of any onboarding', () => {
  it('are never negative, lie within it, and sum up to the whole, by stage and by who was waited for', () => {
    fc.assert(
      fc.property(steps, ends, (journal, end) => {
        const times = onboardingTimes(created, journal, end);
        expect(times.ms).toBe(Math.max(0, end.getTime() - created.getTime()));
        for (const { begun, ended, ms, times: entered } of times.stages) {
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(ended.getTime() - begun.getTime());
          expect(begun.getTime()).toBeGreaterThanOrEqual(created.getTime());
          expect(ended.getTime()).toBeLessThanOrEqual(created.getTime() + times.ms);
          expect(entered).toBeGreaterThan(0);
        }
        for (const ms of Object.values(times.waiting)) expect(ms).toBeGreaterThanOrEqual(0);
        expect(sum(times.stages.map((one) => one.ms))).toBe(times.ms);
        expect(sum(Object.values(times.waiting))).toBe(times.ms);
      }),
    );
  });

  it('do not depend on the order in which the steps are read', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.record({ at: ends, stage: fc.constantFrom(...stages) }), { selector: (step) => step.at.getTime(), maxLength: 20 }), ends, (journal, end) => {
        expect(onboardingTimes(created, [...journal].reverse(), end)).toEqual(onboardingTimes(created, journal, end));
      }),
    );
  });
});

describe('an onboarding', () => {
  it('that was sent back counts both times of a section, from the first to the last', () => {
    const { stages: found, waiting } = onboardingTimes(created, [
      { at: after(2), stage: 'sales_review' },
      { at: after(3), stage: 'sales' },
      { at: after(7), stage: 'sales_review' },
      { at: after(8), stage: 'accounting' },
    ], after(10));
    expect(found).toEqual([
      { stage: 'sales', begun: created, ended: after(7), ms: 6 * hour, times: 2 },
      { stage: 'sales_review', begun: after(2), ended: after(8), ms: 2 * hour, times: 2 },
      { stage: 'accounting', begun: after(8), ended: after(10), ms: 2 * hour, times: 1 },
    ]);
    expect([waiting.sales_rep, waiting.manager, waiting.accountant]).toEqual([6 * hour, 2 * hour, 2 * hour]);
  });

  it('waits in the sign-off for whoever has not signed, and for both again after a way back', () => {
    const signOff = (hours: number, step: Partial<Step> = {}): Step => ({ at: after(hours), stage: 'sign_off', ...step });
    const { waiting } = onboardingTimes(created, [
      signOff(0),
      signOff(1, { signed: 'manager' }),
      signOff(3, { withdrawn: 'manager' }),
      signOff(6, { signed: 'engineer' }),
      { at: after(10), stage: 'msp' },
      signOff(15),
      { at: after(21), stage: 'ready', signed: 'manager' },
    ], after(21));
    expect(waiting).toMatchObject({ engineer_and_manager: (1 + 3 + 6) * hour, onboarding_engineer: 2 * hour, manager: 4 * hour, msp: 5 * hour });
  });

  it('waits for nobody while it is deleted, and for IT Glue while it is exported', () => {
    const { waiting } = onboardingTimes(created, [{ at: after(1), stage: 'deleted' }, { at: after(4), stage: 'exporting' }, { at: after(6), stage: 'retention' }], after(6));
    expect(waiting).toMatchObject({ sales_rep: hour, nobody: 3 * hour, it_glue: 2 * hour });
  });
});
