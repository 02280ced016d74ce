/** Permission to send, one request at a time. All workers that use one API key must share one pace. */
export interface Pace {
  /**
   * Resolves when one request may be sent.
   * @throws the signal's reason when it aborts first, or an Error when no permission can be had (nothing was sent).
   */
  take(signal?: AbortSignal): Promise<void>;
  /** After a 429: nobody sends before `untilMs` (own clock, ms since the epoch). Never shortens a longer pause. */
  penalise(untilMs: number): Promise<void>;
}

/** No pacing at all, not even after a 429. For tests and for tools that send a handful of requests. */
export const unpaced: Pace = {
  take: async (signal) => signal?.throwIfAborted(),
  penalise: async () => undefined,
};
