import { kindsOfSection, type AnyKind, type Content, type KindName, type ReferenceIds, type Section } from './kinds/index.js';

/** Something that a section still lacks before it can be submitted. */
export interface Missing {
  readonly page: string;
  readonly kind: KindName;
  readonly recordId: string | null;
  readonly title: string;
  readonly field: string | null;
  readonly message: string;
}

/** How much of what is needed to submit is there, in a record or a section. */
export interface Filled {
  readonly filled: number;
  readonly required: number;
}

/** Fields and references of a record that are still needed to submit, in the order of the form. */
export function missingFields(kind: AnyKind, content: Content, references: ReferenceIds): readonly string[] {
  const fields = Object.entries(kind.fields)
    .filter(([name, field]) => field.requirement !== 'optional' && isEmpty(content[name]))
    .map(([name]) => name);
  const links = Object.entries(kind.references)
    .filter(([name, reference]) => reference.requirement === 'submit' && !references[name])
    .map(([name]) => name);
  return [...fields, ...links];
}

/** Needed and filled fields of one record. */
export function filledOf(kind: AnyKind, content: Content, references: ReferenceIds): Filled {
  const required =
    Object.values(kind.fields).filter((field) => field.requirement !== 'optional').length +
    Object.values(kind.references).filter((reference) => reference.requirement === 'submit').length;
  return { filled: required - missingFields(kind, content, references).length, required };
}

/** Kinds of a section that need a record and have none. `counts`: records by kind. */
export function missingKinds(section: Section, counts: Partial<Record<KindName, number>>): readonly AnyKind[] {
  return kindsOfSection(section).filter((kind) => kind.needed === 'atLeastOne' && !counts[kind.name]);
}

/**
 * Percentage of a section, 0 to 100, rounded down so that 100 means complete. A needed page without any record counts as one
 * unfilled field. A section that needs nothing and holds nothing is complete.
 */
export function percentage(section: Section, sums: Filled, counts: Partial<Record<KindName, number>>): number {
  const empty = missingKinds(section, counts).length;
  const required = sums.required + empty;
  return required === 0 ? 100 : Math.floor((sums.filled * 100) / required);
}

/** What one record still lacks, in words. */
export function missingOf(kind: AnyKind, recordId: string, content: Content, references: ReferenceIds): readonly Missing[] {
  return missingFields(kind, content, references).map((name) => {
    const label = kind.fields[name]?.label ?? kind.references[name]?.label ?? name;
    return {
      page: kind.fields[name]?.page ?? kind.page,
      kind: kind.name,
      recordId,
      title: kind.title(content as never),
      field: name,
      message: `${label} is missing`,
    };
  });
}

/** What a section lacks as a whole: pages that need a record. */
export function missingPages(section: Section, counts: Partial<Record<KindName, number>>): readonly Missing[] {
  return missingKinds(section, counts).map((kind) => ({
    page: kind.page,
    kind: kind.name,
    recordId: null,
    title: kind.label,
    field: null,
    message: kind.cardinality === 'one' ? `${kind.label} is missing` : `At least one record is needed under ${kind.plural}`,
  }));
}

function isEmpty(value: Content[string] | undefined): boolean {
  return value === undefined || value === null || value === '';
}
