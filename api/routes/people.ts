import { z } from 'zod';
import { clientsOfUsers, getUser, listUsers } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { id, instant, iso, maybeInstant, maybeIso, pageOf, pageQuery, role } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const me = z
  .object({
    id,
    tenantId: id,
    tenantName: z.string(),
    name: z.string(),
    email: z.string(),
    roles: z.array(role),
    external: z.boolean(),
    clientId: id.nullable(),
    section: z.enum(['accounting', 'msp']).nullable(),
  })
  .meta({ id: 'Me' });

const user = z
  .object({
    id,
    firstName: z.string(),
    lastName: z.string(),
    email: z.string(),
    external: z.boolean(),
    roles: z.array(role),
    active: z.boolean(),
    clients: z.array(id).describe('Clients that the person is assigned to or belongs to.'),
    lastSignInAt: maybeInstant,
    updatedAt: instant,
  })
  .meta({ id: 'User' });

export async function peopleRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/me',
    { config: { operation: 'self' }, schema: { ...words('getMe', 'People', 'Who you are'), response: { 200: me, ...problems() } } },
    async ({ actor }) => {
      const [own, tenant] = await Promise.all([
        getUser(store, actor.tenantId, actor.userId),
        store.db.tenant.findUniqueOrThrow({ where: { id: actor.tenantId }, select: { name: true } }),
      ]);
      return {
        id: own.id,
        tenantId: own.tenantId,
        tenantName: tenant.name,
        name: `${own.firstName} ${own.lastName}`.trim(),
        email: own.email,
        roles: [...own.roles],
        external: own.external,
        clientId: own.clientId,
        section: own.section,
      };
    },
  );

  app.get(
    '/users',
    {
      config: { operation: 'users.read' },
      schema: {
        ...words('listUsers', 'People', 'Users of your organization', 'By age, oldest first. External people of purged clients are gone with their client.'),
        querystring: pageQuery,
        response: { 200: pageOf(user), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const users = await listUsers(store, actor.tenantId, { limit: query.limit + 1, after: readCursor('users', 'string', query.cursor) });
      const clients = await clientsOfUsers(store, users);
      return page('users', query.limit, users, (one) => one.id, (one) => ({
        id: one.id,
        firstName: one.firstName,
        lastName: one.lastName,
        email: one.email,
        external: one.external,
        roles: [...one.roles],
        active: one.active,
        clients: clients.get(one.id) ?? [],
        lastSignInAt: maybeIso(one.lastSignInAt),
        updatedAt: iso(one.updatedAt),
      }));
    },
  );
}
