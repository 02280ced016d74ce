import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import Fastify, { LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { removeWhenExpired } from './expiry.js';
import { auth } from './plugins/auth.js';
import { refuseBrokenRequest } from './plugins/broken-requests.js';
import { documentation } from './plugins/documentation.js';
import { limits } from './plugins/limits.js';
import { origin } from './plugins/origin.js';
import { asProblem, problems, sendProblem } from './plugins/problems.js';
import { requestId, requestLog } from './plugins/requests.js';
import { restored } from './plugins/restored.js';
import { storableQueries } from './plugins/storable-queries.js';
import { accountRoutes } from './routes/account.js';
import { activityRoutes } from './routes/activity.js';
import { allowedRoutes } from './routes/allowed.js';
import { attachmentRoutes } from './routes/attachments.js';
import { auditRoutes } from './routes/audit.js';
import { clientRoutes } from './routes/clients.js';
import { decisionRoutes } from './routes/decisions.js';
import { downloadRoutes } from './routes/downloads.js';
import { exportRecordRoutes } from './routes/export-records.js';
import { reportRoutes } from './routes/reports.js';
import { exportEventRoutes } from './routes/export-events.js';
import { externalSignInRoutes } from './routes/external-sign-in.js';
import { exportReportRoutes } from './routes/export-report.js';
import { exportRoutes } from './routes/exports.js';
import { healthRoutes } from './routes/health.js';
import { importTemplateRoutes } from './routes/import-templates.js';
import { importUploadRoutes } from './routes/import-uploads.js';
import { importRoutes } from './routes/imports.js';
import { connectionRoutes } from './routes/it-glue-connection.js';
import { pageRoutes } from './routes/pages.js';
import { mailedLinkRoutes } from './routes/mailed-links.js';
import { mailRoutes } from './routes/mail.js';
import { peopleRoutes } from './routes/people.js';
import { previewAnswerRoutes } from './routes/preview-answers.js';
import { previewRoutes } from './routes/previews.js';
import { provenanceRoutes } from './routes/provenance.js';
import { questionRoutes } from './routes/questions.js';
import { recordRoutes } from './routes/records.js';
import { retentionRoutes } from './routes/retention.js';
import { secretRoutes } from './routes/secrets.js';
import { sessionRoutes } from './routes/sessions.js';
import { sectionRoutes } from './routes/sections.js';
import { signInRoutes } from './routes/sign-in.js';
import { removalRoutes } from './routes/removals.js';
import { sweepRoutes } from './routes/sweep.js';
import { spellingRoutes } from './routes/spelling.js';
import { externalPeopleRoutes } from './routes/external-people.js';
import { oidcRoutes } from './routes/oidc.js';
import { tokenRoutes } from './routes/tokens.js';
import { userRoutes } from './routes/users.js';
import { taskRoutes } from './routes/tasks.js';
import { isSecure } from './session-cookie.js';
import type { Api, ApiDeps } from './types.js';

const topics = [
  peopleRoutes,
  sessionRoutes,
  signInRoutes,
  externalSignInRoutes,
  accountRoutes,
  connectionRoutes,
  oidcRoutes,
  tokenRoutes,
  userRoutes,
  externalPeopleRoutes,
  clientRoutes,
  allowedRoutes,
  sectionRoutes,
  pageRoutes,
  questionRoutes,
  taskRoutes,
  recordRoutes,
  provenanceRoutes,
  secretRoutes,
  attachmentRoutes,
  importUploadRoutes,
  importRoutes,
  importTemplateRoutes,
  decisionRoutes,
  previewRoutes,
  previewAnswerRoutes,
  spellingRoutes,
  exportRoutes,
  exportEventRoutes,
  exportReportRoutes,
  downloadRoutes,
  exportRecordRoutes,
  reportRoutes,
  mailRoutes,
  activityRoutes,
  auditRoutes,
  retentionRoutes,
  removalRoutes,
  sweepRoutes,
];

/** Longest JSON body, unless a route says otherwise. */
const bodyLimit = 1024 * 1024;

/**
 * The API without a socket: call `listen` on it, or `inject` in tests. It owns none of `deps`.
 * @param options.page whether the readable page of the document is served at /docs
 */
export async function buildApp(deps: ApiDeps, options: { page?: boolean } = {}): Promise<Api> {
  const app = Fastify({
    loggerInstance: deps.logger,
    // requestLog writes the one line of a request.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    trustProxy: deps.settings.TRUST_PROXY,
    bodyLimit,
    // A slow upload of 100 MB still passes; a client that drips headers does not.
    requestTimeout: 300_000,
    connectionTimeout: 310_000,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 15_000 },
    clientErrorHandler: refuseBrokenRequest,
    // An address that cannot be decoded never comes to the handlers of a route.
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply.header('x-request-id', request.id), asProblem(error, request)),
    routerOptions: { maxParamLength: 200 },
  })
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler)
    .withTypeProvider<ZodTypeProvider>() as Api;

  await app.register(helmet, {
    // The last three do not fall back to the first.
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] } },
    // Whether there is TLS in front is the operator's to say: by PUBLIC_URL.
    strictTransportSecurity: isSecure(deps.settings) && { maxAge: 365 * 24 * 3_600, includeSubDomains: true },
  });
  await app.register(problems);
  await app.register(requestLog);
  await app.register(documentation, { page: options.page ?? true });
  await app.register(async (root: Api) => healthRoutes(root, deps));
  await app.register(mailedLinkRoutes);
  await app.register(
    async (v1: Api) => {
      await v1.register(limits, { perMinute: deps.settings.API_RATE_LIMIT });
      await v1.register(restored, { store: deps.store });
      await v1.register(cookie);
      await v1.register(auth, { store: deps.store, settings: deps.settings });
      await v1.register(origin);
      await v1.register(storableQueries);
      removeWhenExpired(v1, deps.store);
      for (const routes of topics) await v1.register(async (scope: Api) => routes(scope, deps));
    },
    { prefix: '/v1' },
  );
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => reply.type('application/json').send(JSON.stringify(app.swagger())));
  await app.ready();
  return app;
}
