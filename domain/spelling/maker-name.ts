import { legalForms } from './knowledge/legal-forms.js';
import { companyWords, placeholderMakers } from './knowledge/company-words.js';
import { clean, fold } from './text.js';

/** A company name taken apart. */
export interface MakerName {
  raw: string;
  folded: string;
  /** Folded, without the legal form at the end. */
  core: string;
  /** The core without words such as `Networks`; equal to `core` when there is none or nothing else is left. */
  brand: string;
  /** First letters of the words, empty for a single word. */
  initials: string;
  /** Country groups whose law knows the legal form; empty when none stands there or it is used everywhere. */
  jurisdictions: ReadonlySet<string>;
}

const groupsByForm = new Map<string, Set<string>>();
let longestForm = 1;
for (const [group, forms] of Object.entries(legalForms)) {
  for (const form of forms) {
    const words = form.replace('/', ' ').replace(/&/g, 'and').split(' ');
    const key = words.join(' ');
    groupsByForm.set(key, (groupsByForm.get(key) ?? new Set()).add(group));
    longestForm = Math.max(longestForm, words.length);
  }
}

/** Words of a company name: `S.p.A.` and `B. V.` become one word, `&` becomes `and`, glued `Co.Ltd` two. */
function companyParts(raw: string): string[] {
  const text = clean(raw)
    .replace(/&/g, ' and ')
    // Initials with dots between them are one word; the last dot may be missing.
    .replace(/(?<![\p{L}\p{N}])\p{L}(?:\.\s?\p{L})+(?![\p{L}\p{N}])/gu, (match) => match.replace(/[.\s]/g, ''))
    .replace(/(?<![\p{L}\p{N}])sp\s*z\.?\s*o\.?\s*o(?![\p{L}\p{N}])/gu, 'sp zoo');
  return text.match(/[\p{L}\p{N}+]+/gu) ?? [];
}

function withoutForms(parts: readonly string[]): { kept: string[]; jurisdictions: Set<string> } {
  const jurisdictions = new Set<string>();
  let kept = [...parts];
  for (let again = true; again && kept.length > 1; ) {
    again = false;
    for (let size = Math.min(longestForm, kept.length - 1); size >= 1; size -= 1) {
      const groups = groupsByForm.get(kept.slice(-size).join(' '));
      if (!groups) continue;
      for (const group of groups) if (group !== 'any') jurisdictions.add(group);
      kept = kept.slice(0, -size);
      again = true;
      break;
    }
    if (kept.length > 1 && kept.at(-1) === 'and') kept = kept.slice(0, -1);
  }
  return { kept, jurisdictions };
}

export function parseMaker(raw: string): MakerName {
  const parts = companyParts(raw);
  const { kept, jurisdictions } = withoutForms(parts);
  let brand = kept;
  while (brand.length > 1 && companyWords.has(brand.at(-1) ?? '')) brand = brand.slice(0, -1);
  const core = kept.filter((part) => part !== 'and').join('');
  return {
    raw,
    folded: fold(raw),
    core: core === '' ? fold(raw) : core,
    brand: brand.filter((part) => part !== 'and').join(''),
    initials: kept.length > 1 ? kept.map((part) => part[0]).join('') : '',
    jurisdictions,
  };
}

/** Whether the text names nobody (`n/a`, `unknown`, empty). */
export function isPlaceholderMaker(raw: string): boolean {
  return placeholderMakers.has(fold(raw));
}
