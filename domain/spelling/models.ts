import { compareModels, type Verdict } from './compare-models.js';
import { withoutLetterBetweenDigits } from './edit-distance.js';
import type { Vocabulary } from './lead.js';
import { parseMaker } from './maker-name.js';
import { foldLookAlikes } from './look-alikes.js';
import { noMaker, parseModel, type Cut, type MakerInModel, type ModelName } from './model-name.js';
import { TrigramIndex } from './nearest.js';
import { byCodePoint } from './text.js';
import type { Judgement } from './types.js';

export interface ModelAnswer extends Judgement {
  model: string;
}

// Two different answers that are nearer to each other than this are a guess.
const MARGIN = 0.04;
const SAME = 0.9;
const PROBABLE = 0.5;
// So many entries under one key say nothing about any of them.
const MOST_UNDER_ONE_KEY = 64;

function count(map: Map<string, number>, keys: Iterable<string>): void {
  for (const key of new Set(keys)) map.set(key, (map.get(key) ?? 0) + 1);
}

/** Spellings of a maker as they stand in front of model names. */
function makerInModel(manufacturer: string): MakerInModel {
  const { folded, core, brand, initials } = parseMaker(manufacturer);
  return { names: new Set([folded, core, brand].filter((name) => name !== '')), initials };
}

/** Keys under which a name is found; two names that can be the same share one (see also `endingKeys`). */
function* keysOf(name: ModelName): Generator<string> {
  yield `=${name.canonical.replaceAll('+', '')}`;
  yield `=${name.initialled.replaceAll('+', '')}`;
  yield `o${foldLookAlikes(name.canonical)}`;
  yield `s${[...name.words].sort().join(' ')}`;
  yield `a${[...name.canonical].sort().join('')}`;
  for (const { core } of name.cuts) if (core !== '') yield `#${core}`;
  // Words typed wrongly: what is left without them.
  yield `~${name.words.map((word) => (word.length >= 5 && !/\p{N}/u.test(word) ? '*' : word)).join(' ')}`;
  const only = name.cuts[0];
  if (only && only.core === '') {
    for (let from = 0; from < Math.min(3, only.lead.length); from += 1) yield `w${only.lead.slice(from).join('')}`;
  }
}

const LONGEST_ENDING = 5;

/** The core and its beginnings, a chunk shorter each time. */
function beginnings(cut: Cut): string[] {
  const result: string[] = [];
  for (let drop = 1; drop <= LONGEST_ENDING && drop < cut.parts.length; drop += 1) result.push(cut.parts.slice(0, -drop).join(''));
  return result;
}

/** The name without its first words, for a part number written behind its series. */
function ends({ words }: ModelName): string[] {
  const result: string[] = [];
  for (let from = 1; from <= 3 && from < words.length; from += 1) result.push(words.slice(from).join(' '));
  return result;
}

/** What tells two entries apart when it stands at the end of only one of them. */
function endingsOf(entries: readonly ModelName[]): Set<string> {
  const whole = new Set(entries.map((entry) => entry.words.join(' ')));
  const endings = new Set<string>();
  for (const { words } of entries) {
    for (let size = 1; size < words.length; size += 1) {
      const beginning = words.slice(0, size).join(' ');
      if (/\p{N}/u.test(beginning) && whole.has(beginning)) endings.add(words.slice(size).join(' '));
    }
  }
  return endings;
}

/** All models of one maker, indexed for many look-ups. */
export class ModelIndex {
  private readonly entries: ModelName[];
  private readonly byKey = new Map<string, number[]>();
  private readonly vocabulary: Vocabulary;
  private readonly maker: MakerInModel;
  private trigrams: TrigramIndex | null = null;

  constructor(manufacturer: string, models: Iterable<string>) {
    this.maker = manufacturer === '' ? noMaker : makerInModel(manufacturer);
    // Sorted, so that the answer does not depend on the order of the catalogue.
    this.entries = [...new Set(models)].sort(byCodePoint).map((raw) => parseModel(raw, this.maker));
    const opens = new Map<string, number>();
    const leads = new Map<string, number>();
    const words = new Map<string, number>();
    const continued = new Set<string>();
    this.entries.forEach((entry, at) => {
      const lead = entry.cuts[0]?.lead ?? [];
      count(opens, [1, 2, 3].filter((size) => size <= lead.length).map((size) => lead.slice(0, size).join(' ')));
      count(leads, lead);
      count(words, entry.words);
      for (const key of new Set(keysOf(entry))) this.put(key, at);
      for (const text of withoutLetterBetweenDigits(entry.canonical)) this.put(`g${text}`, at);
      for (const end of ends(entry)) this.put(`>${end}`, at);
      for (const beginning of new Set(entry.cuts.flatMap(beginnings))) {
        continued.add(beginning);
        this.put(`<${beginning}`, at);
      }
    });
    this.vocabulary = { maker: this.maker, size: this.entries.length, opens, leads, words, endings: endingsOf(this.entries), continued };
  }

