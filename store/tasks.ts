import { sections, type Section } from '../domain/kinds/index.js';
import { may } from '../domain/permissions.js';
import type { Actor, Role } from '../domain/roles.js';
import { entryStage, reviewStage, type Stage } from '../domain/stages.js';
import type { Party } from './audit.js';
import type { StoreContext } from './context.js';
import { partyOf } from './records.js';
import { companyNames } from './users/companies.js';

/** What somebody is expected to do next. */
export const taskKinds = ['enter', 'sent_back', 'review', 'sign_off', 'assign', 'export', 'export_blocked', 'question', 'answer', 'stuck'] as const;
export type TaskKind = (typeof taskKinds)[number];

export interface Task {
  /** Names the task as long as it lasts. */
  readonly id: string;
  readonly kind: TaskKind;
  readonly clientId: string;
  readonly company: string;
  readonly section: Section | null;
  readonly questionId: string | null;
  readonly since: Date;
}

type Open = Omit<Task, 'company'>;

interface Row {
  readonly id: string;
  readonly stage: string;
  readonly engineerId: string | null;
  readonly managerId: string | null;
  readonly salesRepId: string | null;
  readonly stageChangedAt: Date;
}

interface State {
  readonly section: string;
  readonly submittedBy: string | null;
  readonly sentBackBy: string | null;
  readonly stuckAt: Date | null;
}

/** Most clients, and most questions, that are looked through for one person. */
const most = 20_000;

const under: readonly Stage[] = ['sales', 'sales_review', 'accounting', 'accounting_review', 'msp', 'msp_review', 'sign_off', 'ready', 'export_blocked'];

/**
 * What waits for the actor, oldest first. A seat that nobody is assigned to is the task of everybody with its role.
 * @returns one page, and how many there are in all
 */
export async function tasksOf(context: StoreContext, actor: Actor, page: { limit: number; after: { key: number | null; id: string } | null }): Promise<{ tasks: Task[]; total: number }> {
  const found = await context.db.client.findMany({
    where: { tenantId: actor.tenantId, stage: { in: [...under] }, ...(actor.scope ? { id: actor.scope.clientId } : {}) },
    select: { id: true, stage: true, engineerId: true, managerId: true, salesRepId: true, stageChangedAt: true },
    orderBy: { id: 'desc' },
    take: most,
  });
  const rolesOf = await rolesOfPeople(context, actor.tenantId);
  const clients = withoutLeavers(rolesOf, found);
  const ids = clients.map((client) => client.id);
  const [states, signOffs, questions] = [
    await context.db.sectionState.findMany({ where: { tenantId: actor.tenantId, clientId: { in: ids } }, select: { clientId: true, section: true, submittedBy: true, sentBackBy: true, stuckAt: true } }),
    await context.db.signOff.findMany({ where: { tenantId: actor.tenantId, clientId: { in: ids } }, select: { clientId: true, role: true, userId: true } }),
    await context.db.question.findMany({
      where: { tenantId: actor.tenantId, state: { in: ['open', 'answered'] }, ...(actor.scope ? { clientId: actor.scope.clientId } : {}) },
      select: { id: true, clientId: true, section: true, state: true, waitingFor: true, askedBy: true, updatedAt: true },
      take: most,
    }),
  ];
  const [statesOf, signOffsOf] = [perClient(states), perClient(signOffs)];
  const byClient = new Map(clients.map((client) => [client.id, client]));
  const open = [
    ...clients.flatMap((client) => stageTasks(actor, client, statesOf.get(client.id) ?? [], signOffsOf.get(client.id) ?? [], rolesOf)),
    ...questions.flatMap((question) => questionTasks(actor, byClient.get(question.clientId), question)),
  ].sort((a, b) => a.since.getTime() - b.since.getTime() || (a.id < b.id ? -1 : 1));
  const { after } = page;
  const left = after ? open.filter((task) => task.since.getTime() > after.key! || (task.since.getTime() === after.key && task.id > after.id)) : open;
  const shown = left.slice(0, page.limit);
  const names = await companyNames(context, actor.tenantId, [...new Set(shown.map((task) => task.clientId))]);
  const tasks = shown.map((task): Task => ({ ...task, company: names.get(task.clientId) ?? '' }));
  return { tasks, total: open.length };
}

/** The active internal people with their roles. */
type RolesOf = ReadonlyMap<string, readonly string[]>;

async function rolesOfPeople(context: StoreContext, tenantId: string): Promise<RolesOf> {
  const people = await context.db.user.findMany({ where: { tenantId, active: true, clientId: null }, select: { id: true, roles: true }, take: most });
  return new Map(people.map((one) => [one.id, one.roles]));
}

/** A seat whose holder left, or lost the role, is empty: what waits there is everybody's with the role. */
function withoutLeavers<T extends Row>(rolesOf: RolesOf, clients: readonly T[]): T[] {
  const held = (userId: string | null, role: Role) => (userId !== null && rolesOf.get(userId)?.includes(role) ? userId : null);
  return clients.map((client) => ({
    ...client,
    engineerId: held(client.engineerId, 'onboarding_engineer'),
    managerId: held(client.managerId, 'manager'),
    salesRepId: held(client.salesRepId, 'sales_rep'),
  }));
}

