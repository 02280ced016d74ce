import { isNeighbourSwap, isTypingSlip, withoutLetterBetweenDigits } from './edit-distance.js';
import { closingNouns, editionWords } from './knowledge/product-words.js';
import { compareLeads, type Vocabulary } from './lead.js';
import { foldLookAlikes } from './look-alikes.js';
import { isSpecific, type Cut, type Extras, type ModelName } from './model-name.js';

/** How near a typed name is to one entry, and by which rule. */
export interface Verdict {
  confidence: number;
  reason: string;
  /** Nothing that tells devices apart differs; may become `same` when the numbers agree too. */
  safe: boolean;
  /** The entry says more than the typed name (airflow, order number), so its siblings are as right. */
  oneOfVariants: boolean;
}

interface ExtrasVerdict {
  factor: number;
  reasons: string[];
  oneOfVariants: boolean;
}

const extraWords: Record<keyof Extras, string> = {
  nouns: 'general word',
  power: 'power rating',
  variant: 'direction or current',
  order: 'order number',
  note: 'remark',
};

function compareExtras(typed: Extras, entry: Extras): ExtrasVerdict | null {
  let factor = 1;
  let oneOfVariants = false;
  const reasons: string[] = [];
  for (const kind of ['nouns', 'power', 'variant', 'order', 'note'] as const) {
    const x = typed[kind].join(' ');
    const y = entry[kind].join(' ');
    if (x === y) continue;
    // Both say something and it is not the same: two devices.
    if (x !== '' && y !== '') return null;
    factor *= kind === 'nouns' ? 0.95 : 0.85;
    reasons.push(`${extraWords[kind]} "${x || y}" ${x === '' ? 'added' : 'left out'}`);
    if (y !== '' && kind !== 'nouns') oneOfVariants = true;
  }
  return { factor, reasons, oneOfVariants };
}

const INFIX_PLUS = /(?<=[\p{L}\p{N}])\+(?=[\p{L}\p{N}])/gu;

/** Words in which two names of equal numbers differ: one pair that is a slip of the keyboard, and nothing else. */
function slipInOneWord(typed: ModelName, entry: ModelName, vocabulary: Vocabulary): Verdict | null {
  if (typed.words.length !== entry.words.length) return null;
  let pair: [string, string] | null = null;
  for (let i = 0; i < typed.words.length; i += 1) {
    const a = typed.words[i] ?? '';
    const b = entry.words[i] ?? '';
    if (a === b) continue;
    if (pair || /\p{N}/u.test(a + b)) return null;
    pair = [a, b];
  }
  if (!pair || (vocabulary.words.get(pair[0]) ?? 0) > 0 || !isTypingSlip(pair[0], pair[1])) return null;
  return { confidence: 0.8, reason: `typing slip in "${pair[1]}"`, safe: false, oneOfVariants: false };
}

const isLongNumber = (text: string): boolean => text.length >= 5 && (text.match(/\p{N}/gu) ?? []).length >= 3;

function endsWithChunks(longer: readonly string[], shorter: readonly string[]): boolean {
  return shorter.length < longer.length && shorter.every((word, i) => longer[longer.length - shorter.length + i] === word);
}

/** The same characters or words, swapped, mistaken for one another or shortened to initials. */
function rewritten(typed: ModelName, entry: ModelName, extras: ExtrasVerdict | null): Verdict | null {
  const unsafe = { safe: false, oneOfVariants: false };
  if (typed.numbers === entry.numbers) {
    if (typed.initialled === entry.canonical || typed.canonical === entry.initialled) {
      return { confidence: 0.75, reason: 'words shortened to their initials', ...unsafe };
    }
    // Extras are read in order: front-to-back is not back-to-front.
    if (extras && [...typed.words].sort().join(' ') === [...entry.words].sort().join(' ')) {
      return { confidence: 0.75, reason: 'the same words in another order', ...unsafe };
    }
  }
  const [longer, shorter] = typed.words.length > entry.words.length ? [typed, entry] : [entry, typed];
  if (isLongNumber(shorter.canonical) && endsWithChunks(longer.words, shorter.words)) {
    const before = longer.words.slice(0, -shorter.words.length).join(' ');
    return { confidence: 0.7, reason: `same part number, "${before}" ${longer === typed ? 'left out' : 'added'}`, ...unsafe };
  }
  if (typed.canonical.length >= 6 && isNeighbourSwap(typed.canonical, entry.canonical)) {
    return { confidence: 0.65, reason: 'two neighbouring characters swapped', ...unsafe };
  }
  const [full, short] = typed.canonical.length > entry.canonical.length ? [typed, entry] : [entry, typed];
  if (short.canonical.length >= 6 && short.numbers !== full.numbers && withoutLetterBetweenDigits(full.canonical).includes(short.canonical)) {
    return { confidence: 0.6, reason: `a letter between two numbers ${full === entry ? 'added' : 'left out'}`, ...unsafe };
  }
  if (foldLookAlikes(typed.canonical) === foldLookAlikes(entry.canonical)) {
    return { confidence: 0.7, reason: 'differs in characters that look alike, such as O and 0', ...unsafe };
  }
  return null;
}

