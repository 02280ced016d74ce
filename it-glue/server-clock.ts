/**
 * The server's time, learnt from the `Date` headers of its answers. IT Glue's `created-at` is in server time; comparing
 * it with our own clock would mistake an old record for a new one whenever the clocks differ.
 */
export interface ServerClock {
  /** Server minus own clock in ms (median of the last answers); null before the first answer with a `Date`. */
  offsetMs(): number | null;
  /**
   * The earliest server time, in ms since the epoch, that an own-clock moment can have been. A record made after that
   * moment has `created-at` at or after this. Before the first answer, five minutes are allowed for.
   */
  earliest(ownMs: number): number;
}

const SAMPLES = 7;
const UNKNOWN_CLOCK_MARGIN_MS = 5 * 60_000;
/** `Date` is whole seconds, cut off; the other second covers clocks of several servers behind one address. */
const MARGIN_MS = 2_000;

export function createServerClock(): ServerClock & { observe(date: string | null, sentMs: number, gotMs: number): void } {
  const samples: { offset: number; uncertainty: number }[] = [];
  return {
    observe(date, sentMs, gotMs) {
      const serverMs = date === null ? NaN : Date.parse(date);
      if (Number.isNaN(serverMs)) return;
      // The header is truncated to the second and written somewhere between sending and receiving.
      samples.push({ offset: serverMs + 500 - (sentMs + gotMs) / 2, uncertainty: (gotMs - sentMs) / 2 });
      if (samples.length > SAMPLES) samples.shift();
    },
    offsetMs() {
      return median(samples)?.offset ?? null;
    },
    earliest(ownMs) {
      const sample = median(samples);
      if (sample === undefined) return ownMs - UNKNOWN_CLOCK_MARGIN_MS;
      return Math.floor(ownMs + sample.offset - sample.uncertainty - MARGIN_MS);
    },
  };
}

function median<T extends { offset: number }>(samples: readonly T[]): T | undefined {
  const sorted = [...samples].sort((a, b) => a.offset - b.offset);
  return sorted[Math.floor(sorted.length / 2)];
}
