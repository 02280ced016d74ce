// A refusal that repeats what was submitted, as validations of many services do ("Foo is not included in the list").

import { ApiError, type ErrorObject } from './errors.js';
import { parseLossless } from './json.js';

const mostValues = 200;

/** The same refusal with every submitted value in its texts, quoted and bare, and a further error whose pointer is one. */
export function repeatingValues(error: ApiError, body: Buffer): ApiError {
  const values = [...textsOf(submitted(body))].slice(0, mostValues);
  const { errors } = JSON.parse(error.body) as { errors: ErrorObject[] };
  const repeated = errors.map((one) => ({
    ...one,
    title: `${String(one['title'])}: ${values.join(', ')}`,
    detail: `${String(one['detail'] ?? one['title'])} was ${values.map((value) => `"${value}"`).join(' ')}`,
    meta: { submitted: values },
  }));
  const pointed = values.slice(-1).map((value) => ({ status: 422, title: `${value} is invalid`, source: { pointer: `/data/attributes/${value}` } }));
  return new ApiError(error.status, JSON.stringify({ errors: [...repeated, ...pointed] }), error.contentType, error.headers);
}

function submitted(body: Buffer): unknown {
  try {
    return parseLossless(body.toString('utf8'));
  } catch {
    return body.toString('latin1');
  }
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* textsOf(inner);
}
