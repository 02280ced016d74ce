import { AliasBook } from './aliases.js';
import { doubledPeople, doubledVendors } from './doubled-contacts.js';
import { doubledModels } from './doubled-models.js';
import type { Duplicate, DuplicateInput, MatchOptions } from './types.js';

/**
 * Finds what a client has written twice: two spellings of a model, vendors (company and contact) against each other, people
 * doubled across sites. Only judges; gives positions and reasons, so that no name of a person leaves the caller's hands.
 * A refused alias silences a pair of models for good.
 */
export function findDuplicatesWithin(input: DuplicateInput, options: MatchOptions = {}): Duplicate[] {
  return [
    ...doubledModels(input.models ?? [], new AliasBook(options.aliases ?? [])),
    ...doubledVendors(input.vendors ?? []),
    ...doubledPeople(input.people ?? []),
  ];
}
