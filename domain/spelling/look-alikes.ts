import { lookAlikeCharacters } from './knowledge/look-alikes.js';

const firstOf = new Map<string, string>();
for (const group of lookAlikeCharacters) for (const character of group) firstOf.set(character, group[0] ?? character);

/** Folds characters that are taken for one another on labels, such as O and 0. */
export function foldLookAlikes(text: string): string {
  let result = '';
  for (const character of text) result += firstOf.get(character) ?? character;
  return result;
}
