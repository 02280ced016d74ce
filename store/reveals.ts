import type { Actor } from '../domain/roles.js';
import { appendAudit, readDetails } from './audit.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { getLabels } from './labels.js';
import { tellOfReveal } from './mail/shown-secrets.js';
import { partyOf } from './records.js';

/** That somebody looked at one secret, or downloaded a client with its secrets. */
export interface Reveal {
  readonly sequence: number;
  readonly at: Date;
  readonly actorId: string | null;
  readonly party: string;
  readonly what: 'secret' | 'download';
  /** Of a secret: where it is, and what its record is called now; null when that is gone. */
  readonly kind: string | null;
  readonly recordId: string | null;
  readonly field: string | null;
  readonly title: string | null;
  /** Of a download: its format. */
  readonly format: string | null;
}

/**
 * Actions of the audit trail by which secrets reach somebody's eyes; of downloads those with passwords alone. Downloads were
 * `made` while the request waited before they were `asked` for.
 */
export const revealActions = ['secret.revealed', 'download.asked', 'download.made'] as const;

/** Entries that are looked through for one page at most: downloads without passwords are passed over. */
const mostOpened = 2_000;
const portion = 200;

/** Notes a look at a secret in the audit trail and for the manager's mail. Belongs into the transaction that reads the secret. */
export async function noteReveal(context: StoreContext, client: ClientKey, actor: Actor, secret: { kind: string; recordId: string; field: string }): Promise<void> {
  await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), action: 'secret.revealed', details: { ...secret } });
  await tellOfReveal(context, client, actor.userId);
}

/** Whether an entry's particulars tell of secrets that were shown. */
export function isReveal(action: string, details: Readonly<Record<string, unknown>> | null): boolean {
  return action === 'secret.revealed' || details?.['passwords'] === 'included' || details?.['passwords'] === true;
}

/** Who looked at a client's secrets, newest first. `next`: where to go on, null at the end. */
export async function listReveals(context: StoreContext, client: ClientKey, page: { limit: number; before: number | null }): Promise<{ reveals: Reveal[]; next: number | null }> {
  const found: Omit<Reveal, 'title'>[] = [];
  let before = page.before;
  let end = false;
  for (let opened = 0; opened < mostOpened && found.length < page.limit && !end; opened += portion) {
    const rows = await context.db.auditEntry.findMany({
      where: { ...ofClient(client), action: { in: [...revealActions] }, ...(before === null ? {} : { sequence: { lt: before } }) },
      orderBy: { sequence: 'desc' },
      take: portion,
    });
    end = rows.length < portion;
    for (const row of rows) {
      if (found.length === page.limit) {
        end = false;
        break;
      }
      before = row.sequence;
      const details = row.content && (await readDetails(context, client, row.sequence, row.content));
      if (!isReveal(row.action, details)) continue;
      const text = (name: string) => (typeof details?.[name] === 'string' ? details[name] : null);
      const { sequence, at, actorId, party, action } = row;
      found.push({ sequence, at, actorId, party, what: action === 'secret.revealed' ? 'secret' : 'download', kind: text('kind'), recordId: text('recordId'), field: text('field'), format: text('format') });
    }
  }
  const titles = await getLabels(context, client, found.flatMap(({ recordId }) => recordId ?? []));
  return { reveals: found.map((one) => ({ ...one, title: titles.get(one.recordId ?? '') ?? null })), next: end ? null : before };
}
