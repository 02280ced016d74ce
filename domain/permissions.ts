import { sections, type Section } from './kinds/index.js';
import { externalRoles, type Actor, type Role } from './roles.js';
import { mayEditIn, transitionFor, underWay, type Action, type Stage } from './stages.js';

/** Everything that somebody may be allowed to do. Each route names exactly one. */
export const operations = [
  'client.list',
  'client.create',
  'client.read',
  'client.assign',
  'client.delete',
  'users.read',
  'users.manage',
  'colleagues.read',
  'external.manage',
  'settings.manage',
  'section.read',
  'section.edit',
  'section.submit',
  'section.approve',
  'section.send_back',
  'section.reset',
  'section.stand_in',
  'section.stuck',
  'question.read',
  'question.ask',
  'client.sign_off',
  'export.preview',
  'export.start',
  'export.read',
  'retention.move',
  'download',
  'password.reveal',
  'password.download',
  'mail.read',
  'mail.resend',
  'activity.read',
  'audit.read',
  'export_record.read',
  'report.read',
  'connection.manage',
] as const;
export type Operation = (typeof operations)[number];

type Rule = readonly Role[] | Readonly<Record<Section, readonly Role[]>>;

const admin = 'administrator';
const manager = 'manager';
const sales = 'sales_rep';
const engineer = 'onboarding_engineer';

/**
 * Who may do what: one row an operation, by section where the section matters. External roles reach only their own client
 * and section, which `may` checks besides. Sources: client-onboarder.md 2.3; where it is silent docs/decisions.md says why.
 */
export const permissions: Readonly<Record<Operation, Rule>> = {
  'client.list': [admin, manager, sales, engineer],
  'client.create': [admin, manager, sales],
  'client.read': [admin, manager, sales, engineer, 'accountant', 'msp'],
  'client.assign': [admin, manager],
  'client.delete': [admin, manager],
  'users.read': [admin, manager],
  'users.manage': [admin],
  'colleagues.read': [admin, manager, sales, engineer],
  'external.manage': [admin, manager, engineer],
  'settings.manage': [admin],
  'section.read': {
    sales: [admin, manager, sales, engineer],
    accounting: [admin, manager, engineer, 'accountant'],
    msp: [admin, manager, engineer, 'msp'],
  },
  'section.edit': {
    sales: [admin, manager, sales],
    accounting: [admin, manager, engineer, 'accountant'],
    msp: [admin, manager, engineer, 'msp'],
  },
  'section.submit': {
    sales: [admin, manager, sales],
    accounting: [admin, manager, engineer, 'accountant'],
    msp: ['msp'],
  },
  'section.approve': { sales: [admin, manager], accounting: [admin, engineer], msp: [admin, engineer] },
  'section.send_back': { sales: [admin, manager], accounting: [admin, engineer], msp: [admin, engineer] },
  'section.reset': { sales: [admin, manager], accounting: [admin, manager, engineer], msp: [admin, manager, engineer] },
  'section.stand_in': { sales: [], accounting: [], msp: [admin, manager, engineer] },
  'section.stuck': {
    sales: [admin, manager, sales],
    accounting: [admin, manager, engineer, 'accountant'],
    msp: [admin, manager, engineer, 'msp'],
  },
  // Whoever reads a section reads what the parties say about it, and may ask and answer.
  'question.read': {
    sales: [admin, manager, sales, engineer],
    accounting: [admin, manager, engineer, 'accountant'],
    msp: [admin, manager, engineer, 'msp'],
  },
  'question.ask': {
    sales: [admin, manager, sales, engineer],
    accounting: [admin, manager, engineer, 'accountant'],
    msp: [admin, manager, engineer, 'msp'],
  },
  'client.sign_off': [manager, engineer],
  'export.preview': [admin, manager, engineer],
  'export.start': [admin, manager, engineer],
  'export.read': [admin, manager, engineer],
  'retention.move': [admin, manager],
  download: [admin, manager, engineer],
  'password.reveal': [admin, manager, engineer, 'msp'],
  'password.download': [admin, manager, engineer],
  'mail.read': [admin, manager, engineer],
  'mail.resend': [admin, manager, engineer],
  'activity.read': [admin, manager, engineer],
  'audit.read': [admin, manager],
  'export_record.read': [admin, manager, sales, engineer],
  // It compares people with each other.
  'report.read': [admin, manager],
  'connection.manage': [admin],
};

