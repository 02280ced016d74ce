/** What happens in a round of the fault campaign, worked out from seeds alone. A run is one client; the runs of a round share one stack. */
import { faultKinds, type FaultRule } from '../../sandbox/it-glue/faults.js';
import type { Switches } from '../../sandbox/it-glue/switches.js';
import { randomOf, type Random } from './random.js';

/** Runs that share the stand-in's switches, and are exported at the same time: seeds 1 to 32, 33 to 64, and so on. */
export const together = 32;

/** Parts of the stack that fail. The stand-in is the witness: it stays. */
export const parts = ['worker', 'worker-2', 'api', 'postgres', 'temporal'] as const;
export type PartName = (typeof parts)[number];

/** Longest name that the stand-in takes during a campaign: names that it refuses can be entered in the product. */
export const longestName = 100;

/** How long the worker waits for an answer, and how long it looks for a record whose answer was lost: the ratio of the defaults. */
export const waits = { timeoutMs: 2_000, settleMs: [100, 400, 1_000, 1_800], pauseMs: 400 } as const;

export interface ClientPlan {
  readonly sites: number;
  readonly people: number;
  readonly vendors: number;
  readonly makes: number;
  readonly configurations: number;
  readonly passwords: number;
  readonly attachments: number;
  /** Devices that have a file besides, spread among all. */
  readonly devicesWithFiles: number;
  /** Records that IT Glue refuses because of their name, and what a person does about each. */
  readonly refused: readonly { readonly kind: 'site' | 'configuration' | 'password'; readonly then: 'correct' | 'skip' }[];
}

/** Something that a person or an accident does when that share of the records is settled. */
export interface Blow {
  readonly part: PartName;
  /** `freeze`: the process stands still for longer than Temporal believes it alive, and then goes on as if nothing had been. */
  readonly how: 'kill' | 'freeze';
  /** Share of all records of the round, from 0 to 1. */
  readonly at: number;
}

export interface Stop {
  readonly how: 'pause' | 'cancel';
  /** Share of the client's own records. */
  readonly at: number;
}

export interface RunPlan {
  readonly seed: number;
  readonly client: ClientPlan;
  readonly faults: readonly FaultRule[];
  readonly blows: readonly Blow[];
  readonly stops: readonly Stop[];
}

export interface RoundPlan {
  readonly seed: number;
  readonly switches: Partial<Switches>;
  readonly runs: readonly RunPlan[];
  /** Names that all clients of the round need and that the account lacks. */
  readonly shared: { readonly makes: readonly string[]; readonly type: string; readonly category: string; readonly contactType: string };
}

/** The runs `seed` to `seed + runs - 1`, cut into rounds where the switches change. */
export function planRounds(seed: number, runs: number): RoundPlan[] {
  const rounds: RoundPlan[] = [];
  for (let first = seed; first < seed + runs; ) {
    const next = Math.min(seed + runs, (blockOf(first) + 1) * together + 1);
    rounds.push(planRound(first, next - first));
    first = next;
  }
  return rounds;
}

const blockOf = (seed: number) => Math.floor((seed - 1) / together);

function planRound(seed: number, runs: number): RoundPlan {
  const random = randomOf(blockOf(seed) * 7_919 + 17);
  const { pick, word } = random;
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
      notFoundForm: pick(['json', 'html']),
      retryAfter: pick(['on', 'off']),
      maxNameLength: longestName,
    },
    shared: { makes: [word(), word()], type: word(), category: word(), contactType: word() },
    runs: Array.from({ length: runs }, (_, index) => planRun(seed + index, runs)),
  };
}

