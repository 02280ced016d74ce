import { z } from 'zod';
import { kinds } from '../../domain/kinds/index.js';
import { stages } from '../../domain/stages.js';
import { assignClient, clientOrders, createClient, getClient, listClients, searchClients, type Assignment, type ClientFilter } from '../../store/index.js';
import { assigned, checkAssignment } from '../assignment.js';
import { foreignCursor, page, readCursor, readPlace, writePlace } from '../cursor.js';
import { clientOf } from '../plugins/auth.js';
import { once } from '../plugins/idempotency.js';
import { clientSchema, shownClient } from '../schemas/client.js';
import { clientParams, id, pageOf, pageQuery, role, version } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { seenVersion } from '../versions.js';
import { problems, words } from '../words.js';

const assignment = {
  engineerId: id.nullable().optional().describe('An onboarding engineer; signs off before the export.'),
  managerId: id.nullable().optional().describe('A manager; signs off before the export.'),
  salesRepId: id.nullable().optional().describe('A sales rep.'),
};
const newClient = z.strictObject({ company: kinds.company.fields.company.schema.describe('Must be new in your organization.'), ...assignment });
const changedClient = z.strictObject({ version: version.optional(), ...assignment });

const clientQuery = pageQuery.extend({
  stage: z.enum(stages).optional().describe('Deleted clients are listed only by `deleted`.'),
  mine: z.enum(['true', 'false']).optional().describe('Only clients that you are assigned to.'),
  assignee: id.optional().describe('Only clients that this user is assigned to.'),
  waitingOn: role.optional().describe('Only clients where somebody of that role is expected to act next.'),
  stuck: z.enum(['true']).optional().describe('Only clients in which somebody said that they cannot go on.'),
  search: z.string().trim().min(1, 'must not be empty').max(100, 'must be at most 100 characters').optional().describe("Words of the company's name."),
  sort: z.enum(clientOrders).default('created').describe('`idle`: by the time since the last activity.'),
  order: z.enum(['asc', 'desc']).default('desc'),
});

/** How long the answer to a new client waits for its workflow; without one the first decision starts it. */
const startMs = 1_500;

export async function clientRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { store } = deps;

  app.post(
    '/clients',
    {
      config: { operation: 'client.create' },
      schema: {
        ...words('createClient', 'Clients', 'Start the onboarding of a new client', 'Creates the company record and starts the workflow. A repetition under the same `Idempotency-Key` makes no second client and shows the first one as it is now.'),
        body: newClient,
        response: { 201: clientSchema, ...problems('invalid_request', 'forbidden', 'name_taken', 'invalid', 'request_running', 'answer_lost', 'key_reused') },
      },
    },
    async (request, reply) => {
      const { actor, body } = request;
      const { company, ...people } = body;
      // Only the id is remembered for repetitions: the answer itself would outlive a purge.
      const created = await once(store, request, null, body, async (store) => {
        await checkAssignment(store, actor.tenantId, people);
        const { id: clientId } = await createClient(store, actor, company, assigned(actor, people));
        const client = { tenantId: actor.tenantId, clientId };
        await deps.process.start(client, new Date(Date.now() + startMs)).catch((error: unknown) => {
          request.log.warn({ clientId, reason: error instanceof Error ? error.name : 'unknown' }, 'workflow not started yet; the first decision starts it');
        });
        return { clientId };
      });
      const client = await getClient(store, { tenantId: actor.tenantId, clientId: created.clientId });
      return reply.code(201).header('location', `/v1/clients/${client.id}`).header('etag', `"${client.version}"`).send(shownClient(actor, client));
    },
  );

  app.get(
    '/clients',
    {
      config: { operation: 'client.list' },
      schema: {
        ...words('listClients', 'Clients', 'Clients of your organization', 'Newest first, unless sorted otherwise. A search opens the names of the newest 20,000 clients that the filters leave.'),
        querystring: clientQuery,
        response: { 200: pageOf(clientSchema), ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, query }) => {
      const { limit, sort, order } = query;
      const assignee = query.mine === 'true' ? actor.userId : query.assignee;
      const filter: ClientFilter = {
        ...(query.stage ? { stage: query.stage } : {}),
        ...(assignee ? { assignedTo: assignee } : {}),
        ...(query.waitingOn ? { waitingOn: query.waitingOn } : {}),
        ...(query.stuck ? { stuck: true } : {}),
        ...(query.search === undefined ? {} : { search: query.search }),
      };
      // Newest first is the order of the ids: the database pages through it itself.
      if (sort === 'created' && order === 'desc' && query.search === undefined) {
        const clients = await listClients(store, actor.tenantId, filter, { limit: limit + 1, after: readCursor('clients', 'string', query.cursor) });
        return page('clients', limit, clients, (one) => one.id, (one) => shownClient(actor, one));
      }
      const list = `clients/${sort}/${order}`;
      const found = await searchClients(store, actor.tenantId, filter, { by: sort, descending: order === 'desc' }, { limit: limit + 1, after: readPlace(list, query.cursor) });
      if (!found) throw foreignCursor('is out of date: the client that it names is not in the list any more; begin again');
      const more = found.clients.length > limit;
      return { items: found.clients.slice(0, limit).map((one) => shownClient(actor, one)), nextCursor: more ? writePlace(list, found.places[limit - 1]!) : null };
    },
  );

  app.get(
    '/clients/:clientId',
    {
      config: { operation: 'client.read' },
      schema: { ...words('getClient', 'Clients', 'One client'), params: clientParams, response: { 200: clientSchema, ...problems('forbidden', 'not_found') } },
    },
    async (request, reply) => {
      const client = await getClient(store, clientOf(request));
      return reply.header('etag', `"${client.version}"`).send(shownClient(request.actor, client));
    },
  );

  app.patch(
    '/clients/:clientId',
    {
      config: { operation: 'client.assign' },
      schema: {
        ...words('assignClient', 'Clients', 'Change who is assigned', 'A person who is replaced loses their sign-off.'),
        params: clientParams,
        body: changedClient,
        response: { 200: clientSchema, ...problems('invalid_request', 'forbidden', 'not_found', 'stale_version', 'precondition_failed', 'invalid') },
      },
    },
    async (request, reply) => {
      const { version: inBody, ...people } = request.body;
      const seen = seenVersion(request, inBody);
      await checkAssignment(store, request.actor.tenantId, people);
      const client = await assignClient(store, clientOf(request), request.actor, seen, defined(people));
      return reply.header('etag', `"${client.version}"`).send(shownClient(request.actor, client));
    },
  );
}

function defined(people: { [K in keyof Assignment]?: Assignment[K] | undefined }): Partial<Assignment> {
  return Object.fromEntries(Object.entries(people).filter(([, value]) => value !== undefined));
}
