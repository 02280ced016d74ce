import { DateTime } from 'luxon';
import { allowedNextDay, localDay } from '../../domain/reminders/quiet.js';
import type { Mail } from '../../prisma/generated/client.js';
import { readDetails } from '../audit.js';
import type { ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { managersFor } from '../reminders/recipients.js';
import { isReveal, revealActions } from '../reveals.js';
import { KeyGoneError } from '../vault/vault.js';
import { companyOf } from './compose.js';
import { queueMail } from './queue.js';
import { readMailSettings } from './tenant-settings.js';

/** One line of the mail: a client whose secrets somebody else saw. */
export interface ShownSecrets {
  readonly clientId: string;
  readonly company: string;
  /** Secrets that were looked at, one by one. */
  readonly looks: number;
  /** Downloads with all of them. */
  readonly downloads: number;
  readonly people: number;
}

/** Most looks that one mail counts, and most clients that it names; the list of each client has all of them. */
const mostEntries = 5_000;
const mostClients = 100;

/**
 * Lets a client's manager know that somebody else saw its secrets: one mail a manager and day, in the morning after, with all
 * of that day. Belongs into the transaction of the look, after its audit entry.
 */
export async function tellOfReveal(context: StoreContext, client: ClientKey, actorId: string, now = new Date()): Promise<void> {
  const row = await context.db.client.findFirst({ where: { id: client.clientId, tenantId: client.tenantId } });
  if (!row) return;
  const managers = (await managersFor(context, row)).filter((id) => id !== actorId);
  if (managers.length === 0) return;
  const settings = await readMailSettings(context, client.tenantId);
  const head = await context.db.auditHead.findUnique({ where: { tenantId: client.tenantId }, select: { sequence: true } });
  const day = localDay(now, settings.timeZone);
  for (const to of managers) {
    const dedupeKey = `secrets-shown/${day}/${to}`;
    await queueMail(context, { tenantId: client.tenantId, to, template: 'secrets_shown', facts: { day, from: head?.sequence ?? 1 }, dedupeKey, notBefore: allowedNextDay(now, settings) });
  }
}

/** What the mail tells: looks of the day by others at secrets of clients that the reader is the manager of. */
export async function shownSecrets(context: StoreContext, mail: Mail, { day, from }: { day: string; from: number }, timeZone: string): Promise<ShownSecrets[]> {
  const end = DateTime.fromISO(day, { zone: timeZone }).plus({ days: 1 }).startOf('day').toJSDate();
  const { tenantId, userId } = mail;
  const rows = await context.db.auditEntry.findMany({
    where: { tenantId, sequence: { gte: from }, at: { lt: end }, action: { in: [...revealActions] }, clientId: { not: null } },
    orderBy: { sequence: 'asc' },
    take: mostEntries,
  });
  const byClient = new Map<string, { looks: number; downloads: number; people: Set<string> }>();
  for (const row of rows) {
    if (row.actorId === userId) continue;
    const clientId = row.clientId!;
    const details = row.content && row.action !== 'secret.revealed' ? await readDetails(context, { tenantId, clientId }, row.sequence, row.content) : null;
    if (!isReveal(row.action, details)) continue;
    const sums = byClient.get(clientId) ?? { looks: 0, downloads: 0, people: new Set() };
    byClient.set(clientId, sums);
    if (row.action === 'secret.revealed') sums.looks += 1;
    else sums.downloads += 1;
    if (row.actorId) sums.people.add(row.actorId);
  }
  const shown: ShownSecrets[] = [];
  for (const [clientId, { looks, downloads, people }] of byClient) {
    if (shown.length === mostClients) break;
    const client = await context.db.client.findFirst({ where: { id: clientId, tenantId } });
    if (!client || !(await managersFor(context, client)).includes(userId)) continue;
    const company = await companyOf(context, { tenantId, clientId }).catch(unlessPurged);
    if (company !== null) shown.push({ clientId, company, looks, downloads, people: people.size });
  }
  return shown;
}

function unlessPurged(error: unknown): null {
  if (error instanceof KeyGoneError) return null;
  throw error;
}
