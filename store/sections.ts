import { missingOf, missingPages, percentOf, type Missing } from '../domain/completeness.js';
import { kindOf, pagesOfSection, sections, type KindName, type Page, type Section } from '../domain/kinds/index.js';
import { sectionPhase, type Stage } from '../domain/stages.js';
import { getClientRow, type ClientKey } from './client-row.js';
import { percentages } from './clients.js';
import type { StoreContext } from './context.js';
import { readPageAnswers, type PageAnswer } from './page-answers.js';
import { countRecords, listRecords, type RecordCount } from './records.js';
import { readReasons, type Reason } from './decisions/reasons.js';

/** Most gaps that are listed at once; the percentage counts them all. */
export const missingLimit = 200;

/** How far one page is. */
export interface PageView {
  readonly page: Page;
  readonly records: number;
  /** How many of the needed fields have a value or an answer. */
  readonly filled: number;
  readonly required: number;
  readonly percent: number;
  readonly answer: PageAnswer | null;
}

export interface SectionView {
  readonly section: Section;
  readonly state: 'waiting' | 'open' | 'sent_back' | 'submitted' | 'approved';
  readonly percent: number;
  readonly missing: readonly Missing[];
  readonly pages: readonly PageView[];
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
  const answers = await readPageAnswers(context, client);
  const percent = percentages(counts);
  return Promise.all(
    wanted.map(async (section) => {
      const state = states.find((one) => one.section === section)!;
      return {
        section,
        state: stateOf(section, row.stage as Stage, row.stageBefore as Stage | null, state.sentBackBy),
        percent: percent[section],
        missing: percent[section] === 100 ? [] : await missingIn(context, client, section),
        pages: pagesFrom(section, counts, answers),
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

/**
 * What a section lacks before it can be submitted, at most `limit` entries.
 * @param page only what is missing on that page
 */
export async function missingIn(context: StoreContext, client: ClientKey, section: Section, page: Page | null = null, limit = missingLimit): Promise<Missing[]> {
  const counts = (await countRecords(context, [client.clientId])).filter((count) => count.section === section);
  const here = (one: Missing) => page === null || one.page === page.name;
  const missing: Missing[] = missingPages(section, new Set(counts.map((count) => count.kind))).filter(here);
  for (const { kind } of counts.filter((count) => count.filled < count.required && mayLie(count.kind, page))) {
    const gaps = await context.db.$queryRaw<{ position: number }[]>`
      SELECT "position" FROM "Record" WHERE "clientId" = ${client.clientId}::uuid AND "kind" = ${kind} AND "filled" < "required"
      ORDER BY "position" LIMIT ${limit}`;
    for (const { position } of gaps) {
      const [record] = await listRecords(context, client, kind, { limit: 1, after: position - 1 });
      if (record) missing.push(...missingOf(kindOf(kind), record.id, record.content, record.references, record.answers).filter(here));
      if (missing.length >= limit) return missing.slice(0, limit);
    }
  }
  return missing;
}

/** Whether gaps of a kind can lie on the page: its own, or one that shows some of its fields. */
function mayLie(kind: KindName, page: Page | null): boolean {
  return page === null || kindOf(kind).page === page.name || Object.values(kindOf(kind).fields).some((field) => field.page === page.name);
}

/** How far each page of a section is. Fields that stand on another page than their record count with the record's page. */
export function pagesFrom(section: Section, counts: readonly RecordCount[], answers: readonly PageAnswer[]): PageView[] {
  return pagesOfSection(section).map((page) => {
    const own = counts.filter((count) => page.kinds.some((kind) => kind.name === count.kind));
    const empty = page.kinds.filter((kind) => kind.needed === 'atLeastOne' && !own.some((count) => count.kind === kind.name)).length;
    const sum = (of: (count: RecordCount) => number) => own.reduce((total, count) => total + of(count), 0);
    const filled = { filled: sum((count) => count.filled), required: sum((count) => count.required) + empty };
    return { page, records: sum((count) => count.count), ...filled, percent: percentOf(filled), answer: answers.find((one) => one.page === page.name) ?? null };
  });
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
