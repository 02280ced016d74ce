import type { Role } from '../../domain/roles.js';
import type { Prisma } from '../../prisma/generated/client.js';
import type { StoreContext } from '../context.js';
import { Refusal } from '../errors.js';
import { readUser, type User } from '../people.js';

export const userSortings = ['created', 'firstName', 'lastName', 'email', 'external', 'lastSignInAt', 'updatedAt'] as const;
export type UserSorting = (typeof userSortings)[number];

/** `invited`: has never signed in. */
export type UserStatus = 'invited' | 'active' | 'deactivated';

export interface UserQuery {
  /** Part of the name or mail address; case does not count. */
  readonly search?: string | undefined;
  readonly status?: UserStatus | undefined;
  readonly external?: boolean | undefined;
  /** Whether deactivated ones are among them; without it they are. */
  readonly deactivated?: false;
  readonly role?: Role | undefined;
  /** External people of that client. */
  readonly clientId?: string | undefined;
  readonly sort: UserSorting;
  readonly descending: boolean;
  readonly limit: number;
  /** The user after whom the page begins. */
  readonly after: string | null;
}

/** Names are sealed, so the database cannot search and sort by them: so many users of a tenant are read at the most. */
const readLimit = 20_000;

export function statusOf(user: Pick<User, 'active' | 'lastSignInAt'>): UserStatus {
  if (!user.active) return 'deactivated';
  return user.lastSignInAt ? 'active' : 'invited';
}

/** Users of a tenant. External people of clients that are being removed are gone with their client's key. */
export async function searchUsers(context: StoreContext, tenantId: string, query: UserQuery): Promise<User[]> {
  const purged = await context.db.client.findMany({ where: { tenantId, stage: 'purged' }, select: { id: true } });
  const where: Prisma.UserWhereInput = {
    tenantId,
    AND: [{ OR: [{ clientId: null }, { clientId: { notIn: purged.map(({ id }) => id) } }] }, byStatus(query.status)],
    ...(query.deactivated === false ? { active: true } : {}),
    ...(query.external === undefined ? {} : { clientId: query.external ? { not: null } : null }),
    ...(query.clientId ? { clientId: query.clientId } : {}),
    ...(query.role ? { roles: { has: query.role } } : {}),
  };
  // By age and without a search the database can page by itself.
  if (query.sort === 'created' && !query.search) {
    const place = query.after ? { id: query.descending ? { lt: query.after } : { gt: query.after } } : {};
    const rows = await context.db.user.findMany({ where: { ...where, ...place }, orderBy: { id: query.descending ? 'desc' : 'asc' }, take: query.limit });
    return Promise.all(rows.map((row) => readUser(context, row)));
  }
  const rows = await context.db.user.findMany({ where, orderBy: { id: 'asc' }, take: readLimit });
  const users = await Promise.all(rows.map((row) => readUser(context, row)));
  const wanted = folded(query.search ?? '');
  const found = users.filter((user) => folded(`${user.firstName} ${user.lastName}\n${user.email}`).includes(wanted)).sort(order(query));
  return found.slice(placeAfter(found, query.after)).slice(0, query.limit);
}

function placeAfter(users: readonly User[], after: string | null): number {
  if (after === null) return 0;
  const index = users.findIndex((user) => user.id === after);
  if (index < 0) throw new Refusal('invalid', 'The list changed meanwhile; begin again without a cursor', [{ field: 'cursor', message: 'is of somebody who is not in this list any more' }]);
  return index + 1;
}

function byStatus(status: UserStatus | undefined): Prisma.UserWhereInput {
  switch (status) {
    case undefined:
      return {};
    case 'deactivated':
      return { active: false };
    case 'invited':
      return { active: true, lastSignInAt: null };
    case 'active':
      return { active: true, lastSignInAt: { not: null } };
  }
}

const words = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

const orders: Readonly<Record<UserSorting, (a: User, b: User) => number>> = {
  created: () => 0,
  firstName: (a, b) => words.compare(a.firstName, b.firstName),
  lastName: (a, b) => words.compare(a.lastName, b.lastName),
  email: (a, b) => words.compare(a.email, b.email),
  external: (a, b) => Number(a.external) - Number(b.external),
  lastSignInAt: (a, b) => (a.lastSignInAt?.getTime() ?? 0) - (b.lastSignInAt?.getTime() ?? 0),
  updatedAt: (a, b) => a.updatedAt.getTime() - b.updatedAt.getTime(),
};

/** Equal ones by age, so that pages never overlap. */
const order = ({ sort, descending }: UserQuery) => (a: User, b: User) => (descending ? -1 : 1) * (orders[sort](a, b) || (a.id < b.id ? -1 : 1));

const folded = (text: string) => text.normalize('NFKC').toLowerCase();
