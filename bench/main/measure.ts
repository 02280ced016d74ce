import type { Measure } from '../result.js';

/** What the ratio to the baseline should be. */
export interface Aim {
  readonly text: string;
  readonly met: (ratio: number) => boolean;
}

export const ratioAtMost = (limit: number): Aim => ({ text: `ratio <= ${limit}`, met: (ratio) => ratio <= limit });
export const ratioAtLeast = (limit: number): Aim => ({ text: `ratio >= ${limit}`, met: (ratio) => ratio >= limit });

/** The medians of rounds that were run in turns with their baseline, with their ratio. */
export function measureOf(name: string, unit: string, rounds: Rounds, aim: Aim | null): Measure {
  const value = median(rounds.ours);
  const baseline = median(rounds.baseline);
  const ratio = value / baseline;
  return { name, value, unit, baseline, ratio, aim: aim?.text ?? null, met: aim?.met(ratio) ?? null };
}

/** A figure without a baseline that has a limit of its own. */
export function valueBelow(name: string, unit: string, value: number, limit: number): Measure {
  return { name, value, unit, baseline: null, ratio: null, aim: `< ${limit.toLocaleString('en')}`, met: value < limit };
}

export interface Rounds {
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
}

/**
 * Runs both sides in turns, so that other work on the machine slows both. The side that begins changes each round: what the
 * one leaves behind (memory to clear, files to write) must not always fall to the other.
 */
export async function inTurns(count: number, ours: () => Promise<number>, baseline: () => Promise<number>): Promise<Rounds> {
  const rounds = { ours: [] as number[], baseline: [] as number[] };
  for (let round = 0; round < count; round += 1) {
    const sides = [async () => void rounds.ours.push(await ours()), async () => void rounds.baseline.push(await baseline())];
    for (const side of round % 2 === 0 ? sides : sides.reverse()) await side();
  }
  return rounds;
}

/** @throws when there is no figure */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('A median needs at least one figure');
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}
