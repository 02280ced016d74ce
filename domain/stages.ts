import type { Role } from './roles.js';
import type { Section } from './kinds/index.js';

/** Where a client stands. The order is the way of an undisturbed onboarding (design.md section 4). */
export const stages = [
  'sales',
  'sales_review',
  'accounting',
  'accounting_review',
  'msp',
  'msp_review',
  'sign_off',
  'ready',
  'exporting',
  'export_blocked',
  'retention',
  'purged',
  'deleted',
] as const;
export type Stage = (typeof stages)[number];

/** The decisions that people take. Each is one Update of the client's workflow. */
export const actions = [
  'submit',
  'approve',
  'send_back',
  'reset',
  'stand_in',
  'stand_in_page',
  'withdraw_stand_in',
  'sign_off',
  'withdraw_sign_off',
  'start_export',
  'retry_export',
  'move_retention',
  'hold_retention',
  'release_hold',
  'ask_purge',
  'confirm_purge',
  'delete',
  'restore',
] as const;
export type Action = (typeof actions)[number];

/** Steps that the workflow takes by itself. */
export type OwnStep = 'sign_offs_complete' | 'export_done' | 'export_blocked' | 'purge';

/** One row of the table: from these stages, this action (of this section) leads there. */
export interface Transition {
  readonly action: Action | OwnStep;
  readonly section?: Section;
  readonly from: readonly Stage[];
  /** `stay`: the stage does not change; `before_deletion`: back to where the client was. */
  readonly to: Stage | 'stay' | 'before_deletion';
}

const collecting: readonly Stage[] = ['sales', 'sales_review', 'accounting', 'accounting_review', 'msp', 'msp_review', 'sign_off', 'ready'];

const after = (stage: Stage): readonly Stage[] => collecting.slice(collecting.indexOf(stage));

/** The table of all transitions. What is not in it cannot happen. */
export const transitions: readonly Transition[] = [
  { action: 'submit', section: 'sales', from: ['sales'], to: 'sales_review' },
  { action: 'approve', section: 'sales', from: ['sales_review'], to: 'accounting' },
  { action: 'send_back', section: 'sales', from: ['sales_review'], to: 'sales' },
  { action: 'reset', section: 'sales', from: after('accounting'), to: 'sales' },

  { action: 'submit', section: 'accounting', from: ['accounting'], to: 'accounting_review' },
  { action: 'approve', section: 'accounting', from: ['accounting_review'], to: 'msp' },
  { action: 'send_back', section: 'accounting', from: ['accounting_review'], to: 'accounting' },
  { action: 'reset', section: 'accounting', from: after('msp'), to: 'accounting' },

  { action: 'submit', section: 'msp', from: ['msp'], to: 'msp_review' },
  { action: 'approve', section: 'msp', from: ['msp_review'], to: 'sign_off' },
  { action: 'send_back', section: 'msp', from: ['msp_review'], to: 'msp' },
  { action: 'reset', section: 'msp', from: after('sign_off'), to: 'msp' },
  { action: 'stand_in', section: 'msp', from: ['msp'], to: 'sign_off' },
  // With the last page the section is complete, and the client goes on like after a stand-in for the whole.
  { action: 'stand_in_page', section: 'msp', from: ['msp'], to: 'stay' },
  { action: 'withdraw_stand_in', section: 'msp', from: ['msp'], to: 'stay' },

  // Where a refused record was corrected after the sign-offs, they are given again before the export goes on.
  { action: 'sign_off', from: ['sign_off', 'export_blocked'], to: 'stay' },
  { action: 'sign_offs_complete', from: ['sign_off'], to: 'ready' },
  { action: 'withdraw_sign_off', from: ['sign_off', 'ready'], to: 'sign_off' },

  { action: 'start_export', from: ['ready'], to: 'exporting' },
  { action: 'export_blocked', from: ['exporting'], to: 'export_blocked' },
  { action: 'retry_export', from: ['export_blocked'], to: 'exporting' },
  { action: 'export_done', from: ['exporting'], to: 'retention' },

  { action: 'move_retention', from: ['retention', 'deleted'], to: 'stay' },
  { action: 'hold_retention', from: ['retention', 'deleted'], to: 'stay' },
  { action: 'release_hold', from: ['retention', 'deleted'], to: 'stay' },
  { action: 'ask_purge', from: ['retention', 'deleted'], to: 'stay' },
  { action: 'confirm_purge', from: ['retention', 'deleted'], to: 'stay' },
  { action: 'delete', from: [...collecting, 'export_blocked', 'retention'], to: 'deleted' },
  { action: 'restore', from: ['deleted'], to: 'before_deletion' },
  { action: 'purge', from: ['retention', 'deleted'], to: 'purged' },
];

