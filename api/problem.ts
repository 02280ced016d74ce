import type { RefusalCode } from '../store/index.js';

/**
 * Every way in which a request can fail: its stable code, its HTTP status and a title that never changes with the case.
 * 400 is for a request that is wrong whatever the data (schema, JSON, header); 422 for one that is well formed but cannot be
 * carried out with the client's data as it is; 409 for one that came too late or out of turn.
 */
export const problemKinds = {
  invalid_request: [400, 'The request is not well formed'],
  unauthenticated: [401, 'A valid bearer token is needed'],
  sign_in_failed: [401, 'Sign-in failed'],
  forbidden: [403, 'Not allowed'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  stale_version: [409, 'Changed meanwhile'],
  name_taken: [409, 'The name is taken'],
  wrong_stage: [409, 'Not possible at this stage'],
  already_decided: [409, 'Already decided'],
  stale_preview: [409, 'The preview is out of date'],
  referenced: [409, 'Still linked from other records'],
  last_administrator: [409, 'The last Administrator'],
  request_running: [409, 'The same request is still running'],
  answer_lost: [409, 'The same request was carried out, and its answer is lost'],
  precondition_failed: [412, 'Changed meanwhile'],
  too_large: [413, 'Too large'],
  unsupported_media_type: [415, 'Media type not supported'],
  invalid: [422, 'Not possible with this data'],
  incomplete: [422, 'Something is still missing'],
  undecided: [422, 'Something must be decided first'],
  import_invalid: [422, 'The file was not imported'],
  limit_reached: [422, 'A limit is reached'],
  key_reused: [422, 'The Idempotency-Key belongs to another request'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'Header fields too large'],
  not_configured: [501, 'Not set up'],
  internal: [500, 'Something went wrong on our side'],
  no_worker: [503, 'No worker answers'],
  temporal_unavailable: [503, 'The workflow service cannot be reached'],
  database_unavailable: [503, 'The database cannot be reached'],
  keys_unavailable: [503, 'The data cannot be opened right now'],
  preview_failed: [503, 'The preview could not be made'],
  busy: [503, 'Busy'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problemKinds;

/** One fault of a request: the JSON path of the field, and the reason. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** A refusal of the store as a problem of the API. */
export const problemOfRefusal: Readonly<Record<RefusalCode, ProblemCode>> = {
  not_found: 'not_found',
  stale_version: 'stale_version',
  name_taken: 'name_taken',
  invalid: 'invalid',
  wrong_stage: 'wrong_stage',
  wrong_role: 'forbidden',
  incomplete: 'incomplete',
  stale_preview: 'stale_preview',
  undecided: 'undecided',
  already_decided: 'already_decided',
  limit_reached: 'limit_reached',
  referenced: 'referenced',
  last_administrator: 'last_administrator',
};

export interface ProblemExtras {
  readonly errors?: readonly FieldFault[];
  /** Seconds after which a repetition makes sense. */
  readonly retryAfter?: number;
  /** Further members of the body. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Thrown anywhere in the API; becomes an `application/problem+json` answer. `detail` is for the person who asked. */
export class Problem extends Error {
  override name = 'Problem';
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(detail);
  }

  get status(): number {
    return problemKinds[this.code][0];
  }
}

/** The body of a problem (RFC 9457). */
export function problemBody(problem: Problem, request: { instance: string; requestId: string }): Record<string, unknown> {
  const [status, title] = problemKinds[problem.code];
  return {
    type: `urn:client-onboarder:problem:${problem.code}`,
    title,
    status,
    detail: problem.detail,
    code: problem.code,
    ...request,
    ...(problem.extras.errors && problem.extras.errors.length > 0 ? { errors: problem.extras.errors } : {}),
    ...problem.extras.members,
  };
}
