import { productNouns, sameWords, unitWords, variantWords } from './knowledge/product-words.js';
import { chunks, fold, numbers } from './text.js';

/** Parts of a name that may be left out on one side, but must not contradict each other. */
export interface Extras {
  nouns: string[];
  power: string[];
  variant: string[];
  order: string[];
  note: string[];
}

/** One way of cutting a name: words or letters in front (`lead`), and what begins with the first digit (`core`). */
export interface Cut {
  lead: string[];
  core: string;
  /** The chunks of the core. */
  parts: string[];
  /** The last letters of the lead touch the number (`A5800`), so they belong to the part number. */
  glued: boolean;
}

/** A model name taken apart once, so that comparing it with many others is cheap. */
export interface ModelName {
  raw: string;
  folded: string;
  /** Digit runs in order, without the maker's own name. */
  numbers: string;
  /** Folded, with one spelling for each unit and interface, without the maker's own name. */
  canonical: string;
  words: string[];
  cuts: Cut[];
  extras: Extras;
  /** Canonical, with runs of whole words taken as their initials (`Extended Battery Module` as `ebm`). */
  initialled: string;
  makerInside: boolean;
}

const DIGIT = /\p{N}/u;
const POWER = /^\d+(?:w|kw|va|kva)$/;
// A second number behind the name, such as the order code J1234A printed on the same label.
const ORDER = /^[a-z]{1,2}\d{3,5}[a-z]$/;

/** The spellings of a maker that may stand in front of its model names. */
export interface MakerInModel {
  names: ReadonlySet<string>;
  initials: string;
}

export const noMaker: MakerInModel = { names: new Set(), initials: '' };

function canonicalChunk(chunk: string): string {
  const known = Object.hasOwn(sameWords, chunk) ? sameWords[chunk] : undefined;
  if (known !== undefined) return known;
  const generation = /^g(?:en)?(\d{1,2})$/.exec(chunk);
  if (generation) return `gen${generation[1]}`;
  const sized = /^(\d+)(\p{L}{2,})$/u.exec(chunk);
  const unit = sized?.[2] !== undefined && Object.hasOwn(sameWords, sized[2]) ? sameWords[sized[2]] : undefined;
  return unit === undefined ? chunk : `${sized?.[1]}${unit}`;
}

function canonicalChunks(raw: string): string[] {
  const result: string[] = [];
  for (const chunk of chunks(raw)) {
    const last = result.at(-1);
    if (chunk === 'plus' && last !== undefined && /(?:poe|sfp)$/.test(last)) result[result.length - 1] = `${last}+`;
    else if (chunk !== '+') result.push(canonicalChunk(chunk));
  }
  return result;
}

/** Chunks that spell the maker in front (`Dell`, or `Tripp` + `Lite`), as a count; never the whole name. */
/** `Acme7005` as `Acme 7005`, when that is the maker's name. */
function splitMaker(parts: string[], maker: MakerInModel): string[] {
  const letters = /^\p{L}{3,}(?=\p{N})/u.exec(parts[0] ?? '')?.[0];
  if (letters === undefined || !maker.names.has(letters)) return parts;
  return [letters, (parts[0] ?? '').slice(letters.length), ...parts.slice(1)];
}

function makerChunks(parts: readonly string[], maker: MakerInModel): number {
  let joined = '';
  let found = 0;
  for (let i = 0; i < Math.min(parts.length - 1, 5); i += 1) {
    joined += parts[i];
    if (maker.names.has(joined)) found = i + 1;
  }
  return found;
}

function takeExtras(tail: string[], noted: readonly string[], extras: Extras): string[] {
  const cutAt = tail.indexOf('with', 1);
  let kept = tail;
  if (cutAt > 0) {
    extras.note.push(tail.slice(cutAt).join(''));
    kept = tail.slice(0, cutAt);
  }
  kept = kept.filter((chunk, i) => {
    if (i === 0) return true;
    if (productNouns.has(chunk)) extras.nouns.push(chunk);
    else if (POWER.test(chunk)) extras.power.push(chunk);
    else return true;
    return false;
  });
  while (kept.length > 1) {
    const last = kept.at(-1) ?? '';
    if (variantWords.has(last)) extras.variant.unshift(last);
    else if (ORDER.test(last)) extras.order.push(last);
    else break;
    kept = kept.slice(0, -1);
  }
  extras.note.push(...noted);
  return kept;
}

