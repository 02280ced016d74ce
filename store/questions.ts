import { kindOf, pageByName, type KindName, type Section } from '../domain/kinds/index.js';
import { mayReach } from '../domain/permissions.js';
import type { Actor } from '../domain/roles.js';
import { sectionPhase, stageWords, underWay, type Stage } from '../domain/stages.js';
import { appendAudit, type Party } from './audit.js';
import { lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { notFound, Refusal } from './errors.js';
import { newId } from './ids.js';
import { queueMail } from './mail/queue.js';
import { counterparts } from './counterparts.js';
import { partyOf } from './records.js';
import { stillHere } from './reminders/recipients.js';

/** What a question is about. Without any of these it is about the section as a whole. */
export interface QuestionPlace {
  readonly page: string | null;
  readonly recordId: string | null;
  readonly field: string | null;
}

export interface Message {
  readonly by: string;
  readonly party: Party;
  readonly at: Date;
  readonly text: string;
}

/** `open` waits for the other side, `answered` for whoever asked. */
export type QuestionState = 'open' | 'answered' | 'closed';

export interface Question extends QuestionPlace {
  readonly id: string;
  readonly section: Section;
  readonly state: QuestionState;
  readonly waitingFor: Party;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly updatedAt: Date;
  readonly messages: readonly Message[];
}

interface QuestionRow {
  id: string;
  section: string;
  page: string | null;
  recordId: string | null;
  field: string | null;
  state: string;
  waitingFor: string;
  askedBy: string;
  askedFor: string;
  askedAt: Date;
  updatedAt: Date;
  messages: number;
}

/** Most messages of one question, and most questions of one client that are not closed. */
export const messageLimit = 100;
export const questionLimit = 500;

const place = (id: string) => ({ table: 'QuestionMessage', row: id, field: 'content' });

/**
 * Asks the other side of a section something. Whoever may read the section sees it.
 * @throws {Refusal} `invalid` when the page, record or field is not of the section; `limit_reached`; `wrong_stage` when the other
 * side cannot sign in to answer
 */
export async function askQuestion(store: Store, client: ClientKey, actor: Actor, section: Section, text: string, about: QuestionPlace): Promise<Question> {
  return inTransaction(store, async (context) => {
    const stage = await touchConversation(context, client, actor);
    const party = partyOf(actor);
    const waitingFor = otherSide(section, party);
    mustBeReached(stage, section, waitingFor);
    const page = await pageOfPlace(context, client, section, about);
    const open = await context.db.question.count({ where: { ...ofClient(client), state: { not: 'closed' } } });
    if (open >= questionLimit) throw new Refusal('limit_reached', `A client may have at most ${questionLimit} open questions; close some first`);
    const row = await context.db.question.create({
      data: { ...ofClient(client), id: newId(), section, ...about, page, askedBy: actor.userId, askedFor: party, waitingFor },
    });
    const messageId = await addMessage(context, client, actor, row.id, text);
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party, action: 'question.asked', details: { questionId: row.id, section, page, recordId: about.recordId, text } });
    await tell(context, client, actor, row, messageId, stage);
    return read(context, client, row);
  });
}

