// Most names are plain ASCII and need none of the Unicode work.
const PLAIN = /^[\x20-\x7e]*$/;

/** Folds what nobody means by a difference: width, accents, case, marks of trade. Keeps separators. */
export function clean(raw: string): string {
  if (PLAIN.test(raw)) return raw.toLowerCase();
  return raw
    .replace(/[™®©℠]/gu, '')
    .normalize('NFKC')
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .normalize('NFC');
}

/** Letters, digits and `+` only (`+` tells SFP from SFP+), so that case and punctuation no longer differ. */
export function fold(raw: string): string {
  return clean(raw).replace(/[^\p{L}\p{N}+]+/gu, '');
}

/** The numbers of a name in order, as one string: `R620 XL v2` gives `620 2`. Two names that differ here are never `same`. */
export function numbers(raw: string): string {
  return (clean(raw).match(/\p{N}+/gu) ?? []).join(' ');
}

/** The chunks of a name between its separators; a dot between two digits (`2.5G`) does not separate. */
export function chunks(raw: string): string[] {
  return clean(raw).match(/[\p{L}\p{N}+]+(?:(?<=\p{N})\.(?=\p{N})[\p{L}\p{N}+]+)*/gu) ?? [];
}

/** Order of code points: the same on every machine, unlike the order of a locale. */
export function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
