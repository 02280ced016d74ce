import type { AliasBook } from './aliases.js';
import { parseMaker } from './maker-name.js';
import { ModelIndex } from './models.js';
import { fold } from './text.js';
import type { Duplicate, MakeModel } from './types.js';

/** The models of one make, whatever way the make is spelled, with the place of each spelling's first record. */
interface Make {
  spelling: string;
  places: Map<string, number>;
}

/** Two spellings of one make or model in a client's list: each model is looked up among the others of its make. */
export function doubledModels(models: readonly MakeModel[], aliases: AliasBook): Duplicate[] {
  const makes = new Map<string, Make>();
  const found = new Map<string, Duplicate>();
  const report = (a: number, b: number, rest: Omit<Duplicate, 'kind' | 'first' | 'second'>): void => {
    const [first, second] = a < b ? [a, b] : [b, a];
    const pair = `${first} ${second}`;
    const known = found.get(pair);
    if (!known || known.confidence < rest.confidence) found.set(pair, { kind: 'model', first, second, ...rest });
  };
  models.forEach(({ manufacturer, model }, at) => {
    const key = parseMaker(manufacturer).core;
    if (key === '' && fold(model) === '') return;
    const make = makes.get(key) ?? { spelling: manufacturer, places: new Map<string, number>() };
    makes.set(key, make);
    const before = make.places.get(model);
    if (before === undefined) make.places.set(model, at);
    else if (models[before]?.manufacturer === manufacturer) report(before, at, { confidence: 1, band: 'same', reason: 'the same make and model' });
    else report(before, at, { confidence: 0.96, band: 'same', reason: 'the same model, its make is spelled in another way' });
  });
  for (const { spelling, places } of makes.values()) {
    const index = new ModelIndex(spelling, [...places.keys()].filter((model) => fold(model) !== ''));
    for (const [model, at] of places) {
      const typed = models[at];
      if (!typed || fold(model) === '') continue;
      const answer = index.match(model, (target) => target === model || aliases.refusesModel(typed, { manufacturer: typed.manufacturer, model: target }), 'set-aside');
      const other = answer && answer.band !== 'none' ? places.get(answer.model) : undefined;
      if (answer && other !== undefined) report(at, other, { confidence: answer.confidence, band: answer.band, reason: answer.reason });
    }
  }
  return [...found.values()].sort((x, y) => x.first - y.first || x.second - y.second);
}
