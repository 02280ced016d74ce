import { condition, continueAsNew, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { mailQueueActivities, mailSendActivities } from './activities.js';
import { mailQueued, type MailDispatchInput } from './contract.js';

/** Mails on their way at the same time. */
const atOnce = 20;

/** History events after which it starts a fresh history. */
const longHistory = 2_000;

/**
 * Sends the mail that is queued, of all tenants, for as long as the system lives. Which mails, when and how often is in the
 * database; here are ids and times only. Any number of workers share the sending.
 */
export async function mailDispatch(input: MailDispatchInput): Promise<void> {
  const underWay = new Set<string>();
  let lookAgain = false;
  /** Mails that found no place on the way. */
  let waiting = 0;
  setHandler(mailQueued, () => void (lookAgain = true), { description: 'Mail was queued: look at once' });

  const send = async (mailId: string) => {
    try {
      await mailSendActivities.sendMail.executeWithOptions({ summary: 'send one mail' }, [{ mailId, now: new Date().toISOString() }]);
    } catch (error) {
      // Its row says how far it came; the queue offers it again when its claim has ended.
      log.warn('an attempt to send was lost', { error: error instanceof Error ? error.name : 'unknown' });
    } finally {
      underWay.delete(mailId);
      // It may be due again later, and others may wait for its place.
      if (underWay.size === 0 || waiting > 0) lookAgain = true;
    }
  };

  await mailQueueActivities.forgetOldMails.executeWithOptions({ summary: 'forget mails settled long ago' }, []);
  for (;;) {
    lookAgain = false;
    const now = Date.now();
    const { ids, nextAt } = await mailQueueActivities.dueMails.executeWithOptions({ summary: 'look at the queue' }, [{ now: new Date(now).toISOString(), limit: atOnce * 2 }]);
    const ready = ids.filter((id) => !underWay.has(id));
    const starting = ready.slice(0, atOnce - underWay.size);
    waiting = ready.length - starting.length;
    for (const mailId of starting) {
      underWay.add(mailId);
      void send(mailId);
    }
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > longHistory) {
      await condition(() => underWay.size === 0);
      await continueAsNew<typeof mailDispatch>(input);
    }
    const untilNext = nextAt === null ? input.idleMs : Math.max(1, Date.parse(nextAt) - Date.now());
    await condition(() => lookAgain, Math.min(input.idleMs, untilNext), { summary: 'until the next mail' });
  }
}
