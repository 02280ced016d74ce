/** Mail of every step to the people who act next. Each runs in the transaction of its step. */
import type { Section } from '../../domain/kinds/index.js';
import type { FactsOf, TemplateName } from '../../domain/mail/templates.js';
import type { Role } from '../../domain/roles.js';
import { entryStage, type Action, type Stage } from '../../domain/stages.js';
import type { Client } from '../../prisma/generated/client.js';
import type { ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { inviteParty } from '../parties.js';
import { peopleFor, reviewersFor, seatHolders, stillHere } from '../reminders/recipients.js';
import { queueMail } from './queue.js';

export interface TakenStep {
  readonly client: ClientKey;
  /** The client as it is after the step. */
  readonly row: Client;
  readonly decisionId: string;
  readonly actorId: string;
  readonly action: Action;
  readonly section: Section | null;
  readonly from: Stage;
  readonly to: Stage;
  /** How many reasons were given. */
  readonly reasons: number;
  /** Who had submitted the section before the step. */
  readonly submittedBy: string | null;
}

const reviewer: Readonly<Record<Section, Role>> = { sales: 'manager', accounting: 'onboarding_engineer', msp: 'onboarding_engineer' };
const owner: Readonly<Record<Section, Role>> = { sales: 'sales_rep', accounting: 'accountant', msp: 'msp' };

/** Tells of a decision. Nobody is told what they did themselves. */
export async function tellOfDecision(context: StoreContext, step: TakenStep): Promise<void> {
  const { row, section, action, from, to } = step;
  const tell = <T extends TemplateName>(people: readonly (string | null)[], template: T, facts: FactsOf<T>) =>
    tellEach(context, step.client, people.filter((id) => id !== step.actorId), template, facts, `decision/${step.decisionId}`);

  if (action === 'submit') await tell(await reviewersFor(context, row, { section: section!, role: reviewer[section!] }, step.actorId), 'submitted', { section: section! });
  if (action === 'approve') await tell([step.submittedBy, row.salesRepId, row.managerId, row.engineerId], 'approved', { section: section! });
  if (action === 'send_back' || action === 'reset') {
    // Whoever submitted it may have stood in for the section's own people, or have left.
    const submitter = await stillHere(context, row.tenantId, [step.submittedBy]);
    await tell([...submitter, ...(await peopleFor(context, row, owner[section!]))], 'sent_back', { section: section!, reasons: step.reasons });
  }
  // Another stage begins: whoever acts in it hears, however it came about.
  if (from === to) return;
  for (const external of ['accounting', 'msp'] as const) {
    // After a send-back they still have their access; after a reset it ended with the approval.
    if (to === entryStage[external] && action !== 'send_back') await inviteParty(context, step.client, external);
  }
  if (to === 'sign_off' && action !== 'withdraw_sign_off') {
    const seated = await seatHolders(context, row, ['onboarding_engineer', 'manager']);
    // Where a seat is empty, or both are one person's, somebody must fill it first.
    const others = seated.length === 2 ? [] : await peopleFor(context, row, 'manager');
    await tell([...seated, ...others], 'sign_off_wanted', {});
  }
  if (to === 'ready') await tell(await peopleFor(context, row, 'onboarding_engineer'), 'ready', {});
}

/** Tells the assigned people (where they left, all of their role), and who started it, how an export ended. */
export async function tellOfExport(context: StoreContext, client: ClientKey, row: Client, run: { id: string; startedBy: string; state: 'done' | 'blocked' }): Promise<void> {
  const people = [run.startedBy, ...(await peopleFor(context, row, 'onboarding_engineer')), ...(await peopleFor(context, row, 'manager'))];
  await tellEach(context, client, people, run.state === 'done' ? 'export_done' : 'export_blocked', {}, `export/${run.id}/${run.state}`);
}

type Seats = Pick<Client, 'engineerId' | 'managerId' | 'salesRepId'>;

const seats = [
  ['engineerId', 'engineer'],
  ['managerId', 'manager'],
  ['salesRepId', 'sales_rep'],
] as const;

/** Tells who has got a client and who has lost it. `before` is null for a new client. */
export async function tellOfAssignment(context: StoreContext, client: ClientKey, actorId: string, before: Seats | null, after: Seats & { version: number }): Promise<void> {
  for (const [column, as] of seats) {
    const [old, now] = [before?.[column] ?? null, after[column]];
    if (old === now) continue;
    const key = `assignment/${client.clientId}/${after.version}/${as}`;
    if (now !== actorId) await tellEach(context, client, [now], 'assigned', { as }, key);
    if (old !== actorId) await tellEach(context, client, [old], 'reassigned', { as }, `${key}/before`);
  }
}

async function tellEach<T extends TemplateName>(context: StoreContext, client: ClientKey, people: readonly (string | null)[], template: T, facts: FactsOf<T>, occasion: string): Promise<void> {
  for (const to of new Set(people)) if (to) await queueMail(context, { ...client, to, template, facts, dedupeKey: `${occasion}/${template}/${to}` });
}
