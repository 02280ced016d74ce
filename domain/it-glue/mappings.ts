import type { Content } from '../kinds/index.js';
import { applicationType, defaultConfigurationType, defaultContactTypes } from './attributes.js';
import type { SourceRecord } from './plan.js';

/** Lists of the account that words of a client are matched to. */
export const mappedLists = ['configurationTypes', 'configurationStatuses', 'contactTypes', 'passwordCategories', 'operatingSystems'] as const;
export type MappedList = (typeof mappedLists)[number];

/** What a person reads instead of a list's name. */
export const mappedListWords: Readonly<Record<MappedList, string>> = {
  configurationTypes: 'configuration type',
  configurationStatuses: 'configuration status',
  contactTypes: 'contact type',
  passwordCategories: 'password category',
  operatingSystems: 'operating system',
};

/** Whether a word that the list lacks can be created in it: operating systems are read-only (it-glue-api.md 2.2, 2.7). */
export const mayGrow: Readonly<Record<MappedList, boolean>> = {
  configurationTypes: true,
  configurationStatuses: true,
  contactTypes: true,
  passwordCategories: true,
  operatingSystems: false,
};

/** An entry of one of the account's lists. */
export interface ListEntry {
  readonly id: string;
  readonly name: string;
}

/** What was said a word means: that entry of the account, or null for one of its own. */
export interface WordChoice {
  readonly entry: ListEntry | null;
}

/** A word of the client, as a list of the account was read. */
export interface FoundWord {
  readonly word: string;
  /** Records that use it. */
  readonly records: number;
  /** The entry of that very name; case and blanks do not count. */
  readonly named: ListEntry | null;
  /** An entry of nearly that name, which may be meant. */
  readonly alike: ListEntry | null;
}

/** The same, as a preview keeps it: with what was said of the word for earlier clients. */
export interface PreviewedWord extends FoundWord {
  readonly remembered: WordChoice | null;
}

/** Who or what decided: a person for this client, a person for an earlier client, the equal name, or nothing yet. */
export type MappedBy = 'person' | 'memory' | 'name' | 'nothing';

/** What an export makes of a word: an entry that is there, or null for a new one (for an operating system: for the notes). */
export interface MappedWord {
  readonly entry: ListEntry | null;
  readonly by: MappedBy;
  /** A person must say whether `alike` is meant before an export starts. */
  readonly undecided: boolean;
}

/** What the records of a client use of each list, and how often. */
export function wordsOf(records: Iterable<Pick<SourceRecord, 'kind' | 'content'>>): Readonly<Record<MappedList, ReadonlyMap<string, number>>> {
  const words = Object.fromEntries(mappedLists.map((list) => [list, new Map<string, number>()])) as Record<MappedList, Map<string, number>>;
  const count = (list: MappedList, word: string | null) => {
    if (word) words[list].set(word, (words[list].get(word) ?? 0) + 1);
  };
  for (const { kind, content } of records) {
    const given = (field: string) => (content[field] as Content[string] | undefined) as string | null | undefined;
    switch (kind) {
      case 'configuration':
        count('configurationTypes', given('type') ?? defaultConfigurationType);
        count('configurationStatuses', given('status') ?? null);
        count('operatingSystems', given('operatingSystem') ?? null);
        break;
      case 'application':
        count('configurationTypes', applicationType);
        break;
      case 'password':
        count('passwordCategories', given('category') ?? null);
        break;
      case 'person':
        count('contactTypes', given('contactType') ?? defaultContactTypes.person);
        break;
      case 'vendor':
        count('contactTypes', defaultContactTypes.vendor);
        break;
      case 'sales-contact':
      case 'accounting-contact':
      case 'accountant':
        count('contactTypes', defaultContactTypes.pointOfContact);
        break;
      default:
    }
  }
  return words;
}

/**
 * What a word becomes. A person's choice for this client goes before what was chosen for an earlier one, and both before an
 * equal name. A choice whose entry the account has no more does not count.
 */
export function mapWord(list: MappedList, found: FoundWord, entries: readonly ListEntry[], chosen: { person?: WordChoice | undefined; memory?: WordChoice | undefined }): MappedWord {
  for (const by of ['person', 'memory'] as const) {
    const choice = chosen[by];
    if (!choice) continue;
    if (choice.entry === null) return { entry: found.named, by, undecided: false };
    const entry = sameEntry(entries, choice.entry);
    if (entry) return { entry, by, undecided: false };
  }
  if (found.named) return { entry: found.named, by: 'name', undecided: false };
  return { entry: null, by: 'nothing', undecided: found.alike !== null && mayGrow[list] };
}

/**
 * The entry that was chosen, as the account has it now: by id and name; else by name, since another account, or one whose
 * entry was made anew, has the name under another id; else by id, since it may have been renamed.
 */
function sameEntry(entries: readonly ListEntry[], chosen: ListEntry): ListEntry | null {
  const named = entries.filter((entry) => fold(entry.name) === fold(chosen.name));
  return named.find((entry) => entry.id === chosen.id) ?? named[0] ?? entries.find((entry) => entry.id === chosen.id) ?? null;
}

/** An entry whose name differs in punctuation, accents, blanks or a plural only, or null. */
export function alikeEntry(entries: readonly ListEntry[], word: string): ListEntry | null {
  const letters = lettersOf(word);
  return letters === '' ? null : (entries.find((entry) => lettersOf(entry.name) === letters) ?? null);
}

const fold = (text: string) => text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();

const lettersOf = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .replace(/s$/, '');