  private put(key: string, at: number): void {
    const list = this.byKey.get(key);
    if (list) list.push(at);
    else this.byKey.set(key, [at]);
  }

  /**
   * The entry that is meant, with its band, or null when nothing is near. `refused` are entries never to suggest;
   * `own` says whether an entry of just this spelling is an answer or is the name itself.
   */
  match(model: string, refused: (target: string) => boolean, own: 'candidate' | 'set-aside' = 'candidate'): ModelAnswer | null {
    const typed = parseModel(model, this.maker);
    if (typed.folded === '') return null;
    const found = this.compareAll(typed).filter(({ entry }) => own === 'candidate' || entry.raw !== model);
    const ranked = found.sort((a, b) => b.verdict.confidence - a.verdict.confidence || byCodePoint(a.entry.raw, b.entry.raw));
    const at = ranked.findIndex(({ entry }) => !refused(entry.raw));
    const best = ranked[at];
    if (!best) return this.nearest(typed, refused);
    const rivals = ranked.filter((other) => other !== best && isRival(best, other));
    const { confidence, reason } = best.verdict;
    if (rivals[0]) {
      return { model: best.entry.raw, confidence: confidence / 2, band: 'none', reason: `${reason}; but "${rivals[0].entry.raw}" is as near` };
    }
    const same = best.verdict.safe && confidence >= SAME && typed.numbers === best.entry.numbers;
    const band = same ? 'same' : confidence >= PROBABLE ? 'probable' : 'none';
    return { model: best.entry.raw, confidence: same ? confidence : Math.min(confidence, SAME - 0.01), band, reason };
  }

  private compareAll(typed: ModelName): { entry: ModelName; verdict: Verdict }[] {
    const seen = new Set<number>();
    const keys = new Set(keysOf(typed));
    keys.add(`g${typed.canonical}`);
    for (const text of withoutLetterBetweenDigits(typed.canonical)) keys.add(`=${text.replaceAll('+', '')}`);
    keys.add(`>${typed.words.join(' ')}`);
    for (const end of ends(typed)) keys.add(`s${end.split(' ').sort().join(' ')}`);
    for (const cut of typed.cuts) {
      if (cut.core === '') continue;
      keys.add(`<${cut.core}`);
      for (const beginning of beginnings(cut)) keys.add(`#${beginning}`);
    }
    for (const key of keys) {
      const list = this.byKey.get(key) ?? [];
      for (const at of list.length > MOST_UNDER_ONE_KEY && !key.startsWith('=') ? [] : list) seen.add(at);
    }
    const found: { entry: ModelName; verdict: Verdict }[] = [];
    for (const at of seen) {
      const entry = this.entries[at];
      const verdict = entry ? compareModels(typed, entry, this.vocabulary) : null;
      if (entry && verdict) found.push({ entry, verdict });
    }
    return found;
  }

  /** No rule speaks: the entry that looks most alike, for a person who wants to see one, never suggested by itself. */
  private nearest(typed: ModelName, refused: (target: string) => boolean): ModelAnswer | null {
    this.trigrams ??= new TrigramIndex(this.entries.map((entry) => entry.canonical));
    for (const { at, similarity } of this.trigrams.nearest(typed.canonical)) {
      const entry = this.entries[at];
      if (!entry || refused(entry.raw)) continue;
      return { model: entry.raw, confidence: similarity * 0.4, band: 'none', reason: 'the most similar entry, but numbers or names differ' };
    }
    return null;
  }
}

function isRival(best: { entry: ModelName; verdict: Verdict }, other: { entry: ModelName; verdict: Verdict }): boolean {
  if (other.verdict.confidence < best.verdict.confidence - MARGIN) return false;
  // Entries that differ from the typed name in nothing but case and punctuation are two spellings of one thing.
  if (best.verdict.confidence >= 0.99) return false;
  return !(best.verdict.oneOfVariants && other.verdict.oneOfVariants);
}
