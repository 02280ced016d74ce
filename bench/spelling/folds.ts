import type { ModelOutcomes, Outcome } from './measure.js';

/** FNV-1a over the characters: the same split on every machine and in every version. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  // FNV's low bits are weak; fold the high ones in before taking a remainder.
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** All cases of a maker are on the same side, so nothing learned on one side is measured on the same maker's names. */
export function side(maker: string): 'development' | 'validation' {
  return hashOf(maker) % 2 === 0 ? 'development' : 'validation';
}

export function only(outcomes: ModelOutcomes, keep: (maker: string) => boolean): ModelOutcomes {
  const kept = (list: Outcome[]): Outcome[] => list.filter(({ maker }) => keep(maker));
  return { corrections: kept(outcomes.corrections), leftOut: kept(outcomes.leftOut) };
}

const FOLDS = 5;
const thresholds = Array.from({ length: 61 }, (_, i) => 0.4 + i / 100);

function share(list: readonly Outcome[], hit: (one: Outcome) => boolean): number {
  return list.length === 0 ? 0 : list.filter(hit).length / list.length;
}

/** The threshold with the best recall that keeps false alarms within 5 % and wrong targets within 2 %, else the highest. */
function bestThreshold(outcomes: ModelOutcomes): number {
  let best = { threshold: Number.POSITIVE_INFINITY, recall: -1 };
  for (const threshold of thresholds) {
    const allowed = share(outcomes.leftOut, (one) => one.score >= threshold) <= 0.05 && share(outcomes.corrections, (one) => !one.right && one.score >= threshold) <= 0.02;
    const recall = share(outcomes.corrections, (one) => one.right && one.score >= threshold);
    if (allowed && recall > best.recall) best = { threshold, recall };
  }
  return best.threshold;
}

/**
 * Cross-validation by maker: in turn each fifth of the makers is judged with the threshold chosen on the other four.
 * Gives the outcomes of all makers with `counts` set that way.
 */
export function crossValidated(outcomes: ModelOutcomes): ModelOutcomes {
  const result: ModelOutcomes = { corrections: [], leftOut: [] };
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const inFold = (maker: string): boolean => (hashOf(maker) >>> 1) % FOLDS === fold;
    const threshold = bestThreshold(only(outcomes, (maker) => !inFold(maker)));
    const held = only(outcomes, inFold);
    const judged = (list: Outcome[]): Outcome[] => list.map((one) => ({ ...one, counts: one.answered && one.score >= threshold }));
    result.corrections.push(...judged(held.corrections));
    result.leftOut.push(...judged(held.leftOut));
  }
  return result;
}
