/** The order in which the steps of one attempt run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExportStepName } from '../../store/index.js';

/** Steps of which each begins when the one before has ended, or follows it. */
export type Lane = readonly ExportStepName[];
/** Lanes that run beside each other; each group begins when the one before has ended. */
export type Order = readonly (readonly Lane[])[];

/** What a step tells of itself: a request that creates is leaving; or some of its records are settled, while others are to be sent yet. */
export type Move = 'sent' | 'settled';

/**
 * Steps that send each of their records as soon as that is settled which it belongs to, while the step on the right goes on.
 * Not those that send many records of different parents at once: half-filled requests would cost more than they gain.
 */
const follows: Partial<Record<ExportStepName, ExportStepName>> = { model: 'manufacturer', attachment: 'configuration' };

/** How long the other lanes wait for the first one (ms). */
const leadMs = 50;

type Run = (step: ExportStepName, moved: (move: Move) => void) => Promise<void>;

/**
 * Runs all steps in their order. A step may run several times: each time it takes up what is ready then.
 * @param meanwhile what there is to do while a first request is under way
 * @throws the first error, once all that began has ended
 */
export async function inOrder(order: Order, run: Run, meanwhile: () => void): Promise<void> {
  const followers = new Map<ExportStepName, Follower>();
  const planned = new Set(order.flat(2));

  async function runStep(step: ExportStepName, moved: (move: Move) => void): Promise<void> {
    if (followers.has(step)) moved('sent');
    await followers.get(step)?.end();
    const behind = [...planned].filter((other) => follows[other] === step).map((other) => [other, following(() => run(other, () => undefined))] as const);
    for (const [other, follower] of behind) followers.set(other, follower);
    await run(step, (move) => {
      moved(move);
      if (move === 'settled') for (const [, follower] of behind) follower.notice();
    });
  }

  try {
    for (const lanes of order) await inLanes(longestFirst(lanes), runStep, meanwhile);
  } finally {
    await Promise.allSettled([...followers.values()].map((follower) => follower.end()));
  }
}

/** Files and makes need a request each, the others one for many records. */
const isLong = (lane: Lane): boolean => lane.includes('attachment') || lane.includes('manufacturer');
const longestFirst = (lanes: readonly Lane[]): readonly Lane[] => [...lanes].sort((a, b) => Number(isLong(b)) - Number(isLong(a)));

/** Runs lanes beside each other. The first one has the lead until a request of it leaves: what the others prepare would hold it up. */
async function inLanes([first = [], ...others]: readonly Lane[], run: Run, meanwhile: () => void): Promise<void> {
  const along = async (lane: Lane, moved: () => void) => {
    for (const step of lane) await run(step, moved);
  };
  let hasLeft = (): void => undefined;
  const left = new Promise<void>((resolve) => (hasLeft = resolve));
  const leading = along(first, hasLeft);
  await Promise.race([left, leading.catch(() => undefined), ...(others.length > 0 ? [sleep(leadMs)] : [])]);
  meanwhile();
  const results = await Promise.allSettled([leading, ...others.map((lane) => along(lane, () => undefined))]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

interface Follower {
  /** There may be more to do. */
  notice(): void;
  /** Nothing new is begun. @throws what the step failed with */
  end(): Promise<void>;
}

/** Runs the step again whenever there may be more to do, until it is ended or fails. */
function following(run: () => Promise<void>): Follower {
  let isMore = false;
  let isOver = false;
  let wake = (): void => undefined;
  const rounds = (async () => {
    for (;;) {
      while (!isMore && !isOver) await new Promise<void>((resolve) => (wake = resolve));
      if (isOver) return;
      isMore = false;
      await run();
    }
  })();
  // Whoever ends it is told.
  rounds.catch(() => undefined);
  return {
    notice() {
      isMore = true;
      wake();
    },
    end() {
      isOver = true;
      wake();
      return rounds;
    },
  };
}
