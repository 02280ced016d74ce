import { z } from 'zod';
import { connectionPlace, connectionVersion, findConnection, parkedExports, putConnection, removeConnection, Refusal, sealForWorkers } from '../../store/index.js';
import { Problem } from '../problem.js';
import { ProcessUnavailable } from '../process.js';
import { connectionAnswer, connectionBody, shownConnection, type ConnectionAnswer } from '../schemas/it-glue-connection.js';
import { version } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { seenVersion, seenVersionIfAny } from '../versions.js';
import { problems, words } from '../words.js';

const path = '/it-glue-connection';

/** The tenant's way into IT Glue. A key that comes in is sealed at once: from then on only a worker can read it. */
export async function connectionRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { store, itGlue } = deps;
  const config = { operation: 'connection.manage' } as const;

  app.get(
    path,
    {
      config,
      schema: {
        ...words('getConnection', 'Connection', 'The IT Glue connection', 'Never shows the key. `state` is `none` while nothing is set up.'),
        response: { 200: connectionAnswer, ...problems('forbidden') },
      },
    },
    ({ actor }) => show(actor.tenantId),
  );

  app.put(
    path,
    {
      config,
      schema: {
        ...words(
          'putConnection',
          'Connection',
          'Set up or change the IT Glue connection',
          'A new key is tried out at once. Where it works, every export that waited for it goes on by itself. A test that takes longer, or waits for a worker, shows in `lastTest` later.',
        ),
        body: connectionBody,
        response: { 200: connectionAnswer, ...problems('invalid_request', 'forbidden', 'stale_version', 'precondition_failed', 'invalid') },
      },
    },
    async (request) => {
      const { actor, body } = request;
      const { region, apiKey } = body;
      if (region === 'stand_in') refuseStandIn(body.webUrl ?? null);
      const key = apiKey === undefined ? null : { sealed: await sealForWorkers(itGlue.publicKey, connectionPlace(actor.tenantId, region), apiKey), ending: apiKey.slice(-4) };
      const changed = await putConnection(store, actor, { region, webUrl: body.webUrl, key, seen: seenVersionIfAny(request, body.version) });
      // The connection is kept whether or not it can be tried out now.
      if (key) await test(actor, changed.version).catch(unlessAway);
      return show(actor.tenantId);
    },
  );

  app.delete(
    path,
    {
      config,
      schema: {
        ...words('removeConnection', 'Connection', 'Take the IT Glue connection away', 'Running exports wait until there is a new one.'),
        body: z.strictObject({ version: version.optional() }).nullish(),
        response: { 200: connectionAnswer, ...problems('invalid_request', 'forbidden', 'not_found', 'stale_version', 'precondition_failed') },
      },
    },
    async (request) => {
      await removeConnection(store, request.actor, seenVersion(request, request.body?.version));
      return show(request.actor.tenantId);
    },
  );

  app.post(
    `${path}/test`,
    {
      config,
      schema: {
        ...words(
          'testConnection',
          'Connection',
          'Try the IT Glue connection out',
          'Reads the lists of the account that an export needs and writes nothing. Answers 202 when it takes longer; the result is in `lastTest` then. Where the key works, every export that waited for it goes on by itself.',
        ),
        body: z.strictObject({}).nullish(),
        response: { 200: connectionAnswer, 202: connectionAnswer, ...problems('forbidden', 'not_found', 'no_worker', 'temporal_unavailable') },
      },
    },
    async ({ actor }, reply) => {
      const connection = await findConnection(store, actor.tenantId);
      if (!connection) throw new Refusal('not_found', 'There is no IT Glue connection');
      const ended = await test(actor, connection.version);
      if (ended === 'waiting') throw new Problem('no_worker', 'No worker answers right now; the test runs as soon as one does', { retryAfter: 5 });
      const shown = await show(actor.tenantId);
      return ended === 'ended' ? reply.code(200).send(shown) : reply.code(202).header('retry-after', '2').send(shown);
    },
  );

  function test({ tenantId, userId }: { tenantId: string; userId: string }, tested: number) {
    return deps.process.testConnection({ tenantId, version: tested, actorId: userId }, new Date(Date.now() + deps.settings.DECISION_TIMEOUT_MS - 300));
  }

  async function show(tenantId: string): Promise<ConnectionAnswer> {
    const [connection, known, waiting] = await Promise.all([findConnection(store, tenantId), connectionVersion(store, tenantId), parkedExports(store, tenantId)]);
    return shownConnection(connection, itGlue.standIn, { version: known, waitingExports: waiting.length, now: new Date() });
  }

  function refuseStandIn(webUrl: string | null): void {
    const errors = [
      ...(itGlue.standIn ? [] : [{ field: 'region', message: 'there is no stand-in in this installation' }]),
      ...(webUrl === null ? [] : [{ field: 'webUrl', message: 'is known for the stand-in; leave it out' }]),
    ];
    if (errors.length > 0) throw new Refusal('invalid', 'The connection cannot be as given', errors);
  }
}

function unlessAway(error: unknown): void {
  if (!(error instanceof ProcessUnavailable)) throw error;
}
