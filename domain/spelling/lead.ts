import { editDistance, isTypingSlip } from './edit-distance.js';
import { editionWords, productNouns } from './knowledge/product-words.js';
import { isSpecific, type Cut, type MakerInModel } from './model-name.js';

/** What a maker's own catalogue says about its words. */
export interface Vocabulary {
  maker: MakerInModel;
  /** In how many entries one word, or two or three joined by spaces, open the name. */
  opens: ReadonlyMap<string, number>;
  /** In how many entries a word or code stands before the number. */
  leads: ReadonlyMap<string, number>;
  /** In how many entries a word stands anywhere. */
  words: ReadonlyMap<string, number>;
  /** What tells two entries of the catalogue apart when it is added to the end of one (`X` and `X-POE`). */
  endings: ReadonlySet<string>;
  size: number;
  /** Cores that another entry continues. */
  continued: ReadonlySet<string>;
}

export interface LeadVerdict {
  confidence: number;
  reason: string;
  /** True when only a well-known family name or the maker's own name differs. */
  safe: boolean;
  /** An order code stands for a family name, so the two names follow different rules. */
  codeForFamily: boolean;
}

type Answer = Omit<LeadVerdict, 'codeForFamily'> & { codeForFamily?: boolean };

// A word of the maker's catalogue that opens this many entries is a family name.
const FAMILY = 2;
const WELL_KNOWN_FAMILY = 4;

const isCode = (words: readonly string[]): boolean => words.every((word) => word.length <= 3 || /\p{N}/u.test(word));

/** `FG` for `FortiGate`: same first letter, and the letters occur in that order. */
function abbreviates(short: string, words: readonly string[]): boolean {
  const long = words.join('');
  if (!words.some((word) => word.length >= 4)) return false;
  if (short.length > 4 || long.length < 4 || short.length >= long.length || short[0] !== long[0]) return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at += 1;
  return at === short.length;
}

function isInitialOf(words: readonly string[], vocabulary: Vocabulary): boolean {
  const { names, initials } = vocabulary.maker;
  const joined = words.join('');
  return names.has(joined) || (initials.length >= 2 && initials === joined);
}

function quoted(words: readonly string[]): string {
  return `"${words.join(' ')}"`;
}

/** An edition word makes another product, unless every entry of the family has it in that place ("Blue Lite"). */
function namesAnEdition(words: readonly string[], vocabulary: Vocabulary): boolean {
  return words.some((word, i) => {
    if (!editionWords.has(word)) return false;
    const upTo = vocabulary.opens.get(words.slice(0, i + 1).join(' ')) ?? 0;
    return i === 0 || i > 2 || upTo < FAMILY || upTo < (vocabulary.opens.get(words.slice(0, i).join(' ')) ?? 0);
  });
}

/** `Family FX-100`: behind its family's name, a code that begins with the same letter says nothing new. */
function repeatsFamily(words: readonly string[], family: string): boolean {
  return family.length >= 4 && isCode(words) && words[0]?.[0] === family[0];
}

/** The typed name lacks words that the entry has. */
function added(words: readonly string[], before: string | undefined, common: string, vocabulary: Vocabulary): Answer | null {
  if (isInitialOf(words, vocabulary)) return { confidence: 0.95, reason: "the maker's own name added", safe: true };
  if (words.every((word) => productNouns.has(word))) return { confidence: 0.85, reason: `general word ${quoted(words)} added`, safe: false };
  if (before !== undefined) {
    if (!isCode(words) || words.some((word) => editionWords.has(word))) return null;
    // A code that the typed name left out; the other way round, the person knew something that the entry is not.
    if (/\p{N}{4}/u.test(common)) return { confidence: 0.6, reason: `${quoted(words)} added`, safe: false };
    return isSpecific(common) && repeatsFamily(words, before) ? { confidence: 0.72, reason: `the code ${quoted(words)} of the family added`, safe: false } : null;
  }
  if (namesAnEdition(words, vocabulary)) return null;
  const opens = vocabulary.opens.get(words.slice(0, 3).join(' ')) ?? 0;
  if (opens >= WELL_KNOWN_FAMILY && common.length >= 2) return { confidence: 0.92, reason: `family name ${quoted(words)} added`, safe: isSpecific(common) };
  if (opens >= FAMILY && isSpecific(common)) return { confidence: 0.85, reason: `family name ${quoted(words)} added`, safe: false };
  if (isSpecific(common)) return { confidence: 0.75, reason: `${quoted(words)} added`, safe: false };
  return null;
}

