/** The eight kinds of record that the sample becomes in IT Glue. */
export const entryKinds = ['organization', 'location', 'contact', 'manufacturer', 'model', 'configuration', 'password', 'attachment'] as const;
export type EntryKind = (typeof entryKinds)[number];

/**
 * One record in IT Glue's terms, as it should be or as it was found. Everything is text, so that two entries can be compared
 * value by value; links to other records are the names of these.
 */
export interface Entry {
  readonly kind: EntryKind;
  /** Folded name by which an expected entry looks for found ones. Several entries may share a key. */
  readonly key: string;
  /** How a person would call it. */
  readonly label: string;
  readonly values: Readonly<Record<string, string | null>>;
}

/** Values that are compared but never written down. */
export const secretValues: ReadonlySet<string> = new Set(['password']);

/** Equal but for case, outer blanks and runs of blanks. */
export const fold = (text: string) => text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();

export const yesNo = (value: boolean) => (value ? 'yes' : 'no');

/** A telephone number without what people put between the digits; IT Glue keeps it so. */
export const bareNumber = (value: string | null) => (value === null ? null : value.replace(/[\s().\-/]/g, ''));

/** Mail addresses or numbers of a contact as one comparable text. */
export const joined = (parts: readonly string[]) => (parts.length === 0 ? null : [...parts].sort().join(' | '));
