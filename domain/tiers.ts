import { z } from 'zod';

const days = z.int('must be a whole number of days').min(1, 'must be at least 1').max(3_650, 'must be at most 3650');

/** What an operator sets of a tier, in days. */
export const tierDays = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be up to 32 small letters, digits, - and _, and begin with a letter'),
    name: z.string().trim().min(1, 'must not be empty').max(100, 'must have at most 100 characters'),
    retentionDays: days,
    restoreDays: days,
    warningDays: z.array(days).min(1, 'must name at least one').max(10, 'must name at most ten'),
  })
  .superRefine(({ retentionDays, restoreDays, warningDays }, context) => {
    // A warning that is due in the moment in which the time begins is none.
    if (warningDays.length > 0 && Math.min(...warningDays) >= Math.min(retentionDays, restoreDays)) {
      context.addIssue({ code: 'custom', path: ['warningDays'], message: 'must name one that is shorter than both times, or nobody would be warned' });
    }
  });
export type TierDays = z.output<typeof tierDays>;
