import { acquisitions } from './knowledge/acquisitions.js';
import type { AliasBook } from './aliases.js';
import { isTypingSlip } from './edit-distance.js';
import { isPlaceholderMaker, parseMaker, type MakerName } from './maker-name.js';
import { byCodePoint } from './text.js';
import type { ManufacturerMatch } from './types.js';

interface Candidate extends ManufacturerMatch {
  /** Which rule spoke; two different names under one rule are ambiguous. */
  rank: number;
}

function add<K>(index: Map<K, MakerName[]>, key: K, maker: MakerName): void {
  const list = index.get(key);
  if (list) list.push(maker);
  else index.set(key, [maker]);
}

/** The word without one of its letters, in every way: two words one slip apart share at least one of these. */
function oneLess(word: string): string[] {
  const result = [word];
  for (let i = 0; i < word.length; i += 1) result.push(word.slice(0, i) + word.slice(i + 1));
  return result;
}

const SLIP_FROM = 7;

const relatedTo = new Map<string, (typeof acquisitions)[number][]>();
for (const entry of acquisitions) {
  const key = parseMaker(entry.name).brand;
  relatedTo.set(key, [...(relatedTo.get(key) ?? []), entry]);
}

/** Names of makers, indexed once for many look-ups. */
export class MakerIndex {
  private readonly byRaw = new Map<string, MakerName>();
  private readonly byFolded = new Map<string, MakerName[]>();
  private readonly byCore = new Map<string, MakerName[]>();
  private readonly byBrand = new Map<string, MakerName[]>();
  private readonly bySlip = new Map<string, MakerName[]>();

  constructor(names: Iterable<string>, private readonly aliases: AliasBook) {
    // Sorted, so that the answer does not depend on the order of the catalogue.
    for (const raw of [...new Set(names)].sort(byCodePoint)) {
      const maker = parseMaker(raw);
      if (maker.core === '') continue;
      this.byRaw.set(raw, maker);
      add(this.byFolded, maker.folded, maker);
      add(this.byCore, maker.core, maker);
      add(this.byBrand, maker.brand, maker);
      if (maker.core.length >= SLIP_FROM) for (const key of oneLess(maker.core)) add(this.bySlip, key, maker);
    }
  }

  /** The maker that is written exactly so, apart from case, punctuation and an agreeing legal form. */
  named(name: string): string | null {
    const found = this.match(name);
    return found?.band === 'same' ? found.name : null;
  }

  /** The makers of the list whose core is this text, for finding a maker inside a longer text. */
  withCore(core: string): MakerName | null {
    const list = this.byCore.get(core) ?? [];
    return list.length === 1 ? (list[0] ?? null) : null;
  }

  match(name: string): ManufacturerMatch | null {
    if (isPlaceholderMaker(name) && !this.byRaw.has(name)) return null;
    const accepted = this.aliases.acceptedMaker(name);
    if (accepted !== null && this.byRaw.has(accepted)) {
      return { name: accepted, confidence: 1, band: 'same', reason: 'accepted before by your team' };
    }
    const candidates = this.candidates(parseMaker(name)).filter((c) => !this.aliases.refusesMaker(name, c.name));
    candidates.sort((a, b) => b.confidence - a.confidence || byCodePoint(a.name, b.name));
    const best = candidates[0];
    if (!best) return null;
    const second = candidates[1];
    const { rank: _, ...answer } = best;
    // Spellings of one company that are all in the list are no doubt; two companies under one weaker rule are.
    if (second && best.band === 'probable' && second.rank === best.rank) {
      return { ...answer, band: 'none', confidence: answer.confidence / 2, reason: `${answer.reason}; ${second.name} is as near` };
    }
    return answer;
  }

  private candidates(query: MakerName): Candidate[] {
    const found = new Map<string, Candidate>();
    const offer = (maker: MakerName, rank: number, answer: Omit<Candidate, 'name' | 'rank'>): void => {
      const known = found.get(maker.raw);
      if (!known || known.confidence < answer.confidence) found.set(maker.raw, { name: maker.raw, rank, ...answer });
    };
    if (query.core === '') return [];
    const exact = this.byRaw.get(query.raw);
    if (exact) offer(exact, 0, { confidence: 1, band: 'same', reason: 'the same name' });
    for (const maker of this.byFolded.get(query.folded) ?? []) {
      offer(maker, 1, { confidence: 0.99, band: 'same', reason: 'differs only in case or punctuation' });
    }
    for (const maker of this.byCore.get(query.core) ?? []) {
      if (lawsDisagree(query, maker)) {
        offer(maker, 3, { confidence: 0.6, band: 'probable', reason: 'same name, but the legal form is of another country: it may be another company' });
      } else {
        offer(maker, 2, { confidence: 0.96, band: 'same', reason: 'same name, other or no legal form' });
      }
    }
    if (found.size > 0) return [...found.values()];
    for (const maker of this.byBrand.get(query.brand) ?? []) {
      // One side must have no such word at all: "X Networks" and "X Technologies" are often two companies.
      if (maker.brand !== maker.core && query.brand !== query.core) continue;
      offer(maker, 4, { confidence: 0.7, band: 'probable', reason: 'same name without a general word such as "Networks"' });
    }
    if (query.core.length >= SLIP_FROM) {
      for (const key of oneLess(query.core)) {
        for (const maker of this.bySlip.get(key) ?? []) {
          if (/\p{N}/u.test(query.core + maker.core) || !isTypingSlip(query.core, maker.core)) continue;
          offer(maker, 5, { confidence: 0.6, band: 'probable', reason: 'one typing slip apart' });
        }
      }
    }
    if (found.size === 0) this.offerRelated(query, offer);
    return [...found.values()];
  }

  private offerRelated(query: MakerName, offer: (maker: MakerName, rank: number, answer: Omit<Candidate, 'name' | 'rank'>) => void): void {
    for (const entry of relatedTo.get(query.brand) ?? []) {
      for (const maker of this.byBrand.get(parseMaker(entry.now).brand) ?? []) {
        offer(maker, 6, { confidence: 0.3, band: 'none', reason: `related: ${entry.name} went to ${entry.now} in ${entry.year}, not a spelling of it` });
      }
    }
  }
}

function lawsDisagree(a: MakerName, b: MakerName): boolean {
  const hasForm = (maker: MakerName): boolean => maker.folded !== maker.core;
  if (!hasForm(a) || !hasForm(b) || (a.jurisdictions.size === 0 && b.jurisdictions.size === 0)) return false;
  for (const law of a.jurisdictions) if (b.jurisdictions.has(law)) return false;
  return true;
}
