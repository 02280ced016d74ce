import { z } from 'zod';
import { internalRoles, roles, type Actor } from '../../domain/roles.js';
import {
  changeUser,
  deactivateUser,
  forgive,
  getUser,
  inTransaction,
  inviteUser,
  lockedUntil,
  noteUnlocked,
  reactivateUser,
  reassignClients,
  reassignLimit,
  resendInvitation,
  resetSecondFactor,
  searchUsers,
  secondFactorOf,
  signOutUser,
  userSortings,
  type Store,
  type User,
} from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { once } from '../plugins/idempotency.js';
import { id, maybeInstant, maybeIso, pageOf, pageQuery } from '../schemas/common.js';
import { email } from '../schemas/sign-in.js';
import { firstName, lastName, shownUsers, userSchema, userStatus } from '../schemas/user.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const userParams = z.object({ userId: id });
const ownRoles = z.array(z.enum(internalRoles, `must be one of: ${internalRoles.join(', ')}`), 'must be a list of roles').min(1, 'at least one role is needed').max(internalRoles.length).transform((given) => [...new Set(given)]);

const userQuery = pageQuery.extend({
  search: z.string().trim().min(1).max(100).optional().describe('Part of the name or mail address.'),
  status: userStatus.optional(),
  external: z.enum(['true', 'false'], 'must be true or false').optional(),
  role: z.enum(roles).optional(),
  sort: z.enum(userSortings).default('created'),
  order: z.enum(['asc', 'desc'], 'must be asc or desc').default('asc'),
});

const detail = userSchema.extend({
  secondFactor: z.boolean().describe('Whether a second factor is set up.'),
  lockedUntil: maybeInstant.describe('After too many failed sign-ins; null when not locked.'),
}).meta({ id: 'UserDetail' });

const failures = ['invalid_request', 'forbidden', 'not_found'] as const;

