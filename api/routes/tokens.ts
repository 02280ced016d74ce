import { z } from 'zod';
import { operations } from '../../domain/permissions.js';
import { saidText } from '../../domain/said.js';
import { createToken, getUser, listTokens, revokeToken, tokenDays, tokensLimit, type TokenView } from '../../store/index.js';
import { Problem } from '../problem.js';
import { id, instant, iso, maybeInstant, maybeIso } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const tokenParams = z.object({ tokenId: id });
const userParams = z.object({ userId: id });

const tokenSchema = z
  .object({
    id,
    label: z.string(),
    operations: z.array(z.enum(operations)).nullable().describe('Null: everything that its person may.'),
    createdAt: instant,
    expiresAt: instant,
    lastUsedAt: maybeInstant.describe('To the minute.'),
  })
  .meta({ id: 'ApiToken' });
const list = z.object({ items: z.array(tokenSchema) });

const label = saidText(100);
const newToken = z.strictObject({
  label: label.describe('What it is for.'),
  operations: z.array(z.enum(operations, 'is not an operation'), 'must be a list of operations').min(1, 'at least one operation is needed').max(operations.length).describe('What it may do; see `x-operation` of each address. Never more than your roles allow, now or later.'),
  expiresAt: z.iso.datetime({ offset: true, error: 'must be a date with time' }).describe(`At most ${tokenDays} days from now.`),
});

/** API tokens for integrations: each acts in its owner's name, for the operations that it was made for. */
export async function tokenRoutes(app: Api, { store }: ApiDeps): Promise<void> {
  app.get(
    '/me/tokens',
    { config: { operation: 'account' }, schema: { ...words('listTokens', 'People', 'Your API tokens', `Newest first; at most ${tokensLimit}.`), response: { 200: list, ...problems('forbidden') } } },
    async ({ actor }) => ({ items: (await listTokens(store, actor)).map(shown) }),
  );

  app.post(
    '/me/tokens',
    {
      config: { operation: 'account' },
      schema: {
        ...words('createToken', 'People', 'Make an API token for an integration', 'The token is shown this once.'),
        body: newToken,
        response: { 201: tokenSchema.extend({ token: z.string() }).meta({ id: 'NewApiToken' }), ...problems('invalid_request', 'forbidden', 'invalid', 'limit_reached') },
      },
    },
    async ({ actor, body }, reply) => {
      if (actor.scope) throw new Problem('forbidden', 'API tokens are for people of the organization itself');
      const { view, token } = await createToken(store, actor, { label: body.label, operations: [...new Set(body.operations)], expiresAt: new Date(body.expiresAt) });
      return reply.code(201).send({ ...shown(view), token });
    },
  );

  app.delete(
    '/me/tokens/:tokenId',
    { config: { operation: 'account' }, schema: { ...words('revokeToken', 'People', 'Revoke one of your API tokens'), params: tokenParams, response: { 204: z.null().describe('Done.'), ...problems('forbidden', 'not_found') } } },
    async ({ actor, params }, reply) => {
      await revokeToken(store, actor, actor.userId, params.tokenId);
      app.forgetTokens();
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/users/:userId/tokens',
    { config: { operation: 'users.manage' }, schema: { ...words('listTokensOfUser', 'People', 'API tokens of a user'), params: userParams, response: { 200: list, ...problems('forbidden', 'not_found') } } },
    async ({ actor, params }) => {
      const owner = await getUser(store, actor.tenantId, params.userId);
      return { items: (await listTokens(store, { userId: owner.id, tenantId: owner.tenantId })).map(shown) };
    },
  );

  app.delete(
    '/users/:userId/tokens/:tokenId',
    {
      config: { operation: 'users.manage' },
      schema: { ...words('revokeTokenOfUser', 'People', 'Revoke an API token of a user'), params: userParams.extend(tokenParams.shape), response: { 204: z.null().describe('Done.'), ...problems('forbidden', 'not_found') } },
    },
    async ({ actor, params }, reply) => {
      await revokeToken(store, actor, params.userId, params.tokenId);
      app.forgetTokens();
      return reply.code(204).send(null);
    },
  );
}

function shown(token: TokenView): z.output<typeof tokenSchema> {
  return { id: token.id, label: token.label, operations: token.operations && [...token.operations], createdAt: iso(token.createdAt), expiresAt: iso(token.expiresAt), lastUsedAt: maybeIso(token.lastUsedAt) };
}
