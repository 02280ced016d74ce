// The shapes of error answers that the real service was seen to give. They are not uniform, and that is on purpose:
// status is a number, a numeric string or a word; pointers come with and without a leading slash.

import type { Json } from './json.js';

export type ErrorObject = { [key: string]: Json };

/** An answer that ends the request: thrown by the rules, turned into a response by the server. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    readonly contentType: 'json' | 'html' = 'json',
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`answer ${status}`);
  }
}

export function errors(status: number, list: ErrorObject[]): ApiError {
  return new ApiError(status, JSON.stringify({ errors: list }));
}

/** The form of the gateway in front of the application: no `errors`, just a message. */
export function gatewayMessage(status: number, message: string, headers: Record<string, string> = {}): ApiError {
  return new ApiError(status, JSON.stringify({ message }), 'json', headers);
}

export const forbidden = (): ApiError => gatewayMessage(403, 'Forbidden');

export function badRequest(detail: string): ApiError {
  return errors(400, [{ title: 'Bad Request', detail, status: '400' }]);
}

export const missingParameter = (name: string): ApiError => badRequest(`param is missing or the value is empty: ${name}`);

/** "You may not touch this id": unknown and inaccessible ids look the same. */
export function unauthorizedResource(): ApiError {
  return errors(401, [{ status: 401, title: 'Unauthorized', detail: 'Unauthorized resource access', source: { pointer: 'id' } }]);
}

export function notFound(form: 'json' | 'html'): ApiError {
  return form === 'html' ? unknownRoute() : errors(404, [{ status: 404, title: 'Not Found' }]);
}

export const notFoundPage = `<!DOCTYPE html>
<html>
<head>
  <title>The page you were looking for doesn't exist (404)</title>
</head>
<body>
  <div class="dialog">
    <h1>The page you were looking for doesn't exist.</h1>
    <p>You may have mistyped the address or the page may have moved.</p>
  </div>
</body>
</html>
`;

export const unknownRoute = (): ApiError => new ApiError(404, notFoundPage, 'html');

export function unsupportedMediaType(): ApiError {
  return errors(415, [{ status: 415, title: 'Unsupported Media Type' }]);
}

/** One failed rule of an attribute, in the newer form: leading slash, kebab, the association's name rather than its id. */
export function invalid(attribute: string, detail: string, place = ''): ErrorObject {
  return {
    source: { pointer: `/data${place}/attributes/${attribute.replace(/_id$/, '').replace(/_/g, '-')}` },
    detail,
    title: 'Unprocessable Entity',
    status: 422,
  };
}

/** The older form: the sentence is the title, the pointer has no leading slash and keeps snake_case. */
export function invalidOldForm(attribute: string, title: string, place = ''): ErrorObject {
  return { status: 422, title, source: { pointer: `data${place}/attributes/${attribute}` } };
}

export const unprocessable = (list: ErrorObject[]): ApiError => errors(422, list);

export function bulkNotAllowed(title: string): ApiError {
  return errors(422, [
    { status: 'unprocessable_entity', title: `bulk action not allowed for ${title} using this route`, source: { pointer: 'data' } },
  ]);
}

export function serverError(): ApiError {
  return errors(500, [{ status: 500, title: 'Internal Server Error' }]);
}
