import { z } from 'zod';
import { allKinds, secretFields } from '../../domain/kinds/index.js';
import { appendAudit, getRecord, inTransaction, partyOf } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { recordParams } from '../schemas/common.js';
import { pascal } from '../schemas/record.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

/** Secrets are shown one at a time, and each look is in the audit chain before the answer leaves. */
export async function secretRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  for (const kind of allKinds) {
    const secrets = secretFields(kind);
    const [first, ...others] = secrets;
    if (first === undefined || kind.cardinality === 'one') continue;
    app.post(
      `/clients/:clientId/${kind.path}/:recordId/reveal`,
      {
        config: { operation: 'password.reveal', section: kind.section },
        schema: {
          ...words(`reveal${pascal(kind.name)}`, 'Records', `Show a secret of a ${kind.label.toLowerCase()}`, 'Noted in the client\'s history. Null when it is not set.'),
          params: recordParams,
          body: z.strictObject({ field: z.enum([first, ...others], `must be one of: ${secrets.join(', ')}`) }),
          response: { 200: z.object({ value: z.string().nullable() }), ...problems('invalid_request', 'forbidden', 'not_found') },
        },
      },
      async (request) => {
        const client = clientOf(request);
        const { recordId } = request.params;
        const { field } = request.body;
        const record = await inTransaction(store, async (context) => {
          const found = await getRecord(context, client, kind.name, recordId);
          await appendAudit(context, { ...client, actorId: request.actor.userId, party: partyOf(request.actor), action: 'secret.revealed', details: { kind: kind.name, recordId, field } });
          return found;
        });
        return { value: (record.content[field] as string | null | undefined) ?? null };
      },
    );
  }
}