function compareCuts(typed: Cut, entry: Cut, extras: ExtrasVerdict, powerInBoth: string, vocabulary: Vocabulary): Verdict | null {
  // A power rating that both give belongs to what they have in common.
  const lead = compareLeads(typed, entry, `${typed.core}${powerInBoth}`, vocabulary);
  if (!lead) return null;
  const reasons = [...(lead.confidence < 0.97 ? [lead.reason] : []), ...extras.reasons];
  return {
    confidence: lead.confidence * extras.factor,
    reason: typed.core === '' ? reasons.join(', ') : `same part number, ${reasons.join(', ')}`,
    safe: lead.safe && extras.factor === 1,
    oneOfVariants: extras.oneOfVariants,
  };
}

/** The chunks of `longer` behind `shorter`, or null when it does not begin with it. */
function ending(longer: Cut, shorter: Cut): string[] | null {
  let joined = '';
  for (let i = 0; i < longer.parts.length - 1; i += 1) {
    joined += longer.parts[i];
    if (joined === shorter.core) return longer.parts.slice(i + 1);
    if (joined.length > shorter.core.length) return null;
  }
  return null;
}

/** One short chunk, a version or a bare number behind a part number is an edition of it. */
const EDITION_ENDING = /^(?:\p{L}{1,2}|(?:v|r|mk|rev|gen)?\d+)$/u;

/** Share of a catalogue from which endings are taken for the maker's way of naming devices. */
const MANY_ENDINGS = 0.05;

/** One part number goes on where the other ends. Mostly another device, so much speaks against it. */
function compareEndings(typed: Cut, entry: Cut, extras: ExtrasVerdict, vocabulary: Vocabulary): Verdict | null {
  const typedLonger = typed.core.length > entry.core.length;
  const rest = typedLonger ? ending(typed, entry) : ending(entry, typed);
  const shorter = typedLonger ? entry : typed;
  if (!rest || shorter.core === '' || !isSpecific(shorter.lead.slice(-1).join('') + shorter.core)) return null;
  if (vocabulary.endings.has(rest.join(' '))) return null;
  if (typedLonger && vocabulary.continued.has(entry.core)) return null;
  const lead = compareLeads(typed, entry, shorter.core, vocabulary);
  if (!lead) return null;
  const orderCode = typedLonger && lead.codeForFamily;
  const described = rest.length > 1 && closingNouns.has(rest.at(-1) ?? '');
  // Order codes end in letters for a region or licence that the family's name leaves out.
  if (rest.some((word) => editionWords.has(word) && !(orderCode && word.length <= 2))) return null;
  const plain = typedLonger && vocabulary.endings.size === 0 && /^\p{L}+$/u.test(rest[0] ?? '');
  if (!orderCode && !described && !plain && rest.length === 1 && EDITION_ENDING.test(rest[0] ?? '')) return null;
  // In a catalogue where endings tell devices apart, an unknown ending is one more of them.
  if (!orderCode && !described && vocabulary.endings.size > MANY_ENDINGS * vocabulary.size) return null;
  return {
    confidence: 0.72 * Math.max(lead.confidence, 0.75) * extras.factor,
    reason: `same beginning of the part number, "${rest.join(' ')}" ${typedLonger ? 'left out' : 'added'}`,
    safe: false,
    oneOfVariants: false,
  };
}

function better(a: Verdict | null, b: Verdict | null): Verdict | null {
  if (!a || !b) return a ?? b;
  return b.confidence > a.confidence ? b : a;
}

/** The same characters, but numbers begin and end elsewhere: `1,11` is not `11,1` nor `2.5G` `25G`; `111` may be either. */
function otherGroups(typed: ModelName, entry: ModelName): Verdict | null {
  if (typed.canonical !== entry.canonical || typed.numbers.split(' ').length === entry.numbers.split(' ').length) return null;
  return { confidence: 0.6, reason: 'the same digits, grouped in another way', safe: false, oneOfVariants: false };
}

/** Compares a typed model with one entry of the same maker; null when they are two different things. */
export function compareModels(typed: ModelName, entry: ModelName, vocabulary: Vocabulary): Verdict | null {
  if (typed.raw === entry.raw) return { confidence: 1, reason: 'the same name', safe: true, oneOfVariants: false };
  if (typed.numbers !== entry.numbers && typed.canonical.replaceAll('.', '') === entry.canonical.replaceAll('.', '')) {
    return otherGroups(typed, entry);
  }
  if (typed.folded === entry.folded) {
    return { confidence: 0.99, reason: 'differs only in case or punctuation', safe: true, oneOfVariants: false };
  }
  if (typed.canonical === entry.canonical) {
    const reason = typed.makerInside !== entry.makerInside
      ? `the maker's own name ${typed.makerInside ? 'left out of' : 'added to'} the model`
      : 'another way of writing the same unit or interface';
    return { confidence: 0.97, reason, safe: true, oneOfVariants: false };
  }
  if (typed.canonical.replace(INFIX_PLUS, '') === entry.canonical.replace(INFIX_PLUS, '')) {
    return { confidence: 0.8, reason: 'differs in a plus sign between the parts', safe: false, oneOfVariants: false };
  }
  let best: Verdict | null = null;
  const extras = compareExtras(typed.extras, entry.extras);
  if (extras) {
    for (const a of typed.cuts) {
      for (const b of entry.cuts) {
        best = better(best, a.core === b.core ? compareCuts(a, b, extras, entry.extras.power.join('') && typed.extras.power.join(''), vocabulary) : compareEndings(a, b, extras, vocabulary));
      }
    }
  }
  return best ?? slipInOneWord(typed, entry, vocabulary) ?? rewritten(typed, entry, extras);
}
