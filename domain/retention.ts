import { z } from 'zod';

/** What a tenant may set about what is kept. All of it is named at once: nothing changes because it was left out. */
export const retentionSettings = z.strictObject({
  /** Days that source data stays after an export, instead of the tier's; null: the tier's. */
  retentionDays: z.int('must be a whole number').min(1, 'must be at least 1').max(3_650, 'must be at most 3650').nullable().describe("Days that source data stays after an export, instead of the tier's; null: the tier's. Managers are warned of an end by the tier's warnings that are shorter than that: with 1 day, and the last warning a day before, nobody is."),
  /** Whether the record of export keeps the company's name for good. */
  keepCompanyName: z.boolean('must be true or false'),
});
export type RetentionSettings = z.output<typeof retentionSettings>;

const { retentionDays, keepCompanyName } = retentionSettings.shape;

/** As they lie among a tenant's settings: what nobody has set is the default. */
export const storedRetentionSettings = z.object({ retentionDays: retentionDays.default(null), keepCompanyName: keepCompanyName.default(true) });

/** The end of retention for a client exported (or deleted) at `from`. */
export function purgeDate(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1000);
}

/** A released hold gives at least that long before the end, so that people are warned: as long as the first warning is early. */
const warnedMs = 10 * 24 * 3600 * 1000;

/** A warning that is due in the very moment in which an end is set is none. */
const momentSeconds = 1;

/**
 * The end of retention after a hold: what was left when it began is the least that is given, up to ten days, and time for the last
 * warning in any case; an end that still lies further ahead stays.
 * @param lastWarningSeconds how long before an end the last warning goes out
 */
export function purgeAfterHold(end: Date, heldSince: Date, released: Date, lastWarningSeconds: number): Date {
  const left = Math.max(0, end.getTime() - heldSince.getTime());
  const least = Math.max(Math.min(left, warnedMs), (lastWarningSeconds + momentSeconds) * 1000);
  return new Date(Math.max(end.getTime(), released.getTime() + least));
}

/**
 * An end that somebody comes to have now, and of which the last warning is still to come: the one given, unless it is nearer.
 * @param lastWarningSeconds how long before an end the last warning goes out
 */
export function endAfterWarning(end: Date, now: Date, lastWarningSeconds: number): Date {
  return new Date(Math.max(end.getTime(), now.getTime() + (lastWarningSeconds + momentSeconds) * 1000));
}

/** A warning that is told later than this says so. */
export const lateAfterMs = 15 * 60_000;

/** A warning that is due before the end, by how long before it. */
export interface Warning {
  readonly secondsBefore: number;
  readonly at: Date;
}

/**
 * Warnings of an end, the earliest first. One whose time had passed when the client came to have this end is none: nobody
 * can be warned ten days before an end that is three days away.
 * @param knownSince when the client came into the stage that ends, or its end was last moved
 */
export function warningsOf(end: Date, secondsBefore: readonly number[], knownSince: Date): Warning[] {
  return secondsBefore
    .map((seconds) => ({ secondsBefore: seconds, at: new Date(end.getTime() - seconds * 1000) }))
    .filter(({ at }) => at > knownSince)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** The furthest that the end of retention may be moved to: ten years after now. */
export const longestRetentionMs = 10 * 366 * 24 * 3600 * 1000;

/**
 * Why a new end of retention is refused, or null. It must lie in the future and within ten years; an earlier one than now holds must
 * leave time for the last warning, since to remove a client at once takes two people.
 * @param kept.end the end that holds now
 */
export function refusedPurgeDate(purgeAt: Date, kept: { readonly now: Date; readonly end: Date | null; readonly warningSeconds: readonly number[] }): string | null {
  const { now, end, warningSeconds } = kept;
  const ahead = (purgeAt.getTime() - now.getTime()) / 1_000;
  if (ahead <= 0) return 'must be in the future';
  if (ahead * 1_000 > longestRetentionMs) return 'must be within ten years';
  const lastWarning = Math.min(...warningSeconds);
  if (warningSeconds.length > 0 && end !== null && purgeAt < end && ahead <= lastWarning) {
    return `must be more than ${lastWarning >= 3_600 ? `${Math.ceil(lastWarning / 3_600)} hours` : `${lastWarning} seconds`} ahead, so that managers are warned; to remove the client at once, ask for it and let a second person confirm`;
  }
  return null;
}
