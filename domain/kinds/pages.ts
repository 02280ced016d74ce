import { allKinds, type AnyKind } from './catalogue.js';
import { sections, type Section } from './kind.js';

/** One page of a section: what a person fills in at one go. */
export interface Page {
  readonly name: string;
  readonly label: string;
  readonly section: Section;
  /** The kinds whose records stand on the page; none where it only shows further fields of another page's records. */
  readonly kinds: readonly AnyKind[];
  /** Whether an answer such as "none" may stand for its records. */
  readonly answer: 'allowed' | 'refused';
}

// Pages that do not bear the name of their one kind.
const labels: Readonly<Record<string, string>> = {
  'makes-and-models': 'Makes and models',
  'site-attributes': 'Site attributes',
};

/** All pages, section by section, in the order of the catalogue. */
export const allPages: readonly Page[] = sections.flatMap((section) => {
  const ofSection = allKinds.filter((kind) => kind.section === section);
  const names = new Set(ofSection.flatMap((kind) => [kind.page, ...Object.values(kind.fields).flatMap((field) => field.page ?? [])]));
  return [...names].map((name) => {
    const kinds = ofSection.filter((kind) => kind.page === name);
    // An answer counts for something only where the section waits for it.
    const answer = kinds.length > 0 && kinds.every((kind) => kind.needed === 'atLeastOne' && kind.pageAnswer === 'allowed') ? 'allowed' : 'refused';
    return { name, label: labels[name] ?? kinds[0]?.plural ?? name, section, kinds, answer };
  });
});

export function pagesOfSection(section: Section): readonly Page[] {
  return allPages.filter((page) => page.section === section);
}

/** The page of that name in the section, or undefined. */
export function pageByName(section: Section, name: string): Page | undefined {
  return allPages.find((page) => page.section === section && page.name === name);
}
