import type { Section } from '../kinds/index.js';
import type { Role } from '../roles.js';
import type { Stage } from '../stages.js';

/**
 * Why somebody is reminded: the cases of client-onboarder.md 2.11 (rows 4 to 8; the last of them split by section), and the
 * manager who hears that reminders led to nothing.
 */
export const inactivities = ['sales_entry', 'accounting_entry', 'msp_entry', 'sales_review', 'accounting_review', 'msp_review', 'escalation'] as const;
export type Inactivity = (typeof inactivities)[number];

export interface InactivityCase {
  readonly case: Exclude<Inactivity, 'escalation'>;
  readonly section: Section;
  /** Who is reminded, by role: the assigned person where the client has one, else everybody of the role. */
  readonly role: Role;
}

/** Stages in which a client waits for somebody who is reminded. All others wait for a machine, or for nobody. */
export const inactivityIn: Readonly<Partial<Record<Stage, InactivityCase>>> = {
  sales: { case: 'sales_entry', section: 'sales', role: 'sales_rep' },
  accounting: { case: 'accounting_entry', section: 'accounting', role: 'accountant' },
  msp: { case: 'msp_entry', section: 'msp', role: 'msp' },
  sales_review: { case: 'sales_review', section: 'sales', role: 'manager' },
  accounting_review: { case: 'accounting_review', section: 'accounting', role: 'onboarding_engineer' },
  msp_review: { case: 'msp_review', section: 'msp', role: 'onboarding_engineer' },
};
