import { missingOf, missingPages, percentOf, type Missing } from '../domain/completeness.js';
import { kindOf, pagesOfSection, sections, type KindName, type Page, type Section } from '../domain/kinds/index.js';
import { sectionPhase, transitionFor, type Stage } from '../domain/stages.js';
import { getClientRow, ofClient, type ClientKey } from './client-row.js';
import { percentages } from './clients.js';
import type { StoreContext } from './context.js';
import { readPageAnswers, type PageAnswer } from './page-answers.js';
import { countRecords, listRecords, type RecordCount } from './records.js';
import { readStandIns, type PageStandIn } from './page-stand-ins.js';
import { countQuestions } from './questions.js';
import { readRemarks, type Remark } from './remarks.js';
import { readStuck, type Stuck } from './stuck.js';

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
  /** Who answers for the page in the place of the outgoing MSP. */
  readonly standIn: PageStandIn | null;
  readonly openQuestions: number;
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
  readonly sentBack: { readonly by: string; readonly at: Date; readonly remarks: readonly Remark[] } | null;
  readonly stuck: Stuck | null;
  readonly openQuestions: number;
  /** What a reset of the section would open again, and how many sign-offs it would withdraw; null while it is not approved. */
  readonly reset: { readonly reopens: readonly Section[]; readonly signOffs: number } | null;
}

/** Where each section of a client stands and what it lacks. */
export async function readSections(context: StoreContext, client: ClientKey, wanted: readonly Section[] = sections): Promise<SectionView[]> {
  const row = await getClientRow(context, client);
  const states = await context.db.sectionState.findMany({ where: { clientId: client.clientId } });
  const counts = await countRecords(context, [client.clientId]);
  const [answers, standIns, questions, signOffs] = [
    await readPageAnswers(context, client),
    await readStandIns(context, client),
    await countQuestions(context, [client.clientId]),
    await context.db.signOff.count({ where: ofClient(client) }),
  ];
  const stage = (row.stage === 'deleted' && row.stageBefore ? row.stageBefore : row.stage) as Stage;
  const percent = percentages(counts);
  return Promise.all(
    wanted.map(async (section) => {
      const state = states.find((one) => one.section === section)!;
      return {
        section,
        state: stateOf(section, stage, state.sentBackBy),
        percent: percent[section],
        missing: percent[section] === 100 ? [] : await missingIn(context, client, section),
        pages: pagesFrom(section, counts, { answers, standIns, questions }),
        submittedBy: state.submittedBy,
        submittedAt: state.submittedAt,
        approvedBy: state.approvedBy,
        approvedAt: state.approvedAt,
        standIn: state.standIn,
        sentBack: state.sentBackBy ? await sentBack(context, client, state.sentBackBy) : null,
        stuck: await readStuck(context, client, section, state),
        openQuestions: questions.reduce((sum, one) => sum + (one.section === section ? one.count : 0), 0),
        reset: transitionFor(stage, 'reset', section) ? { reopens: reopened(section, stage), signOffs } : null,
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

/** The sections that a reset opens again or has approved anew: this one, and later ones that were entered already. */
function reopened(section: Section, stage: Stage): Section[] {
  return sections.slice(sections.indexOf(section)).filter((one) => sectionPhase(one, stage) !== 'waiting');
}

async function sentBack(context: StoreContext, client: ClientKey, decisionId: string): Promise<SectionView['sentBack']> {
  const remarks = await readRemarks(context, client, { decisionId });
  const first = remarks[0];
  return first ? { by: first.by, at: first.at, remarks } : null;
}

/** Whether gaps of a kind can lie on the page: its own, or one that shows some of its fields. */
function mayLie(kind: KindName, page: Page | null): boolean {
  return page === null || kindOf(kind).page === page.name || Object.values(kindOf(kind).fields).some((field) => field.page === page.name);
}

/** What people said of pages as a whole. */
interface Said {
  readonly answers: readonly PageAnswer[];
  readonly standIns: readonly PageStandIn[];
  readonly questions: readonly { readonly section: Section; readonly page: string | null; readonly count: number }[];
}

const nothingSaid: Said = { answers: [], standIns: [], questions: [] };

/** How far each page of a section is. Fields that stand on another page than their record count with the record's page. */
export function pagesFrom(section: Section, counts: readonly RecordCount[], said: Said = nothingSaid): PageView[] {
  return pagesOfSection(section).map((page) => {
    const own = counts.filter((count) => page.kinds.some((kind) => kind.name === count.kind));
    const empty = page.kinds.filter((kind) => kind.needed === 'atLeastOne' && !own.some((count) => count.kind === kind.name)).length;
    const sum = (of: (count: RecordCount) => number) => own.reduce((total, count) => total + of(count), 0);
    const filled = { filled: sum((count) => count.filled), required: sum((count) => count.required) + empty };
    const mine = <T extends { page: string | null }>(all: readonly T[]) => all.filter((one) => one.page === page.name);
    return {
      page,
      records: sum((count) => count.count),
      ...filled,
      percent: percentOf(filled),
      answer: mine(said.answers)[0] ?? null,
      standIn: mine(said.standIns)[0] ?? null,
      openQuestions: mine(said.questions).reduce((total, one) => total + one.count, 0),
    };
  });
}

function stateOf(section: Section, stage: Stage, sentBackBy: string | null): SectionView['state'] {
  switch (sectionPhase(section, stage)) {
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
