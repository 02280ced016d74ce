import { PreparedCatalogue } from './prepare.js';
import type { MakeModel, ManufacturerMatch, MatchOptions, ModelMatch } from './types.js';

export { findDuplicatesWithin } from './duplicates.js';
export { PreparedCatalogue } from './prepare.js';
export type { Alias, Band, Duplicate, DuplicateInput, Judgement, MakeModel, ManufacturerMatch, MatchOptions, ModelMatch, PersonName, VendorName } from './types.js';

/** Indexes a catalogue once for many look-ups; use it for whole clients and for look-up while typing. */
export function prepare(catalogue: readonly MakeModel[], options: MatchOptions = {}): PreparedCatalogue {
  return new PreparedCatalogue(catalogue, options);
}

/**
 * The entry of the catalogue that is meant by make and model as typed, how sure that is and why; null when nothing is near.
 * Changes nothing: `same` is for preselecting, `probable` for asking, `none` means a new entry. Options are those of
 * `prepare` and are ignored for a catalogue that is prepared already.
 */
export function match(typed: MakeModel, catalogue: readonly MakeModel[] | PreparedCatalogue, options: MatchOptions = {}): ModelMatch | null {
  return prepared(catalogue, options).match(typed);
}

/** The maker among `manufacturers` that is meant by `name`, or null. Two makers with near names are never `same`. */
export function matchManufacturer(name: string, manufacturers: readonly string[] | PreparedCatalogue, options: MatchOptions = {}): ManufacturerMatch | null {
  if (manufacturers instanceof PreparedCatalogue) return manufacturers.matchManufacturer(name);
  return prepare(manufacturers.map((manufacturer) => ({ manufacturer, model: '' })), options).matchManufacturer(name);
}

// The index of an array that was asked before. It is used only while every entry still says the same, so an answer never
// depends on earlier calls; it goes with its array.
const remembered = new WeakMap<readonly MakeModel[], { entries: MakeModel[]; index: PreparedCatalogue }>();

function prepared(catalogue: readonly MakeModel[] | PreparedCatalogue, options: MatchOptions): PreparedCatalogue {
  if (catalogue instanceof PreparedCatalogue) return catalogue;
  if (options.aliases && options.aliases.length > 0) return prepare(catalogue, options);
  const known = remembered.get(catalogue);
  if (known && known.entries.length === catalogue.length && known.entries.every(({ manufacturer, model }, i) => catalogue[i]?.manufacturer === manufacturer && catalogue[i].model === model)) {
    return known.index;
  }
  const index = prepare(catalogue);
  remembered.set(catalogue, { entries: catalogue.map(({ manufacturer, model }) => ({ manufacturer, model })), index });
  return index;
}
