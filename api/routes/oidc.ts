import { z } from 'zod';
import { appendAudit, beginOidc, endOidc, getIdentityProvider, identityProviderSecret, inTransaction, matchOidc, removeIdentityProvider, setIdentityProvider, tenantOfDomain, countTry } from '../../store/index.js';
import { openSession } from '../new-session.js';
import { authorization, claimsOf, configurationOf, discover, redirectUri } from '../oidc.js';
import { Problem } from '../problem.js';
import { id } from '../schemas/common.js';
import { email } from '../schemas/sign-in.js';
import { cookieName, isSecure, setSessionCookie } from '../session-cookie.js';
import type { Api, ApiDeps } from '../types.js';
import { openWords, problems, words } from '../words.js';

const domain = z.string('must be text').trim().toLowerCase().max(253, 'must be at most 253 characters').regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain such as example.com');

const provider = {
  issuer: z.url({ protocol: /^https?$/, error: 'must be a web address' }).max(500),
  clientId: z.string('must be text').trim().min(1, 'must not be empty').max(300),
  allowedDomains: z.array(domain, 'must be a list of domains').min(1, 'at least one domain is needed').max(50).describe('Domains of mail addresses that the provider may vouch for.'),
  mailTrust: z.enum(['verified_claim', 'always'], 'must be verified_claim or always').describe('`always` for a provider that hands out the addresses itself and does not say `email_verified`.'),
};
const shown = z.object({ ...provider, redirectUri: z.string().nullable().describe('To be entered at the provider.') }).meta({ id: 'IdentityProvider' });

/** How long a browser may take at the provider, in seconds. */
const stayAtProvider = 600;

