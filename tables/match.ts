import type { AnyKind, Field } from '../domain/kinds/index.js';
import { idHeader, linkIdHeader } from './columns.js';

/** What a column of a file means for a kind. */
export type Meaning =
  | { readonly of: 'id' }
  | { readonly of: 'field'; readonly name: string; readonly type: Field['type'] }
  | { readonly of: 'reference'; readonly name: string }
  | { readonly of: 'reference_id'; readonly name: string };

export interface MatchedColumn {
  readonly header: string;
  /** Null for a column that nothing of the kind is called. */
  readonly meaning: Meaning | null;
}

/** The field or reference that a column fills, as callers know it, or null. */
export function fieldOf(meaning: Meaning | null): string | null {
  if (!meaning) return null;
  return meaning.of === 'id' ? 'id' : meaning.name;
}

interface Target {
  readonly meaning: Meaning;
  /** Headers that mean it, best first. */
  readonly headers: readonly string[];
}

/**
 * Finds for each column what it means: by label, by field name, by the synonyms of the catalogue. Case, blanks, accents and
 * punctuation do not count. A field is filled by one column only; what the product sets itself is never filled.
 */
export function matchColumns(kind: AnyKind, headers: readonly string[]): MatchedColumn[] {
  const folded = headers.map(fold);
  const meanings: (Meaning | null)[] = headers.map(() => null);
  const open = new Set(targetsOf(kind, headers));
  const ranks = Math.max(0, ...[...open].map((target) => target.headers.length));
  // Rank by rank, so that a column that is called exactly like a field is never given to another one's synonym.
  for (let rank = 0; rank < ranks; rank += 1) {
    for (const target of open) {
      const wanted = target.headers[rank];
      if (!wanted) continue;
      const index = folded.findIndex((header, at) => header !== '' && header === wanted && meanings[at] === null);
      if (index < 0) continue;
      meanings[index] = target.meaning;
      open.delete(target);
    }
  }
  return headers.map((header, index) => ({ header, meaning: meanings[index]! }));
}

function targetsOf(kind: AnyKind, headers: readonly string[]): Target[] {
  const references = Object.entries(kind.references);
  return [
    { meaning: { of: 'id' }, headers: headers.includes(idHeader) ? [fold(idHeader)] : [] },
    // Only in our own spelling: a "Site ID" of another tool is a number of its own.
    ...references
      .filter(([, reference]) => headers.includes(linkIdHeader(reference.label)))
      .map(([name, reference]): Target => ({ meaning: { of: 'reference_id', name }, headers: [fold(linkIdHeader(reference.label))] })),
    ...Object.entries(kind.fields)
      .filter(([, field]) => !field.derived)
      .map(([name, field]): Target => ({ meaning: { of: 'field', name, type: field.type }, headers: names(field.label, name, field.synonyms) })),
    ...references.map(([name, reference]): Target => ({ meaning: { of: 'reference', name }, headers: names(reference.label, name, reference.synonyms) })),
  ];
}

const names = (label: string, name: string, synonyms: readonly string[]) => [label, name, ...synonyms].map(fold);

function fold(header: string): string {
  return header
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}
