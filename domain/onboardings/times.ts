import { stages, type Stage } from '../stages.js';

/** A seat of the sign-off. */
export type Seat = 'engineer' | 'manager';

/** Something that moved a client, as its decisions and export runs tell. */
export interface Step {
  readonly at: Date;
  /** Where the client stood after it. */
  readonly stage: Stage;
  /** Given, or taken back, by a sign-off while the client stays where it is. */
  readonly signed?: Seat;
  readonly withdrawn?: Seat;
}

/** How long a client was in a stage, all times it was there together. */
export interface StageTime {
  readonly stage: Stage;
  /** First entered, and left for the last time. */
  readonly begun: Date;
  readonly ended: Date;
  readonly ms: number;
  /** How many times it was entered: more than one after a send-back, a reset or a restored deletion. */
  readonly times: number;
}

/** Who an onboarding can wait for. Each moment waits for exactly one of them, so that the times sum up. */
export const waitedFor = ['sales_rep', 'manager', 'accountant', 'onboarding_engineer', 'msp', 'engineer_and_manager', 'it_glue', 'nobody'] as const;
export type WaitedFor = (typeof waitedFor)[number];

/** What an onboarding took, from its first entry to its end. */
export interface OnboardingTimes {
  readonly ms: number;
  /** In the order of an undisturbed onboarding; a stage that was never entered is left out. */
  readonly stages: readonly StageTime[];
  readonly waiting: Readonly<Record<WaitedFor, number>>;
}

const waits: Readonly<Record<Exclude<Stage, 'sign_off'>, WaitedFor>> = {
  sales: 'sales_rep',
  sales_review: 'manager',
  accounting: 'accountant',
  accounting_review: 'onboarding_engineer',
  msp: 'msp',
  msp_review: 'onboarding_engineer',
  ready: 'onboarding_engineer',
  exporting: 'it_glue',
  export_blocked: 'onboarding_engineer',
  retention: 'nobody',
  purged: 'nobody',
  deleted: 'nobody',
};

/**
 * Times of an onboarding that began at `created` with its sales section. Steps may come in any order; clocks of different
 * machines may disagree a little, so a step before the beginning or after the end counts as at it.
 */
export function onboardingTimes(created: Date, steps: readonly Step[], end: Date): OnboardingTimes {
  const [first, last] = [created.getTime(), Math.max(created.getTime(), end.getTime())];
  const within = (at: Date) => Math.min(Math.max(at.getTime(), first), last);
  const ordered = [...steps].sort((a, b) => a.at.getTime() - b.at.getTime()).map((step) => ({ ...step, time: within(step.at) }));
  const spent = new Map<Stage, { begun: number; ended: number; ms: number; times: number }>();
  const waiting = Object.fromEntries(waitedFor.map((one) => [one, 0])) as Record<WaitedFor, number>;
  const signed = new Set<Seat>();

  let stage: Stage = 'sales';
  let since = first;
  enter(spent, stage, since);
  const pass = (until: number) => {
    const entry = spent.get(stage)!;
    entry.ms += until - since;
    entry.ended = until;
    waiting[stage === 'sign_off' ? signOffWaits(signed) : waits[stage]] += until - since;
    since = until;
  };
  for (const step of ordered) {
    pass(step.time);
    if (step.stage !== stage) {
      stage = step.stage;
      enter(spent, stage, since);
    }
    if (step.signed) signed.add(step.signed);
    if (step.withdrawn) signed.delete(step.withdrawn);
    // Whoever goes back to a section signs off again after it.
    if (stages.indexOf(stage) < stages.indexOf('sign_off')) signed.clear();
  }
  pass(last);
  const shown = stages.filter((one) => spent.has(one)).map((one) => {
    const { begun, ended, ms, times } = spent.get(one)!;
    return { stage: one, begun: new Date(begun), ended: new Date(ended), ms, times };
  });
  // The stage in which it ended is no time of its own, unless some passed there.
  return { ms: last - first, stages: shown.filter((one) => one.stage !== stage || one.ms > 0 || one.times > 1), waiting };
}

function enter(spent: Map<Stage, { begun: number; ended: number; ms: number; times: number }>, stage: Stage, at: number): void {
  const known = spent.get(stage);
  if (known) known.times += 1;
  else spent.set(stage, { begun: at, ended: at, ms: 0, times: 1 });
}

function signOffWaits(signed: ReadonlySet<Seat>): WaitedFor {
  if (signed.has('engineer') && !signed.has('manager')) return 'manager';
  if (signed.has('manager') && !signed.has('engineer')) return 'onboarding_engineer';
  return 'engineer_and_manager';
}
