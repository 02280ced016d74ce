import type { Answers } from './answers.js';
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

/** How much of what is needed to submit is there, in a record, a page or a section. */
export interface Filled {
  readonly filled: number;
  readonly required: number;
}

/** What a kind's records need to submit, in the order of the form. Asked for every record of an import, hence kept. */
const neededOf = new WeakMap<AnyKind, { readonly fields: readonly string[]; readonly links: readonly string[] }>();

function needed(kind: AnyKind) {
  let found = neededOf.get(kind);
  if (!found) {
    const fields = Object.keys(kind.fields).filter((name) => kind.fields[name]!.requirement !== 'optional');
    const links = Object.keys(kind.references).filter((name) => kind.references[name]!.requirement === 'submit');
    neededOf.set(kind, (found = { fields, links }));
  }
  return found;
}

/** Fields and references of a record that are still needed to submit, in the order of the form. An answer is as good as a value. */
export function missingFields(kind: AnyKind, content: Content, references: ReferenceIds, answers: Answers = {}): readonly string[] {
  const { fields, links } = needed(kind);
  return [...fields.filter((name) => isEmpty(content[name]) && !answers[name]), ...links.filter((name) => !references[name])];
}

/** Needed and filled fields of one record. */
export function filledOf(kind: AnyKind, content: Content, references: ReferenceIds, answers: Answers = {}): Filled {
  const { fields, links } = needed(kind);
  // Counted without a list: asked for every record of an import.
  let filled = 0;
  for (const name of fields) if (!isEmpty(content[name]) || answers[name]) filled += 1;
  for (const name of links) if (references[name]) filled += 1;
  return { filled, required: fields.length + links.length };
}

/** Kinds of a section that need a record and have none. `present`: kinds that have one, or an answer for their page. */
export function missingKinds(section: Section, present: ReadonlySet<KindName>): readonly AnyKind[] {
  return kindsOfSection(section).filter((kind) => kind.needed === 'atLeastOne' && !present.has(kind.name));
}

/**
 * Percentage of a section, 0 to 100, rounded down so that 100 means complete. A needed page without any record counts as one
 * unfilled field, one with an answer as one filled field (which the sums hold).
 */
export function percentage(section: Section, sums: Filled, present: ReadonlySet<KindName>): number {
  return percentOf({ filled: sums.filled, required: sums.required + missingKinds(section, present).length });
}

/** What needs nothing and holds nothing is complete. */
export function percentOf({ filled, required }: Filled): number {
  return required === 0 ? 100 : Math.floor((filled * 100) / required);
}

/** What one record still lacks, in words. */
export function missingOf(kind: AnyKind, recordId: string, content: Content, references: ReferenceIds, answers: Answers = {}): readonly Missing[] {
  return missingFields(kind, content, references, answers).map((name) => {
    const label = kind.fields[name]?.label ?? kind.references[name]?.label ?? name;
    return {
      page: kind.fields[name]?.page ?? kind.page,
      kind: kind.name,
      recordId,
      title: kind.title(content as never),
      field: name,
      message: kind.fields[name]?.derived ? 'The file is missing: upload it, or remove the record' : `${label} is missing`,
    };
  });
}

/** What a section lacks as a whole: pages that need a record. */
export function missingPages(section: Section, present: ReadonlySet<KindName>): readonly Missing[] {
  return missingKinds(section, present).map((kind) => ({
    page: kind.page,
    kind: kind.name,
    recordId: null,
    title: kind.label,
    field: null,
    message: whatIsMissing(kind),
  }));
}

function whatIsMissing(kind: AnyKind): string {
  const wanted = kind.cardinality === 'one' ? `${kind.label} is missing` : `At least one record is needed under ${kind.plural}`;
  return kind.pageAnswer === 'allowed' && kind.cardinality === 'many' ? `${wanted}, or the answer why there is none` : wanted;
}

function isEmpty(value: Content[string] | undefined): boolean {
  return value === undefined || value === null || value === '';
}
