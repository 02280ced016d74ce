import { entryKinds, secretValues, type Entry, type EntryKind } from './entry.js';

/** One difference, in words for a person. Secrets are never part of it. */
export interface Mismatch {
  readonly kind: EntryKind;
  readonly label: string;
  readonly difference: 'missing' | 'doubled' | 'unexpected' | 'changed';
  readonly field: string | null;
  readonly message: string;
}

export interface Comparison {
  readonly expected: Readonly<Record<EntryKind, number>>;
  readonly found: Readonly<Record<EntryKind, number>>;
  readonly mismatches: readonly Mismatch[];
}

/** Compares what should be there with what is there, one record with one record. */
export function compareEntries(expected: readonly Entry[], found: readonly Entry[]): Comparison {
  return {
    expected: countsOf(expected),
    found: countsOf(found),
    mismatches: entryKinds.flatMap((kind) => compareKind(expected.filter((one) => one.kind === kind), found.filter((one) => one.kind === kind))),
  };
}

function countsOf(entries: readonly Entry[]): Record<EntryKind, number> {
  return Object.fromEntries(entryKinds.map((kind) => [kind, entries.filter((one) => one.kind === kind).length])) as Record<EntryKind, number>;
}

function compareKind(expected: readonly Entry[], found: readonly Entry[]): Mismatch[] {
  const keys = new Set([...expected, ...found].map((one) => one.key));
  return [...keys].flatMap((key) => {
    const wanted = expected.filter((one) => one.key === key);
    const { pairs, missing, surplus } = paired(wanted, found.filter((one) => one.key === key));
    return [
      ...pairs.flatMap(([one, other]) => changes(one, other)),
      ...missing.map((one): Mismatch => ({ ...about(one), difference: 'missing', message: `${title(one)} is missing` })),
      ...surplus.map((one): Mismatch =>
        wanted.length > 0
          ? { ...about(one), difference: 'doubled', message: `${title(one)} is there more often than it should be` }
          : { ...about(one), difference: 'unexpected', message: `${title(one)} is there but is not in the sample` },
      ),
    ];
  });
}

/** Entries of one key are paired so that those that differ least belong together. */
function paired(expected: readonly Entry[], found: readonly Entry[]) {
  const candidates = expected
    .flatMap((one, i) => found.map((other, j) => ({ i, j, distance: changes(one, other).length })))
    .sort((a, b) => a.distance - b.distance);
  const partner = new Map<number, number>();
  const taken = new Set<number>();
  for (const { i, j } of candidates) {
    if (partner.has(i) || taken.has(j)) continue;
    partner.set(i, j);
    taken.add(j);
  }
  return {
    pairs: [...partner].map(([i, j]) => [expected[i]!, found[j]!] as const),
    missing: expected.filter((_, i) => !partner.has(i)),
    surplus: found.filter((_, j) => !taken.has(j)),
  };
}

function changes(expected: Entry, found: Entry): Mismatch[] {
  return Object.entries(expected.values).flatMap(([field, value]): Mismatch[] => {
    const actual = found.values[field] ?? null;
    // A secret must come back exactly; in other text a line may end in either way.
    if (secretValues.has(field) ? value === actual : sameText(value, actual)) return [];
    const words = secretValues.has(field) ? 'differs (values are not shown)' : `should be ${quoted(value)} but is ${quoted(actual)}`;
    return [{ ...about(expected), difference: 'changed', field, message: `${title(expected)}: ${field} ${words}` }];
  });
}

const sameText = (a: string | null, b: string | null) => (a?.replace(/\r\n/g, '\n') ?? null) === (b?.replace(/\r\n/g, '\n') ?? null);

const about = (entry: Entry) => ({ kind: entry.kind, label: entry.label, field: null });
const title = (entry: Entry) => `${entry.kind} "${entry.label}"`;
const quoted = (value: string | null) => (value === null ? 'empty' : `"${value.length > 120 ? `${value.slice(0, 120)}...` : value}"`);
