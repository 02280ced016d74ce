import { AliasBook } from './aliases.js';
import { isPlaceholderMaker, parseMaker } from './maker-name.js';
import { MakerIndex } from './manufacturers.js';
import { ModelIndex, type ModelAnswer } from './models.js';
import { byCodePoint, chunks, fold } from './text.js';
import type { Band, MakeModel, ManufacturerMatch, MatchOptions, ModelMatch } from './types.js';

// No maker writes longer names; a pasted page is not looked up.
const LONGEST_NAME = 300;

// So many words of a text may spell a maker ("Dell Technologies PowerEdge").
const MAKER_WORDS = 4;

/** A catalogue made ready for many look-ups. It keeps copies, so later changes of the array do not reach it. */
export class PreparedCatalogue {
  private readonly modelsOf = new Map<string, string[]>();
  private readonly indexOf = new Map<string, ModelIndex>();
  private readonly makersOfModel = new Map<string, Set<string>>();
  private readonly makers: MakerIndex;
  private readonly aliases: AliasBook;

  constructor(catalogue: readonly MakeModel[], options: MatchOptions = {}) {
    this.aliases = new AliasBook(options.aliases ?? []);
    for (const { manufacturer, model } of catalogue) {
      const models = this.modelsOf.get(manufacturer);
      if (models) models.push(model);
      else this.modelsOf.set(manufacturer, [model]);
    }
    this.makers = new MakerIndex(this.modelsOf.keys(), this.aliases);
  }

  /** The maker of the catalogue that is meant by `name`, or null when none is near. */
  matchManufacturer(name: string): ManufacturerMatch | null {
    if (name.length > LONGEST_NAME) return null;
    return this.makers.match(name);
  }

  /**
   * The entry that is meant by make and model as typed, or null when nothing is near (or a name is longer than 300
   * characters). With an empty `model` only the make is looked up. A make that names one maker of the catalogue is never answered with a model of another.
   */
  match(typed: MakeModel): ModelMatch | null {
    if (typed.manufacturer.length > LONGEST_NAME || typed.model.length > LONGEST_NAME) return null;
    const accepted = this.aliases.acceptedModel(typed);
    if (accepted && this.modelsOf.get(accepted.manufacturer)?.includes(accepted.model)) {
      return { manufacturer: accepted.manufacturer, model: accepted.model, confidence: 1, band: 'same', reason: 'accepted before by your team' };
    }
    const maker = this.makers.match(typed.manufacturer);
    if (fold(typed.model) === '') {
      return maker && { manufacturer: maker.name, model: '', confidence: maker.confidence, band: maker.band, reason: maker.reason };
    }
    if (maker && maker.band !== 'none') {
      const answer = this.within(maker.name, typed.model, typed);
      if (!answer || maker.band === 'same') return answer;
      return capped(answer, maker.band, `make: ${maker.reason}`);
    }
    return this.misplaced(typed) ?? this.underRelated(typed, maker);
  }

  private within(manufacturer: string, model: string, typed: MakeModel): ModelMatch | null {
    const refused = (target: string): boolean => this.aliases.refusesModel(typed, { manufacturer, model: target });
    const answer: ModelAnswer | null = this.models(manufacturer).match(model, refused);
    return answer && { manufacturer, ...answer };
  }

  /** The make stands in the model, the model in the make, or both in one field. */
  private misplaced(typed: MakeModel): ModelMatch | null {
    const nobody = isPlaceholderMaker(typed.manufacturer);
    const swapped = this.makers.named(typed.model);
    if (swapped !== null && !nobody) {
      return capped(this.within(swapped, typed.manufacturer, typed), 'probable', 'make and model stand in each other\'s place');
    }
    const inMake = nobody ? null : this.makerInFront(typed.manufacturer);
    if (inMake) {
      const answer = this.within(inMake.name, `${inMake.rest} ${typed.model}`, typed);
      return capped(answer, 'probable', 'the make field holds a part of the model');
    }
    if (!nobody) return null;
    const inModel = this.makerInFront(typed.model);
    if (inModel) return capped(this.within(inModel.name, inModel.rest, typed), 'probable', 'the make stands in the model');
    const owners = this.ownersOf(typed.model);
    const [owner] = owners;
    if (owner === undefined || owners.size > 1) return null;
    return capped(this.within(owner, typed.model, typed), 'probable', 'no make given, but only one maker has this model');
  }

  /** "Aruba" with a model that its present owner lists as "Aruba ...": the old make stands in the entry itself. */
  private underRelated(typed: MakeModel, related: ManufacturerMatch | null): ModelMatch | null {
    if (!related) return null;
    const answer = this.within(related.name, `${typed.manufacturer} ${typed.model}`, typed);
    const words = fold(parseMaker(typed.manufacturer).brand);
    if (!answer || answer.band !== 'same' || !fold(answer.model).includes(words)) return null;
    return capped(answer, 'probable', `make ${related.reason}`);
  }

  private makerInFront(text: string): { name: string; rest: string } | null {
    const parts = chunks(text);
    for (let size = Math.min(MAKER_WORDS, parts.length - 1); size >= 1; size -= 1) {
      const maker = this.makers.withCore(parts.slice(0, size).join(''));
      if (maker) return { name: maker.raw, rest: parts.slice(size).join(' ') };
    }
    return null;
  }

  private ownersOf(model: string): ReadonlySet<string> {
    if (this.makersOfModel.size === 0) {
      for (const [manufacturer, models] of this.modelsOf) {
        for (const key of models.map(fold)) {
          if (key !== '') this.makersOfModel.set(key, (this.makersOfModel.get(key) ?? new Set()).add(manufacturer));
        }
      }
    }
    return this.makersOfModel.get(fold(model)) ?? new Set();
  }

  /** Indexes a maker's models when they are first asked for. */
  private models(manufacturer: string): ModelIndex {
    let index = this.indexOf.get(manufacturer);
    if (!index) {
      const models = this.modelsOf.get(manufacturer) ?? [];
      index = new ModelIndex(manufacturer, models.filter((model) => fold(model) !== '').sort(byCodePoint));
      this.indexOf.set(manufacturer, index);
    }
    return index;
  }
}

function capped(answer: ModelMatch | null, band: Band, reason: string): ModelMatch | null {
  if (!answer || answer.band === 'none') return null;
  return { ...answer, band, confidence: Math.min(answer.confidence, 0.8), reason: `${reason}; ${answer.reason}` };
}
