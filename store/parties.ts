import type { KindName } from '../domain/kinds/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { queueMail } from './mail/queue.js';
import { createUser, findExternalUser, type User } from './people.js';
import { getSingle } from './records.js';

export type ExternalSection = 'accounting' | 'msp';

/** Who fills in each external section, and the form that names them. */
export const parties = {
  accounting: { role: 'accountant', contact: 'accounting-contact' },
  msp: { role: 'msp', contact: 'current-msp' },
} as const satisfies Record<ExternalSection, { role: 'accountant' | 'msp'; contact: KindName }>;

/**
 * The external person of the section, made from the contact on file at the first time; null while the contact has no name
 * or mail address.
 */
export async function partyUser(context: StoreContext, client: ClientKey, section: ExternalSection): Promise<User | null> {
  const { role, contact } = parties[section];
  const { firstName, lastName, email } = (await getSingle(context, client, contact))?.content ?? {};
  if (typeof email !== 'string' || typeof firstName !== 'string' || typeof lastName !== 'string') return null;
  const { tenantId, clientId } = ofClient(client);
  const known = await findExternalUser(context, { tenantId, clientId, section, email });
  if (known) return known;
  return createUser(context, { tenantId, roles: [role], firstName, lastName, email, scope: { clientId, section } });
}

/** Where an invited external person begins. It says who comes and is no secret: a code by mail proves that it is they. */
export const welcomePath = (userId: string): string => `/welcome/${userId}`;

/**
 * Invites the section's external person by mail. A corrected contact is another person, who is invited anew.
 * @param occasion what invites them; the same one invites once
 */
export async function inviteParty(context: StoreContext, client: ClientKey, section: ExternalSection, occasion: string): Promise<void> {
  const user = await partyUser(context, client, section);
  if (!user) return;
  await queueMail(context, {
    ...ofClient(client),
    to: user.id,
    template: 'invitation',
    facts: { path: welcomePath(user.id), expiresAt: null, section },
    dedupeKey: `${occasion}/invitation/${user.id}`,
  });
}
