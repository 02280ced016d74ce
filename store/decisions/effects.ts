import { pageByName, sections, type Page, type Section } from '../../domain/kinds/index.js';
import { purgeDate } from '../../domain/retention.js';
import type { Actor, Role } from '../../domain/roles.js';
import type { Action, Stage, Transition } from '../../domain/stages.js';
import type { Client, Prisma } from '../../prisma/generated/client.js';
import { percentages } from '../clients.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { continueExport, createExport } from '../exports.js';
import { findConnection } from '../it-glue-connection.js';
import { adoptMappings } from '../mappings.js';
import { previewAnswers, shownMappings } from '../preview-questions.js';
import { adoptChoices } from '../spelling.js';
import { standInForPage, withdrawStandIns } from '../page-stand-ins.js';
import { checkReasons, settleSection, writeRemarks } from '../remarks.js';
import { pagesFrom } from '../sections.js';
import { countRecords } from '../records.js';
import { endAccess } from '../sessions/end.js';
import { tierOf } from '../tiers.js';
import type { DecisionFacts } from './propose.js';
import { askPurge, backInRetention, confirmPurge, holdRetention, moveRetention, noRequest, refuseOnHold, releaseHold, requireReason } from './retention.js';
import type { Reason } from './reasons.js';

export interface Case {
  readonly client: ClientKey;
  readonly row: Client;
  readonly actor: Actor;
  readonly section: Section | null;
  readonly transition: Transition;
  readonly decisionId: string;
  readonly facts: DecisionFacts;
  readonly reasons: readonly Reason[];
}

export interface Effect {
  readonly stage: Stage;
  /** Further columns of the client that change. */
  readonly client?: Prisma.ClientUncheckedUpdateInput;
  readonly exportId?: string;
}

/** What each decision does beside moving the stage. Runs in the decision's transaction. */
export const effects: Readonly<Record<Action, (context: StoreContext, decision: Case) => Promise<Effect>>> = {
  submit,
  approve,
  send_back: sendBack,
  reset,
  stand_in: standIn,
  stand_in_page: standInPage,
  withdraw_stand_in: withdrawStandIn,
  sign_off: signOff,
  withdraw_sign_off: withdrawSignOff,
  start_export: startExport,
  retry_export: retryExport,
  move_retention: moveRetention,
  hold_retention: holdRetention,
  release_hold: releaseHold,
  ask_purge: askPurge,
  confirm_purge: confirmPurge,
  delete: deleteClient,
  restore,
};

async function submit(context: StoreContext, decision: Case): Promise<Effect> {
  await requireComplete(context, decision);
  await settleSection(context, decision.client, decision.actor, decision.section!);
  await setSection(context, decision, { state: 'submitted', submittedBy: decision.actor.userId, submittedAt: new Date(), sentBackBy: null, ...unstuck });
  return { stage: target(decision) };
}

async function approve(context: StoreContext, decision: Case): Promise<Effect> {
  const state = await context.db.sectionState.findUniqueOrThrow({ where: sectionKey(decision) });
  if (state.submittedBy !== null && (await isSamePerson(context, decision, state.submittedBy))) {
    throw new Refusal('wrong_role', 'Nobody approves what they submitted themselves; somebody else must look at it');
  }
  await setSection(context, decision, {
    state: 'approved',
    approvedBy: decision.actor.userId,
    approvedAt: new Date(),
    approvedAs: roleUsed(decision),
  });
  // The party that entered the section has done its part: its sign-ins end here.
  await endAccess(context, { clientId: decision.client.clientId, section: decision.section! }, 'section_approved');
  return { stage: target(decision) };
}

/** Also where somebody has a second account: an internal person whom a section names as its contact is invited like anybody else. */
async function isSamePerson(context: StoreContext, { client, actor }: Case, submittedBy: string): Promise<boolean> {
  const people = await context.db.user.findMany({ where: { id: { in: [submittedBy, actor.userId] }, tenantId: client.tenantId }, select: { emailHash: true } });
  return submittedBy === actor.userId || new Set(people.map((one) => one.emailHash)).size < people.length;
}

async function sendBack(context: StoreContext, decision: Case): Promise<Effect> {
  requireReason(decision);
  await checkReasons(context, decision.client, decision.section!, decision.reasons);
  await setSection(context, decision, {
    state: 'sent_back',
    submittedBy: null,
    submittedAt: null,
    sendBacks: { increment: 1 },
    sentBackBy: decision.decisionId,
  });
  await writeRemarks(context, decision.client, decision.actor, decision.section!, decision.decisionId, decision.reasons);
  return { stage: target(decision) };
}

