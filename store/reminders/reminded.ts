import { inactivityIn, type Inactivity } from '../../domain/reminders/cases.js';
import type { Section } from '../../domain/kinds/index.js';
import type { Stage } from '../../domain/stages.js';
import type { Client, Mail } from '../../prisma/generated/client.js';
import type { StoreContext } from '../context.js';
import { companyOf } from '../mail/compose.js';
import { KeyGoneError } from '../vault/vault.js';
import { managersFor, remindedPeople } from './recipients.js';

/** One line of a reminder mail. */
export interface RemindedClient {
  readonly clientId: string;
  readonly section: Section;
  readonly case: Inactivity;
  readonly company: string;
  readonly idleDays: number;
}

const day = 24 * 3_600_000;

/** Most clients in one digest; the others come with the next. */
const mostItems = 100;

/** What a reminder mail is about, as things are now: what was done meanwhile, or is another's by now, is left out. */
export async function remindedBy(context: StoreContext, mail: Mail, now: Date): Promise<RemindedClient[]> {
  const rows = await context.db.reminder.findMany({ where: { mailId: mail.id, tenantId: mail.tenantId }, orderBy: { remindedAt: 'asc' }, take: mostItems });
  const items: RemindedClient[] = [];
  for (const row of rows) {
    const client = await context.db.client.findFirst({ where: { id: row.clientId, tenantId: mail.tenantId } });
    const waits = client && inactivityIn[client.stage as Stage];
    if (!waits || (row.case !== waits.case && row.case !== 'escalation')) continue;
    const since = inactiveSince(client);
    if (since > row.remindedAt) continue;
    const people = row.case === 'escalation' ? await managersFor(context, client) : await remindedPeople(context, client, waits);
    if (!people.includes(mail.userId)) continue;
    const company = await companyOf(context, { tenantId: client.tenantId, clientId: client.id }).catch(unlessPurged);
    if (company === null) continue;
    const idleDays = Math.max(1, Math.floor((now.getTime() - since.getTime()) / day));
    items.push({ clientId: client.id, section: waits.section, case: row.case as Inactivity, company, idleDays });
  }
  return items;
}

/** The last time that anybody did something, or that the stage began. */
export function inactiveSince(client: Pick<Client, 'lastActivityAt' | 'stageChangedAt'>): Date {
  return client.lastActivityAt > client.stageChangedAt ? client.lastActivityAt : client.stageChangedAt;
}

function unlessPurged(error: unknown): null {
  if (error instanceof KeyGoneError) return null;
  throw error;
}
