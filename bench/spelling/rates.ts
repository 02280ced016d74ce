import type { ModelOutcomes, Outcome } from './measure.js';

/** A rate over all cases (micro) and the mean of the makers' rates (macro), in per cent, with 95 % bootstrap intervals. */
export interface Rate {
  micro: number;
  microInterval: [number, number];
  macro: number;
  macroInterval: [number, number];
  cases: number;
  makers: number;
}

const RESAMPLES = 1000;

/** A small generator with a fixed seed (mulberry32), so that two runs print the same intervals. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length);

/** 2.5th and 97.5th percentile of the means of resampled values. */
function interval(values: readonly number[], random: () => number): [number, number] {
  const means: number[] = [];
  for (let i = 0; i < RESAMPLES; i += 1) {
    let sum = 0;
    for (let j = 0; j < values.length; j += 1) sum += values[Math.floor(random() * values.length)] ?? 0;
    means.push(values.length === 0 ? 0 : sum / values.length);
  }
  means.sort((a, b) => a - b);
  return [means[Math.floor(RESAMPLES * 0.025)] ?? 0, means[Math.ceil(RESAMPLES * 0.975) - 1] ?? 0];
}

/** Micro resamples cases, macro resamples makers. */
export function rate(outcomes: readonly Outcome[], hit: (outcome: Outcome) => boolean): Rate {
  const random = seeded(7);
  const all: number[] = [];
  const perMaker = new Map<string, number[]>();
  for (const one of outcomes) {
    const value = hit(one) ? 100 : 0;
    all.push(value);
    const list = perMaker.get(one.maker);
    if (list) list.push(value);
    else perMaker.set(one.maker, [value]);
  }
  const makers = [...perMaker.values()].map(mean);
  return { micro: mean(all), microInterval: interval(all, random), macro: mean(makers), macroInterval: interval(makers, random), cases: all.length, makers: makers.length };
}

export interface ModelRates {
  top1: Rate;
  recall: Rate;
  wrong: Rate;
  falseAlarm: Rate;
}

/** The four measures of models; `counts` says when an answer counts, by default as the matcher itself decides. */
export function modelRates(outcomes: ModelOutcomes, counts: (outcome: Outcome) => boolean = (one) => one.counts): ModelRates {
  return {
    top1: rate(outcomes.corrections, (one) => one.right),
    recall: rate(outcomes.corrections, (one) => one.right && counts(one)),
    wrong: rate(outcomes.corrections, (one) => !one.right && counts(one)),
    falseAlarm: rate(outcomes.leftOut, counts),
  };
}
