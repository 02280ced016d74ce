import { matchManufacturer, prepare } from '../../domain/spelling/index.js';
import type { SpellingData } from './data.js';
import type { Answer, Matcher } from './matchers.js';

/** One look-up with its outcome. `score` lets another threshold be tried afterwards. */
export interface Outcome {
  maker: string;
  right: boolean;
  answered: boolean;
  score: number;
  counts: boolean;
}

export interface ModelOutcomes {
  corrections: Outcome[];
  leftOut: Outcome[];
}

function outcome(maker: string, answer: Answer | null, right: readonly string[]): Outcome {
  return { maker, right: answer !== null && right.includes(answer.model), answered: answer !== null, score: answer?.score ?? 0, counts: answer?.counts ?? false };
}

/** All corrections looked up in the full catalogue, and every model in the catalogue without it. */
export function lookUpModels(matcher: Matcher, data: SpellingData): ModelOutcomes {
  const modelsOf = new Map<string, string[]>();
  for (const { manufacturer, model } of data.catalogue) modelsOf.set(manufacturer, [...(modelsOf.get(manufacturer) ?? []), model]);
  const result: ModelOutcomes = { corrections: [], leftOut: [] };
  for (const [maker, models] of modelsOf) {
    const lookUp = matcher.over(maker, models);
    for (const { before, right } of data.corrections.filter(({ manufacturer }) => manufacturer === maker)) {
      result.corrections.push(outcome(maker, lookUp(before), right));
    }
    if (models.length < 2) continue;
    for (const model of models) {
      const others = models.filter((other) => other !== model);
      result.leftOut.push(outcome(maker, matcher.over(maker, others)(model), []));
    }
  }
  return result;
}

export interface MakerOutcomes {
  variants: Outcome[];
  leftOut: Outcome[];
  /** Pairs of makers with near names that were taken for the same. */
  lookAlikesSame: number;
}

/** Variants among all canonical names, each canonical name and each maker of the catalogue without it, look-alikes. */
export function lookUpMakers(data: SpellingData): MakerOutcomes {
  const canonical = data.variants.map((group) => group.canonical);
  const index = prepare(canonical.map((manufacturer) => ({ manufacturer, model: '' })));
  const variants = data.variants.flatMap((group) =>
    group.variants.map((variant): Outcome => {
      const found = index.match({ manufacturer: variant, model: '' });
      const right = found?.manufacturer === group.canonical;
      return { maker: group.canonical, right, answered: found !== null, score: found?.confidence ?? 0, counts: found !== null && found.band !== 'none' };
    }),
  );
  const leftOut: Outcome[] = [];
  for (const names of [canonical, [...new Set(data.catalogue.map(({ manufacturer }) => manufacturer))]]) {
    for (const name of names) {
      const found = matchManufacturer(name, names.filter((other) => other !== name));
      leftOut.push({ maker: name, right: false, answered: found !== null, score: found?.confidence ?? 0, counts: found !== null && found.band !== 'none' });
    }
  }
  const lookAlikesSame = data.lookAlikes.filter(({ a, b }) => matchManufacturer(a, [b])?.band === 'same' || matchManufacturer(b, [a])?.band === 'same').length;
  return { variants, leftOut, lookAlikesSame };
}
