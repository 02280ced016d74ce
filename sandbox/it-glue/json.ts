// Numbers above 2^53 travel in this API (ids of the EU and AU regions), so reading must not round them.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const longRun = /\d{16}/;
// A string literal (skipped as a whole) or an integer literal long enough to be rounded by a double.
const stringOrLongInteger = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d{16,}(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

/** Parses JSON; integers of 16 digits and more arrive as strings of digits, everything else as usual. Throws SyntaxError. */
export function parseLossless(text: string): Json {
  if (!longRun.test(text)) return JSON.parse(text) as Json;
  const quoted = text.replace(stringOrLongInteger, (token) => (token.startsWith('"') || /[.eE]/.test(token) ? token : `"${token}"`));
  return JSON.parse(quoted) as Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const snakeCache = new Map<string, string>();

/** Spells a key the way the server stores it: `first-name`, `firstName` and `FirstName` are all `first_name`. */
export function toSnake(key: string): string {
  const known = snakeCache.get(key);
  if (known !== undefined) return known;
  const snake = key
    .replace(/([A-Z\d]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/-/g, '_')
    .toLowerCase();
  // Keys come from callers, so the memory spent on remembering them has a limit.
  if (snakeCache.size < 5_000) snakeCache.set(key, snake);
  return snake;
}

export function toKebab(key: string): string {
  return key.replace(/_/g, '-');
}

/** Copies an object with its own keys in snake_case; of two spellings of one key the later one wins. */
export function snakeKeys(input: JsonObject): JsonObject {
  const output: JsonObject = Object.create(null) as JsonObject;
  for (const key of Object.keys(input)) output[toSnake(key)] = input[key] as Json;
  return output;
}
