import ExcelJS from 'exceljs';
import type { AnyKind, Field, KindName, Reference } from '../domain/kinds/index.js';
import { safeText } from './cells.js';

/** Titles of records that a column can link to, as far as the client has them. */
export type LinkTitles = (kinds: readonly KindName[]) => readonly string[];

/** One column of a template: what stands above it, and what its rows may hold. */
export interface TemplateColumn {
  readonly header: string;
  readonly needed: 'to save' | 'to submit' | 'no';
  readonly rule: string;
  /** Empty where anything goes that follows the rule. */
  readonly values: readonly string[];
}

// An import does not look at stars: the file comes back with them.
const marks = { 'to save': ' **', 'to submit': ' *', no: '' } as const;

const rules: Readonly<Record<Field['type'], string>> = {
  text: 'One line of text',
  longText: 'Text of any number of lines',
  email: 'A mail address such as ada@example.com',
  phone: 'A phone number',
  url: 'A web address',
  date: 'A day as 2026-03-31',
  boolean: 'Yes or No',
  secret: 'Kept exactly as it stands, never shown in lists',
  integer: 'A whole number',
  choice: 'One of the words beside',
};

/** The columns that somebody fills in, in the order of the form. */
export function templateColumns(kind: AnyKind, titles: LinkTitles): readonly TemplateColumn[] {
  const needed = { save: 'to save', submit: 'to submit', optional: 'no' } as const;
  const column = (label: string, requirement: Field['requirement'], rule: string, values: readonly string[]): TemplateColumn => ({
    header: `${label}${marks[needed[requirement]]}`,
    needed: needed[requirement],
    rule,
    values,
  });
  return [
    ...Object.values(kind.fields)
      .filter((field) => !field.derived)
      .map((field) => column(field.label, field.requirement, rules[field.type], field.type === 'boolean' ? ['Yes', 'No'] : choicesOf(field))),
    ...Object.values(kind.references).map((reference) => column(reference.label, reference.requirement, linkRule(reference), titles(reference.to))),
  ];
}

function choicesOf(field: Field): readonly string[] {
  if (field.type !== 'choice') return [];
  const schema = field.schema as { options?: readonly string[]; unwrap?: () => { options?: readonly string[] } };
  return schema.options ?? schema.unwrap?.().options ?? [];
}

const linkRule = ({ to, createdByImport }: Reference): string =>
  `The name of a ${to.join(', ')}${createdByImport ? '; one that is not there is made' : ' that is there already'}`;

/** A header and nothing else, as CSV (UTF-8 with byte order mark). */
export function csvTemplate(columns: readonly TemplateColumn[]): string {
  const quoted = (text: string) => (/[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `\uFEFF${columns.map(({ header }) => quoted(safeText(header))).join(',')}\r\n`;
}

/** Rows that have a list to choose from: more than a person fills in by hand. */
const rowsWithLists = 2_000;
/** Excel takes a list at a cell only up to this; a longer one stands in the second sheet alone. */
const listCharacters = 255;

const colours = { 'to save': 'FFF8D7D7', 'to submit': 'FFD7E4F8', no: 'FFF0F0F0' } as const;

/** A workbook with the sheet to fill in, notes and lists at its columns, and a second sheet that says what each may hold. */
export async function xlsxTemplate(kind: AnyKind, columns: readonly TemplateColumn[]): Promise<Buffer> {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet(kind.plural, { views: [{ state: 'frozen', ySplit: 1 }] });
  columns.forEach(({ header, needed, rule, values }, index) => {
    const cell = sheet.getCell(1, index + 1);
    cell.value = safeText(header);
    cell.font = { bold: true };
    cell.fill = { type: 'pattern', pattern: 'solid', fgColor: { argb: colours[needed] } };
    cell.note = `${rule}. ${needed === 'no' ? 'May stay empty.' : `Needed ${needed}.`}`;
    const letters = sheet.getColumn(index + 1);
    letters.width = Math.max(16, header.length + 4);
    const list = values.join(',');
    if (values.length === 0 || list.length > listCharacters || values.some((value) => value.includes(','))) return;
    // Excel itself must not refuse what we would take, such as a model that is not there yet.
    for (let row = 2; row <= rowsWithLists; row += 1) sheet.getCell(row, index + 1).dataValidation = { type: 'list', allowBlank: true, showErrorMessage: false, formulae: [`"${list.replaceAll('"', '""')}"`] };
  });
  const guide = book.addWorksheet('How to fill in');
  guide.addRow(['Column', 'Needed', 'What it holds', 'Allowed values']).font = { bold: true };
  for (const { header, needed, rule, values } of columns) guide.addRow([header, needed, rule, values.join('\n')].map(safeText)).alignment = { vertical: 'top', wrapText: true };
  guide.addRow([]);
  guide.addRow(['** is needed to save a row, * before the section can be submitted.']);
  guide.columns.forEach((column, index) => (column.width = [28, 12, 48, 40][index] ?? 16));
  return Buffer.from(await book.xlsx.writeBuffer());
}
