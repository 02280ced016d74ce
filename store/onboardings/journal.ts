import type { Section } from '../../domain/kinds/index.js';
import { onboardingTimes, type OnboardingTimes, type Seat, type Step } from '../../domain/onboardings/times.js';
import { externalRoles } from '../../domain/roles.js';
import type { Action } from '../../domain/stages.js';
import type { Client } from '../../prisma/generated/client.js';
import type { Party } from '../audit.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import type { DecisionResult } from '../decisions/propose.js';

/** More decisions and export runs than any onboarding has; the times of one that had more end with the last that is read. */
const mostSteps = 10_000;

/** How the way of a client went, from the decisions and export runs that a purge removes. */
export interface Journal {
  readonly times: OnboardingTimes;
  readonly resets: Readonly<Partial<Record<Section, number>>>;
  /** The party that each section was last submitted by. */
  readonly submittedFor: Readonly<Partial<Record<Section, Party>>>;
  readonly runs: { readonly all: number; readonly blocked: number; readonly startedBy: string | null };
}

/** The journal of a client up to the end of its export. */
export async function readJournal(context: StoreContext, client: ClientKey, row: Client, end: Date): Promise<Journal> {
  const decisions = await context.db.decision.findMany({
    where: { ...ofClient(client), state: 'applied' },
    orderBy: { appliedAt: 'asc' },
    take: mostSteps,
    select: { action: true, section: true, actorId: true, appliedAt: true, result: true },
  });
  const runs = await context.db.export.findMany({ where: ofClient(client), orderBy: { number: 'asc' }, take: mostSteps, select: { state: true, startedBy: true, startedAt: true, finishedAt: true } });
  const outsiders = await context.db.user.findMany({ where: { ...ofClient(client), roles: { hasSome: [...externalRoles] } }, select: { id: true, section: true } });

  const steps: Step[] = decisions.map(({ action, actorId, appliedAt, result }) => ({
    at: appliedAt!,
    stage: (result as unknown as DecisionResult).stage,
    ...signature(action as Action, seatOf(row, actorId)),
  }));
  for (const { state, startedAt, finishedAt } of runs) {
    steps.push({ at: startedAt, stage: 'exporting' });
    // The run that was done ends the journal itself.
    if (finishedAt && state === 'blocked') steps.push({ at: finishedAt, stage: 'export_blocked' });
  }
  const of = (action: Action) => decisions.filter((one) => one.action === action && one.section !== null);
  const resets: Partial<Record<Section, number>> = {};
  for (const { section } of of('reset')) resets[section as Section] = (resets[section as Section] ?? 0) + 1;
  return {
    times: onboardingTimes(row.createdAt, steps, end),
    resets,
    submittedFor: Object.fromEntries(of('submit').map(({ section, actorId }) => [section, partyOfUser(outsiders, actorId)])),
    runs: { all: runs.length, blocked: runs.filter((run) => run.state === 'blocked').length, startedBy: runs.at(-1)?.startedBy ?? null },
  };
}

/** Who holds a seat now; a sign-off of somebody who was replaced does not count any more. */
function seatOf(row: Client, userId: string): Seat | null {
  if (row.engineerId === userId) return 'engineer';
  return row.managerId === userId ? 'manager' : null;
}

function signature(action: Action, seat: Seat | null): Pick<Step, 'signed' | 'withdrawn'> {
  if (!seat) return {};
  if (action === 'sign_off') return { signed: seat };
  return action === 'withdraw_sign_off' ? { withdrawn: seat } : {};
}

function partyOfUser(outsiders: readonly { id: string; section: string | null }[], userId: string): Party {
  const outsider = outsiders.find((one) => one.id === userId);
  if (!outsider) return 'internal';
  return outsider.section === 'accounting' ? 'client' : 'outgoing_msp';
}
