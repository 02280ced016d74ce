import { z } from 'zod';
import type { AnyKind } from './kinds/index.js';
import { saidText } from './said.js';

/** What can be said instead of a value, for a field or for a whole page. */
export const answerWords = ['none', 'not_known', 'not_applicable'] as const;
export type AnswerWord = (typeof answerWords)[number];

/** An answer that stands for a value. `none` explains itself; the other two carry a reason. */
export interface Answer {
  readonly answer: AnswerWord;
  readonly reason: string | null;
}

/** Answers of a record by field name. A field that has a value has none. */
export type Answers = Readonly<Record<string, Answer>>;

/** An answer in words, as the API and notes in IT Glue say it. */
export const answerLabels: Readonly<Record<AnswerWord, string>> = { none: 'none', not_known: 'not known', not_applicable: 'not applicable' };

const reason = saidText(500);

/** The rule for an answer as a person gives it. */
export const answerSchema = z
  .strictObject({
    answer: z.enum(answerWords, `must be one of: ${answerWords.join(', ')}`),
    reason: reason.nullable().default(null),
  })
  .refine(({ answer, reason: why }) => answer === 'none' || why !== null, { path: ['reason'], message: 'is needed unless the answer is none' });

/** The rule for the answers of a change: only fields that take one; null takes an answer back. */
export function answersSchema(kind: AnyKind) {
  return z.strictObject(Object.fromEntries(answerableFields(kind).map((name) => [name, answerSchema.nullable().optional()])));
}

/** Names of the fields for which an answer may stand. */
export function answerableFields(kind: AnyKind): readonly string[] {
  return Object.entries(kind.fields)
    .filter(([, field]) => field.answers === 'allowed')
    .map(([name]) => name);
}
