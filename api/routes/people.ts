import { z } from 'zod';
import { getUser, searchUsers } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { id, pageOf, pageQuery, role } from '../schemas/common.js';
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

const colleague = z.object({ id, firstName: z.string(), lastName: z.string(), roles: z.array(role) }).meta({ id: 'Colleague' });

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
    '/colleagues',
    {
      config: { operation: 'colleagues.read' },
      schema: {
        ...words('listColleagues', 'People', 'Whom a client can be assigned to', 'Active people of your own organization, by age.'),
        querystring: pageQuery.extend({ role: role.optional() }),
        response: { 200: pageOf(colleague), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const after = readCursor('colleagues', 'string', query.cursor);
      const people = await searchUsers(store, actor.tenantId, { external: false, deactivated: false, role: query.role, sort: 'created', descending: false, limit: query.limit + 1, after });
      return page('colleagues', query.limit, people, (one) => one.id, ({ firstName, lastName, roles, id: userId }) => ({ id: userId, firstName, lastName, roles: [...roles] }));
    },
  );
}
