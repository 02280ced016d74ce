import { heartbeat } from '@temporalio/activity';
import { renderMail } from '../../domain/mail/render.js';
import type { MailOutcome } from '../../domain/mail/outcome.js';
import { claimMail, composeMail, dueMails, forgetOldMails, mayRepeat, settleMail, type ClaimedMail, type Store } from '../../store/index.js';
import type { Post } from '../dependencies.js';

const heartbeatMs = 3_000;

/**
 * What comes due within this long is due. A mail is queued by the clock of one machine and looked for by that of another: one
 * that is a moment ahead would have the workflow set a timer of milliseconds for a mail that is to go at once.
 */
const momentMs = 1_000;

const withinMoment = (now: string) => new Date(Date.parse(now) + momentMs);

/** The activities of the mail queue. Their payloads are ids and times; names, addresses and texts stay in here. */
export function mailActivities({ store, post }: { store: Store; post: Post }) {
  return {
    /** @param now the workflow's clock, ISO 8601 */
    async dueMails({ now, limit }: { now: string; limit: number }): Promise<{ ids: string[]; nextAt: string | null }> {
      const { ids, nextAt } = await dueMails(store, withinMoment(now), limit);
      return { ids: [...ids], nextAt: nextAt?.toISOString() ?? null };
    },

    /** One attempt. How it ended is in the queue, with the time of the next one if there is to be one. */
    async sendMail({ mailId, now }: { mailId: string; now: string }): Promise<{ outcome: MailOutcome | 'not_ours' }> {
      const claimed = await claimMail(store, mailId, withinMoment(now));
      if (!claimed) return { outcome: 'not_ours' };
      const alive = setInterval(heartbeat, heartbeatMs);
      try {
        const outcome = await attempt(claimed, new Date(now));
        await settleMail(store, claimed.mail, outcome, new Date(now));
        return { outcome };
      } finally {
        clearInterval(alive);
      }
    },

    async forgetOldMails(): Promise<void> {
      await forgetOldMails(store);
    },
  };

  async function attempt({ mail, outcomeUnknown }: ClaimedMail, now: Date): Promise<MailOutcome> {
    if (outcomeUnknown && !mayRepeat(mail.template)) return 'no_answer';
    try {
      const composed = await composeMail(store, mail, post.publicUrl, now);
      if (!composed) return 'not_wanted';
      const rendered = renderMail(composed.source);
      return await post.mailer.send({ ...rendered, id: mail.id, senderName: composed.source.tenant, to: { name: composed.name, address: composed.address } });
    } catch {
      // The error may repeat what the mail says; the mail is tried again and given up in the end.
      return 'internal';
    }
  }
}