/** The typed name has words that the entry lacks. */
function dropped(words: readonly string[], before: string | undefined, common: string, vocabulary: Vocabulary): Answer | null {
  if (isInitialOf(words, vocabulary)) return { confidence: 0.95, reason: "the maker's own name left out", safe: true };
  if (words.every((word) => productNouns.has(word))) return { confidence: 0.85, reason: `general word ${quoted(words)} left out`, safe: false };
  if (!isSpecific(common)) return null;
  if (before !== undefined) {
    return repeatsFamily(words, before) ? { confidence: 0.72, reason: `the code ${quoted(words)} of the family left out`, safe: false } : null;
  }
  if (namesAnEdition(words, vocabulary)) return null;
  return { confidence: 0.72, reason: `${quoted(words)} left out`, safe: false };
}

/** One letter added, dropped or replaced in the only code that differs; a code of one letter is a series of its own. */
function isCodeSlip(x: readonly string[], y: readonly string[]): boolean {
  const [a = '', b = ''] = [x[0], y[0]];
  return x.length === 1 && y.length === 1 && /^\p{L}{2,3}$/u.test(a) && /^\p{L}{2,3}$/u.test(b) && editDistance(a, b, 1) === 1;
}

/** Both have words that the other lacks: an abbreviation, a general word for the family, a slip, or two families. */
function replaced(x: readonly string[], y: readonly string[], common: string, vocabulary: Vocabulary): Answer | null {
  const typed = x.join('');
  const entry = y.join('');
  if (typed === entry) return { confidence: 0.97, reason: 'words joined or split', safe: true };
  const unknown = x.every((word) => (vocabulary.leads.get(word) ?? 0) === 0);
  if (unknown && isTypingSlip(typed, entry)) return { confidence: 0.8, reason: `typing slip in ${quoted(y)}`, safe: false };
  const wellKnown = (vocabulary.opens.get(y[0] ?? '') ?? 0) >= WELL_KNOWN_FAMILY && common.length >= 2;
  const initials = y.length >= 2 && typed === y.map((word) => word[0]).join('');
  if (!isSpecific(common) && !(wellKnown && unknown)) return null;
  if (initials || abbreviates(typed, y)) return { confidence: 0.8, reason: `${quoted(x)} stands for ${quoted(y)}`, safe: false, codeForFamily: true };
  if (!isSpecific(common)) return null;
  if (abbreviates(entry, x)) return { confidence: 0.75, reason: `${quoted(x)} is shortened to ${quoted(y)}`, safe: false };
  const numberLong = /\p{N}{3,}/u.test(common) && common.length >= 4;
  if (unknown && /\p{N}{3,}/u.test(common) && isCodeSlip(x, y)) return { confidence: 0.55, reason: `one letter of the code ${quoted(y)} differs`, safe: false };
  if (isCode(y) && !isCode(x) && numberLong && common.length >= 5) return { confidence: 0.62, reason: `the code ${quoted(y)} in place of ${quoted(x)}`, safe: false };
  const entryIsFamily = (vocabulary.opens.get(y[0] ?? '') ?? 0) >= FAMILY && !isCode(y.slice(0, 1));
  if (!entryIsFamily) return null;
  if (x.every((word) => productNouns.has(word))) return { confidence: 0.75, reason: `family name ${quoted(y)} in place of ${quoted(x)}`, safe: false };
  if (isCode(x) && numberLong) return { confidence: 0.65, reason: `family name ${quoted(y)} in place of the code ${quoted(x)}`, safe: false, codeForFamily: true };
  if (unknown && numberLong && common.length >= 5) return { confidence: 0.62, reason: `family name ${quoted(y)} in place of ${quoted(x)}`, safe: false };
  return null;
}

/**
 * Compares what stands before the number; `core` is what both have from the number on.
 * Gives null when the two leads name different things.
 */
export function compareLeads(typed: Cut, entry: Cut, core: string, vocabulary: Vocabulary): LeadVerdict | null {
  const x = typed.lead;
  const y = entry.lead;
  let start = 0;
  while (start < x.length && start < y.length && x[start] === y[start]) start += 1;
  let end = 0;
  while (end < x.length - start && end < y.length - start && x[x.length - 1 - end] === y[y.length - 1 - end]) end += 1;
  const onlyX = x.slice(start, x.length - end);
  const onlyY = y.slice(start, y.length - end);
  const common = x.slice(x.length - end).join('') + core;
  let answer: Answer | null;
  if (onlyX.length === 0 && onlyY.length === 0) answer = { confidence: 0.97, reason: 'the same name', safe: true };
  else if (onlyX.length === 0) answer = added(onlyY, x[start - 1], common, vocabulary);
  else if (onlyY.length === 0) answer = dropped(onlyX, x[start - 1], common, vocabulary);
  else answer = replaced(onlyX, onlyY, common, vocabulary);
  if (!answer) return null;
  // Letters that touch the number are part of it: `A5800` is less likely `5800` than "Family 5800" is.
  const touches = end === 0 && ((onlyX.length === 0 && entry.glued && onlyY.length > 0) || (onlyY.length === 0 && typed.glued && onlyX.length > 0));
  return { codeForFamily: false, ...answer, ...(touches ? { confidence: answer.confidence * 0.75, safe: false } : {}) };
}
