import * as oidc from 'openid-client';
import type { ApiSettings } from '../settings/index.js';
import { identityProviderSecret, type IdentityProvider, type OidcClaims, type OidcSecrets, type StoreContext } from '../store/index.js';
import { Problem } from './problem.js';
import { publicFetch } from './public-fetch.js';

export type OidcSettings = Partial<Pick<ApiSettings, 'PUBLIC_URL' | 'IDENTITY_PROVIDER_NETWORK'>>;

/** How long the provider may take for one answer, in seconds. */
const timeoutSeconds = 10;

/** The address that the provider sends browsers back to; it must be known there. */
export function redirectUri(settings: OidcSettings): string {
  if (!settings.PUBLIC_URL) throw new Problem('invalid', 'The operator must set PUBLIC_URL first: the provider sends people back to it');
  return `${settings.PUBLIC_URL.replace(/\/$/, '')}/v1/sign-in/oidc/callback`;
}

/** Reads what the provider says of itself. @throws {Problem} `invalid` naming the issuer when that does not work */
export async function discover(provider: IdentityProvider, secret: string, settings: OidcSettings): Promise<oidc.Configuration> {
  const anyNetwork = settings.IDENTITY_PROVIDER_NETWORK === 'any';
  try {
    const configuration = await oidc.discovery(new URL(provider.issuer), provider.clientId, undefined, oidc.ClientSecretPost(secret), {
      timeout: timeoutSeconds,
      execute: anyNetwork ? [oidc.allowInsecureRequests] : [],
      ...(anyNetwork ? {} : { [oidc.customFetch]: publicFetch as oidc.CustomFetch }),
    });
    return configuration;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Problem('invalid', 'The identity provider does not answer as it must; look at its address', { errors: [{ field: 'issuer', message: 'is not the address of an OpenID Connect provider that can be reached from here' }] });
  }
}

/** The secrets of a new sign-in, and where the browser goes with them. */
export async function authorization(configuration: oidc.Configuration, settings: OidcSettings): Promise<{ state: string; secrets: OidcSecrets; redirectTo: string }> {
  const [state, nonce, codeVerifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
  const redirectTo = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri(settings),
    scope: 'openid email',
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  return { state, secrets: { nonce, codeVerifier }, redirectTo: redirectTo.href };
}

/**
 * Exchanges the code and checks what comes: signature, issuer, audience, nonce and times are the library's part.
 * @param query of the callback, as the browser brought it
 * @throws when the provider refused, or its answer is not what it must be
 */
export async function claimsOf(configuration: oidc.Configuration, provider: IdentityProvider, settings: OidcSettings, query: string, state: string, secrets: OidcSecrets): Promise<OidcClaims> {
  const tokens = await oidc.authorizationCodeGrant(configuration, new URL(`${redirectUri(settings)}?${query}`), {
    expectedState: state,
    expectedNonce: secrets.nonce,
    pkceCodeVerifier: secrets.codeVerifier,
    idTokenExpected: true,
  });
  const { sub, iss, ...rest } = tokens.claims()!;
  // Many providers put the address into the answer about the user only.
  const claims: Record<string, unknown> = rest['email'] === undefined ? await oidc.fetchUserInfo(configuration, tokens.access_token, sub) : rest;
  const { email, email_verified: verified } = claims;
  const counts = typeof email === 'string' && (verified === true || provider.mailTrust === 'always') && isAllowed(email, provider);
  return { issuer: iss, subject: sub, email: counts ? email : null };
}

function isAllowed(email: string, provider: IdentityProvider): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return provider.allowedDomains.includes(domain);
}

/** The tenant's provider, ready to be asked. */
export async function configurationOf(context: StoreContext, tenantId: string, provider: IdentityProvider, settings: OidcSettings): Promise<oidc.Configuration> {
  return discover(provider, await identityProviderSecret(context, tenantId), settings);
}
