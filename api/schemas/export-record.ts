import { z } from 'zod';
import { certificateSchema, shownCertificate } from './certificate.js';
import { waitedFor } from '../../domain/onboardings/times.js';
import { finishedStates, type ExportRecordView, type FinishedFilter } from '../../store/index.js';
import { id, instant, iso, maybeInstant, maybeIso, queriedInstant, section, stage } from './common.js';

const party = z.enum(['internal', 'client', 'outgoing_msp', 'system']);
const seconds = z.int().describe('Seconds.');

/** One of the organization's own people. */
export const namedPerson = z.object({ id, name: z.string().nullable() });
const maybePerson = namedPerson.nullable();

/** Time that was waited for each, in seconds. */
export const waitingSchema = z.record(z.enum(waitedFor), seconds).describe('How long each was waited for. The times sum up to the whole.');

export const exportRecordSchema = z
  .object({
    clientId: id,
    state: z.enum(finishedStates).describe('What became of the source data.'),
    company: z.string().nullable().describe("Null where your organization's settings do not keep names."),
    organizationId: z.string(),
    organizationUrl: z.string().nullable(),
    counts: z.record(z.string(), z.int()).describe('Records created in IT Glue.'),
    skipped: z.int(),
    phases: z.record(z.string(), z.string().nullable()).describe('When each phase ended.'),
    seconds: seconds.nullable().describe('From the first entry to the end of the export; null where times were not kept yet.'),
    stages: z.array(z.object({ stage, begun: instant, ended: instant, seconds, times: z.int().describe('How many times it was entered.') })),
    waiting: waitingSchema,
    approvals: z.array(
      z.object({
        section,
        role: z.string().nullable().describe('The role in which it was approved.'),
        by: maybePerson,
        at: maybeInstant,
        standIn: z.boolean(),
        submittedFor: party.nullable().describe('The party that submitted it. Outside people are not kept by name.'),
        sendBacks: z.int(),
        resets: z.int(),
      }),
    ),
    signOffs: z.array(z.object({ seat: z.enum(['engineer', 'manager']), by: namedPerson, at: instant })),
    exports: z.object({ runs: z.int(), blocked: z.int().describe('Runs that stopped for a person.'), startedBy: maybePerson }),
    salesRep: maybePerson,
    manager: maybePerson,
    engineer: maybePerson,
    exportedAt: instant,
    purgeAt: maybeInstant.describe('The end of retention; null on hold.'),
    purgedAt: maybeInstant,
    certificate: certificateSchema.nullable(),
  })
  .meta({ id: 'ExportRecord' });

/** Which finished onboardings somebody looks for. */
export const finishedQuery = z.strictObject({
  from: queriedInstant.optional().describe('Exported at this time or later.'),
  to: queriedInstant.optional().describe('Exported before this time.'),
  person: id.optional().describe('Somebody of yours who was assigned, approved, signed off or exported.'),
  state: z.enum(finishedStates).optional().describe('What became of the source data.'),
  company: z.string().trim().min(1, 'must not be empty').max(100, 'must be at most 100 characters').optional().describe("Words of the company's name, where names are kept."),
});

export function finishedFilter({ from, to, person, state, company }: z.output<typeof finishedQuery>): FinishedFilter {
  return {
    ...(from ? { from: new Date(from) } : {}),
    ...(to ? { to: new Date(to) } : {}),
    ...(person ? { person } : {}),
    ...(state ? { state } : {}),
    ...(company === undefined ? {} : { company }),
  };
}

export const wholeSeconds = (ms: number): number => Math.round(ms / 1_000);

/** The time from the first entry to the end of the export, in ms. */
export const timeTaken = ({ stages }: ExportRecordView): number | null => (stages.length === 0 ? null : stages.reduce((sum, one) => sum + one.ms, 0));

/** Names of the people that records name by id. */
export type Names = ReadonlyMap<string, string>;

export function shownExportRecord(row: ExportRecordView, names: Names): z.output<typeof exportRecordSchema> {
  const person = (userId: string) => ({ id: userId, name: names.get(userId) ?? null });
  const maybe = (userId: string | null) => (userId === null ? null : person(userId));
  const taken = timeTaken(row);
  return {
    clientId: row.clientId,
    state: row.state,
    company: row.company,
    organizationId: row.organizationId,
    organizationUrl: row.organizationUrl,
    counts: { ...row.counts },
    skipped: row.skipped,
    phases: { ...row.phases },
    seconds: taken === null ? null : wholeSeconds(taken),
    stages: row.stages.map(({ ms, ...one }) => ({ ...one, seconds: wholeSeconds(ms) })),
    waiting: Object.fromEntries(waitedFor.map((who) => [who, wholeSeconds(row.waiting[who] ?? 0)])) as Record<(typeof waitedFor)[number], number>,
    approvals: row.approvals.map(({ section: name, role, by, at, standIn, submittedFor, sendBacks, resets }) => ({
      section: name,
      role,
      by: maybe(by ?? null),
      at,
      standIn,
      submittedFor: submittedFor ?? null,
      sendBacks: sendBacks ?? 0,
      resets: resets ?? 0,
    })),
    signOffs: row.signOffs.map((one) => ({ ...one, by: person(one.by) })),
    exports: { runs: row.runs.all, blocked: row.runs.blocked, startedBy: maybe(row.runs.startedBy) },
    salesRep: maybe(row.salesRepId),
    manager: maybe(row.managerId),
    engineer: maybe(row.engineerId),
    exportedAt: iso(row.exportedAt),
    purgeAt: maybeIso(row.purgeAt),
    purgedAt: maybeIso(row.purgedAt),
    certificate: row.certificate && shownCertificate(row.certificate),
  };
}
