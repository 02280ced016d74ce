import { alikeEntry, mappedLists, mapWord, wordsOf, type ListEntry, type MappedList, type MappedWord, type PreviewedWord, type SourceRecord } from '../../domain/it-glue/index.js';
import { mappingChoices, rememberedMappings, wordKey, type ClientKey, type Store } from '../../store/index.js';
import { findEntry, type Lookups } from '../export/lookups.js';

/** A word of the client and what it becomes, by list. */
export type MappedWords = Readonly<Record<MappedList, readonly (PreviewedWord & MappedWord)[]>>;

/** Most entries of one list that a person is shown to choose from. */
const shownEntries = 1_000;

/** Matches each word that the records use to the account's lists: by choice, by memory, by name. */
export async function matchWords(store: Store, client: ClientKey, lookups: Lookups, records: readonly SourceRecord[]): Promise<MappedWords> {
  const words = wordsOf(records);
  const asked = mappedLists.flatMap((list) => [...words[list].keys()].map((word) => ({ list, word })));
  const [chosen, remembered] = [await mappingChoices(store, client, asked), await rememberedMappings(store, client.tenantId, asked)];
  const rowsOf = (list: MappedList) => {
    const present = lookups[list];
    return [...words[list]].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, count]) => {
      const key = wordKey({ list, word });
      const named = findEntry(present, word);
      const found: PreviewedWord = { word, records: count, named, alike: named ? null : alikeEntry(present, word), remembered: remembered.get(key) ?? null };
      return { ...found, ...mapWord(list, found, present, { person: chosen.get(key), memory: remembered.get(key) }) };
    });
  };
  return Object.fromEntries(mappedLists.map((list) => [list, rowsOf(list)])) as unknown as MappedWords;
}

/** The account's entries to choose from, by list. */
export function listsOf(lookups: Lookups): Readonly<Record<MappedList, readonly ListEntry[]>> {
  return Object.fromEntries(mappedLists.map((list) => [list, lookups[list].slice(0, shownEntries)])) as unknown as Record<MappedList, ListEntry[]>;
}