/** What each decision is in the table: its stages are those of the table of transitions (domain/stages.ts). */
export const operationOfAction: Readonly<Record<Action, Operation>> = {
  submit: 'section.submit',
  approve: 'section.approve',
  send_back: 'section.send_back',
  reset: 'section.reset',
  stand_in: 'section.stand_in',
  stand_in_page: 'section.stand_in',
  withdraw_stand_in: 'section.stand_in',
  sign_off: 'client.sign_off',
  withdraw_sign_off: 'client.sign_off',
  start_export: 'export.start',
  retry_export: 'export.start',
  move_retention: 'retention.move',
  hold_retention: 'retention.move',
  release_hold: 'retention.move',
  ask_purge: 'retention.move',
  confirm_purge: 'retention.move',
  delete: 'client.delete',
  restore: 'client.delete',
};

/** Fields that not everybody sees who reads what they are part of, and what one must be allowed to do to see them. */
export const fieldRules = {
  'client.accountingEmail': { operation: 'section.read', section: 'sales' },
  'client.mspEmail': { operation: 'section.read', section: 'accounting' },
  'client.organizationUrl': { operation: 'export_record.read' },
} as const satisfies Record<string, { operation: Operation; section?: Section }>;
export type RuledField = keyof typeof fieldRules;

/** Roles that the table gives an operation (in a section). */
export function rolesFor(operation: Operation, section?: Section): readonly Role[] {
  const rule = permissions[operation];
  if (isList(rule)) return rule;
  return section ? rule[section] : [...new Set(Object.values(rule).flat())];
}

/**
 * Whether the actor may do it. `clientId` and `section` say where; an external person is refused anywhere but on their own
 * client, and in a section other than their own.
 */
export function may(actor: Actor, operation: Operation, where: { clientId?: string; section?: Section } = {}): boolean {
  if (actor.scope) {
    if (where.clientId !== actor.scope.clientId) return false;
    if (where.section !== undefined && where.section !== actor.scope.section) return false;
  }
  if (actor.only && !actor.only.includes(operation)) return false;
  const allowed = rolesFor(operation, where.section);
  // An external role counts only within a scope and an internal one only without: neither lends the other its reach.
  return actor.roles.some((role) => allowed.includes(role) && isExternal(role) === (actor.scope !== null));
}

/** Whether a client's stage lets the operation happen: decisions by the transitions, entry while the section is open, all else until it is removed. */
export function stageAllows(operation: Operation, stage: Stage, section?: Section): boolean {
  if (operation === 'section.edit') return (section ? [section] : sections).some((one) => mayEditIn(one, stage));
  const actions = (Object.keys(operationOfAction) as Action[]).filter((action) => operationOfAction[action] === operation);
  if (actions.length === 0) return stage !== 'purged';
  return actions.some((action) => (section ? [section] : sections).some((one) => transitionFor(stage, action, one)));
}

/** Whether a person may reach the client at its stage at all; internal people always, external ones before and after their section have no business here. */
export function mayReach(actor: Actor, stage: Stage): boolean {
  return actor.scope === null || underWay(actor.scope.section, stage);
}

/** Whether the actor may do it there and now. */
export function mayNow(actor: Actor, operation: Operation, where: { clientId: string; section?: Section; stage: Stage }): boolean {
  return may(actor, operation, where) && mayReach(actor, where.stage) && stageAllows(operation, where.stage, where.section);
}

/** Whether the actor sees a field that has a rule of its own. */
export function maySee(actor: Actor, clientId: string, field: RuledField): boolean {
  const rule: { operation: Operation; section?: Section } = fieldRules[field];
  const where = { clientId, ...(rule.section ? { section: rule.section } : {}) };
  return may(actor, rule.operation, where);
}

/** Whether the table tells an operation's roles by section. */
export function isBySection(operation: Operation): boolean {
  return !isList(permissions[operation]);
}

const isExternal = (role: Role) => (externalRoles as readonly Role[]).includes(role);

function isList(rule: Rule): rule is readonly Role[] {
  return Array.isArray(rule);
}