/** Opens a section again; what was approved after it must be approved again, and sign-offs are withdrawn. */
async function reset(context: StoreContext, decision: Case): Promise<Effect> {
  requireReason(decision);
  const from = sections.indexOf(decision.section!);
  await context.db.sectionState.updateMany({
    where: { clientId: decision.client.clientId, section: { in: sections.slice(from) } },
    data: { state: 'open', submittedBy: null, submittedAt: null, approvedBy: null, approvedAt: null, approvedAs: null, standIn: false },
  });
  await setSection(context, decision, { state: 'sent_back', sentBackBy: decision.decisionId });
  await writeRemarks(context, decision.client, decision.actor, decision.section!, decision.decisionId, decision.reasons);
  await withdrawStandIns(context, decision.client, { sections: sections.slice(from) });
  await context.db.signOff.deleteMany({ where: { clientId: decision.client.clientId } });
  return { stage: target(decision) };
}

/** An internal person typed the section in the outgoing MSP's place: no review, approved by itself, recorded as such. */
async function standIn(context: StoreContext, decision: Case): Promise<Effect> {
  requireReason(decision);
  await requireComplete(context, decision);
  await completeStandIn(context, decision);
  return { stage: target(decision) };
}

/** The same for one page. With the last page the section is complete: there is nothing left for anybody to review. */
async function standInPage(context: StoreContext, decision: Case): Promise<Effect> {
  requireReason(decision);
  const page = pageOf(decision);
  const [view] = pagesFrom(page.section, await countRecords(context, [decision.client.clientId])).filter((one) => one.page.name === page.name);
  if (view!.percent < 100) throw new Refusal('incomplete', `The page ${page.label} is ${view!.percent} % complete; what is missing must be filled in first`);
  const all = await standInForPage(context, decision.client, decision.actor, page, decision.reasons[0]!.text);
  if (!all) return { stage: decision.row.stage as Stage };
  // A page that somebody answered for earlier may have a gap by now.
  await requireComplete(context, decision);
  await completeStandIn(context, decision);
  return { stage: 'sign_off' };
}

async function withdrawStandIn(context: StoreContext, decision: Case): Promise<Effect> {
  const count = await withdrawStandIns(context, decision.client, { page: pageOf(decision).name });
  if (count === 0) throw new Refusal('invalid', 'Nobody stands in for this page', [{ field: 'page', message: 'has no stand-in' }]);
  return { stage: decision.row.stage as Stage };
}

function pageOf(decision: Case): Page {
  const page = pageByName(decision.section!, decision.facts.page ?? '');
  if (!page) throw new Refusal('invalid', 'The section has no such page', [{ field: 'page', message: 'is no page of this section' }]);
  return page;
}

async function completeStandIn(context: StoreContext, decision: Case): Promise<void> {
  const now = new Date();
  const by = decision.actor.userId;
  await settleSection(context, decision.client, decision.actor, decision.section!);
  await setSection(context, decision, {
    state: 'approved',
    standIn: true,
    submittedBy: by,
    submittedAt: now,
    approvedBy: by,
    approvedAt: now,
    approvedAs: roleUsed(decision),
    sentBackBy: null,
    ...unstuck,
  });
  await endAccess(context, { clientId: decision.client.clientId, section: decision.section! }, 'section_approved');
}

async function signOff(context: StoreContext, decision: Case): Promise<Effect> {
  const { client, row, actor } = decision;
  const given = await context.db.signOff.findMany({ where: { clientId: client.clientId } });
  const open = seats(row, actor).filter((role) => !given.some((one) => one.role === role));
  const [role] = open;
  if (!role) throw new Refusal('wrong_role', 'Only the assigned onboarding engineer and the assigned manager sign off, each once');
  if (given.some((one) => one.userId === actor.userId)) {
    throw new Refusal('wrong_role', 'Engineer and manager must be two different people');
  }
  await context.db.signOff.create({ data: { clientId: client.clientId, role, tenantId: client.tenantId, userId: actor.userId } });
  if (row.stage === 'export_blocked') return { stage: 'export_blocked' };
  return { stage: given.length + 1 === 2 ? 'ready' : 'sign_off' };
}

async function withdrawSignOff(context: StoreContext, { client, row, actor }: Case): Promise<Effect> {
  const { count } = await context.db.signOff.deleteMany({ where: { clientId: client.clientId, role: { in: seats(row, actor) } } });
  if (count === 0) throw new Refusal('wrong_role', 'There is no sign-off of yours to withdraw');
  return { stage: 'sign_off' };
}

async function startExport(context: StoreContext, decision: Case): Promise<Effect> {
  const { previewId } = decision.facts;
  const preview = previewId && await context.db.preview.findFirst({
    where: { id: previewId, ...ofClient(decision.client), state: 'ready' },
    select: { id: true, dataVersion: true, createdAt: true },
  });
  if (!preview) throw new Refusal('stale_preview', 'There is no such preview of this client');
  if (preview.dataVersion !== decision.row.version) {
    throw new Refusal('stale_preview', 'The client was changed after the preview was made; look at a new one first');
  }
  const connection = await findConnection(context, decision.client.tenantId);
  if (connection && connection.keySetAt > preview.createdAt) {
    throw new Refusal('stale_preview', 'The IT Glue connection was changed after the preview was made; look at a new one first');
  }
  await adoptAnswers(context, decision, preview.id);
  const exportId = await createExport(context, decision.client, {
    previewId: preview.id,
    organizationTypeId: decision.facts.organizationTypeId ?? null,
    organizationStatusId: decision.facts.organizationStatusId ?? null,
    startedBy: decision.actor.userId,
  });
  await endAccess(context, { clientId: decision.client.clientId }, 'exported');
  return { stage: target(decision), exportId };
}

