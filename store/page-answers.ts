import type { Answer, AnswerWord } from '../domain/answers.js';
import { type AnyKind, type Page } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { appendAudit, type Party } from './audit.js';
import { ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { Refusal } from './errors.js';
import { endStandInByOwner } from './page-stand-ins.js';
import { partyOf, touchClient } from './records.js';

/** The answer that stands for the records of a page, with its author. */
export interface PageAnswer extends Answer {
  readonly page: string;
  readonly by: string;
  readonly party: Party;
  readonly at: Date;
}

const place = (clientId: string, page: string) => ({ table: 'PageMark', row: `${clientId}/${page}/answer`, field: 'content' });

/**
 * Says why a page has no records, or takes that back (null).
 * @throws {Refusal} `invalid` where the page needs records, or has some
 */
export async function answerPage(store: Store, client: ClientKey, actor: Actor, page: Page, answer: Answer | null): Promise<void> {
  if (page.answer === 'refused') throw new Refusal('invalid', `${page.label} cannot be answered as a whole`, [{ field: 'answer', message: 'is not possible on this page' }]);
  await inTransaction(store, async (context) => {
    await touchClient(context, client, page.section);
    await endStandInByOwner(context, client, actor, { page: page.name });
    const key = { ...ofClient(client), page: page.name, mark: 'answer' };
    await context.db.pageMark.deleteMany({ where: key });
    if (answer) {
      const records = await context.db.record.count({ where: { ...ofClient(client), kind: { in: page.kinds.map((kind) => kind.name) } } });
      if (records > 0) throw new Refusal('invalid', `There are records on the page ${page.label}; remove them first`, [{ field: 'answer', message: 'is only for a page without records' }]);
      const content = answer.reason === null ? null : await context.vault.sealJson(client, place(client.clientId, page.name), answer.reason);
      await context.db.pageMark.create({ data: { ...key, section: page.section, answer: answer.answer, by: actor.userId, party: partyOf(actor), content } });
    }
    const details = { section: page.section, page: page.name, answer: answer?.answer ?? null, reason: answer?.reason ?? null };
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'page.answered', details });
  });
}

/** Takes the answer of a kind's page away because its first record came. */
export async function clearPageAnswer(context: StoreContext, client: ClientKey, kind: AnyKind): Promise<void> {
  await context.db.pageMark.deleteMany({ where: { ...ofClient(client), page: kind.page, mark: 'answer' } });
}

/** The answers of a client's pages. */
export async function readPageAnswers(context: StoreContext, client: ClientKey): Promise<PageAnswer[]> {
  const rows = await context.db.pageMark.findMany({ where: { ...ofClient(client), mark: 'answer' } });
  return Promise.all(
    rows.map(async (row) => ({
      page: row.page,
      answer: row.answer as AnswerWord,
      reason: row.content && (await context.vault.openJson<string>(client, place(client.clientId, row.page), row.content)),
      by: row.by,
      party: row.party as Party,
      at: row.at,
    })),
  );
}
