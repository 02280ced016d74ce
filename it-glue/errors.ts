import { inspect } from 'node:util';

/** One field that IT Glue refused. Never holds a submitted value: `title` and `detail` are rebuilt from known words. */
export interface RefusedField {
  /** Kebab-case attribute name (`configuration-type-id`), or null when the answer named none. */
  readonly pointer: string | null;
  /** Position inside a bulk request when the answer told it, else null. */
  readonly index: number | null;
  readonly title: string;
  readonly detail: string | null;
}

/** Why no usable answer came, for messages and logs. */
export type FaultReason =
  | 'connection' // no connection could be made, or it broke
  | 'timeout'
  | 'cancelled'
  | 'serverError' // any 5xx
  | 'redirect' // never followed
  | 'unreadable' // an answer that is not what the route promises; with a 4xx: a page instead of JSON, maybe a proxy's
  | 'oversize' // an answer beyond the size limit
  | 'refused' // an answer in the 4xx range
  | 'limit' // a limit of this client, nothing was sent
  | 'pacing'; // no permission to send came in time

/**
 * Everything that can go wrong, as the caller must tell it apart.
 * - `badKey`: the key is unknown, revoked or of another region; nothing will work until it is replaced.
 * - `noAccess`: the key is fine, an id in the path or the body is not ours to use.
 * - `notFound`: unknown route or id.
 * - `invalid`: refused because of the fields named.
 * - `tooLarge`: the body (or a listing) is beyond a limit.
 * - `rateLimited`: 429 more often than the client waits for.
 * - `busy`: a read that failed, or a write that certainly was not sent; may be repeated.
 * - `unknownOutcome`: a write that may or may not have happened; look before repeating.
 * Whether something may have been written all the same is told by `ItGlueError.effect`, not by the kind.
 */
export type ItGlueProblem =
  | { readonly kind: 'badKey' }
  | { readonly kind: 'noAccess'; readonly fields: readonly RefusedField[] }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'invalid'; readonly fields: readonly RefusedField[] }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'rateLimited'; readonly retryAfterMs: number | null }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unknownOutcome' };

/** Where it happened: the route's template, never its ids, query or body. */
export interface ItGlueErrorPlace {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  readonly status: number | null;
  readonly reason: FaultReason;
  /** How many records the request held; 0 for a read. */
  readonly records: number;
}

const sentences: Record<ItGlueProblem['kind'], string> = {
  badKey: 'IT Glue did not accept the API key',
  noAccess: 'IT Glue gave no access to an id that was used',
  notFound: 'IT Glue does not know this address or id',
  invalid: 'IT Glue refused the record',
  tooLarge: 'Too large for IT Glue',
  rateLimited: 'IT Glue asked to slow down',
  busy: 'IT Glue could not be asked',
  unknownOutcome: 'It is not known whether IT Glue carried this out',
};

/**
 * The only error that this room throws for what IT Glue or the network did. It has no `cause`, and its message, stack,
 * JSON and inspection hold no key, no body and no submitted value.
 */
export class ItGlueError extends Error {
  override readonly name = 'ItGlueError';
  readonly problem: ItGlueProblem;
  readonly place: ItGlueErrorPlace;

  constructor(problem: ItGlueProblem, place: ItGlueErrorPlace) {
    super(sentence(problem, place));
    this.problem = problem;
    this.place = { ...place };
  }

  get kind(): ItGlueProblem['kind'] {
    return this.problem.kind;
  }

  /**
   * `none`: IT Glue is certain to be as before. `unknown`: look before repeating. Whether a bulk write with one bad
   * record writes the good ones is not documented, so a refused request of several records is `unknown` as well.
   */
  get effect(): 'none' | 'unknown' {
    if (this.kind === 'unknownOutcome') return 'unknown';
    if (this.isStrayPage) return this.place.records > 0 ? 'unknown' : 'none';
    const aboutContent = this.kind === 'invalid' || this.kind === 'noAccess' || this.kind === 'notFound';
    return aboutContent && this.place.records > 1 ? 'unknown' : 'none';
  }

  /**
   * A 404 that is a page and no answer of the API. On an address that is known to exist it comes from something in front of it
   * and passes; an id that is gone may look the same (it-glue-api.md 5.1), so it is worth a few attempts, not endless ones.
   */
  get isStrayPage(): boolean {
    return this.kind === 'notFound' && this.place.reason === 'unreadable';
  }

  /** The refused fields of `invalid` and `noAccess`, empty otherwise. */
  get fields(): readonly RefusedField[] {
    return this.problem.kind === 'invalid' || this.problem.kind === 'noAccess' ? this.problem.fields : [];
  }

  /** What a 429 asked for, in ms; null when it did not say or the problem is another. */
  get retryAfterMs(): number | null {
    return this.problem.kind === 'rateLimited' ? this.problem.retryAfterMs : null;
  }

  toJSON(): object {
    return { name: this.name, message: this.message, problem: this.problem, place: this.place, effect: this.effect };
  }

  override toString(): string {
    return `${this.name}: ${this.message}`;
  }

  [inspect.custom](): string {
    return this.stack ?? this.toString();
  }
}

function sentence(problem: ItGlueProblem, place: ItGlueErrorPlace): string {
  const how = place.status === null ? place.reason : `${place.status}, ${place.reason}`;
  const fields = 'fields' in problem ? problem.fields.slice(0, 3).map(fieldSentence) : [];
  const detail = fields.length > 0 ? `: ${fields.join('; ')}` : '';
  return `${sentences[problem.kind]} (${place.method} ${place.route}, ${how})${detail}`;
}

function fieldSentence(field: RefusedField): string {
  const where = field.pointer === null ? '' : `${field.pointer} `;
  return `${where}${field.detail ?? field.title}`;
}