/** What the preview preselected and nobody contradicted is taken; what it asked must have been answered. */
async function adoptAnswers(context: StoreContext, decision: Case, previewId: string): Promise<void> {
  const { client, actor } = decision;
  const answers = await previewAnswers(context, client, previewId);
  refuseForeignChoice(decision, 'organizationTypeId', 'type', answers.organizationTypes);
  refuseForeignChoice(decision, 'organizationStatusId', 'status', answers.organizationStatuses);
  const { spellings, words, problems } = answers.open;
  const questions = [
    spellings.length > 0 && `${spellings.length} makes or models may be existing ones in another spelling; say for each which it is`,
    words.length > 0 && `${words.length} types or categories may be existing ones in another spelling; say for each which it is`,
    problems.length > 0 && `IT Glue would refuse ${new Set(problems.map((one) => one.recordId)).size} records; skip them with a reason, or open their section again and correct them`,
  ].filter((question) => question !== false);
  if (questions.length > 0) throw new Refusal('undecided', questions.join('. '));
  await adoptChoices(context, client, actor.userId, answers.preselected);
  await adoptMappings(context, client, actor.userId, shownMappings(answers));
}

/** Types and statuses are chosen from what the preview lists: another id would stop the export at its first request. */
function refuseForeignChoice({ facts }: Case, field: 'organizationTypeId' | 'organizationStatusId', word: string, listed: readonly { id: string }[] | null): void {
  const chosen = facts[field];
  if (!chosen || listed === null || listed.some((one) => one.id === chosen)) return;
  throw new Refusal('invalid', `The organization ${word} is none of the account's; choose one that the preview lists`, [{ field, message: `is no organization ${word} of the account` }]);
}

async function retryExport(context: StoreContext, decision: Case): Promise<Effect> {
  if ((await context.db.signOff.count({ where: ofClient(decision.client) })) < 2) {
    throw new Refusal('undecided', 'The data was changed after the sign-off; the assigned engineer and manager sign off again first');
  }
  return { stage: target(decision), exportId: await continueExport(context, decision.client, decision.actor.userId) };
}

async function deleteClient(context: StoreContext, decision: Case): Promise<Effect> {
  refuseOnHold(decision);
  const { restoreSeconds } = await tierOf(context, decision.client.tenantId);
  const now = new Date();
  await endAccess(context, { clientId: decision.client.clientId }, 'deleted');
  return {
    stage: 'deleted',
    client: { stageBefore: decision.row.stage, deletedAt: now, purgeAt: purgeDate(now, restoreSeconds), ...noRequest },
  };
}

async function restore(context: StoreContext, decision: Case): Promise<Effect> {
  const stage = decision.row.stageBefore as Stage;
  // What was asked for or decided about the end of the deletion ends with it; a hold is lifted by a release alone.
  const back = { stageBefore: null, deletedAt: null, ...noRequest };
  if (stage === 'retention') return { stage, client: { ...back, ...(await backInRetention(context, decision)) } };
  return { stage, client: { ...back, purgeAt: null, heldSince: null, heldPurgeAt: null } };
}

function target(decision: Case): Stage {
  const { to } = decision.transition;
  if (to === 'stay' || to === 'before_deletion') throw new Error(`${decision.transition.action} decides its stage itself`);
  return to;
}

async function requireComplete(context: StoreContext, decision: Case): Promise<void> {
  const percent = percentages(await countRecords(context, [decision.client.clientId]))[decision.section!];
  if (percent < 100) throw new Refusal('incomplete', `The section is ${percent} % complete; what is missing must be filled in first`);
}

/** The seats of the sign-off that the actor holds: assigned to it, and with its role. */
function seats(row: Client, actor: Actor): ('engineer' | 'manager')[] {
  const held: ('engineer' | 'manager')[] = [];
  if (row.engineerId === actor.userId && actor.roles.includes('onboarding_engineer')) held.push('engineer');
  if (row.managerId === actor.userId && actor.roles.includes('manager')) held.push('manager');
  return held;
}

/** Whoever moves a section on is not stuck any more. */
const unstuck = { stuckBy: null, stuckFor: null, stuckAt: null, stuckReason: null };

const sectionKey = (decision: Case) => ({ clientId_section: { clientId: decision.client.clientId, section: decision.section! } });

async function setSection(context: StoreContext, decision: Case, data: Prisma.SectionStateUncheckedUpdateInput): Promise<void> {
  await context.db.sectionState.update({ where: sectionKey(decision), data });
}

function roleUsed(decision: Case): Role | null {
  const order: readonly Role[] = ['onboarding_engineer', 'manager', 'administrator'];
  return order.find((role) => decision.actor.roles.includes(role)) ?? null;
}
