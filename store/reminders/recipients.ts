import type { InactivityCase } from '../../domain/reminders/cases.js';
import type { Section } from '../../domain/kinds/index.js';
import { rolesFor } from '../../domain/permissions.js';
import type { Role } from '../../domain/roles.js';
import { reviewStage } from '../../domain/stages.js';
import type { Client } from '../../prisma/generated/client.js';
import type { StoreContext } from '../context.js';

/** Most people that one mail goes to, where nobody is assigned and all of a role hear. */
const mostPeople = 50;

/**
 * Ids of the active people who are to act on a client: the assigned one of an internal role, everybody of it where nobody is
 * assigned (or the assigned one left), and the client's own people of an external role.
 */
export async function peopleFor(context: StoreContext, client: Client, role: Role): Promise<string[]> {
  if (role === 'accountant' || role === 'msp') {
    const section = role === 'accountant' ? 'accounting' : 'msp';
    const where = { tenantId: client.tenantId, active: true, clientId: client.id, section, roles: { has: role } };
    return ids(await context.db.user.findMany({ where, select: { id: true }, take: mostPeople }));
  }
  const seated = await seatHolders(context, client, [role]);
  return seated.length > 0 ? seated : internalPeople(context, client, [role]);
}

/** Who of the assigned people in these roles is still here and has the role, each once. */
export async function seatHolders(context: StoreContext, client: Client, roles: readonly Role[]): Promise<string[]> {
  const held = new Set<string>();
  for (const role of roles) {
    const id = assignedTo(client, role);
    if (id && (await context.db.user.count({ where: { ...internal(client), id, roles: { has: role } } })) > 0) held.add(id);
  }
  return [...held];
}

/**
 * Who is to look at a submitted section: its reviewer. Nobody approves what they submitted, nor with a second account, so where
 * that leaves no reviewer, everybody else who may approve.
 * @param role whose review it is
 */
export async function reviewersFor(context: StoreContext, client: Client, { section, role }: { section: Section; role: Role }, submittedBy: string | null): Promise<string[]> {
  const reviewers = await peopleFor(context, client, role);
  const own = await accountsOf(context, client.tenantId, submittedBy);
  const others = reviewers.filter((id) => !own.includes(id));
  return others.length > 0 ? others : internalPeople(context, client, rolesFor('section.approve', section), own);
}

/** Whom to tell that reminders led to nothing: the manager; where the tenant has none, an administrator. */
export async function managersFor(context: StoreContext, client: Client): Promise<string[]> {
  const managers = await peopleFor(context, client, 'manager');
  return managers.length > 0 ? managers : peopleFor(context, client, 'administrator');
}

/** Who is reminded in a case. */
export async function remindedPeople(context: StoreContext, client: Client, waits: InactivityCase): Promise<string[]> {
  if (client.stage !== reviewStage[waits.section]) return peopleFor(context, client, waits.role);
  const state = await context.db.sectionState.findFirst({ where: { tenantId: client.tenantId, clientId: client.id, section: waits.section }, select: { submittedBy: true } });
  return reviewersFor(context, client, waits, state?.submittedBy ?? null);
}

/** Those of the people who are not shut out. */
export async function stillHere(context: StoreContext, tenantId: string, people: readonly (string | null)[]): Promise<string[]> {
  return ids(await context.db.user.findMany({ where: { tenantId, active: true, id: { in: people.filter((id) => id !== null) } }, select: { id: true } }));
}

/** A person's accounts: that one, and whoever has the same mail address. */
async function accountsOf(context: StoreContext, tenantId: string, userId: string | null): Promise<string[]> {
  const user = userId && (await context.db.user.findFirst({ where: { id: userId, tenantId }, select: { emailHash: true } }));
  return user ? ids(await context.db.user.findMany({ where: { tenantId, emailHash: user.emailHash }, select: { id: true } })) : [];
}

async function internalPeople(context: StoreContext, client: Client, roles: readonly Role[], except: readonly string[] = []): Promise<string[]> {
  const where = { ...internal(client), id: { notIn: [...except] }, roles: { hasSome: [...roles] } };
  return ids(await context.db.user.findMany({ where, orderBy: { id: 'asc' }, select: { id: true }, take: mostPeople }));
}

const internal = (client: Client) => ({ tenantId: client.tenantId, active: true, clientId: null });

function assignedTo(client: Client, role: Role): string | null {
  switch (role) {
    case 'onboarding_engineer':
      return client.engineerId;
    case 'manager':
      return client.managerId;
    case 'sales_rep':
      return client.salesRepId;
    default:
      return null;
  }
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
