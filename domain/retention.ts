/** Retention rules of a tier: how long source data stays after export, and how long a deleted client can be restored. */
export interface RetentionPolicy {
  readonly retentionSeconds: number;
  readonly restoreSeconds: number;
}

/** The end of retention for a client exported (or deleted) at `from`. */
export function purgeDate(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1000);
}

/** The furthest that the end of retention may be moved to: ten years after now. */
export const longestRetentionMs = 10 * 366 * 24 * 3600 * 1000;

/** Why a new end of retention is refused, or null. It must lie in the future and within ten years. */
export function refusedPurgeDate(purgeAt: Date, now: Date): string | null {
  if (purgeAt.getTime() <= now.getTime()) return 'must be in the future';
  if (purgeAt.getTime() > now.getTime() + longestRetentionMs) return 'must be within ten years';
  return null;
}