/** Users of the tenant: the list, and what an Administrator does with them. */
export async function userRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/users',
    {
      config: { operation: 'users.read' },
      schema: {
        ...words('listUsers', 'People', 'Users of your organization', 'Internal and external ones; external people of purged clients are gone with their client.'),
        querystring: userQuery,
        response: { 200: pageOf(userSchema), ...problems('invalid_request', 'forbidden', 'invalid') },
      },
    },
    async ({ actor, query }) => {
      const { search, status, role, sort, limit } = query;
      const external = query.external === undefined ? undefined : query.external === 'true';
      const after = readCursor('users', 'string', query.cursor);
      const users = await searchUsers(store, actor.tenantId, { search, status, role, external, sort, descending: query.order === 'desc', limit: limit + 1, after });
      const shown = await shownUsers(store, actor.tenantId, users);
      return page('users', limit, shown, (one) => one.id, (one) => one);
    },
  );

  app.get(
    '/users/:userId',
    { config: { operation: 'users.read' }, schema: { ...words('getUser', 'People', 'One user'), params: userParams, response: { 200: detail, ...problems('forbidden', 'not_found') } } },
    async ({ actor, params }) => {
      const user = await getUser(store, actor.tenantId, params.userId);
      const [{ enrolled }, locked] = [await secondFactorOf(store, user), await lockedUntil(store, 'account', user.email)];
      return { ...(await shown(user)), secondFactor: enrolled, lockedUntil: maybeIso(locked) };
    },
  );

  app.post(
    '/users',
    {
      config: { operation: 'users.manage' },
      schema: {
        ...words('inviteUser', 'People', 'Invite a colleague', 'They get a mail with a link that holds for 24 hours and one use.'),
        body: z.strictObject({ firstName, lastName, email, roles: ownRoles }),
        response: { 201: userSchema, ...problems('invalid_request', 'forbidden', 'name_taken', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request, reply) => {
      const { userId } = await once(store, request, null, request.body, async (store) => ({ userId: (await inviteUser(store, request.actor, request.body)).id }));
      return reply.code(201).header('location', `/v1/users/${userId}`).send(await shown(await getUser(store, request.actor.tenantId, userId)));
    },
  );

  app.patch(
    '/users/:userId',
    {
      config: { operation: 'users.manage' },
      schema: {
        ...words('changeUser', 'People', 'Change a user', 'Roles count from the next request on. A new mail address makes links to the old one worthless. Of an external person whom a form names as its contact, the form is corrected as well; 409 where it was signed off.'),
        params: userParams,
        body: z.strictObject({ firstName: firstName.optional(), lastName: lastName.optional(), email: email.optional(), roles: ownRoles.optional() }),
        response: { 200: userSchema, ...problems(...failures, 'name_taken', 'invalid', 'last_administrator', 'wrong_stage') },
      },
    },
    async ({ actor, params, body }) => {
      const change = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const user = await changeUser(store, actor, params.userId, change);
      app.forgetTokens();
      return shown(user);
    },
  );

  const single: readonly { path: string; name: string; summary: string; description: string; codes: ('invalid' | 'last_administrator' | 'wrong_stage')[]; work: (store: Store, ...all: Parameters<typeof deactivateUser> extends [Store, ...infer R] ? R : never) => Promise<User> }[] = [
    { path: 'deactivate', name: 'deactivateUser', summary: 'Shut a user out', description: 'Sessions, tokens and links end at once. The last active Administrator stays.', codes: ['last_administrator'], work: deactivateUser },
    { path: 'reactivate', name: 'reactivateUser', summary: 'Let a user in again', description: 'With the password and second factor they had; tokens stay revoked.', codes: [], work: reactivateUser },
    { path: 'resend-invitation', name: 'resendInvitation', summary: 'Mail the invitation again', description: 'The link of the one before stops working. 409 for an external person before and after their section, when they could not sign in.', codes: ['invalid', 'wrong_stage'], work: resendInvitation },
    { path: 'reset-second-factor', name: 'resetSecondFactor', summary: 'Take away a lost second factor', description: 'Ends their sign-ins; they set up a new one at the next.', codes: [], work: resetSecondFactor },
    { path: 'sign-out', name: 'signOutUser', summary: 'End all sign-ins of a user', description: 'They may sign in again. API tokens are revoked one by one.', codes: [], work: signOutUser },
    { path: 'unlock', name: 'unlockUser', summary: 'Let a user try again after too many failed sign-ins', description: 'Their failures count no more.', codes: [], work: unlock },
  ];
  for (const { path, name, summary, description, codes, work } of single) {
    app.post(
      `/users/:userId/${path}`,
      { config: { operation: 'users.manage' }, schema: { ...words(name, 'People', summary, description), params: userParams, response: { 200: userSchema, ...problems('forbidden', 'not_found', ...codes) } } },
      async ({ actor, params }) => {
        const user = await work(store, actor, params.userId);
        app.forgetTokens();
        return shown(user);
      },
    );
  }

  app.post(
    '/users/:userId/reassign',
    {
      config: { operation: 'client.assign' },
      schema: {
        ...words('reassignClients', 'People', 'Give the clients of one person to another', `In every seat that the first has, ${reassignLimit} clients at a call; clients that are over only when they are named.`),
        params: userParams,
        body: z.strictObject({ to: id, clientIds: z.array(id).min(1).max(reassignLimit).optional() }),
        response: {
          200: z.object({ reassigned: z.array(id), refused: z.array(z.object({ clientId: id, reason: z.string() })) }).meta({ id: 'Reassignment' }),
          ...problems(...failures, 'invalid'),
        },
      },
    },
    async ({ actor, params, body }) => {
      const { reassigned, refused } = await reassignClients(store, actor, params.userId, body.to, body.clientIds ?? null);
      return { reassigned: [...reassigned], refused: refused.map((one) => ({ ...one })) };
    },
  );

  async function shown(user: User): Promise<z.output<typeof userSchema>> {
    return (await shownUsers(store, user.tenantId, [user]))[0]!;
  }

  async function unlock(_store: Store, actor: Actor, userId: string): Promise<User> {
    const user = await getUser(store, actor.tenantId, userId);
    await forgive(store, 'account', user.email);
    await forgive(store, 'second_factor', user.id);
    await inTransaction(store, (context) => noteUnlocked(context, actor, user));
    return user;
  }
}
