import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const about = `Leads a new client of a managed service provider from data entry to an IT Glue organization and to the removal of its data.

**Sign-in.** Every address under \`/v1\` needs \`Authorization: Bearer <token>\` or the cookie of a session. What you cannot reach at all answers 404; what your role forbids answers 403.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\` and, where fields are at fault, \`errors\` with the JSON path and the reason. 400: the request is wrong whatever the data. 422: it is well formed but cannot be done with the data as it is. 409: too late or out of turn (412 when \`If-Match\` was sent).

**Repeating.** POST takes an \`Idempotency-Key\` (8 to 100 characters): the same request under the same key is carried out once.

**Edits** carry the \`version\` they saw, in the body or as \`If-Match: "3"\`.

**Lists** page by \`cursor\`: pass \`nextCursor\` of an answer until it is null.`;

/** The page needs its own scripts, styles and pictures, and asks this server alone. */
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The schemas of a route, and what it needs by the table of permissions: `x-operation`, and `x-section` where the path names none. */
const withOperation: typeof jsonSchemaTransform = (document) => {
  const transformed = jsonSchemaTransform(document);
  const { operation, section } = document.route.config ?? {};
  const extras = { 'x-operation': operation, ...(section ? { 'x-section': section } : {}) };
  return operation ? { ...transformed, schema: { ...transformed.schema, ...extras } } : transformed;
};

/** OpenAPI 3.1 from the same zod schemas that validate, at /openapi.json, and a readable page at /docs. */
export const documentation = fp<{ page: boolean }>(
  async (app, { page }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Client Onboarder', version: '1.0.0', description: about },
        components: {
          securitySchemes: {
            bearer: { type: 'http', scheme: 'bearer', description: 'An API token, or the token of a session.' },
            session: { type: 'apiKey', in: 'cookie', name: '__Host-onboarder', description: 'The session of a browser; `onboarder` where there is no TLS. Changes need `Sec-Fetch-Site: same-origin` or the own `Origin`.' },
          },
        },
      },
      transform: withOperation,
      transformObject: jsonSchemaTransformObject,
    });
    if (page) await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: pagePolicy, uiConfig: { deepLinking: true, docExpansion: 'none', validatorUrl: null } });
  },
  { name: 'documentation', fastify: '5.x' },
);
