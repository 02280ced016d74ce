/** What a cell of a file can hold, once read. A date of a workbook is its ISO text. */
export type Cell = string | number | boolean | null;

// A spreadsheet takes text that begins with one of these for a formula (or, after a tab or line end, what follows); some take
// the wide signs of Asian keyboards too. The apostrophe is our own mark and is marked itself, so that taking it away again
// always gives back what was there. ASVS 5.0, 1.2.10.
const startsFormula = /^[=+\-@\t\r\n\0'＝＋－＠]/;

/** What a spreadsheet shows, and writes into its files, where a formula has no result (ECMA-376 part 1, 18.17.3, and those since). */
const errors: ReadonlySet<string> = new Set(['#N/A', '#REF!', '#VALUE!', '#NAME?', '#DIV/0!', '#NUM!', '#NULL!', '#GETTING_DATA', '#SPILL!', '#CALC!', '#FIELD!', '#BLOCKED!', '#CONNECT!', '#BUSY!', '#UNKNOWN!', '#EXTERNAL!', '#PYTHON!']);

/** Whether a cell holds a spreadsheet's error in the place of a value. */
export const isError = (cell: Cell): cell is string => typeof cell === 'string' && cell.charCodeAt(0) === 0x23 && errors.has(cell);

// Typed into a cell, the words of an error become that error.
const taken = (text: string): boolean => startsFormula.test(text) || isError(text);

/** Text that no spreadsheet runs: an apostrophe goes before what it would take for a formula or an error. */
export function safeText(text: string): string {
  return taken(text) ? `'${text}` : text;
}

/** The text that `safeText` was given. Text of other tools keeps an apostrophe that only begins a word. */
export function plainText(text: string): string {
  return text.startsWith("'") && taken(text.slice(1)) ? text.slice(1) : text;
}

/** Whether a cell holds nothing that could be a value. Blanks alone may be a password, so they count as something. */
export function isBlank(cell: Cell | undefined): boolean {
  return cell === null || cell === undefined || cell === '';
}

/** Whether a cell shows nothing. */
export function saysNothing(cell: Cell | undefined): boolean {
  if (typeof cell !== 'string') return isBlank(cell);
  // Most cells begin with a plain letter or number, and every cell is asked.
  const first = cell.charCodeAt(0);
  return !(first > 0x20 && first < 0x7f) && cell.trim() === '';
}

/** A cell as text, without our own mark before a formula; null when it is empty. */
export function cellText(cell: Cell | undefined): string | null {
  if (cell === null || cell === undefined || cell === '') return null;
  if (typeof cell === 'string') return plainText(cell);
  return typeof cell === 'boolean' ? (cell ? 'Yes' : 'No') : String(cell);
}
