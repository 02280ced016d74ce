import { z } from 'zod';
import { kindNames } from '../../domain/kinds/index.js';
import type { PageView, Remark } from '../../store/index.js';
import { id, instant, iso, shownAnswer } from './common.js';

export const party = z.enum(['internal', 'client', 'outgoing_msp', 'system']);

/** Something that is missing before a section can be submitted. */
export const gap = z.object({
  page: z.string(),
  kind: z.enum(kindNames),
  recordId: id.nullable(),
  title: z.string(),
  field: z.string().nullable(),
  message: z.string(),
});

export const pageSchema = z.object({
  page: z.string(),
  label: z.string(),
  records: z.int(),
  filled: z.int().describe('Needed fields that have a value or an answer.'),
  required: z.int(),
  percent: z.int(),
  answer: shownAnswer.extend({ by: id, party, at: instant }).nullable().describe('Why the page has no records.'),
  standIn: z.object({ by: id, at: instant, reason: z.string() }).nullable().describe('Who answers for the page in the place of the outgoing MSP; it needs no review.'),
  openQuestions: z.int(),
});

export const remarkSchema = z
  .object({
    id,
    text: z.string(),
    page: z.string().nullable(),
    recordId: id.nullable(),
    field: z.string().nullable(),
    by: id,
    at: instant,
    resolved: z
      .object({ as: z.enum(['changed', 'removed', 'resubmitted']), by: id, at: instant })
      .nullable()
      .describe('`changed`: the record or field was changed since; `removed`: the record is gone; `resubmitted`: the section came again.'),
  })
  .meta({ id: 'Remark' });

export function shownRemark({ id: remarkId, text, page, recordId, field, by, at, resolved }: Remark): z.output<typeof remarkSchema> {
  return { id: remarkId, text, page, recordId, field, by, at: iso(at), resolved: resolved && { ...resolved, at: iso(resolved.at) } };
}

export function shownPage({ page, records, filled, required, percent, answer, standIn, openQuestions }: PageView): z.output<typeof pageSchema> {
  const said = answer && { answer: answer.answer, reason: answer.reason, by: answer.by, party: answer.party, at: iso(answer.at) };
  return { page: page.name, label: page.label, records, filled, required, percent, answer: said, standIn: standIn && { by: standIn.by, at: iso(standIn.at), reason: standIn.reason }, openQuestions };
}
