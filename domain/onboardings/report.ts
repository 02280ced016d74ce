import { DateTime } from 'luxon';
import { sections, type Section } from '../kinds/index.js';
import type { Stage } from '../stages.js';
import { waitedFor, type WaitedFor } from './times.js';

/** What a report needs of one finished onboarding. */
export interface FinishedOnboarding {
  readonly exportedAt: Date;
  /** Null for one that was finished before times were kept. */
  readonly ms: number | null;
  readonly stages: readonly { readonly stage: Stage; readonly ms: number }[];
  readonly waiting: Readonly<Partial<Record<WaitedFor, number>>>;
  /** Records created, by IT Glue resource. */
  readonly counts: Readonly<Record<string, number>>;
  readonly skipped: number;
  readonly approvals: readonly { readonly section: Section; readonly standIn: boolean; readonly sendBacks: number; readonly resets: number }[];
  /** Export runs that stopped for a person. */
  readonly blocked: number;
  readonly salesRepId: string | null;
  readonly managerId: string | null;
  readonly engineerId: string | null;
}

/** The people that a report is grouped by: those who were assigned, each in their seat. */
export const reportedSeats = ['sales_rep', 'manager', 'onboarding_engineer'] as const;
export type ReportedSeat = (typeof reportedSeats)[number];

export type ReportGrouping = 'month' | 'person';

/** What the onboardings of a group have in common. `userId` null: nobody was assigned to the seat. */
export type ReportKey = { readonly month: string } | { readonly seat: ReportedSeat; readonly userId: string | null };

/** Times of several onboardings, in ms. */
export interface Spread {
  readonly mean: number;
  readonly median: number;
  readonly longest: number;
}

export interface ReportGroup {
  readonly key: ReportKey;
  readonly onboardings: number;
  /** Of those whose times were kept; null when there is none. */
  readonly total: Spread | null;
  /** Mean time in each stage over the same onboardings, those that never were there included: they sum up to the mean total. */
  readonly stages: Readonly<Partial<Record<Stage, number>>>;
  /** Mean time that was waited for each, likewise. */
  readonly waiting: Readonly<Record<WaitedFor, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly records: number;
  readonly skipped: number;
  readonly sendBacks: Readonly<Record<Section, number>>;
  readonly resets: number;
  /** Onboardings in which an internal person stood in for the outgoing MSP. */
  readonly standIns: number;
  readonly blocked: number;
}

/** The month of an instant on the tenant's calendar, as `2026-03`. */
export const monthOf = (at: Date, timeZone: string): string => DateTime.fromJSDate(at, { zone: timeZone }).toFormat('yyyy-MM');

/** Finished onboardings by the month of their export (latest first), or by the people who were assigned to them. */
export class OnboardingReport {
  readonly #groups = new Map<string, { key: ReportKey; sum: Sum }>();

  constructor(
    private readonly by: ReportGrouping,
    private readonly timeZone: string,
  ) {}

  add(one: FinishedOnboarding): void {
    for (const key of this.#keysOf(one)) {
      const name = JSON.stringify(key);
      const group = this.#groups.get(name) ?? { key, sum: new Sum() };
      this.#groups.set(name, group);
      group.sum.add(one);
    }
  }

  groups(): ReportGroup[] {
    const groups = [...this.#groups.values()].map(({ key, sum }) => ({ key, ...sum.result() }));
    return groups.sort((a, b) => {
      if ('month' in a.key) return a.key.month < (b.key as { month: string }).month ? 1 : -1;
      return placeOf(a.key) - placeOf(b.key) || b.onboardings - a.onboardings || (a.key.userId! < (b.key as { userId: string }).userId ? -1 : 1);
    });
  }

  #keysOf(one: FinishedOnboarding): ReportKey[] {
    if (this.by === 'month') return [{ month: monthOf(one.exportedAt, this.timeZone) }];
    const holders: Readonly<Record<ReportedSeat, string | null>> = { sales_rep: one.salesRepId, manager: one.managerId, onboarding_engineer: one.engineerId };
    return reportedSeats.map((seat) => ({ seat, userId: holders[seat] }));
  }
}

/** Seat by seat, what nobody was assigned to after what somebody was. */
const placeOf = (key: ReportKey) => ('seat' in key ? 2 * reportedSeats.indexOf(key.seat) + (key.userId === null ? 1 : 0) : 0);

class Sum {
  #onboardings = 0;
  #totals: number[] = [];
  #stages: Partial<Record<Stage, number>> = {};
  #waiting = Object.fromEntries(waitedFor.map((one) => [one, 0])) as Record<WaitedFor, number>;
  #counts: Record<string, number> = {};
  #sendBacks = Object.fromEntries(sections.map((section) => [section, 0])) as Record<Section, number>;
  #skipped = 0;
  #resets = 0;
  #standIns = 0;
  #blocked = 0;

  add(one: FinishedOnboarding): void {
    this.#onboardings += 1;
    if (one.ms !== null) this.#totals.push(one.ms);
    for (const { stage, ms } of one.stages) this.#stages[stage] = (this.#stages[stage] ?? 0) + ms;
    for (const who of waitedFor) this.#waiting[who] += one.waiting[who] ?? 0;
    for (const [resource, count] of Object.entries(one.counts)) this.#counts[resource] = (this.#counts[resource] ?? 0) + count;
    for (const { section, sendBacks, resets, standIn } of one.approvals) {
      this.#sendBacks[section] += sendBacks;
      this.#resets += resets;
      if (standIn) this.#standIns += 1;
    }
    this.#skipped += one.skipped;
    this.#blocked += one.blocked;
  }

  result(): Omit<ReportGroup, 'key'> {
    const timed = Math.max(1, this.#totals.length);
    const means = <T extends string>(sums: Partial<Record<T, number>>) => Object.fromEntries(Object.entries<number | undefined>(sums).map(([name, ms]) => [name, ms! / timed])) as Record<T, number>;
    return {
      onboardings: this.#onboardings,
      total: spreadOf(this.#totals),
      stages: means(this.#stages),
      waiting: means(this.#waiting),
      counts: this.#counts,
      records: Object.values(this.#counts).reduce((sum, count) => sum + count, 0),
      skipped: this.#skipped,
      sendBacks: this.#sendBacks,
      resets: this.#resets,
      standIns: this.#standIns,
      blocked: this.#blocked,
    };
  }
}

function spreadOf(times: readonly number[]): Spread | null {
  if (times.length === 0) return null;
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return {
    mean: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
    median: sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    longest: sorted.at(-1)!,
  };
}
