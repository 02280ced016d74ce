import { mailProblems, retryDelayMs, type MailOutcome, type MailProblem } from '../../domain/mail/outcome.js';
import { sentAtMostOnce, type TemplateName } from '../../domain/mail/templates.js';
import type { Mail } from '../../prisma/generated/client.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';

/** How long a claimed mail belongs to its worker: longer than an attempt can last (activities/mail/smtp). */
export const claimMs = 120_000;

/** Settled mails are forgotten after this long; those of a client go with it at the latest. */
const keptMs = 90 * 24 * 3_600_000;

export interface Due {
  readonly ids: readonly string[];
  /** When the next one that is known today comes due; null when none is. */
  readonly nextAt: Date | null;
}

/** Mails that are to be sent now, oldest first: queued ones that are due, and ones whose worker never told how it went. */
export async function dueMails(context: StoreContext, now: Date, limit: number): Promise<Due> {
  const abandoned = new Date(Date.now() - claimMs);
  const due = await context.db.mail.findMany({
    where: { OR: [{ state: 'queued', dueAt: { lte: now } }, { state: 'sending', claimedAt: { lte: abandoned } }] },
    orderBy: { dueAt: 'asc' },
    select: { id: true },
    take: limit,
  });
  const [next, claimed] = await Promise.all([
    context.db.mail.findFirst({ where: { state: 'queued', dueAt: { gt: now } }, orderBy: { dueAt: 'asc' }, select: { dueAt: true } }),
    context.db.mail.findFirst({ where: { state: 'sending', claimedAt: { gt: abandoned } }, orderBy: { claimedAt: 'asc' }, select: { claimedAt: true } }),
  ]);
  const times = [next?.dueAt, claimed?.claimedAt && new Date(claimed.claimedAt.getTime() + claimMs + 1)].filter((time) => time instanceof Date);
  return { ids: due.map(({ id }) => id), nextAt: times.length === 0 ? null : new Date(Math.min(...times.map((time) => time.getTime()))) };
}

export interface ClaimedMail {
  readonly mail: Mail;
  /** Whether an attempt before this one ended without anybody learning how. */
  readonly outcomeUnknown: boolean;
}

/** Takes a mail for one attempt, or null when it is not to be sent (any more) or another worker has it. */
export async function claimMail(store: Store, id: string, now: Date): Promise<ClaimedMail | null> {
  return inTransaction(store, async (context) => {
    await context.db.$queryRaw`SELECT 1 FROM "Mail" WHERE "id" = ${id}::uuid FOR UPDATE`;
    const before = await context.db.mail.findUnique({ where: { id } });
    if (!before) return null;
    const due = before.state === 'queued' && before.dueAt <= now;
    const abandoned = before.state === 'sending' && before.claimedAt !== null && before.claimedAt.getTime() <= Date.now() - claimMs;
    if (!due && !abandoned) return null;
    const mail = await context.db.mail.update({ where: { id }, data: { state: 'sending', claimedAt: new Date(), attempts: { increment: 1 } } });
    return { mail, outcomeUnknown: abandoned || before.outcome === 'no_answer' };
  });
}

/** Whether a mail of which nobody knows if it was taken may be sent once more. */
export function mayRepeat(template: string): boolean {
  return !sentAtMostOnce.includes(template as TemplateName);
}

/**
 * Notes how an attempt ended: settled, or queued again for later. Nothing is changed when the mail was claimed by another
 * meanwhile. What is about the person's mailbox is shown at the person.
 * @param now the clock by which mails come due
 */
export async function settleMail(store: Store, mail: Mail, outcome: MailOutcome, now: Date): Promise<void> {
  const delay = retryDelayMs(mail.attempts);
  const state = stateAfter(mail, outcome, delay);
  const settled = state !== 'queued';
  await inTransaction(store, async (context) => {
    const { count } = await context.db.mail.updateMany({
      where: { id: mail.id, state: 'sending', claimedAt: mail.claimedAt },
      data: {
        state,
        outcome,
        claimedAt: null,
        ...(settled ? { settledAt: new Date() } : { dueAt: new Date(now.getTime() + delay!) }),
        // What was refused can be sent again to a better address; a code or a link is of no use by then.
        ...(state === 'sent' || state === 'withheld' || (settled && !mayRepeat(mail.template)) ? { content: null } : {}),
      },
    });
    if (count === 0) return;
    const person = { id: mail.userId, tenantId: mail.tenantId };
    if (state === 'sent') await context.db.user.updateMany({ where: { ...person, mailProblem: { not: null } }, data: { mailProblem: null, mailProblemAt: null } });
    if ((state === 'refused' || state === 'failed') && mailProblems.includes(outcome as MailProblem)) {
      await context.db.user.updateMany({ where: person, data: { mailProblem: outcome, mailProblemAt: new Date() } });
    }
  });
}

function stateAfter(mail: Mail, outcome: MailOutcome, delay: number | null): 'sent' | 'refused' | 'withheld' | 'failed' | 'queued' {
  switch (outcome) {
    case 'accepted':
      return 'sent';
    case 'mailbox_refused':
    case 'text_refused':
    case 'bounced':
      return 'refused';
    case 'not_wanted':
      return 'withheld';
    case 'no_answer':
      return mayRepeat(mail.template) && delay !== null ? 'queued' : 'failed';
    case 'try_later':
    case 'no_connection':
    case 'sender_refused':
    case 'internal':
      return delay === null ? 'failed' : 'queued';
  }
}

/** Forgets mails that were settled long ago. */
export async function forgetOldMails(context: StoreContext, limit = 500): Promise<number> {
  return context.db.$executeRaw`
    DELETE FROM "Mail" WHERE "id" IN (SELECT "id" FROM "Mail" WHERE "settledAt" < ${new Date(Date.now() - keptMs)} LIMIT ${limit})`;
}
