import { z } from 'zod';
import type { Field } from './fields.js';

/** The three data-entry sections, in the order in which a client passes them. */
export const sections = ['sales', 'accounting', 'msp'] as const;
export type Section = (typeof sections)[number];

/** Names of all kinds; `catalogue.ts` holds one definition for each. */
export const kindNames = [
  'company',
  'sales-contact',
  'accounting-contact',
  'accountant',
  'site',
  'person',
  'current-msp',
  'vendor',
  'make',
  'model',
  'configuration',
  'application',
  'password',
  'attachment',
] as const;
export type KindName = (typeof kindNames)[number];

/** A link from one record to another one of the same client. */
export interface Reference {
  readonly label: string;
  readonly to: readonly KindName[];
  readonly requirement: 'submit' | 'optional';
  readonly synonyms: readonly string[];
  /** An import creates the record that is named when there is none yet (makes and models). */
  readonly createdByImport: boolean;
}

export type Fields = Readonly<Record<string, Field>>;
export type References = Readonly<Record<string, Reference>>;

/** A record's values by field name; null where nothing is known. */
export type ContentOf<F extends Fields> = { -readonly [K in keyof F]: z.output<F[K]['schema']> };
export type Content = Record<string, string | number | boolean | null>;

/** Ids of the records that a record links to, by reference name. */
export type ReferencesOf<R extends References> = { -readonly [K in keyof R]: string | null };
export type ReferenceIds = Record<string, string | null>;

/** One entry of the catalogue of kinds. Everything else about a kind is derived from it. */
export interface Kind<F extends Fields = Fields, R extends References = References> {
  readonly name: KindName;
  readonly label: string;
  readonly plural: string;
  /** The path segment of its routes and the name of its sheet or file in downloads. */
  readonly path: string;
  readonly section: Section;
  readonly page: string;
  /** `one`: a form that a client has once; `many`: a grid of records. */
  readonly cardinality: 'one' | 'many';
  /** `atLeastOne`: before the section can be submitted its page needs a record, or the answer why there is none. */
  readonly needed: 'atLeastOne' | 'mayBeEmpty';
  /** Whether "none", "not known" or "not applicable" may stand for a record. Refused where nothing goes on without one. */
  readonly pageAnswer: 'allowed' | 'refused';
  readonly fields: F;
  readonly references: R;
  /** The words that a person recognises the record by. */
  readonly title: (content: ContentOf<F>) => string;
  /**
   * What makes a record the same as another one of the same client, or null when equal ones may exist.
   * Compared case-insensitively; a reference named here takes part with its id.
   */
  readonly uniqueBy: ((content: ContentOf<F>, references: ReferencesOf<R>) => string) | null;
  /**
   * Fields that tell a record from the others of a file, for a table that is imported again: the first combination whose first
   * field is filled counts. A link belongs there where the same words elsewhere are another record, not where it may move.
   */
  readonly importKeys: readonly (readonly ((keyof F | keyof R) & string)[])[];
  /** The rule for a whole record as it is kept. Unknown fields are refused; missing ones are null. */
  readonly schema: z.ZodType<ContentOf<F>>;
  /** The rule for what a person or an import may enter: the same without the derived fields. */
  readonly entrySchema: z.ZodType<Partial<ContentOf<F>>>;
  /** The rule for a change by a person: only the given fields. */
  readonly changeSchema: z.ZodType<Partial<ContentOf<F>>>;
}

type KindDefinition<F extends Fields, R extends References> = Omit<
  Kind<F, R>,
  'schema' | 'entrySchema' | 'changeSchema' | 'references' | 'uniqueBy' | 'needed' | 'pageAnswer' | 'importKeys'
> & {
  references?: R;
  uniqueBy?: Kind<F, R>['uniqueBy'];
  needed?: Kind['needed'];
  pageAnswer?: Kind['pageAnswer'];
  /** Left out: the fields that are needed to save. */
  importKeys?: Kind<F, R>['importKeys'];
};

/** Completes a definition with the schemas that follow from its fields. */
export function defineKind<F extends Fields, R extends References = Record<never, never>>(
  definition: KindDefinition<F, R>,
): Kind<F, R> {
  const fields = Object.entries(definition.fields);
  const entered = fields.filter(([, field]) => !field.derived);
  const whole = (entries: [string, Field][]) =>
    z.strictObject(
      Object.fromEntries(
        entries.map(([name, field]) => [name, field.requirement === 'save' ? field.schema : field.schema.default(null)]),
      ),
    );
  return {
    ...definition,
    references: definition.references ?? ({} as R),
    uniqueBy: definition.uniqueBy ?? null,
    needed: definition.needed ?? 'mayBeEmpty',
    pageAnswer: definition.pageAnswer ?? 'allowed',
    importKeys: definition.importKeys ?? [fields.filter(([, field]) => field.requirement === 'save').map(([name]) => name)],
    schema: whole(fields) as unknown as z.ZodType<ContentOf<F>>,
    entrySchema: whole(entered) as unknown as z.ZodType<Partial<ContentOf<F>>>,
    changeSchema: z.strictObject(
      Object.fromEntries(entered.map(([name, field]) => [name, field.schema.optional()])),
    ) as unknown as z.ZodType<Partial<ContentOf<F>>>,
  };
}

export function reference(
  label: string,
  to: KindName | readonly KindName[],
  options: { synonyms?: readonly string[]; requirement?: 'submit'; createdByImport?: boolean } = {},
): Reference {
  return {
    label,
    to: typeof to === 'string' ? [to] : to,
    requirement: options.requirement ?? 'optional',
    synonyms: options.synonyms ?? [],
    createdByImport: options.createdByImport ?? false,
  };
}