/** Only two assigned people, and different ones, can sign off. */
const emptySeat = ({ engineerId, managerId }: Row): boolean => !engineerId || !managerId || engineerId === managerId;

function perClient<T extends { clientId: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(row.clientId, [...(groups.get(row.clientId) ?? []), row]);
  return groups;
}

function stageTasks(actor: Actor, client: Row, states: readonly State[], signOffs: readonly { role: string; userId: string }[], rolesOf: RolesOf): Open[] {
  const stage = client.stage as Stage;
  const task = (kind: TaskKind, section: Section | null, since = client.stageChangedAt): Open => ({
    id: [kind, client.id, ...(section ? [section] : [])].join('/'),
    kind,
    clientId: client.id,
    section,
    questionId: null,
    since,
  });
  const tasks: Open[] = [];
  for (const section of sections) {
    const state = states.find((one) => one.section === section);
    const reads = may(actor, 'section.read', { clientId: client.id, section });
    if (!state || !reads) continue;
    if (stage === entryStage[section] && enters(actor, client, section)) tasks.push(task(state.sentBackBy ? 'sent_back' : 'enter', section));
    if (stage === reviewStage[section] && reviews(actor, client, section, state.submittedBy, rolesOf)) tasks.push(task('review', section));
    if (state.stuckAt && holds(actor, client.managerId, 'manager')) tasks.push(task('stuck', section, state.stuckAt));
  }
  const waitsForSignOff = stage === 'sign_off' || (stage === 'export_blocked' && signOffs.length < 2);
  if (waitsForSignOff && signs(actor, client, signOffs)) tasks.push(task('sign_off', null));
  if (waitsForSignOff && emptySeat(client) && may(actor, 'client.assign', { clientId: client.id })) tasks.push(task('assign', null));
  if (stage === 'ready' && holds(actor, client.engineerId, 'onboarding_engineer')) tasks.push(task('export', null));
  if (stage === 'export_blocked' && holds(actor, client.engineerId, 'onboarding_engineer')) tasks.push(task('export_blocked', null));
  return tasks;
}

/** Whether the seat is the actor's: theirs by assignment, or nobody's and they have its role. */
function holds(actor: Actor, seat: string | null, role: Role): boolean {
  return !actor.scope && (seat === actor.userId || (seat === null && actor.roles.includes(role)));
}

function enters(actor: Actor, client: Row, section: Section): boolean {
  if (actor.scope) return actor.scope.clientId === client.id && actor.scope.section === section;
  return section === 'sales' && holds(actor, client.salesRepId, 'sales_rep');
}

/** Nobody approves what they submitted: where that leaves no reviewer, it waits for everybody else who may. */
function reviews(actor: Actor, client: Row, section: Section, submittedBy: string | null, rolesOf: RolesOf): boolean {
  if (submittedBy === actor.userId || !may(actor, 'section.approve', { clientId: client.id, section })) return false;
  const [seat, role]: [string | null, Role] = section === 'sales' ? [client.managerId, 'manager'] : [client.engineerId, 'onboarding_engineer'];
  if (seat !== null) return seat === actor.userId || seat === submittedBy;
  return actor.roles.includes(role) || ![...rolesOf].some(([id, roles]) => id !== submittedBy && roles.includes(role));
}

function signs(actor: Actor, client: Row, given: readonly { role: string; userId: string }[]): boolean {
  if (actor.scope || given.some((one) => one.userId === actor.userId)) return false;
  const seats = [
    ...(client.engineerId === actor.userId && actor.roles.includes('onboarding_engineer') ? ['engineer'] : []),
    ...(client.managerId === actor.userId && actor.roles.includes('manager') ? ['manager'] : []),
  ];
  return seats.some((role) => !given.some((one) => one.role === role));
}

function questionTasks(
  actor: Actor,
  client: Row | undefined,
  question: { id: string; clientId: string; section: string; state: string; waitingFor: string; askedBy: string; updatedAt: Date },
): Open[] {
  const section = question.section as Section;
  if (!client || !may(actor, 'question.read', { clientId: question.clientId, section })) return [];
  const kind = question.state === 'answered' ? 'answer' : 'question';
  const mine = kind === 'answer' ? question.askedBy === actor.userId : (question.waitingFor as Party) === partyOf(actor) && question.askedBy !== actor.userId && looksAfter(actor, client, section);
  return mine ? [{ id: `${kind}/${question.id}`, kind, clientId: question.clientId, section, questionId: question.id, since: question.updatedAt }] : [];
}

function looksAfter(actor: Actor, client: Row, section: Section): boolean {
  if (actor.scope) return true;
  if (section !== 'sales') return holds(actor, client.engineerId ?? client.managerId, 'onboarding_engineer');
  return holds(actor, client.salesRepId, 'sales_rep') || holds(actor, client.managerId, 'manager');
}
