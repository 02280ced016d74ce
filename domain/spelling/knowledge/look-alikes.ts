/**
 * Characters that are taken for one another when a label is read or typed; each group is folded to its first.
 * Only a hint: a name that differs in digits is asked about, never taken as the same.
 *
 * Source: Unicode Technical Standard 39, confusables.txt (0/O, 1/l/I), limited to the pairs that occur on labels.
 */
export const lookAlikeCharacters: readonly string[] = ['0o', '1il'];
