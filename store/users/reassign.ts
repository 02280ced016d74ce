import { roleWords, type Actor, type InternalRole } from '../../domain/roles.js';
import { assignClient, type Assignment } from '../clients.js';
import type { Store } from '../context.js';
import { Refusal } from '../errors.js';
import { getUser } from '../people.js';

export interface Reassignment {
  readonly reassigned: readonly string[];
  readonly refused: readonly { readonly clientId: string; readonly reason: string }[];
}

/** Clients that are moved at one call; another call goes on. */
export const reassignLimit = 200;

const seats: readonly (readonly [keyof Assignment, InternalRole])[] = [
  ['engineerId', 'onboarding_engineer'],
  ['managerId', 'manager'],
  ['salesRepId', 'sales_rep'],
];

/**
 * Gives clients of one person to another, in every seat that the first has. Each client is a change of its own: one that
 * cannot change hands now stays and is named.
 * @param clientIds only these; null for all that are not over
 */
export async function reassignClients(store: Store, actor: Actor, from: string, to: string, clientIds: readonly string[] | null): Promise<Reassignment> {
  const { tenantId } = actor;
  await getUser(store, tenantId, from);
  const successor = await getUser(store, tenantId, to);
  if (!successor.active || successor.external) throw new Refusal('invalid', 'The clients cannot go to that person', [{ field: 'to', message: 'must be an active person of your organization' }]);
  if (to === from) throw new Refusal('invalid', 'The clients are theirs already', [{ field: 'to', message: 'must be somebody else' }]);
  const rows = await store.db.client.findMany({
    where: {
      tenantId,
      ...(clientIds ? { id: { in: [...clientIds] } } : { stage: { notIn: ['retention', 'purged', 'deleted'] } }),
      OR: [{ engineerId: from }, { managerId: from }, { salesRepId: from }],
    },
    select: { id: true, version: true, engineerId: true, managerId: true, salesRepId: true },
    orderBy: { id: 'asc' },
    take: reassignLimit,
  });
  const reassigned: string[] = [];
  const refused: { clientId: string; reason: string }[] = [];
  for (const row of rows) {
    const held = seats.filter(([seat]) => row[seat] === from);
    const lacking = held.find(([, role]) => !successor.roles.includes(role));
    try {
      if (lacking) throw new Refusal('invalid', `They do not have the role ${roleWords[lacking[1]]}`);
      await assignClient(store, { tenantId, clientId: row.id }, actor, row.version, Object.fromEntries(held.map(([seat]) => [seat, to])));
      reassigned.push(row.id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ clientId: row.id, reason: error.message });
    }
  }
  return { reassigned, refused };
}