function cutName(parts: readonly string[], noted: readonly string[]): { cuts: Cut[]; extras: Extras } {
  const extras: Extras = { nouns: [], power: [], variant: [], order: [], note: [] };
  const first = parts.findIndex((chunk) => DIGIT.test(chunk));
  if (first < 0) return { cuts: [{ lead: [...parts], core: '', parts: [], glued: false }], extras };
  const head = parts[first] ?? '';
  const letters = /^\p{L}*/u.exec(head)?.[0] ?? '';
  const lead = parts.slice(0, first);
  if (letters !== '') lead.push(letters);
  const tail = [head.slice(letters.length), ...parts.slice(first + 1)];
  const kept = takeExtras(tail, noted, extras);
  const core = kept.join('');
  const cuts: Cut[] = [{ lead, core, parts: kept, glued: letters !== '' }];
  // An order code may hold a digit of its own before the number that the marketing name shares (`X7K-C12345YZ`).
  const code = /^\d{1,2}\p{L}{1,4}(?=\d{3})/u.exec(core)?.[0];
  if (code !== undefined) {
    const parts = [...kept];
    for (let left = code.length; left > 0; ) {
      const first = parts.shift() ?? '';
      if (first.length > left) parts.unshift(first.slice(left));
      left -= Math.min(left, first.length);
    }
    cuts.push({ lead: letters === '' ? [...lead, code] : [...lead.slice(0, -1), `${letters}${code}`], core: core.slice(code.length), parts, glued: true });
  }
  return { cuts, extras };
}

function initialled(words: readonly string[]): string {
  let result = '';
  for (let i = 0; i < words.length; ) {
    let end = i;
    while (end < words.length && /^\p{L}{4,}$/u.test(words[end] ?? '')) end += 1;
    if (end - i >= 2) result += words.slice(i, end).map((word) => word[0]).join('');
    else result += words.slice(i, Math.max(end, i + 1)).join('');
    i = Math.max(end, i + 1);
  }
  return result;
}

/** Takes a model name apart. `maker` are the spellings of its maker, which say nothing inside the model. */
export function parseModel(raw: string, maker: MakerInModel): ModelName {
  // A remark in brackets at the end describes; one in the middle belongs to the name.
  const bracket = /^(.*\S)\s*\(([^()]*)\)\s*$/u.exec(raw);
  const body = bracket?.[1] ?? raw;
  const all = splitMaker(canonicalChunks(raw), maker);
  const dropped = makerChunks(all, maker);
  const inner = splitMaker(canonicalChunks(body), maker).slice(dropped);
  const remark = bracket?.[2] === undefined ? [] : [fold(bracket[2])].filter((text) => text !== '');
  const usable = inner.length > 0;
  const { cuts, extras } = cutName(usable ? inner : all.slice(dropped), usable ? remark : []);
  const own = all.slice(dropped);
  return {
    raw,
    folded: fold(raw),
    numbers: numbers(own.join(' ')),
    canonical: own.join(''),
    words: own,
    cuts,
    extras,
    initialled: initialled(own),
    makerInside: dropped > 0,
  };
}

/** Whether a core names one device rather than a size: enough characters, and not just a number with its unit. */
export function isSpecific(text: string): boolean {
  if (/^\d+\p{L}*$/u.test(text) && unitWords.has(text.replace(/^\d+/, '')) && !/^\d{3,}/.test(text)) return false;
  const digits = (text.match(/\p{N}/gu) ?? []).length;
  return digits >= 3 || (digits >= 2 && text.length >= 4);
}