/** Adds to a question: from the other side it is its answer, from the asking side it asks on. */
export async function answerQuestion(store: Store, client: ClientKey, actor: Actor, section: Section, questionId: string, text: string): Promise<Question> {
  return inTransaction(store, async (context) => {
    const stage = await touchConversation(context, client, actor);
    const before = await find(context, client, section, questionId);
    if (before.state === 'closed') throw new Refusal('wrong_stage', 'The question is closed; ask a new one');
    if (before.messages >= messageLimit) throw new Refusal('limit_reached', `A question may have at most ${messageLimit} messages; ask a new one`);
    const party = partyOf(actor);
    const answers = party !== before.askedFor || (party === 'internal' && actor.userId !== before.askedBy);
    const waitingFor = answers ? (before.askedFor as Party) : otherSide(section, before.askedFor as Party);
    if (!answers) mustBeReached(stage, section, waitingFor);
    const row = await context.db.question.update({
      where: { id: before.id },
      data: {
        state: answers ? 'answered' : 'open',
        waitingFor,
        messages: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    const messageId = await addMessage(context, client, actor, row.id, text);
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party, action: 'question.answered', details: { questionId, section, page: row.page, text } });
    await tell(context, client, actor, row, messageId, stage);
    return read(context, client, row);
  });
}

/** Ends a question: whoever asked has what they need. Internal people may end any. Doing it again changes nothing. */
export async function closeQuestion(store: Store, client: ClientKey, actor: Actor, section: Section, questionId: string): Promise<Question> {
  return inTransaction(store, async (context) => {
    await touchConversation(context, client, actor);
    const before = await find(context, client, section, questionId);
    if (before.state === 'closed') return read(context, client, before);
    const party = partyOf(actor);
    if (party !== 'internal' && party !== before.askedFor) throw new Refusal('wrong_role', 'A question is closed by the side that asked it');
    const row = await context.db.question.update({ where: { id: before.id }, data: { state: 'closed', closedBy: actor.userId, updatedAt: new Date() } });
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party, action: 'question.closed', details: { questionId, section, page: row.page } });
    return read(context, client, row);
  });
}

/** Questions of a section, newest first, with all that was said. */
export async function listQuestions(
  context: StoreContext,
  client: ClientKey,
  section: Section,
  filter: { state?: QuestionState | undefined; page?: string | undefined; recordId?: string | undefined },
  page: { limit: number; before: string | null },
): Promise<Question[]> {
  const { state, recordId } = filter;
  const rows = await context.db.question.findMany({
    where: {
      ...ofClient(client),
      section,
      ...(state ? { state } : {}),
      ...(filter.page ? { page: filter.page } : {}),
      ...(recordId ? { recordId } : {}),
      ...(page.before ? { id: { lt: page.before } } : {}),
    },
    orderBy: { id: 'desc' },
    take: page.limit,
  });
  return Promise.all(rows.map((row) => read(context, client, row)));
}

/** Questions that are not closed, by section, page and record; for the counts that lists and pages show. */
export async function countQuestions(
  context: StoreContext,
  clientIds: readonly string[],
): Promise<{ clientId: string; section: Section; page: string | null; recordId: string | null; waitingFor: Party; count: number }[]> {
  return context.db.$queryRaw`
    SELECT "clientId", "section", "page", "recordId", "waitingFor", count(*)::int AS "count" FROM "Question"
    WHERE "clientId" = ANY(${[...clientIds]}::uuid[]) AND "state" <> 'closed' GROUP BY 1, 2, 3, 4, 5`;
}

/** How many questions at each of some records are not closed. */
export async function countQuestionsAt(context: StoreContext, client: ClientKey, recordIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await context.db.question.groupBy({ by: ['recordId'], where: { ...ofClient(client), recordId: { in: [...recordIds] }, state: { not: 'closed' } }, _count: true });
  return new Map(rows.map((row) => [row.recordId!, row._count]));
}

/** Who the next word is expected from: the party that fills the section in, or the internal people. */
function otherSide(section: Section, party: Party): Party {
  if (party !== 'internal') return 'internal';
  return section === 'sales' ? 'internal' : section === 'accounting' ? 'client' : 'outgoing_msp';
}

async function pageOfPlace(context: StoreContext, client: ClientKey, section: Section, { page, recordId, field }: QuestionPlace): Promise<string | null> {
  const fault = (name: string, message: string) => new Refusal('invalid', 'The question names a place that is not there; see errors', [{ field: name, message }]);
  if (page !== null && !pageByName(section, page)) throw fault('page', 'is no page of this section');
  if (recordId === null) {
    if (field !== null) throw fault('field', 'needs the record that it is on');
    return page;
  }
  const record = await context.db.record.findFirst({ where: { ...ofClient(client), section, id: recordId }, select: { kind: true } });
  if (!record) throw fault('recordId', 'is no record of this section');
  const kind = kindOf(record.kind as KindName);
  if (field !== null && !(field in kind.fields) && !(field in kind.references)) throw fault('field', 'is no field of this record');
  return page ?? kind.page;
}

