/**
 * Parses JSON without damaging long ids. IT Glue's EU and AU ids have 15 to 17 digits and arrive as JSON numbers in
 * attributes such as `organization-id`; `JSON.parse` rounds those above 2^53 - 1. Integers that a double cannot hold
 * come out as strings of their exact digits, everything else as `JSON.parse` gives it.
 * @throws SyntaxError with a fixed message: V8's own one quotes the text, which may hold secrets.
 */
export function parseLossless(text: string): unknown {
  try {
    return JSON.parse(/\d{16}/.test(text) ? quoteLongIntegers(text) : text);
  } catch {
    throw new SyntaxError('not valid JSON');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

function quoteLongIntegers(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      const token = text.slice(at, end);
      if (/^-?[1-9]\d{15,}$/.test(token) && !Number.isSafeInteger(Number(token))) {
        parts.push(text.slice(copied, at), '"', token, '"');
        copied = end;
      }
      at = end;
    } else {
      at += 1;
    }
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 2;
    else if (code === QUOTE) return at + 1;
    else at += 1;
  }
  return at;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  // Fraction and exponent belong to the token, so that `1e400` or `0.12345678901234567` stay numbers.
  while (at < text.length && /[0-9.eE+-]/.test(text.charAt(at))) at += 1;
  return at;
}
