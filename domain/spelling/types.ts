/** A make and a model, as typed by a person or as an entry of the account's catalogue. */
export interface MakeModel {
  manufacturer: string;
  model: string;
}

/** What to do with a suggestion: `same` is preselected, `probable` asks, `none` creates a new entry. */
export type Band = 'same' | 'probable' | 'none';

/** How sure the matcher is and why, in words for the person who decides. */
export interface Judgement {
  /** 0 to 1; comparable between suggestions for one name, not a measured probability. */
  confidence: number;
  band: Band;
  reason: string;
}

export interface ModelMatch extends MakeModel, Judgement {}

export interface ManufacturerMatch extends Judgement {
  name: string;
}

/**
 * What somebody of the tenant decided about an earlier suggestion. `model: ''` on both sides is a decision about makers.
 * An accepted alias answers `same` while its target is in the catalogue; a refused pair is never suggested again.
 */
export interface Alias {
  typed: MakeModel;
  target: MakeModel;
  decision: 'accepted' | 'refused';
}

export interface MatchOptions {
  aliases?: readonly Alias[];
}

/** A vendor as the client typed it: the company, and its contact person where known. */
export interface VendorName {
  company: string;
  contact?: string;
  email?: string;
  phone?: string;
}

/** A person of the client with the site where the entry stands. */
export interface PersonName {
  firstName: string;
  lastName: string;
  email?: string;
  phone?: string;
  site?: string;
}

export interface DuplicateInput {
  models?: readonly MakeModel[];
  vendors?: readonly VendorName[];
  people?: readonly PersonName[];
}

/** Two records of one list that may be one thing; `first` and `second` are positions in that list, first < second. */
export interface Duplicate extends Judgement {
  kind: 'model' | 'vendor' | 'person';
  first: number;
  second: number;
}
