/** What happens in one round of the fault campaign, worked out from its seed alone. */
import type { FaultKind, FaultRule } from '../../sandbox/it-glue/faults.js';
import type { Switches } from '../../sandbox/it-glue/switches.js';

/** Parts of the stack that are killed. The stand-in is the witness: it stays. */
export const killable = ['worker', 'api', 'postgres', 'temporal'] as const;
export type Killable = (typeof killable)[number];

export interface ClientPlan {
  readonly configurations: number;
  readonly passwords: number;
  readonly people: number;
}

export interface RoundPlan {
  readonly seed: number;
  readonly switches: Partial<Switches>;
  readonly faults: readonly FaultRule[];
  /** Milliseconds after the exports have begun. */
  readonly kills: readonly { readonly part: Killable; readonly afterMs: number }[];
  readonly clients: readonly ClientPlan[];
  /** Makes that all clients of the round need and that the account does not have. */
  readonly makes: readonly string[];
}

/** Faults that pass by: those that leave open whether the write happened, and those that say so. */
const faultKinds: readonly FaultKind[] = [
  'cutBeforeCommit', 'cutAfterCommit', 'cutMidAnswer', 'status500Before', 'status500After', 'status502Before', 'status503Before',
  'status504After', 'stallBefore', 'stallAfter', 'trickle', 'message500Before', 'message500After', 'malformedJson', 'truncatedJson',
  'emptyBody', 'extraFields', 'rateLimited',
];

/** Mulberry32: the same seed gives the same numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function planRound(seed: number, clients: number): RoundPlan {
  const random = randomOf(seed * 7_919 + 17);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const faults = Array.from({ length: between(2, 8) }, (_, index): FaultRule => ({
    fault: pick(faultKinds),
    ...(random() < 0.7 ? { method: 'POST' } : {}),
    ...(random() < 0.5 ? { nth: between(1, 12) } : { probability: between(20, 120) / 1_000, seed: seed * 100 + index, times: between(1, 4) }),
    // Longer than the worker waits for an answer.
    ms: 2_500,
    ...(random() < 0.5 ? { how: 'reset' } : {}),
    // Without it the worker waits a minute, as it must, and the next time two: rare, or rounds would be spent waiting.
    ...(random() < 0.95 ? { retryAfter: 1 } : {}),
  }));
  return {
    seed,
    switches: {
      idMode: pick(['small', 'large17']),
      createStatus: pick(['always201', 'onlyLocations201']),
      bulkAtomicity: pick(['allOrNothing', 'partial', 'partialSilent']),
      bulkOrder: pick(['sameAsRequest', 'reversed', 'shuffled']),
      filterName: pick(['exact', 'exactCaseInsensitive', 'substring']),
      uniqueLookups: pick(['off', 'reject422']),
      responseType: pick(['vnd', 'json']),
      extraAttributes: pick(['on', 'off']),
      regionIso: pick(['short', 'full']),
      countryRegionsRoute: pick(['ignoresCountry', 'filters']),
    },
    faults,
    kills: Array.from({ length: between(0, 2) }, () => ({ part: pick(killable), afterMs: between(0, 4_000) })),
    clients: Array.from({ length: clients }, () => {
      const most = pick([6, 40, 400]);
      return { configurations: between(1, most), passwords: between(1, Math.ceil(most / 3)), people: between(1, Math.ceil(most / 6)) };
    }),
    makes: [name(random), name(random)],
  };
}

/** A name that no spelling assistant takes for another one. */
function name(random: () => number): string {
  return Array.from({ length: 12 }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('').replace(/^./, (first) => first.toUpperCase());
}
