import { z } from 'zod';
import { retentionSettings } from '../../domain/retention.js';
import { changeRetentionSettings, erasureHorizon, getClientRow, Refusal, readRetentionSettings, warningTimes } from '../../store/index.js';
import { decide } from '../decisions.js';
import { clientOf } from '../plugins/auth.js';
import { unavailable } from '../plugins/problems.js';
import { Problem, problemOfRefusal } from '../problem.js';
import { ProcessUnavailable } from '../process.js';
import { clientParams, id, instant, iso, maybeInstant, maybeIso, stage } from '../schemas/common.js';
import type { Stage } from '../../domain/stages.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const settings = retentionSettings.meta({ id: 'RetentionSettings' });

const retention = z
  .object({
    stage,
    purgeAt: maybeInstant.describe('The end; null before an export and while the client is on hold.'),
    warnings: z.array(instant).describe('When managers are warned.'),
    heldSince: maybeInstant,
    heldPurgeAt: maybeInstant.describe('The end that was to come when the hold began.'),
    purgeAskedBy: id.nullable().describe('Who asked for the removal at once; somebody else confirms it.'),
    purgeAskedAt: maybeInstant,
    keyBackupDays: z.int().nullable().describe('How many days backups of keys are kept at most; null where the operator has not said (`KEY_BACKUP_DAYS`).'),
    erasureHorizon: maybeInstant.describe('The end plus the longest life of backups of keys: from then on no backup can bring anything back. Null without an end, or where the operator has not said.'),
    erasure: z.string().describe('When nothing can be read any more, backups included.'),
  })
  .meta({ id: 'Retention' });

const erasure =
  'The removal destroys the key of the client; from then on no copy of the data can be read, backups of the database included. ' +
  'Where backups of the key store are kept, that is so once the last of them that holds the key is gone.';

const mostAtOnce = 100;

/** How long clients are kept, and the removal of several. */
export async function retentionRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { store } = deps;

  app.get(
    '/clients/:clientId/retention',
    {
      config: { operation: 'client.read' },
      schema: { ...words('getRetention', 'Decisions', 'How long a client is kept'), params: clientParams, response: { 200: retention, ...problems('forbidden', 'not_found') } },
    },
    async (request) => {
      const client = clientOf(request);
      const row = await getClientRow(store, client);
      return {
        stage: row.stage as Stage,
        purgeAt: maybeIso(row.purgeAt),
        warnings: (await warningTimes(store, client, row)).map(iso),
        heldSince: maybeIso(row.heldSince),
        heldPurgeAt: maybeIso(row.heldPurgeAt),
        purgeAskedBy: row.purgeAskedBy,
        purgeAskedAt: maybeIso(row.purgeAskedAt),
        keyBackupDays: store.keyBackupDays ?? null,
        erasureHorizon: maybeIso(row.purgeAt && erasureHorizon(row.purgeAt, store.keyBackupDays)),
        erasure,
      };
    },
  );

  app.get(
    '/settings/retention',
    {
      config: { operation: 'users.read' },
      schema: { ...words('getRetentionSettings', 'Decisions', 'How long data is kept after an export, and what stays'), response: { 200: settings, ...problems('forbidden') } },
    },
    ({ actor }) => readRetentionSettings(store, actor.tenantId),
  );

  app.put(
    '/settings/retention',
    {
      config: { operation: 'settings.manage' },
      schema: {
        ...words('setRetentionSettings', 'Decisions', 'Change how long data is kept after an export, and what stays', 'Clients that are kept already keep their end; move it one by one.'),
        body: settings,
        response: { 200: settings, ...problems('invalid_request', 'forbidden') },
      },
    },
    async ({ actor, body }) => {
      await changeRetentionSettings(store, actor, body);
      return body;
    },
  );

  app.post(
    '/clients/delete',
    {
      config: { operation: 'client.delete' },
      schema: {
        ...words('deleteClients', 'Decisions', 'Delete several clients', 'Each by itself: one that cannot be deleted does not keep the others. They can be restored for a time.'),
        body: z.strictObject({ clientIds: z.array(id).min(1, 'must name at least one client').max(mostAtOnce, `must name at most ${mostAtOnce} clients`) }),
        response: {
          200: z.object({ items: z.array(z.object({ clientId: id, deleted: z.boolean(), code: z.string().nullable(), message: z.string().nullable() })) }),
          ...problems('invalid_request', 'forbidden', 'no_worker', 'temporal_unavailable'),
        },
      },
    },
    async (request) => {
      const items = [];
      // Once nobody carries decisions out, the rest is not waited for; a 503 would say that nothing was changed.
      let away: ProcessUnavailable | null = null;
      for (const clientId of new Set(request.body.clientIds)) {
        if (!away) {
          try {
            items.push({ clientId, ...(await deleteOne(clientId)) });
            continue;
          } catch (error) {
            if (!(error instanceof ProcessUnavailable) || !items.some(({ deleted }) => deleted)) throw error;
            away = error;
          }
        }
        const { code, message } = unavailable(away.reason);
        items.push({ clientId, deleted: false, code, message });
      }
      return { items };

      async function deleteOne(clientId: string) {
        const client = { tenantId: request.actor.tenantId, clientId };
        try {
          await getClientRow(store, client);
          await decide(deps, request, { action: 'delete' }, client);
          return { deleted: true, code: null, message: null };
        } catch (error) {
          if (error instanceof Refusal) return { deleted: false, code: problemOfRefusal[error.code], message: error.message };
          if (error instanceof Problem) return { deleted: false, code: error.code, message: error.message };
          throw error;
        }
      }
    },
  );
}
