import { z } from 'zod';
import { answerWords } from '../../domain/answers.js';
import { sections } from '../../domain/kinds/index.js';
import { roles } from '../../domain/roles.js';
import { saidText } from '../../domain/said.js';
import { stages } from '../../domain/stages.js';

export const id = z.uuid('must be an id');
export const instant = z.string().meta({ format: 'date-time' });
export const maybeInstant = instant.nullable();

/** A time that a list begins or ends with. PostgreSQL knows no year 0. */
export const queriedInstant = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2027-01-31T12:00:00Z' })
  .refine((value) => !(new Date(value).getUTCFullYear() < 1900), 'must be in 1900 or later');

export const section = z.enum(sections);
export const stage = z.enum(stages);
export const role = z.enum(roles);
export const version = z.int('must be a whole number').min(1, 'must be at least 1');

/** What a person says to explain a decision. */
export const reasonText = saidText(2_000);

/** Records that a person leaves out of an export, each with the reason. */
export const skipsBody = z.strictObject({
  records: z
    .array(z.strictObject({ recordId: id, reason: reasonText }))
    .min(1, 'must hold at least one record')
    .max(200, 'must hold at most 200 records')
    .refine((records) => new Set(records.map((one) => one.recordId)).size === records.length, 'names a record twice'),
});

/** What was said instead of a value. */
export const shownAnswer = z.object({ answer: z.enum(answerWords), reason: z.string().nullable() });

export const clientParams = z.object({ clientId: id });
export const recordParams = clientParams.extend({ recordId: id });
export const sectionParams = clientParams.extend({ section });

/** How many entries of a list are wanted at once. */
export const listLimit = z.coerce.number('must be a number').int('must be a whole number').min(1, 'must be at least 1').max(1_000, 'must be at most 1000');

/** Query of a list: how many at once and where to go on. */
export const pageQuery = z.strictObject({
  limit: listLimit.default(100),
  cursor: z.string().max(200).optional(),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export const fieldFault = z.object({ field: z.string(), message: z.string() });

/** Body of every error (RFC 9457). */
export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable; see the list in the API guide.'),
    instance: z.string(),
    requestId: z.string(),
    errors: z.array(z.looseObject(fieldFault.shape)).optional(),
  })
  .meta({ id: 'Problem' });

export const iso = (at: Date): string => at.toISOString();
export const maybeIso = (at: Date | null): string | null => at?.toISOString() ?? null;
