import { z } from 'zod';
import { isBySection, mayNow, operations } from '../../domain/permissions.js';
import { sections } from '../../domain/kinds/index.js';
import type { Stage } from '../../domain/stages.js';
import { getClientRow } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, section, stage } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const allowed = z
  .object({
    stage,
    operations: z.array(z.object({ operation: z.enum(operations), sections: z.array(section).nullable().describe('Null when it is not by section.') })),
  })
  .meta({ id: 'Allowed' });

/** What a person may do with a client as it stands: screens show nothing else. */
export async function allowedRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/clients/:clientId/allowed',
    {
      config: { operation: 'client.read' },
      schema: { ...words('getAllowed', 'Clients', 'What you may do with this client now', 'By your roles and the client’s stage; see `x-operation` of each address. The data may still not allow it, as when something is missing.'), params: clientParams, response: { 200: allowed, ...problems('forbidden', 'not_found', 'wrong_stage') } },
    },
    async (request) => {
      const { actor } = request;
      const client = clientOf(request);
      const now = (await getClientRow(store, client)).stage as Stage;
      const where = { clientId: client.clientId, stage: now };
      return {
        stage: now,
        operations: operations
          .map((operation) => ({ operation, sections: isBySection(operation) ? sections.filter((one) => mayNow(actor, operation, { ...where, section: one })) : null }))
          .filter(({ operation, sections: open }) => (open ? open.length > 0 : mayNow(actor, operation, where))),
      };
    },
  );
}