/** Sign-in of internal people by OpenID Connect, and the tenant's settings for it. */
export async function oidcRoutes(app: Api, { store, settings }: ApiDeps): Promise<void> {
  const cookie = cookieName(settings, 'onboarder-oidc');
  // Lax, unlike the session's: the way back from the provider begins on another site.
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(settings) } as const;

  app.get(
    '/identity-provider',
    { config: { operation: 'settings.manage' }, schema: { ...words('getIdentityProvider', 'People', 'Where your people sign in by OpenID Connect'), response: { 200: shown, ...problems('forbidden', 'not_found') } } },
    async ({ actor }) => {
      const found = await getIdentityProvider(store, actor.tenantId);
      if (!found) throw new Problem('not_found', 'No identity provider is set');
      return { ...found, allowedDomains: [...found.allowedDomains], redirectUri: settings.PUBLIC_URL ? redirectUri(settings) : null };
    },
  );

  app.put(
    '/identity-provider',
    {
      config: { operation: 'settings.manage' },
      schema: {
        ...words('setIdentityProvider', 'People', 'Set where your people sign in by OpenID Connect', 'The provider is asked at once. The secret is never shown again; without one the secret before stays. Without `mailTrust` that stays too while the issuer does, and is `verified_claim` for another one.'),
        body: z.strictObject({ ...provider, mailTrust: provider.mailTrust.optional(), clientSecret: z.string('must be text').min(1, 'must not be empty').max(1_000).optional() }),
        response: { 200: shown, ...problems('invalid_request', 'forbidden', 'invalid') },
      },
    },
    async ({ actor, body }) => {
      const { clientSecret, mailTrust, ...named } = body;
      const before = await getIdentityProvider(store, actor.tenantId);
      const wanted = { ...named, mailTrust: mailTrust ?? (before?.issuer === named.issuer ? before.mailTrust : 'verified_claim') };
      const back = redirectUri(settings);
      const secret = clientSecret ?? (before ? await identityProviderSecret(store, actor.tenantId) : undefined);
      if (!secret) throw new Problem('invalid', 'A client secret is needed', { errors: [{ field: 'clientSecret', message: 'is needed' }] });
      await discover(wanted, secret, settings);
      await setIdentityProvider(store, actor, wanted, secret);
      return { ...wanted, redirectUri: back };
    },
  );

  app.delete(
    '/identity-provider',
    { config: { operation: 'settings.manage' }, schema: { ...words('removeIdentityProvider', 'People', 'Sign in by password only'), response: { 204: z.null().describe('Done.'), ...problems('forbidden') } } },
    async ({ actor }, reply) => {
      await removeIdentityProvider(store, actor);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/sign-in/oidc',
    {
      config: { operation: 'public' },
      schema: {
        ...openWords('beginOidcSignIn', 'People', 'Sign in at your organization’s identity provider', 'Send the browser to `redirectTo`; it comes back by itself, signed in. Of the mail address only the domain is looked at.'),
        body: z.strictObject({ email: email.optional(), tenantId: id.optional() }).refine((body) => (body.email === undefined) !== (body.tenantId === undefined), { path: ['email'], message: 'either email or tenantId is needed' }),
        response: { 200: z.object({ redirectTo: z.string() }), ...problems('invalid_request', 'forbidden', 'not_found', 'invalid') },
      },
    },
    async (request, reply) => {
      await countTry(store, 'address', request.ip);
      const { email: address, tenantId: named } = request.body;
      const tenantId = named ?? (await tenantOfDomain(store, address!.slice(address!.lastIndexOf('@') + 1)));
      const found = tenantId ? await getIdentityProvider(store, tenantId) : null;
      if (!tenantId || !found) throw new Problem('not_found', 'No identity provider is set for that organization; sign in by password');
      const { state, secrets, redirectTo } = await authorization(await configurationOf(store, tenantId, found, settings), settings);
      const { browser } = await beginOidc(store, tenantId, state, secrets);
      reply.setCookie(cookie, browser, { ...cookieOptions, maxAge: stayAtProvider });
      return { redirectTo };
    },
  );

  app.get(
    '/sign-in/oidc/callback',
    {
      config: { operation: 'public' },
      schema: {
        ...openWords('endOidcSignIn', 'People', 'Where the identity provider sends browsers back to', 'Signs the browser in that began, once, and leads on to the start page.'),
        querystring: z.looseObject({ state: z.string().min(1).max(500) }),
        response: { 303: z.null().describe('Signed in; on to the start page.'), ...problems('invalid_request', 'sign_in_failed') },
      },
    },
    async (request, reply) => {
      reply.clearCookie(cookie, cookieOptions);
      const { state } = request.query;
      const browser = request.cookies[cookie];
      const begun = browser ? await endOidc(store, state, browser) : null;
      const found = begun && (await getIdentityProvider(store, begun.tenantId));
      if (!begun || !found) throw new Problem('sign_in_failed', 'This sign-in was not begun in this browser, or its time is over; begin again');
      const configuration = await configurationOf(store, begun.tenantId, found, settings);
      const claims = await claimsOf(configuration, found, settings, request.url.split('?')[1] ?? '', state, begun).catch(async (error: unknown) => {
        request.log.info({ reason: (error as { code?: string }).code ?? 'unknown' }, 'the identity provider did not sign anybody in');
        await noteRefused(begun.tenantId);
        throw new Problem('sign_in_failed', 'The identity provider did not confirm the sign-in; begin again');
      });
      const session = await inTransaction(store, async (context) => {
        const user = await matchOidc(context, begun.tenantId, claims);
        return user && openSession(context, request, settings, user, 'oidc');
      });
      if (!session) {
        await noteRefused(begun.tenantId);
        throw new Problem('sign_in_failed', 'Nobody with that verified mail address was invited; ask your Administrator');
      }
      setSessionCookie(reply, settings, session.token);
      return reply.code(303).header('location', '/').send(null);
    },
  );

  /** Of nobody: who it was is not known, or none of the tenant's business. */
  const noteRefused = (tenantId: string) =>
    inTransaction(store, (context) => appendAudit(context, { tenantId, clientId: null, actorId: null, party: 'internal', action: 'session.refused', details: { method: 'oidc' } }));
}
