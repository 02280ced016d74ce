import { inactivityIn, type Inactivity } from '../../domain/reminders/cases.js';
import type { MailSettings } from '../../domain/mail/settings.js';
import { allowedFrom, allowedNextDay, localDay } from '../../domain/reminders/quiet.js';
import type { Stage } from '../../domain/stages.js';
import { clientRow, lockClient, ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { newId } from '../ids.js';
import { queueMail } from '../mail/queue.js';
import { readMailSettings } from '../mail/tenant-settings.js';
import { managersFor, remindedPeople } from './recipients.js';
import { inactiveSince } from './reminded.js';

const hour = 3_600_000;

/** Reminders wait this long for others to the same person, so that what comes due together goes out as one mail. */
const gatherMs = 15 * 60_000;

/** After so many reminders about the same nobody is told any more, until something happens. */
const mostReminders = 30;

/**
 * Reminds the people that a client waits for, if nothing has happened for the tenant's interval, and says when to ask again.
 * Asking twice reminds once.
 * @param now the clock of the process that asks
 * @returns null when the client waits for nobody who is reminded
 */
export async function remindIfIdle(store: Store, client: ClientKey, now: Date): Promise<{ askAgainAt: Date | null }> {
  const known = await store.db.client.findUnique({ where: { id: clientRow(client).id }, select: { id: true } });
  if (!known) return { askAgainAt: null };
  return inTransaction(store, async (context) => {
    const row = await lockClient(context, client);
    const waits = inactivityIn[row.stage as Stage];
    if (!waits) return { askAgainAt: null };
    const settings = await readMailSettings(context, client.tenantId);
    const interval = settings.reminders.everyHours * hour;
    const since = inactiveSince(row);
    const last = await context.db.reminder.findFirst({ where: { ...ofClient(client), remindedAt: { gte: since } }, orderBy: [{ remindedAt: 'desc' }, { number: 'desc' }] });
    const dueAt = new Date((last?.remindedAt ?? since).getTime() + interval);
    if (dueAt > now) return { askAgainAt: dueAt };

    const askAgainAt = new Date(now.getTime() + interval);
    const number = (last?.number ?? 0) + 1;
    const { standIn } = await context.db.sectionState.findUniqueOrThrow({ where: { clientId_section: { clientId: row.id, section: waits.section } }, select: { standIn: true } });
    if (standIn || number > mostReminders) return { askAgainAt };
    const people = await remindedPeople(context, row, waits);
    const { escalateAfter } = settings.reminders;
    // Where there is nobody to remind, somebody must hear at once that the client waits in vain.
    const managers = (escalateAfter !== null && number > escalateAfter) || people.length === 0 ? await managersFor(context, row) : [];
    for (const userId of people) await remind(context, client, { userId, case: waits.case, number, now, settings });
    for (const userId of managers.filter((id) => !people.includes(id))) await remind(context, client, { userId, case: 'escalation', number, now, settings });
    return { askAgainAt };
  });
}

/** When to look at the client next, should nothing happen in it; null when nobody would be reminded. */
export async function nextReminder(context: StoreContext, client: ClientKey): Promise<Date | null> {
  const row = await context.db.client.findFirst({ where: clientRow(client) });
  if (!row || !inactivityIn[row.stage as Stage]) return null;
  const { reminders } = await readMailSettings(context, client.tenantId);
  return new Date(inactiveSince(row).getTime() + reminders.everyHours * hour);
}

interface NewReminder {
  readonly userId: string;
  readonly case: Inactivity;
  readonly number: number;
  readonly now: Date;
  readonly settings: MailSettings;
}

async function remind(context: StoreContext, client: ClientKey, reminder: NewReminder): Promise<void> {
  const { userId, case: why, number, now } = reminder;
  const mailId = await reminderMail(context, client.tenantId, reminder);
  await context.db.reminder.create({ data: { id: newId(), ...ofClient(client), userId, case: why, number, remindedAt: now, mailId } });
}

/**
 * The person's one reminder mail of a day, by the tenant's calendar: today's while it waits to be sent, else the next day's.
 * Locked to the end of the transaction, so that it is not sent before this reminder is in it.
 */
async function reminderMail(context: StoreContext, tenantId: string, { userId, now, settings }: NewReminder): Promise<string> {
  // People of one client only: their mails go with it.
  const { clientId } = await context.db.user.findUniqueOrThrow({ where: { id: userId }, select: { clientId: true } });
  let notBefore = allowedFrom(new Date(now.getTime() + gatherMs), settings);
  for (;;) {
    const dedupeKey = `reminder/${userId}/${localDay(notBefore, settings.timeZone)}`;
    const made = await queueMail(context, { tenantId, clientId, to: userId, template: 'reminder', facts: {}, dedupeKey, notBefore });
    if (made) return made;
    const [waiting] = await context.db.$queryRaw<{ id: string; state: string }[]>`
      SELECT "id", "state" FROM "Mail" WHERE "tenantId" = ${tenantId}::uuid AND "dedupeKey" = ${dedupeKey} FOR UPDATE`;
    if (waiting?.state === 'queued') return waiting.id;
    notBefore = allowedNextDay(notBefore, settings);
  }
}
