import { missingOf, missingPages, type Missing } from '../domain/completeness.js';
import { kindOf, sections, type KindName, type Section } from '../domain/kinds/index.js';
import { sectionPhase, type Stage } from '../domain/stages.js';
import { getClientRow, type ClientKey } from './client-row.js';
import { percentages } from './clients.js';
import type { StoreContext } from './context.js';
import { countRecords, listRecords } from './records.js';
import { readReasons, type Reason } from './decisions/reasons.js';

/** Most gaps that are listed at once; the percentage counts them all. */
export const missingLimit = 200;

export interface SectionView {
  readonly section: Section;
  readonly state: 'waiting' | 'open' | 'sent_back' | 'submitted' | 'approved';
  readonly percent: number;
  readonly missing: readonly Missing[];
  readonly submittedBy: string | null;
  readonly submittedAt: Date | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly standIn: boolean;
  readonly sentBack: { readonly by: string; readonly at: Date; readonly reasons: readonly Reason[] } | null;
}

/** Where each section of a client stands and what it lacks. */
export async function readSections(context: StoreContext, client: ClientKey, wanted: readonly Section[] = sections): Promise<SectionView[]> {
  const row = await getClientRow(context, client);
  const states = await context.db.sectionState.findMany({ where: { clientId: client.clientId } });
  const counts = await countRecords(context, [client.clientId]);
  const percent = percentages(counts);
  return Promise.all(
    wanted.map(async (section) => {
      const state = states.find((one) => one.section === section)!;
      return {
        section,
        state: stateOf(section, row.stage as Stage, row.stageBefore as Stage | null, state.sentBackBy),
        percent: percent[section],
        missing: percent[section] === 100 ? [] : await missingIn(context, client, section),
        submittedBy: state.submittedBy,
        submittedAt: state.submittedAt,
        approvedBy: state.approvedBy,
        approvedAt: state.approvedAt,
        standIn: state.standIn,
        sentBack: state.sentBackBy ? await readReasons(context, client, state.sentBackBy) : null,
      };
    }),
  );
}

/** What a section lacks before it can be submitted, at most `missingLimit` entries. */
export async function missingIn(context: StoreContext, client: ClientKey, section: Section): Promise<Missing[]> {
  const counts = (await countRecords(context, [client.clientId])).filter((count) => count.section === section);
  const byKind = Object.fromEntries(counts.map((count) => [count.kind, count.count])) as Partial<Record<KindName, number>>;
  const missing: Missing[] = [...missingPages(section, byKind)];
  for (const { kind } of counts.filter((count) => count.filled < count.required)) {
    const gaps = await context.db.$queryRaw<{ position: number }[]>`
      SELECT "position" FROM "Record" WHERE "clientId" = ${client.clientId}::uuid AND "kind" = ${kind} AND "filled" < "required"
      ORDER BY "position" LIMIT ${missingLimit}`;
    for (const { position } of gaps) {
      const [record] = await listRecords(context, client, kind, { limit: 1, after: position - 1 });
      if (record) missing.push(...missingOf(kindOf(kind), record.id, record.content, record.references));
      if (missing.length >= missingLimit) return missing.slice(0, missingLimit);
    }
  }
  return missing;
}

function stateOf(section: Section, stage: Stage, stageBefore: Stage | null, sentBackBy: string | null): SectionView['state'] {
  const phase = sectionPhase(section, stage === 'deleted' && stageBefore ? stageBefore : stage);
  switch (phase) {
    case 'waiting':
      return 'waiting';
    case 'entry':
      return sentBackBy ? 'sent_back' : 'open';
    case 'review':
      return 'submitted';
    case 'approved':
      return 'approved';
  }
}
