import { z } from 'zod';
import { kindNames } from '../../domain/kinds/index.js';
import type { PageView } from '../../store/index.js';
import { id, instant, iso } from './common.js';
import { shownAnswer } from './record.js';

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
});

export function shownPage({ page, records, filled, required, percent, answer }: PageView): z.output<typeof pageSchema> {
  const said = answer && { answer: answer.answer, reason: answer.reason, by: answer.by, party: answer.party, at: iso(answer.at) };
  return { page: page.name, label: page.label, records, filled, required, percent, answer: said };
}
