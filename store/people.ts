import type { Actor, Role } from '../domain/roles.js';
import { externalRoles } from '../domain/roles.js';
import type { StoreContext } from './context.js';
import { notFound } from './errors.js';
import { newId } from './ids.js';
import { KeyGoneError } from './vault/vault.js';

/** What is known of a person; sealed with the tenant's key, or with the client's for an external person. */
export interface PersonalData {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

export interface User extends PersonalData {
  readonly id: string;
  readonly tenantId: string;
  readonly roles: readonly Role[];
  readonly external: boolean;
  readonly clientId: string | null;
  readonly section: 'accounting' | 'msp' | null;
  readonly active: boolean;
  readonly lastSignInAt: Date | null;
  readonly updatedAt: Date;
  /** Why mail does not reach them; null when it does. */
  readonly mailProblem: string | null;
}

export interface NewUser extends PersonalData {
  readonly tenantId: string;
  readonly roles: readonly Role[];
  /** For an external person: the client and the section. */
  readonly scope: { clientId: string; section: 'accounting' | 'msp' } | null;
}

interface UserRow {
  id: string;
  tenantId: string;
  roles: string[];
  clientId: string | null;
  section: string | null;
  content: Uint8Array;
  active: boolean;
  lastSignInAt: Date | null;
  updatedAt: Date;
  mailProblem: string | null;
}

const place = (id: string) => ({ table: 'User', row: id, field: 'content' });

export async function createUser(context: StoreContext, user: NewUser): Promise<User> {
  const id = newId();
  const owner = { tenantId: user.tenantId, clientId: user.scope?.clientId ?? null };
  const row = await context.db.user.create({
    data: {
      id,
      tenantId: user.tenantId,
      roles: [...user.roles],
      clientId: user.scope?.clientId ?? null,
      section: user.scope?.section ?? null,
      emailHash: mailHash(context, user.tenantId, user.email),
      content: await sealPerson(context, { id, ...owner }, user),
    },
  });
  return readUser(context, row);
}

/** What is known of a person, sealed for their row. */
export function sealPerson(context: StoreContext, user: { id: string; tenantId: string; clientId: string | null }, { firstName, lastName, email }: PersonalData): Promise<Uint8Array<ArrayBuffer>> {
  return context.vault.sealJson({ tenantId: user.tenantId, clientId: user.clientId }, place(user.id), { firstName, lastName, email });
}

/** The external person of that mail address on a client's section, or null. */
export async function findExternalUser(
  context: StoreContext,
  where: { tenantId: string; clientId: string; section: string; email: string },
): Promise<User | null> {
  const row = await context.db.user.findFirst({
    where: {
      tenantId: where.tenantId,
      clientId: where.clientId,
      section: where.section,
      emailHash: mailHash(context, where.tenantId, where.email),
    },
  });
  return row ? readUser(context, row) : null;
}

export async function getUser(context: StoreContext, tenantId: string, id: string): Promise<User> {
  const row = await context.db.user.findFirst({ where: { id, tenantId } });
  if (!row) throw notFound('user');
  return readUser(context, row);
}

/** The users of those ids; one whose personal data cannot be read any more, because its client was purged, is left out. */
export async function getUsers(context: StoreContext, tenantId: string, ids: readonly string[]): Promise<User[]> {
  const rows = await context.db.user.findMany({ where: { tenantId, id: { in: [...ids] } } });
  const users = await Promise.all(rows.map((row) => readUser(context, row).catch((error: unknown) => (error instanceof KeyGoneError ? null : Promise.reject(error as Error)))));
  return users.filter((user) => user !== null);
}

/** Clients that each user is assigned to or belongs to. */
export async function clientsOfUsers(context: StoreContext, users: readonly User[]): Promise<Map<string, string[]>> {
  const ids = users.map((user) => user.id);
  const rows = await context.db.client.findMany({
    where: { OR: [{ engineerId: { in: ids } }, { managerId: { in: ids } }, { salesRepId: { in: ids } }] },
    select: { id: true, engineerId: true, managerId: true, salesRepId: true },
    take: 10_000,
  });
  const clients = new Map<string, string[]>(users.map((user) => [user.id, user.clientId ? [user.clientId] : []]));
  for (const row of rows) {
    for (const id of new Set([row.engineerId, row.managerId, row.salesRepId])) if (id) clients.get(id)?.push(row.id);
  }
  return clients;
}

/** Whether the tenant has that active internal user with one of the roles. */
export async function hasInternalUser(context: StoreContext, tenantId: string, id: string, roles: readonly Role[]): Promise<boolean> {
  const row = await context.db.user.findFirst({
    where: { id, tenantId, active: true, clientId: null, roles: { hasSome: [...roles] } },
    select: { id: true },
  });
  return row !== null;
}

/** The person as an actor, for decisions that a workflow applies later in their name. */
export async function actorById(context: StoreContext, tenantId: string, userId: string): Promise<Actor | null> {
  const row = await context.db.user.findFirst({ where: { id: userId, tenantId, active: true } });
  return row ? actorFrom(row) : null;
}

/** Who acts, from a person's row. */
export function actorFrom(row: Pick<UserRow, 'id' | 'tenantId' | 'roles' | 'clientId' | 'section'>): Actor {
  return {
    userId: row.id,
    tenantId: row.tenantId,
    roles: row.roles as Role[],
    scope: row.clientId ? { clientId: row.clientId, section: row.section as 'accounting' | 'msp' } : null,
  };
}

/** A person from their row, with what is sealed of them. */
export async function readUser(context: StoreContext, row: UserRow): Promise<User> {
  const personal = await context.vault.openJson<PersonalData>({ tenantId: row.tenantId, clientId: row.clientId }, place(row.id), row.content);
  return {
    ...personal,
    id: row.id,
    tenantId: row.tenantId,
    roles: row.roles as Role[],
    external: (externalRoles as readonly string[]).some((role) => row.roles.includes(role)),
    clientId: row.clientId,
    section: row.section as User['section'],
    active: row.active,
    lastSignInAt: row.lastSignInAt,
    updatedAt: row.updatedAt,
    mailProblem: row.mailProblem,
  };
}

/** The keyed hash that a mail address is found by within a tenant. */
export const mailHash = (context: StoreContext, tenantId: string, email: string) => context.vault.nameHash(`mail|${tenantId}`, email);
