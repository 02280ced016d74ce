import { z } from 'zod';
import { deactivateUser, getUser, inviteExternal, resendInvitation, searchUsers, type ClientKey, type User } from '../../store/index.js';
import { page, readCursor } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { Problem } from '../problem.js';
import { clientParams, id, pageOf, pageQuery } from '../schemas/common.js';
import { email } from '../schemas/sign-in.js';
import { firstName, lastName, shownUsers, userSchema } from '../schemas/user.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const personParams = clientParams.extend({ userId: id });

/** The people of a client's accountant and outgoing MSP: several a section, each bound to their client and section. */
export async function externalPeopleRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/clients/:clientId/people',
    {
      config: { operation: 'external.manage' },
      schema: { ...words('listExternalPeople', 'People', 'External people of a client'), params: clientParams, querystring: pageQuery, response: { 200: pageOf(userSchema), ...problems('invalid_request', 'forbidden', 'not_found') } },
    },
    async (request) => {
      const { tenantId, clientId } = clientOf(request);
      const { limit, cursor } = request.query;
      const users = await searchUsers(store, tenantId, { clientId, external: true, sort: 'created', descending: false, limit: limit + 1, after: readCursor('people', 'string', cursor) });
      return page('people', limit, await shownUsers(store, tenantId, users), (one) => one.id, (one) => one);
    },
  );

  app.post(
    '/clients/:clientId/people',
    {
      config: { operation: 'external.manage' },
      schema: {
        ...words('inviteExternalPerson', 'People', 'Invite a further person of the accountant or the outgoing MSP', 'They can sign in while their section is entered or reviewed, and are mailed the invitation then: now, or when it begins.'),
        params: clientParams,
        body: z.strictObject({ section: z.enum(['accounting', 'msp'], 'must be accounting or msp'), firstName, lastName, email }),
        response: { 201: userSchema, ...problems('invalid_request', 'forbidden', 'not_found', 'name_taken', 'wrong_stage', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const { userId } = await once(store, request, client.clientId, request.body, async (store) => ({ userId: (await inviteExternal(store, request.actor, client, request.body)).id }));
      return reply.code(201).send(await shown(await getUser(store, client.tenantId, userId)));
    },
  );

  app.post(
    '/clients/:clientId/people/:userId/deactivate',
    {
      config: { operation: 'external.manage' },
      schema: { ...words('deactivateExternalPerson', 'People', 'Shut an external person out'), params: personParams, response: { 200: userSchema, ...problems('forbidden', 'not_found') } },
    },
    async (request) => {
      await mustBelong(clientOf(request), request.params.userId);
      const user = await deactivateUser(store, request.actor, request.params.userId);
      app.forgetTokens();
      return shown(user);
    },
  );

  app.post(
    '/clients/:clientId/people/:userId/resend-invitation',
    {
      config: { operation: 'external.manage' },
      schema: { ...words('resendExternalInvitation', 'People', 'Mail an external person the invitation again', '409 before and after their section, when they could not sign in.'), params: personParams, response: { 200: userSchema, ...problems('forbidden', 'not_found', 'invalid', 'wrong_stage') } },
    },
    async (request) => {
      await mustBelong(clientOf(request), request.params.userId);
      return shown(await resendInvitation(store, request.actor, request.params.userId));
    },
  );

  async function mustBelong(client: ClientKey, userId: string): Promise<void> {
    const user = await getUser(store, client.tenantId, userId);
    if (user.clientId !== client.clientId) throw new Problem('not_found', 'There is no such person of this client');
  }

  async function shown(user: User): Promise<z.output<typeof userSchema>> {
    return (await shownUsers(store, user.tenantId, [user]))[0]!;
  }
}
