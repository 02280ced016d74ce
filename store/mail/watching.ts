import { mailProblems, type MailOutcome, type MailProblem, type MailState } from '../../domain/mail/outcome.js';
import type { TemplateName } from '../../domain/mail/templates.js';
import type { Actor } from '../../domain/roles.js';
import { appendAudit } from '../audit.js';
import { ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, noteQueuedMail, type Store, type StoreContext } from '../context.js';
import { notFound, Refusal } from '../errors.js';
import { partyOf } from '../records.js';
import { clearMailProblem } from './queue.js';

/** A mail as it is shown: to whom, what about and how far it came; never what it says. */
export interface MailView {
  readonly id: string;
  readonly template: TemplateName;
  readonly userId: string;
  readonly state: MailState;
  readonly outcome: MailOutcome | null;
  readonly attempts: number;
  readonly createdAt: Date;
  /** When it is, or was, to be sent next. */
  readonly dueAt: Date;
  readonly settledAt: Date | null;
}

const shown = { id: true, template: true, userId: true, state: true, outcome: true, attempts: true, createdAt: true, dueAt: true, settledAt: true } as const;

/** A client's mails, newest first. */
export async function listClientMails(context: StoreContext, client: ClientKey, page: { limit: number; after: string | null }): Promise<MailView[]> {
  const rows = await context.db.mail.findMany({
    where: { ...ofClient(client), ...(page.after ? { id: { lt: page.after } } : {}) },
    orderBy: { id: 'desc' },
    take: page.limit,
    select: shown,
  });
  return rows as MailView[];
}

/** Sends a client's mail that was refused or given up once more, to the address that the person has now. */
export async function resendMail(store: Store, client: ClientKey, actor: Actor, mailId: string): Promise<MailView> {
  return inTransaction(store, async (context) => {
    const mail = await context.db.mail.findFirst({ where: { id: mailId, ...ofClient(client) } });
    if (!mail) throw notFound('mail');
    const { count } = await context.db.mail.updateMany({
      where: { id: mailId, ...ofClient(client), state: { in: ['refused', 'failed'] }, content: { not: null } },
      data: { state: 'queued', attempts: 0, outcome: null, settledAt: null, dueAt: new Date() },
    });
    if (count === 0) throw new Refusal('wrong_stage', 'Only a mail that was refused or given up can be sent again; for a code or a link a new one is needed');
    await clearMailProblem(context, { tenantId: client.tenantId, userId: mail.userId });
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'mail.resent', details: { mailId, template: mail.template } });
    noteQueuedMail(context);
    return (await context.db.mail.findUniqueOrThrow({ where: { id: mailId }, select: shown })) as MailView;
  });
}

export interface UnreachedPerson {
  readonly userId: string;
  readonly clientId: string | null;
  readonly problem: MailProblem;
  readonly at: Date;
}

/** The tenant's people whom mail does not reach, oldest account first. */
export async function unreachedPeople(context: StoreContext, tenantId: string, page: { limit: number; after: string | null }): Promise<UnreachedPerson[]> {
  const rows = await context.db.user.findMany({
    where: { tenantId, active: true, mailProblem: { in: [...mailProblems] }, ...(page.after ? { id: { gt: page.after } } : {}) },
    orderBy: { id: 'asc' },
    take: page.limit,
    select: { id: true, clientId: true, mailProblem: true, mailProblemAt: true },
  });
  return rows.map((row) => ({ userId: row.id, clientId: row.clientId, problem: row.mailProblem as MailProblem, at: row.mailProblemAt! }));
}

/**
 * Notes that a mail which the server had taken came back. Doing it again changes nothing.
 * @param messageId the bounced mail's Message-ID, with or without its angle brackets
 */
export async function noteBounce(store: Store, actor: Actor, messageId: string): Promise<void> {
  const id = /^<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^\s<>]+>?$/i.exec(messageId.trim())?.[1];
  if (!id) throw new Refusal('invalid', 'This is no Message-ID of ours', [{ field: 'messageId', message: 'is no Message-ID of ours' }]);
  await inTransaction(store, async (context) => {
    const mail = await context.db.mail.findFirst({ where: { id, tenantId: actor.tenantId } });
    if (!mail) throw notFound('mail');
    const { count } = await context.db.mail.updateMany({ where: { id, state: 'sent' }, data: { state: 'refused', outcome: 'bounced' } });
    if (count === 0) return;
    await context.db.user.updateMany({ where: { id: mail.userId, tenantId: actor.tenantId }, data: { mailProblem: 'bounced', mailProblemAt: new Date() } });
    const owner = { tenantId: actor.tenantId, clientId: mail.clientId };
    await appendAudit(context, { ...owner, actorId: actor.userId, party: partyOf(actor), action: 'mail.bounced', details: { mailId: id, template: mail.template } });
  });
}
