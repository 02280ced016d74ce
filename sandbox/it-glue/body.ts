// Reads request bodies the way the service does: lossless, forgiving on encoding, strict on media type.

import type { Call } from './handling.js';
import type { Scene } from './definitions/field.js';
import { badRequest, missingParameter, serverError, unsupportedMediaType } from './errors.js';
import { isObject, parseLossless, type Json } from './json.js';

export interface ParsedBody {
  /** `data` of the body: one object, several, or null when the body has none. */
  readonly data: Json;
}

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

function decode(bytes: Buffer, scene: Scene): string {
  try {
    return strict.decode(bytes);
  } catch {
    if (scene.switches.invalidUtf8 === 'reject400') throw badRequest('Invalid encoding in request body');
    return lenient.decode(bytes).replace(/\uFFFD/g, '?');
  }
}

function checkMediaType(contentType: string, scene: Scene): void {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/vnd.api+json') return;
  if (type === 'application/json' && scene.switches.contentType === 'acceptJson') return;
  throw unsupportedMediaType();
}

/** The body of a write. An empty body is not malformed JSON: it is a body without `data`. */
export function readBody(call: Call, scene: Scene): ParsedBody {
  if (call.body.length === 0) return { data: null };
  checkMediaType(call.contentType, scene);
  let parsed: Json;
  try {
    parsed = parseLossless(decode(call.body, scene));
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest('There was a problem in the JSON you submitted');
    throw error;
  }
  // JSON inside a JSON string: the service falls over instead of answering 400.
  if (typeof parsed === 'string') throw serverError();
  if (!isObject(parsed)) throw missingParameter('data');
  const data = parsed['data'] ?? null;
  if (typeof data === 'string') throw serverError();
  return { data };
}
