/** Permission to send, one request at a time. All workers that use one API key must share one pace. */
export interface Pace {
  /**
   * Resolves when one request may be sent.
   * @throws the signal's reason when it aborts first, `PaceTimeout` when the wait would be too long, another error when
   * no permission can be had. Nothing was sent then.
   */
  take(signal?: AbortSignal): Promise<void>;
  /** After a 429: nobody sends before `untilMs` (own clock, ms since the epoch). Never shortens a longer pause. */
  penalise(untilMs: number): Promise<void>;
}

/** `take` was not granted in time; nothing was sent. */
export class PaceTimeout extends Error {
  override readonly name = 'PaceTimeout';
  constructor(readonly waitMs: number) {
    super('no permission to send within the longest wait');
  }
}

/** No pacing at all, not even after a 429. For tests and for tools that send a handful of requests. */
export const unpaced: Pace = {
  take: async (signal) => signal?.throwIfAborted(),
  penalise: async () => undefined,
};
