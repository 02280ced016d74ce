import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.js';
import type { WebSettings } from './session-cookie.js';

const harmless = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a request that changes something when another site's page may have sent it with the person's cookie: browsers say
 * where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. One that says neither comes from no browser of today.
 * @param unknown what counts for a request that says nothing: refused where a cookie vouches for it, fine where nothing does yet
 */
export function refuseForeignOrigin(request: FastifyRequest, settings: WebSettings, unknown: 'refused' | 'fine'): void {
  if (harmless.has(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  const { origin } = request.headers;
  const own = site !== undefined ? site === 'same-origin' : origin !== undefined ? isOwn(origin, request, settings) : unknown === 'fine';
  if (!own) throw new Problem('forbidden', 'The request did not come from a page of this server. Send the token as "Authorization: Bearer <token>" instead of the cookie.');
}

function isOwn(origin: string, request: FastifyRequest, settings: WebSettings): boolean {
  if (settings.PUBLIC_URL !== undefined) return origin === new URL(settings.PUBLIC_URL).origin;
  return origin === `${request.protocol}://${request.host}`;
}
