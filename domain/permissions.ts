import type { Section } from './kinds/index.js';
import { externalRoles, type Actor, type Role } from './roles.js';

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
  'access.issue',
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
  'access.issue': [admin, manager, engineer],
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
  'connection.manage': [admin],
};

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

const isExternal = (role: Role) => (externalRoles as readonly Role[]).includes(role);

function isList(rule: Rule): rule is readonly Role[] {
  return Array.isArray(rule);
}
