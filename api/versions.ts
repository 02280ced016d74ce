import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/**
 * The version that an edit saw: from the body, or from `If-Match: "3"`. Where both are given they must agree.
 * @throws {Problem} when neither is there
 */
export function seenVersion(request: FastifyRequest, inBody: number | undefined): number {
  const header = request.headers['if-match'];
  if (header === undefined) {
    if (inBody !== undefined) return inBody;
    throw fault('version', 'is needed: the version that you saw, here or as If-Match');
  }
  const match = /^"?(\d{1,9})"?$/.exec(header.trim());
  if (!match) throw fault('If-Match', 'must be one version in quotes, such as "3"');
  const version = Number(match[1]);
  if (inBody !== undefined && inBody !== version) throw fault('version', 'differs from If-Match');
  return version;
}

/** The same for a form that may not exist yet: null when no version was given. */
export function seenVersionIfAny(request: FastifyRequest, inBody: number | undefined): number | null {
  return inBody === undefined && request.headers['if-match'] === undefined ? null : seenVersion(request, inBody);
}

/** `If-Match` means the record as a whole; a version in the body only the fields that are changed. */
export function staleness(request: FastifyRequest): 'record' | 'fields' {
  return request.headers['if-match'] === undefined ? 'fields' : 'record';
}

function fault(field: string, message: string): Problem {
  return new Problem('invalid_request', 'The request does not say which version it changes; see errors', { errors: [{ field, message }] });
}
