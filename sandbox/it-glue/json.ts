// Numbers above 2^53 travel in this API (ids of the EU and AU regions), so reading must not round them.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const longRun = /\d{16}/;
/** A number literal whose integer part is long enough to be rounded by a double; not the digits behind a point. */
const longNumber = /(?<![.\d])-?\d{16,}(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const quoteInteger = (literal: string): string => (/[.eE]/.test(literal) ? literal : `"${literal}"`);

/** Index behind the closing quote of the string literal that starts at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** Puts long integers that stand outside of strings into quotes. A scan, not one expression: texts may be megabytes long. */
function quoteLongIntegers(text: string): string {
  let out = '';
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const outside = quote < 0 ? text.slice(at) : text.slice(at, quote);
    out += longRun.test(outside) ? outside.replace(longNumber, quoteInteger) : outside;
    if (quote < 0) break;
    at = endOfString(text, quote);
    out += text.slice(quote, at);
  }
  return out;
}

/** Parses JSON; integers of 16 digits and more arrive as strings of digits, everything else as usual. Throws SyntaxError. */
export function parseLossless(text: string): Json {
  return JSON.parse(longRun.test(text) ? quoteLongIntegers(text) : text) as Json;
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
