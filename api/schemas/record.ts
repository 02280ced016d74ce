import { z } from 'zod';
import { answersSchema, type Answer, type Answers } from '../../domain/answers.js';
import { missingFields } from '../../domain/completeness.js';
import { kindNames, secretFields, storedValue, type AnyKind, type Content, type Field, type ReferenceIds } from '../../domain/kinds/index.js';
import type { Remark, StoredRecord } from '../../store/index.js';
import { Problem } from '../problem.js';
import { id, instant, shownAnswer, version } from './common.js';
import { remarkSchema, shownRemark } from './section.js';

const valueOfType = (field: Field): z.ZodType => (field.type === 'secret' ? z.null().describe('Never shown; `secrets` tells whether it is set.') : storedValue(field));

/** The answer schema of a kind's records: what was stored was validated, so only types are told here. */
export function recordSchema(kind: AnyKind) {
  return z
    .object({
      id,
      kind: z.enum(kindNames),
      version,
      position: z.int(),
      title: z.string(),
      fields: z.object(mapValues(kind.fields, (field) => valueOfType(field).describe(field.label))),
      references: z.object(mapValues(kind.references, (reference) => z.string().nullable().describe(`${reference.label}: id of a record`))),
      ...(secretFields(kind).length > 0 ? { secrets: z.record(z.string(), z.boolean()).describe('Which secrets are set.') } : {}),
      answers: z.record(z.string(), shownAnswer).describe('What was said instead of a value, by field.'),
      missing: z.array(z.string()).describe('Fields that are needed to submit and have neither a value nor an answer.'),
      remarks: z.array(remarkSchema).describe('Reasons of a send-back at this record that are not settled.'),
      openQuestions: z.int(),
      updatedAt: instant,
      updatedBy: id,
    })
    .meta({ id: `${pascal(kind.name)}Record` });
}

/** What a change of single fields does, for the document. */
export const changeWords =
  'Only what is given. `answers` says "none", "not known" or "not applicable" for a field that has no value. With `version` in the body a change goes ' +
  'through although others changed other fields since; where they changed the same one, 409 names it with both values. With `If-Match` any other change is refused.';

/** What a caller sends for the links of a record. */
export function referencesSchema(kind: AnyKind) {
  return z.strictObject(mapValues(kind.references, () => id.nullable().optional()));
}

/** Body of a new record. */
export function entrySchema(kind: AnyKind) {
  return z.strictObject({ fields: kind.entrySchema, references: referencesSchema(kind).optional(), answers: answersSchema(kind).optional() });
}

export interface Entry {
  readonly fields: Partial<Content>;
  readonly references?: ReferenceIds | undefined;
  readonly answers?: GivenAnswers | undefined;
}

/** Answers of a request by field; null takes one back. */
export type GivenAnswers = Readonly<Record<string, Answer | null | undefined>>;

/** What people said about one record. */
export interface RecordNotes {
  readonly remarks: readonly Remark[];
  readonly openQuestions: number;
}

/** A record as callers see it: secrets are told of, never shown. */
export function shownRecord(kind: AnyKind, record: StoredRecord, notes: RecordNotes = { remarks: [], openQuestions: 0 }) {
  const secrets = secretFields(kind);
  const fields: Content = { ...record.content };
  for (const name of secrets) fields[name] = null;
  return {
    id: record.id,
    kind: kind.name,
    version: record.version,
    position: record.position,
    title: kind.title(record.content as never),
    fields,
    references: mapValues(kind.references, (_, name) => record.references[name] ?? null),
    ...(secrets.length > 0 ? { secrets: Object.fromEntries(secrets.map((name) => [name, Boolean(record.content[name])])) } : {}),
    answers: { ...record.answers },
    missing: [...missingFields(kind, record.content, record.references, record.answers)],
    remarks: notes.remarks.map(shownRemark),
    openQuestions: notes.openQuestions,
    updatedAt: record.updatedAt.toISOString(),
    updatedBy: record.updatedBy,
  };
}

/** A whole record from what was entered: fields that were not given, and those that the product sets itself, are empty. */
export function wholeRecord(kind: AnyKind, entry: Entry): { content: Content; references: ReferenceIds; answers: Answers } {
  const content = mapValues(kind.fields, (_, name) => entry.fields[name] ?? null);
  const references = mapValues(kind.references, (_, name) => entry.references?.[name] ?? null);
  refuseBoth(entry.fields, entry.answers ?? {});
  const answers = Object.fromEntries(Object.entries(entry.answers ?? {}).filter((one): one is [string, Answer] => Boolean(one[1])));
  return { content, references, answers };
}

/** @throws {Problem} when a field is given a value and an answer at once: one of them would be lost */
export function refuseBoth(fields: Partial<Content>, answers: GivenAnswers): void {
  const both = Object.keys(answers).filter((name) => answers[name] && fields[name] !== undefined && fields[name] !== null);
  if (both.length === 0) return;
  throw new Problem('invalid_request', 'The body is not as it must be; see errors', {
    errors: both.map((name) => ({ field: `answers.${name}`, message: 'must be left out where a value is given' })),
  });
}

/** Without keys that hold undefined: those were not given. */
export function given<V>(values: Record<string, V | undefined>): Record<string, V> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, V] => entry[1] !== undefined));
}

export function pascal(name: string): string {
  return name.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
}

function mapValues<V, R>(from: Readonly<Record<string, V>>, map: (value: V, name: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value, name)]));
}
