import { z } from 'zod';
import { sectionPhase, stageWords, type Stage } from '../../domain/stages.js';
import { appendAudit, inTransaction, issueToken, lockClient, parties, partyUser, Refusal } from '../../store/index.js';
import { clientOf } from '../plugins/auth.js';
import { clientParams, id, instant, role } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

/** How long a sign-in of an external person holds; it ends earlier when their section is approved. */
const accessDays = 30;

const answer = z
  .object({
    token: z.string().describe('Shown this once; only its hash is kept.'),
    expiresAt: instant,
    user: z.object({ id, firstName: z.string(), lastName: z.string(), email: z.string(), roles: z.array(role), section: z.enum(['accounting', 'msp']) }),
  })
  .meta({ id: 'Access' });

export async function accessRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.post(
    '/clients/:clientId/access',
    {
      config: { operation: 'access.issue' },
      schema: {
        ...words('issueAccess', 'People', 'Make a sign-in for the accountant or the outgoing MSP', 'From the contact on file, once the section before is approved. Each call makes a new token; none is kept in clear, so a repetition cannot show it again.'),
        params: clientParams,
        body: z.strictObject({ section: z.enum(['accounting', 'msp'], 'must be accounting or msp') }),
        response: { 201: answer, ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'invalid') },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const { section } = request.body;
      const expiresAt = new Date(Date.now() + accessDays * 24 * 3_600_000);
      const { token, user } = await inTransaction(store, async (context) => {
        const row = await lockClient(context, client);
        const phase = sectionPhase(section, row.stage as Stage);
        if (phase !== 'entry' && phase !== 'review') {
          throw new Refusal('wrong_stage', `The ${section} section is not being worked on: ${stageWords[row.stage as Stage]}`);
        }
        const user = await partyUser(context, client, section);
        if (!user) throw new Refusal('invalid', 'The contact on file has no name or mail address yet', [{ field: parties[section].contact, message: 'needs first name, last name and email' }]);
        const token = await issueToken(context, user, { label: `${section} of a client`, expiresAt });
        await appendAudit(context, { ...client, actorId: request.actor.userId, party: 'internal', action: 'access.issued', details: { section, userId: user.id } });
        return { token, user };
      });
      const { id: userId, firstName, lastName, email, roles } = user;
      return reply.code(201).send({ token, expiresAt: expiresAt.toISOString(), user: { id: userId, firstName, lastName, email, roles: [...roles], section } });
    },
  );
}
