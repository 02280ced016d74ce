/** Why the store refuses. Each code is stable; the API and the workflow map it to their own answers. */
export type RefusalCode =
  | 'not_found'
  | 'stale_version'
  | 'name_taken'
  | 'invalid'
  | 'wrong_stage'
  | 'wrong_role'
  | 'incomplete'
  | 'stale_preview'
  | 'undecided'
  | 'already_decided'
  | 'limit_reached'
  | 'referenced'
  | 'last_administrator';

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
  /** Further particulars for the person who asked, such as both values of a conflict. */
  readonly [particular: string]: unknown;
}

/** A request that cannot be carried out as things are; nothing was changed. Messages are for the person who asked. */
export class Refusal extends Error {
  override name = 'Refusal';
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly problems: readonly FieldProblem[] = [],
  ) {
    super(message);
  }
}

export function notFound(what: string): Refusal {
  return new Refusal('not_found', `There is no such ${what}`);
}
