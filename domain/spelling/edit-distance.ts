/**
 * Edits (insert, drop, replace, swap of neighbours) between two words, or `limit + 1` as soon as it is more than `limit`.
 * Restricted Damerau-Levenshtein; words of names are short, so the plain table is quick enough.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, (before[j - 2] ?? 0) + 1);
      }
      row.push(value);
      if (value < best) best = value;
    }
    if (best > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
}

/** A slip of the keyboard in a word: one edit from five letters on, two from nine, and the first letter stands. */
export function isTypingSlip(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length);
  if (shorter < 5 || a[0] !== b[0] || a === b) return false;
  const limit = shorter >= 9 ? 2 : 1;
  return editDistance(a, b, limit) <= limit;
}

/** Whether two texts differ in exactly one pair of neighbours that changed places; two digits that did are another number. */
export function isNeighbourSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  if (/^\p{N}{2}$/u.test(a.slice(at, at + 2))) return false;
  return at < a.length - 1 && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/**
 * The text without one letter that stands alone between two digits, in every way (`P16C5` gives `P165`). Leaving it out joins
 * two numbers into one that hardly any sibling has, unlike leaving out a letter elsewhere.
 */
export function withoutLetterBetweenDigits(text: string): string[] {
  return [...text.matchAll(/(?<=\p{N})\p{L}(?=\p{N})/gu)].map(({ index }) => text.slice(0, index) + text.slice(index + 1));
}
