import { secretFields, type AnyKind, type Content, type Field } from '../domain/kinds/index.js';
import type { Inclusion } from '../domain/downloads.js';
import type { LinkedRecord } from './source.js';

/** One column of a download. */
export interface Column {
  readonly header: string;
  readonly type: Field['type'];
  readonly value: (record: LinkedRecord) => Content[string];
}

export const idHeader = 'Id';
/** The column beside a link's title that says exactly which record is meant. */
export const linkIdHeader = (label: string): string => `${label} (Id)`;

/** The columns of a kind's sheet or file: id, fields in the order of the form, then each link by title and id. */
export function columnsOf(kind: AnyKind, secrets: Inclusion): readonly Column[] {
  const hidden = secrets === 'included' ? [] : secretFields(kind);
  return [
    { header: idHeader, type: 'text', value: (record) => record.id },
    ...Object.entries(kind.fields)
      .filter(([name]) => !hidden.includes(name))
      .map(([name, field]): Column => ({ header: field.label, type: field.type, value: (record) => record.content[name] ?? null })),
    ...Object.entries(kind.references).flatMap(([name, reference]): Column[] => [
      { header: reference.label, type: 'text', value: (record) => record.links[name]?.title ?? null },
      { header: linkIdHeader(reference.label), type: 'text', value: (record) => record.links[name]?.id ?? null },
    ]),
  ];
}