/**
 * Talk goes on in every stage but the last ones, for external people while their section is being worked on, and keeps reminders
 * away. The data's version stays as it is.
 */
async function touchConversation(context: StoreContext, client: ClientKey, actor: Actor): Promise<Stage> {
  const row = await lockClient(context, client);
  const stage = row.stage as Stage;
  if (stage === 'purged' || stage === 'deleted' || !mayReach(actor, stage)) throw new Refusal('wrong_stage', `Not possible now: ${stageWords[stage]}`);
  await context.db.client.updateMany({ where: { id: row.id, tenantId: row.tenantId }, data: { lastActivityAt: new Date() } });
  return stage;
}

/** A question to people who cannot sign in, before and after their section, would wait for ever. */
function mustBeReached(stage: Stage, section: Section, party: Party): void {
  if (party === 'internal' || underWay(section, stage)) return;
  const who = party === 'client' ? 'The accountant' : 'The outgoing MSP';
  const then = sectionPhase(section, stage) === 'approved' ? 'reset the section first' : 'ask when their section has begun';
  throw new Refusal('wrong_stage', `${who} cannot sign in now to answer (${stageWords[stage]}); ${then}`);
}

async function addMessage(context: StoreContext, client: ClientKey, actor: Actor, questionId: string, text: string): Promise<string> {
  const id = newId();
  const content = await context.vault.sealJson(client, place(id), text);
  await context.db.questionMessage.create({ data: { ...ofClient(client), id, questionId, by: actor.userId, party: partyOf(actor), content } });
  return id;
}

/** A mail to whoever acts next: the one who asked (where they left, the people of their side), or the people of the other side. */
async function tell(context: StoreContext, client: ClientKey, actor: Actor, row: QuestionRow, messageId: string, stage: Stage): Promise<void> {
  const section = row.section as Section;
  // An answer that comes after the approval is kept, but whoever asked cannot sign in any more to read it.
  if (row.waitingFor !== 'internal' && !underWay(section, stage)) return;
  const asker = row.state === 'answered' ? await stillHere(context, client.tenantId, [row.askedBy]) : [];
  const to = asker.length > 0 ? asker : await counterparts(context, client, section, row.waitingFor as Party);
  for (const userId of to.filter((id) => id !== actor.userId)) {
    const template = row.state === 'answered' ? 'answered' : 'question';
    await queueMail(context, { ...ofClient(client), to: userId, template, facts: { section }, dedupeKey: `${template}/${messageId}/${userId}` });
  }
}

async function find(context: StoreContext, client: ClientKey, section: Section, id: string): Promise<QuestionRow> {
  const row = await context.db.question.findFirst({ where: { ...ofClient(client), section, id } });
  if (!row) throw notFound('question');
  return row;
}

async function read(context: StoreContext, client: ClientKey, row: QuestionRow): Promise<Question> {
  const messages = await context.db.questionMessage.findMany({ where: { ...ofClient(client), questionId: row.id }, orderBy: { id: 'asc' }, take: messageLimit });
  return {
    id: row.id,
    section: row.section as Section,
    page: row.page,
    recordId: row.recordId,
    field: row.field,
    state: row.state as QuestionState,
    waitingFor: row.waitingFor as Party,
    askedBy: row.askedBy,
    askedAt: row.askedAt,
    updatedAt: row.updatedAt,
    messages: await Promise.all(
      messages.map(async (one) => ({ by: one.by, party: one.party as Party, at: one.at, text: await context.vault.openJson<string>(client, place(one.id), one.content) })),
    ),
  };
}