/** @param runs how many share the stack: a run's faults are meant for its part of the requests */
function planRun(seed: number, runs: number): RunPlan {
  const random = randomOf(seed * 104_729 + 3);
  const { chance, between } = random;
  return {
    seed,
    client: { ...planClient(random), ...planFollowing(randomOf(seed * 15_485_863 + 5)) },
    faults: Array.from({ length: between(1, 3) }, (_, index) => planFault(random, seed, index, runs)),
    blows: chance(0.2) ? [planBlow(random)] : [],
    stops: [...(chance(0.12) ? [{ how: 'pause' as const, at: random.next() }] : []), ...(chance(0.08) ? [{ how: 'cancel' as const, at: random.next() }] : [])],
  };
}

function planClient({ pick, between, chance, next }: Random): Omit<ClientPlan, 'devicesWithFiles'> {
  const most = next() < 0.6 ? 12 : next() < 0.75 ? 60 : next() < 0.9 ? 250 : 900;
  const configurations = between(1, most);
  return {
    sites: between(1, Math.ceil(most / 12) + 1),
    people: between(1, Math.ceil(most / 3)),
    vendors: between(0, 3),
    makes: between(0, Math.min(6, Math.ceil(most / 10))),
    configurations,
    passwords: between(1, Math.ceil(most / 2)),
    attachments: between(0, 5),
    refused: chance(0.15) ? Array.from({ length: between(1, 2) }, () => ({ kind: pick(['site', 'configuration', 'password'] as const), then: pick(['correct', 'skip'] as const) })) : [],
  };
}

/**
 * Some clients have so many makes, some so many devices, that models and files follow them within a small export, which they stay. Drawn
 * by itself: what else a seed says stays as it was.
 */
function planFollowing({ between, chance }: Random): Pick<ClientPlan, 'devicesWithFiles'> & Partial<ClientPlan> {
  const makes = chance(1 / 8) ? { makes: between(12, 20) } : {};
  return chance(1 / 24) ? { ...makes, configurations: between(480, 560), devicesWithFiles: between(12, 24) } : { ...makes, devicesWithFiles: 0 };
}

/** More requests than a step has under way at a time (activities/export/in-parallel.ts): then others follow it. */
const mostUnderWay = 8;
const batch = 50;
export const modelsFollow = ({ client }: RunPlan): boolean => client.makes > mostUnderWay;
/** Every seventh device looks like another, and is sent after all others. */
export const filesFollow = ({ client }: RunPlan): boolean => client.devicesWithFiles > 0 && (client.configurations * 6) / 7 > mostUnderWay * batch;

const routes = [
  '/organizations',
  '/organizations/*/relationships/*',
  '/organizations/*/relationships/configurations',
  '/organizations/*/relationships/passwords',
  '/manufacturers',
  '/manufacturers/*/relationships/models',
  '/*/*/relationships/attachments',
];

/** The seeds take turns with the first fault, so that each kind occurs in a campaign. */
function planFault({ pick, between, chance, next }: Random, seed: number, index: number, runs: number): FaultRule {
  const any = pick(faultKinds);
  const fault = index === 0 ? faultKinds[seed % faultKinds.length]! : any;
  const revokes = fault.startsWith('revoke');
  return {
    fault,
    // Not the witness's own requests.
    key: 'default',
    ...(chance(0.8) ? { method: 'POST', ...(chance(0.5) ? { route: pick(routes) } : {}) } : {}),
    probability: (0.1 + 0.2 * next()) / runs,
    seed: seed * 10 + index,
    times: revokes ? 1 : between(1, 3),
    // Longer or shorter than the worker waits, and less than it goes on looking.
    ms: between(300, waits.timeoutMs + 1_200),
    ...(chance(0.5) ? { how: 'reset' } : {}),
    ...(chance(0.5) ? { retryAfter: 1 } : {}),
  };
}

function planBlow({ pick, chance, next }: Random): Blow {
  const part = pick(parts);
  const freezes = part === 'worker' || part === 'worker-2' || part === 'temporal';
  return { part, how: chance(0.3) && freezes ? 'freeze' : 'kill', at: 0.05 + 0.85 * next() };
}
