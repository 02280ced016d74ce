import type { Answer, Answers } from '../domain/answers.js';
import { secretFields, type AnyKind, type Content, type ReferenceIds } from '../domain/kinds/index.js';
import type { Party } from './audit.js';
import { Refusal, type FieldProblem } from './errors.js';

/** Who gave a field what it holds, when, for which party, and in which version of its record. */
export interface Entered {
  readonly by: string;
  readonly party: Party;
  /** ISO 8601 */
  readonly at: string;
  readonly version: number;
}

/** What is kept of a record beside its values: sealed like them. Fields that were never changed count from the record's making. */
export interface Marks {
  readonly entered: Readonly<Record<string, Entered>>;
  readonly answers: Answers;
}

export const noMarks: Marks = { entered: {}, answers: {} };

/** What a record holds, and what is known of how it came there. */
export interface Marked {
  readonly content: Content;
  readonly references: ReferenceIds;
  readonly marks: Marks;
  readonly version: number;
}

/** The fields, links and answers that somebody wants to change. A field that is not named stays. */
export interface FieldChange {
  readonly fields: Partial<Content>;
  readonly references: ReferenceIds;
  /** Null takes an answer back. */
  readonly answers?: Readonly<Record<string, Answer | null>> | undefined;
}

/** A record's new state, and the names of fields and links that are really different in it. */
export interface Merged {
  readonly content: Content;
  readonly references: ReferenceIds;
  readonly marks: Marks;
  readonly changed: readonly string[];
}

/**
 * Puts a change onto a record that others may have changed since it was seen. Fields that nobody else touched since then are
 * taken; a field that somebody set to something else meanwhile is a conflict.
 * @param seen the version that the change was made on; null takes the record as it is
 * @throws {Refusal} `stale_version` naming each field in conflict with both values (never those of secrets)
 */
export function mergeChange(kind: AnyKind, before: Marked, change: FieldChange, seen: number | null, author: { by: string; party: Party; at: Date }): Merged {
  const content: Content = { ...before.content };
  const references: ReferenceIds = { ...before.references };
  const answers: Record<string, Answer> = { ...before.marks.answers };
  const changed = new Set<string>();
  const conflicts: FieldProblem[] = [];
  const late = (name: string) => seen !== null && versionOf(before, name) > seen;

  for (const [name, value] of Object.entries(change.fields)) {
    if (value === undefined || same(before.content[name], value)) continue;
    if (late(name)) conflicts.push(conflict(kind, before, name, `fields.${name}`, { yours: value, theirs: before.content[name] ?? null }));
    content[name] = value;
    // A value is the better answer.
    if (value !== null) delete answers[name];
    changed.add(name);
  }
  for (const [name, id] of Object.entries(change.references)) {
    if ((before.references[name] ?? null) === id) continue;
    if (late(name)) conflicts.push(conflict(kind, before, name, `references.${name}`, { yours: id, theirs: before.references[name] ?? null }));
    references[name] = id;
    changed.add(name);
  }
  for (const [name, answer] of Object.entries(change.answers ?? {})) {
    const current = before.marks.answers[name];
    if (sameAnswer(current, answer) && (answer === null || empty(content[name]))) continue;
    if (late(name)) conflicts.push(conflict(kind, before, name, `answers.${name}`, { yours: answer?.answer ?? null, theirs: before.content[name] ?? null }));
    if (answer) {
      answers[name] = answer;
      content[name] = null;
    } else delete answers[name];
    changed.add(name);
  }
  if (conflicts.length > 0) {
    throw new Refusal('stale_version', `${kind.label}: somebody else changed the same ${conflicts.length === 1 ? 'field' : 'fields'} meanwhile; see errors`, conflicts);
  }
  const entered = { ...before.marks.entered };
  for (const name of changed) entered[name] = { by: author.by, party: author.party, at: author.at.toISOString(), version: before.version + 1 };
  return { content, references, marks: { entered, answers }, changed: [...changed] };
}

/** The version in which a field got what it holds; 0 for one that nobody ever filled. */
function versionOf(record: Marked, name: string): number {
  const known = record.marks.entered[name];
  if (known) return known.version;
  return empty(record.content[name]) && empty(record.references[name]) && !record.marks.answers[name] ? 0 : 1;
}

function conflict(kind: AnyKind, before: Marked, name: string, field: string, values: { yours: unknown; theirs: unknown }): FieldProblem {
  const { by, at, party } = before.marks.entered[name] ?? {};
  const theirAnswer = before.marks.answers[name]?.answer;
  return {
    field,
    message: `was changed by somebody else meanwhile; the record has version ${before.version} now`,
    version: before.version,
    ...(secretFields(kind).includes(name) ? {} : values),
    ...(theirAnswer ? { theirAnswer } : {}),
    ...(by ? { changedBy: by, changedAt: at, changedFor: party } : {}),
  };
}

const empty = (value: unknown) => value === null || value === undefined;

const same = (before: Content[string] | undefined, value: Content[string]) => (before ?? null) === value;

function sameAnswer(before: Answer | undefined, answer: Answer | null): boolean {
  if (!before || !answer) return !before && !answer;
  return before.answer === answer.answer && before.reason === answer.reason;
}
