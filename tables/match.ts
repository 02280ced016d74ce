import type { AnyKind, Field } from '../domain/kinds/index.js';
import { idHeader, linkIdHeader } from './columns.js';
import type { DayOrder } from './dates.js';
import { foldHeader } from './fold.js';
import type { Layout } from './layouts/layout.js';

/** What a column of a file means for a kind. */
export type Meaning =
  | { readonly of: 'id' }
  | { readonly of: 'source_key' }
  | { readonly of: 'field'; readonly name: string; readonly type: Field['type'] }
  | { readonly of: 'reference'; readonly name: string }
  | { readonly of: 'reference_id'; readonly name: string };

/** What a column was matched by, from the weakest to the strongest. */
export const matchedBys = ['name', 'layout', 'remembered', 'you'] as const;
export type MatchedBy = (typeof matchedBys)[number];

export interface MatchedColumn {
  readonly header: string;
  /** Null for a column that nothing of the kind is called, or that somebody left out. */
  readonly meaning: Meaning | null;
  readonly by: MatchedBy | null;
  /** Chosen by somebody for a column of dates. */
  readonly dayOrder: DayOrder | null;
}

/** What somebody says of a column: the target as `targetName` calls it, null to leave it out. */
export interface ColumnChoice {
  /** From 0. */
  readonly column: number;
  readonly target?: string | null | undefined;
  readonly dayOrder?: DayOrder | null | undefined;
}

/** Targets beside fields and links. */
export const idTarget = 'id';
export const sourceKeyTarget = 'sourceKey';
const linkIdTarget = (name: string) => `${name}.id`;

/** How a meaning is called in a mapping. */
export function targetName(meaning: Meaning | null): string | null {
  if (!meaning) return null;
  switch (meaning.of) {
    case 'id':
      return idTarget;
    case 'source_key':
      return sourceKeyTarget;
    case 'reference_id':
      return linkIdTarget(meaning.name);
    case 'field':
    case 'reference':
      return meaning.name;
  }
}

/** The field or link that a column fills, as faults name it. */
export function fieldOf(meaning: Meaning | null): string | null {
  return meaning?.of === 'reference_id' ? meaning.name : targetName(meaning);
}

/** Everything that a column of a kind can fill, by its name in a mapping, with the words for it. */
export function targetsOf(kind: AnyKind): ReadonlyMap<string, { readonly meaning: Meaning; readonly label: string }> {
  const targets = new Map<string, { meaning: Meaning; label: string }>();
  for (const [name, field] of Object.entries(kind.fields)) {
    if (!field.derived) targets.set(name, { meaning: { of: 'field', name, type: field.type }, label: field.label });
  }
  for (const [name, reference] of Object.entries(kind.references)) {
    targets.set(name, { meaning: { of: 'reference', name }, label: reference.label });
    targets.set(linkIdTarget(name), { meaning: { of: 'reference_id', name }, label: linkIdHeader(reference.label) });
  }
  targets.set(idTarget, { meaning: { of: 'id' }, label: idHeader });
  targets.set(sourceKeyTarget, { meaning: { of: 'source_key' }, label: 'Id of the record in the other tool' });
  return targets;
}

/** What is known about a file beside its header. */
export interface Hints {
  readonly layout: Layout | null;
  readonly remembered: readonly ColumnChoice[];
  readonly chosen: readonly ColumnChoice[];
}

export const noHints: Hints = { layout: null, remembered: [], chosen: [] };

/**
 * Finds for each column what it means. What the person says comes first, then what was said of such a file before, then the
 * known export of a tool, then labels, field names and synonyms of the catalogue. A target is filled by one column only.
 */
export function matchColumns(kind: AnyKind, headers: readonly string[], hints: Hints = noHints): MatchedColumn[] {
  const targets = targetsOf(kind);
  const matched = headers.map((header): { -readonly [K in keyof MatchedColumn]: MatchedColumn[K] } => ({ header, meaning: null, by: null, dayOrder: null }));
  const taken = new Set<string>();
  const settled = new Set<number>();
  const settle = (column: number, target: string | null, by: MatchedBy) => {
    const one = matched[column];
    if (!one || settled.has(column)) return;
    if (target !== null && (!targets.has(target) || taken.has(target))) return;
    settled.add(column);
    if (target !== null) taken.add(target);
    one.meaning = target === null ? null : targets.get(target)!.meaning;
    one.by = by;
  };
  for (const [choices, by] of [[hints.chosen, 'you'], [hints.remembered, 'remembered']] as const) {
    for (const { column, target, dayOrder } of choices) {
      if (target !== undefined) settle(column, target, by);
      if (dayOrder && matched[column]) matched[column].dayOrder ??= dayOrder;
    }
  }
  const folded = headers.map(foldHeader);
  for (const [header, target] of Object.entries(hints.layout?.columns ?? {})) {
    const column = folded.indexOf(foldHeader(header));
    if (column >= 0) settle(column, target, 'layout');
  }
  byName(kind, headers, folded, settled, taken, (column, target) => settle(column, target, 'name'));
  return matched;
}

interface Named {
  readonly target: string;
  /** Headers that mean it, best first. */
  readonly headers: readonly string[];
}

function byName(
  kind: AnyKind,
  headers: readonly string[],
  folded: readonly string[],
  settled: ReadonlySet<number>,
  taken: ReadonlySet<string>,
  settle: (column: number, target: string) => void,
): void {
  const open = new Set(namesOf(kind, headers).filter(({ target }) => !taken.has(target)));
  const ranks = Math.max(0, ...[...open].map((named) => named.headers.length));
  // Rank by rank, so that a column that is called exactly like a field is never given to another one's synonym.
  for (let rank = 0; rank < ranks; rank += 1) {
    for (const named of open) {
      const wanted = named.headers[rank];
      if (!wanted) continue;
      const index = folded.findIndex((header, at) => header !== '' && header === wanted && !settled.has(at));
      if (index < 0) continue;
      settle(index, named.target);
      open.delete(named);
    }
  }
}

/** What other tools call their own id of a record. Never of what it belongs to: a "Site ID" is a number of its own. */
const keyHeaders = ['uid', 'guid', 'deviceuid', 'deviceid', 'assetid', 'agentid', 'configurationid', 'objectid', 'contactid', 'externalid', 'uniqueid', 'recordid', 'itemid'];

function namesOf(kind: AnyKind, headers: readonly string[]): Named[] {
  const references = Object.entries(kind.references);
  return [
    { target: idTarget, headers: headers.includes(idHeader) ? [foldHeader(idHeader)] : [] },
    // Only in our own spelling, for the same reason.
    ...references
      .filter(([, reference]) => headers.includes(linkIdHeader(reference.label)))
      .map(([name, reference]): Named => ({ target: linkIdTarget(name), headers: [foldHeader(linkIdHeader(reference.label))] })),
    ...Object.entries(kind.fields)
      .filter(([, field]) => !field.derived)
      .map(([name, field]): Named => ({ target: name, headers: names(field.label, name, field.synonyms) })),
    ...references.map(([name, reference]): Named => ({ target: name, headers: names(reference.label, name, reference.synonyms) })),
    { target: sourceKeyTarget, headers: keyHeaders },
  ];
}

const names = (label: string, name: string, synonyms: readonly string[]) => [label, name, ...synonyms].map(foldHeader);
