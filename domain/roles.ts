import type { Operation } from './permissions.js';

/** Internal roles are the MSP's own people; external ones are the client's accountant and the outgoing MSP. */
export const internalRoles = ['administrator', 'manager', 'sales_rep', 'onboarding_engineer'] as const;
export const externalRoles = ['accountant', 'msp'] as const;
export const roles = [...internalRoles, ...externalRoles] as const;
export type InternalRole = (typeof internalRoles)[number];
export type Role = (typeof roles)[number];

/** A role in words. */
export const roleWords: Readonly<Record<Role, string>> = {
  administrator: 'Administrator',
  manager: 'Manager',
  sales_rep: 'Sales Rep',
  onboarding_engineer: 'Onboarding Engineer',
  accountant: 'Accountant',
  msp: 'MSP',
};

/** Who acts: taken from the session, never from the request. An external person has one client and one section. */
export interface Actor {
  readonly userId: string;
  readonly tenantId: string;
  readonly roles: readonly Role[];
  readonly scope: { readonly clientId: string; readonly section: 'accounting' | 'msp' } | null;
  /** Of an API token: the operations that it was made for. Without it, everything that the roles allow. */
  readonly only?: readonly Operation[];
}
