import { z } from 'zod';
import { saidText } from '../../domain/said.js';
import { clientsOfUsers, companyNames, statusOf, type Store, type User } from '../../store/index.js';
import { id, instant, iso, maybeInstant, maybeIso, role } from './common.js';

/** Companies that are named at each user; `clients` has the ids of all. */
const namedCompanies = 10;

export const userStatus = z.enum(['invited', 'active', 'deactivated']);

export const userSchema = z
  .object({
    id,
    firstName: z.string(),
    lastName: z.string(),
    email: z.string(),
    external: z.boolean(),
    roles: z.array(role),
    active: z.boolean(),
    status: userStatus.describe('`invited`: has never signed in.'),
    clients: z.array(id).describe('Clients that the person is assigned to or belongs to.'),
    companies: z.array(z.string()).describe(`Their names, the first ${namedCompanies}.`),
    section: z.enum(['accounting', 'msp']).nullable().describe('Of an external person.'),
    lastSignInAt: maybeInstant,
    updatedAt: instant,
    mailProblem: z.string().nullable().describe('Why mail does not reach them.'),
  })
  .meta({ id: 'User' });

const personName = (what: string) => saidText(100, `${what} is needed`).refine((value) => !/[\u0001-\u001f\u007f]/.test(value), 'holds a character that cannot be stored');

export const firstName = personName('a first name');
export const lastName = personName('a last name');

/** Users as a list shows them, with what belongs to them elsewhere. */
export async function shownUsers(store: Store, tenantId: string, users: readonly User[]): Promise<z.output<typeof userSchema>[]> {
  const clients = await clientsOfUsers(store, users);
  const named = new Set([...clients.values()].flatMap((ids) => ids.slice(0, namedCompanies)));
  const names = await companyNames(store, tenantId, [...named]);
  return users.map((user) => {
    const ids = clients.get(user.id) ?? [];
    return {
      id: user.id,
      firstName: user.firstName,
      lastName: user.lastName,
      email: user.email,
      external: user.external,
      roles: [...user.roles],
      active: user.active,
      status: statusOf(user),
      clients: ids,
      companies: ids.slice(0, namedCompanies).flatMap((one) => names.get(one) ?? []),
      section: user.section,
      lastSignInAt: maybeIso(user.lastSignInAt),
      updatedAt: iso(user.updatedAt),
      mailProblem: user.mailProblem,
    };
  });
}
