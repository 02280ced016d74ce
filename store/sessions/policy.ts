/** How long sessions live. Both ends hold: the earlier one counts. */
export interface SessionPolicy {
  /** Without a request for that long it ends. */
  readonly idleMs: number;
  /** It ends after that, however busy it is. */
  readonly absoluteMs: number;
}

/** The token of a session in a browser is replaced at that age. */
export const rotateAfterMs = 15 * 60_000;

/** How long the token before still counts once its successor was used: requests that were sent side by side. */
export const graceMs = 60_000;

/** A session's last use is written down at most that often; its idle end is exact to this time. */
export const touchEveryMs = 60_000;

/** Open sessions of one person. One more ends the one that was used longest ago. */
export const openSessionsLimit = 20;

/** How long an ended session stays in the table. */
export const keptMs = 30 * 24 * 3_600_000;