/** The row for an action in a stage, or undefined when the table knows none. */
export function transitionFor(stage: Stage, action: Action | OwnStep, section?: Section): Transition | undefined {
  return transitions.find(
    (row) => row.action === action && row.from.includes(stage) && (row.section === undefined || row.section === section),
  );
}

/** The stage in which a section is being entered, and the one in which it is reviewed. */
export const entryStage: Readonly<Record<Section, Stage>> = { sales: 'sales', accounting: 'accounting', msp: 'msp' };
export const reviewStage: Readonly<Record<Section, Stage>> = {
  sales: 'sales_review',
  accounting: 'accounting_review',
  msp: 'msp_review',
};

/** What a section is doing while the client is in a stage. */
export type SectionPhase = 'waiting' | 'entry' | 'review' | 'approved';

export function sectionPhase(section: Section, stage: Stage): SectionPhase {
  if (stage === entryStage[section]) return 'entry';
  if (stage === reviewStage[section]) return 'review';
  const position = stages.indexOf(stage);
  return position < stages.indexOf(entryStage[section]) ? 'waiting' : 'approved';
}

/** Whether a section is being entered or reviewed: only then its external people can sign in. */
export function underWay(section: Section, stage: Stage): boolean {
  return stage === entryStage[section] || stage === reviewStage[section];
}

/** Stages in which a record of the section may be changed: its entry, or to correct what an export refused. */
export function mayEditIn(section: Section, stage: Stage): boolean {
  return stage === entryStage[section] || stage === 'export_blocked';
}

/** Who is expected to act next, by role. */
export const waitingOn: Readonly<Record<Stage, readonly Role[]>> = {
  sales: ['sales_rep'],
  sales_review: ['manager'],
  accounting: ['accountant'],
  accounting_review: ['onboarding_engineer'],
  msp: ['msp'],
  msp_review: ['onboarding_engineer'],
  sign_off: ['onboarding_engineer', 'manager'],
  ready: ['onboarding_engineer'],
  exporting: [],
  export_blocked: ['onboarding_engineer'],
  retention: [],
  purged: [],
  deleted: [],
};

/** Who is expected to act next where some have signed off already: whoever has not. */
export function awaited(stage: Stage, signedOff: readonly string[]): readonly Role[] {
  if (stage !== 'sign_off') return waitingOn[stage];
  const seats: readonly (readonly [string, Role])[] = [['engineer', 'onboarding_engineer'], ['manager', 'manager']];
  return seats.filter(([seat]) => !signedOff.includes(seat)).map(([, role]) => role);
}

/** A stage in words, for people and for the Temporal Web UI. */
export const stageWords: Readonly<Record<Stage, string>> = {
  sales: 'Sales data is being entered',
  sales_review: 'Sales data waits for a manager',
  accounting: 'Accounting data is being entered by the client',
  accounting_review: 'Accounting data waits for an onboarding engineer',
  msp: 'MSP data is being entered by the outgoing MSP',
  msp_review: 'MSP data waits for an onboarding engineer',
  sign_off: 'Waits for the sign-off of the assigned engineer and manager',
  ready: 'Ready to export',
  exporting: 'Being exported to IT Glue',
  export_blocked: 'Export needs a person',
  retention: 'Exported; source data is kept until the end of retention',
  purged: 'Source data removed',
  deleted: 'Deleted; can be restored until its end',
};
