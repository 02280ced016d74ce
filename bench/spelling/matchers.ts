import Fuse from 'fuse.js';
import { prepare } from '../../domain/spelling/index.js';

/** What a matcher says about one name: its best entry, how sure it is, and whether that counts at its own threshold. */
export interface Answer {
  model: string;
  score: number;
  counts: boolean;
}

export interface Matcher {
  name: string;
  /** A look-up among the models of one maker. */
  over(manufacturer: string, models: readonly string[]): (model: string) => Answer | null;
}

/** The usual threshold of generic similarity measures. */
const GENERIC_THRESHOLD = 0.85;

const foldForEquality = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}+]+/gu, '');

export function levenshtein(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

export function jaroWinkler(a: string, b: string): number {
  if (a === b) return 1;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Array<boolean>(b.length).fill(false);
  const fromA: string[] = [];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = Math.max(0, i - reach); j < Math.min(b.length, i + reach + 1); j += 1) {
      if (taken[j] || a[i] !== b[j]) continue;
      taken[j] = true;
      fromA.push(a.charAt(i));
      break;
    }
  }
  const matches = fromA.length;
  if (matches === 0) return 0;
  const fromB = [...b].filter((_, j) => taken[j]);
  const swaps = fromA.filter((character, i) => character !== fromB[i]).length / 2;
  const jaro = (matches / a.length + matches / b.length + (matches - swaps) / matches) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < a.length && a[prefix] === b[prefix]) prefix += 1;
  return jaro + prefix * 0.1 * (1 - jaro);
}

function byScore(name: string, score: (a: string, b: string) => number, threshold: number): Matcher {
  return {
    name,
    over: (_, models) => {
      const folded = models.map((model) => ({ model, text: model.toLowerCase() }));
      return (typed) => {
        let best: Answer | null = null;
        for (const { model, text } of folded) {
          const value = score(typed.toLowerCase(), text);
          if (!best || value > best.score) best = { model, score: value, counts: value >= threshold };
        }
        return best;
      };
    },
  };
}

export const ours: Matcher = {
  name: 'this matcher',
  over: (manufacturer, models) => {
    const prepared = prepare(models.map((model) => ({ manufacturer, model })));
    return (model) => {
      const answer = prepared.match({ manufacturer, model });
      return answer && { model: answer.model, score: answer.confidence, counts: answer.band !== 'none' };
    };
  },
};

export const baselines: readonly Matcher[] = [
  byScore('normalised equality', (a, b) => (foldForEquality(a) === foldForEquality(b) ? 1 : 0), 1),
  byScore('Levenshtein', (a, b) => 1 - levenshtein(a, b) / Math.max(a.length, b.length, 1), GENERIC_THRESHOLD),
  byScore('Jaro-Winkler', jaroWinkler, GENERIC_THRESHOLD),
  {
    name: 'fuse.js',
    over: (_, models) => {
      const fuse = new Fuse(models, { includeScore: true, threshold: 0.6, ignoreLocation: true, ignoreFieldNorm: true });
      return (typed) => {
        const best = fuse.search(typed, { limit: 1 })[0];
        const score = 1 - (best?.score ?? 1);
        return best ? { model: best.item, score, counts: score >= GENERIC_THRESHOLD } : null;
      };
    },
  },
];
