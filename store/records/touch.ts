import type { Section } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { mayEditIn, stages, stageWords, type Stage } from '../../domain/stages.js';
import type { Party } from '../audit.js';
import { clientRow, ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { notFound, Refusal } from '../errors.js';
import { refuseIfSent } from './sent.js';

/**
 * Notes a change of the client's data, and refuses it in a stage in which the section is closed. The row stays locked to the
 * end of the transaction, so a submission and a late save cannot pass each other.
 * @returns the stage that the client is in
 */
export async function touchClient(context: StoreContext, client: ClientKey, section: Section): Promise<Stage> {
  const open = stages.filter((stage) => mayEditIn(section, stage));
  const now = new Date();
  const [touched] = await context.db.client.updateManyAndReturn({
    where: { ...clientRow(client), stage: { in: [...open] } },
    data: { version: { increment: 1 }, updatedAt: now, lastActivityAt: now },
    select: { stage: true },
  });
  // The two who signed off have not seen what is changed now: they sign again before the export goes on.
  if (touched?.stage === 'export_blocked') await context.db.signOff.deleteMany({ where: ofClient(client) });
  if (touched) return touched.stage as Stage;
  const row = await context.db.client.findFirst({ where: clientRow(client), select: { stage: true } });
  if (!row) throw notFound('client');
  throw new Refusal('wrong_stage', `The ${section} section is closed for changes: ${stageWords[row.stage as Stage]}`);
}

/** The same for records that are there already, some of which an export may have sent. */
export async function touchRecords(context: StoreContext, client: ClientKey, section: Section, ids: readonly string[]): Promise<void> {
  if ((await touchClient(context, client, section)) === 'export_blocked') await refuseIfSent(context, client, ids);
}

export function partyOf(actor: Actor): Party {
  if (!actor.scope) return 'internal';
  return actor.scope.section === 'accounting' ? 'client' : 'outgoing_msp';
}
