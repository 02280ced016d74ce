/** What a cell of a file can hold, once read. */
export type Cell = string | number | boolean | Date | null;

// A spreadsheet takes text that begins with one of these for a formula (or, after a tab or CR, what follows). The apostrophe
// is our own mark and is marked itself, so that taking it away again always gives back what was there.
const startsFormula = /^[=+\-@\t\r']/;

/** Text that no spreadsheet runs: an apostrophe goes before what could begin a formula. */
export function safeText(text: string): string {
  return startsFormula.test(text) ? `'${text}` : text;
}

/** The text that `safeText` was given. Text of other tools keeps an apostrophe that only begins a word. */
export function plainText(text: string): string {
  return text.startsWith("'") && startsFormula.test(text.slice(1)) ? text.slice(1) : text;
}
