/** Random choices that a seed repeats. */

export interface Random {
  /** In [0, 1). */
  next(): number;
  pick<T>(from: readonly T[]): T;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  /** A word that no spelling assistant takes for another one. */
  word(): string;
}

export function randomOf(seed: number): Random {
  const next = mulberry32(seed);
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (from) => from[Math.floor(next() * from.length)]!,
    chance: (probability) => next() < probability,
    word: () => Array.from({ length: 12 }, () => String.fromCharCode(97 + between(0, 25))).join('').replace(/^./, (first) => first.toUpperCase()),
  };
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
