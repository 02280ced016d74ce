import type { Section } from '../domain/kinds/index.js';
import type { Actor } from '../domain/roles.js';
import { stageWords, underWay, type Stage } from '../domain/stages.js';
import { appendAudit, type Party } from './audit.js';
import { getClientRow, lockClient, ofClient, type ClientKey } from './client-row.js';
import { inTransaction, type Store, type StoreContext } from './context.js';
import { Refusal } from './errors.js';
import { newId } from './ids.js';
import { queueMail } from './mail/queue.js';
import { partyOf } from './records.js';
import { managersFor } from './reminders/recipients.js';

/** That somebody cannot go on with a section, and why. */
export interface Stuck {
  readonly by: string;
  readonly party: Party;
  readonly at: Date;
  readonly reason: string;
}

interface StuckColumns {
  readonly stuckBy: string | null;
  readonly stuckFor: string | null;
  readonly stuckAt: Date | null;
  readonly stuckReason: Uint8Array | null;
}

const place = (client: ClientKey, section: Section) => ({ table: 'SectionState', row: `${client.clientId}/${section}`, field: 'stuckReason' });

/**
 * Says that the section cannot go on; the client's manager gets a mail. Said again, the later word counts. It ends when it is
 * cleared or the section is submitted.
 * @throws {Refusal} `wrong_stage` unless the section is being entered or reviewed
 */
export async function markStuck(store: Store, client: ClientKey, actor: Actor, section: Section, reason: string): Promise<void> {
  await change(store, client, actor, section, async (context) => {
    const stuckReason = await context.vault.sealJson(client, place(client, section), reason);
    const data = { stuckBy: actor.userId, stuckFor: partyOf(actor), stuckAt: new Date(), stuckReason };
    await context.db.sectionState.update({ where: { clientId_section: { clientId: client.clientId, section } }, data });
    const told = newId();
    for (const to of (await managersFor(context, await getClientRow(context, client))).filter((id) => id !== actor.userId)) {
      await queueMail(context, { ...ofClient(client), to, template: 'stuck', facts: { section }, dedupeKey: `stuck/${told}/${to}` });
    }
    return { action: 'section.stuck', details: { section, reason } };
  });
}

/** Takes it back. Doing it again changes nothing. */
export async function clearStuck(store: Store, client: ClientKey, actor: Actor, section: Section): Promise<void> {
  await change(store, client, actor, section, async (context) => {
    const { count } = await context.db.sectionState.updateMany({
      where: { ...ofClient(client), section, stuckBy: { not: null } },
      data: { stuckBy: null, stuckFor: null, stuckAt: null, stuckReason: null },
    });
    return count === 0 ? null : { action: 'section.unstuck', details: { section } };
  });
}

/** What the columns of a section's state say. */
export async function readStuck(context: StoreContext, client: ClientKey, section: Section, row: StuckColumns): Promise<Stuck | null> {
  if (!row.stuckBy || !row.stuckAt || !row.stuckReason) return null;
  return { by: row.stuckBy, party: row.stuckFor as Party, at: row.stuckAt, reason: await context.vault.openJson<string>(client, place(client, section), row.stuckReason) };
}

type Noted = { action: string; details: Record<string, unknown> } | null;

async function change(store: Store, client: ClientKey, actor: Actor, section: Section, work: (context: StoreContext) => Promise<Noted>): Promise<void> {
  await inTransaction(store, async (context) => {
    const row = await lockClient(context, client);
    const stage = row.stage as Stage;
    if (!underWay(section, stage)) throw new Refusal('wrong_stage', `The ${section} section is not under way: ${stageWords[stage]}`);
    const noted = await work(context);
    if (!noted) return;
    await context.db.client.updateMany({ where: { id: row.id, tenantId: row.tenantId }, data: { lastActivityAt: new Date() } });
    await appendAudit(context, { ...ofClient(client), actorId: actor.userId, party: partyOf(actor), ...noted });
  });
}
