import { z } from 'zod';
import { answerWords } from '../domain/answers.js';
import { inclusions } from '../domain/downloads.js';
import { allKinds, sections, storedValue, type AnyKind } from '../domain/kinds/index.js';
import { stages } from '../domain/stages.js';

/** Names the format below in a file, so that a reader knows what it has. */
export const jsonFormat = 'client-onboarder/client';
/** Rises when a reader of an older version could be misled. Members may be added without that. */
export const jsonVersion = 2;

const instant = z.string().meta({ format: 'date-time' });
const id = z.string().meta({ format: 'uuid' });
const person = id.describe('A person; `people` has the name.');
const party = z.enum(['internal', 'client', 'outgoing_msp', 'system']).describe('For whom the person acted: your organization, the accountant (`client`), the outgoing MSP.');
const answered = { answer: z.enum(answerWords), reason: z.string().nullable() };
const place = { page: z.string().nullable(), recordId: id.nullable(), field: z.string().nullable() };
const section = z.enum(sections);

const client = z.object({
  id,
  company: z.string(),
  stage: z.enum(stages),
  version: z.int().describe('Counts the changes of the client\'s data.'),
  createdAt: instant,
  exportedAt: instant.nullable(),
  purgeAt: instant.nullable().describe('When the data is removed for good.'),
  organizationId: z.string().nullable().describe('Of the organization in IT Glue, once it is exported.'),
  organizationUrl: z.string().nullable(),
  engineerId: person.nullable(),
  managerId: person.nullable(),
  salesRepId: person.nullable(),
});

const sectionState = z.object({
  section,
  state: z.string(),
  submittedBy: person.nullable(),
  submittedAt: instant.nullable(),
  approvedBy: person.nullable(),
  approvedAt: instant.nullable(),
  standIn: z.boolean().describe('An internal person entered it in the place of the outgoing MSP.'),
  sendBacks: z.int(),
  stuck: z.object({ by: person, at: instant, reason: z.string() }).nullable(),
});

const pageAnswer = z.object({ page: z.string(), ...answered, by: person, party, at: instant }).describe('Why a page has no records.');
const standIn = z.object({ page: z.string(), by: person, at: instant, reason: z.string() }).describe('Who answers for a page in the place of the outgoing MSP.');
const signOff = z.object({ role: z.string(), by: person, at: instant });

const question = z.object({
  id,
  section,
  ...place,
  state: z.enum(['open', 'answered', 'closed']),
  messages: z.array(z.object({ by: person, party, at: instant, text: z.string() })),
});

const remark = z
  .object({ id, section, ...place, text: z.string(), by: person, at: instant, resolved: z.object({ as: z.string(), by: person, at: instant }).nullable() })
  .describe('One reason of a send-back.');

const entered = z.object({ by: person, party, at: instant, version: z.int() });
const file = z.object({ path: z.string().describe('Of the file within the ZIP.'), size: z.int(), sha256: z.string() });

function recordSchema(kind: AnyKind) {
  const fields = Object.entries(kind.fields).map(([name, field]) => {
    const schema = storedValue(field).describe(field.label);
    // Left out altogether in a download without passwords.
    return [name, field.type === 'secret' ? schema.optional() : schema] as const;
  });
  const link = z.object({ id, title: z.string() }).nullable();
  return z.object({
    id,
    position: z.int(),
    version: z.int(),
    title: z.string(),
    fields: z.object(Object.fromEntries(fields)),
    references: z.object(Object.fromEntries(Object.entries(kind.references).map(([name, reference]) => [name, link.describe(reference.label)]))),
    answers: z.record(z.string(), z.object(answered)).optional().describe('What was said instead of a value, by field.'),
    created: z.object({ by: person, party, at: instant }),
    entered: z.record(z.string(), entered).optional().describe('Fields that somebody changed after the record was made.'),
    updated: z.object({ by: person, at: instant }),
    ...(kind.name === 'attachment' ? { file: file.optional().describe('Where its bytes are, in a download with attachments.') } : {}),
  });
}

/** A client's whole data as one JSON document. */
export const clientJson = z
  .object({
    format: z.literal(jsonFormat),
    version: z.literal(jsonVersion),
    downloadedAt: instant,
    passwords: z.enum(inclusions),
    attachments: z.enum(inclusions),
    client,
    sections: z.array(sectionState),
    pageAnswers: z.array(pageAnswer),
    standIns: z.array(standIn),
    signOffs: z.array(signOff),
    kinds: z.object(Object.fromEntries(allKinds.map((kind) => [kind.name, z.array(recordSchema(kind)).describe(kind.plural)]))),
    questions: z.array(question),
    remarks: z.array(remark),
    people: z.array(z.object({ id, name: z.string() })).describe('Everybody who is named above by id. Somebody who is gone for good is not there.'),
  })
  .meta({ title: 'Client Onboarder: the data of one client' });

/** JSON Schema (draft 2020-12) of the document. Members that are not described may be added without a new version. */
export function clientJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(clientJson, { io: 'input' }) as Record<string, unknown>;
}

export type ClientJson = z.output<typeof clientJson>;
export type ClientFacts = Pick<ClientJson, 'client' | 'sections' | 'pageAnswers' | 'standIns' | 'signOffs'>;
export type QuestionJson = z.output<typeof question>;
export type RemarkJson = z.output<typeof remark>;
export type PartyWord = z.output<typeof party>;
