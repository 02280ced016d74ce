import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiSettings } from '../settings/index.js';

/** Where people reach the API, when that was said. */
export type WebSettings = Partial<Pick<ApiSettings, 'PUBLIC_URL'>>;

/**
 * The cookie of a session. With TLS it carries the prefix that binds it to this host and to TLS (RFC 6265bis); without, as on
 * one's own machine, browsers would refuse that prefix.
 */
export function cookieName(settings: WebSettings, name = 'onboarder'): string {
  return isSecure(settings) ? `__Host-${name}` : name;
}

/** Whether people reach the API over TLS. */
export function isSecure(settings: WebSettings): boolean {
  return settings.PUBLIC_URL?.startsWith('https:') ?? false;
}

/** Hands the token to the browser, where no script can read it. */
export function setSessionCookie(reply: FastifyReply, settings: WebSettings, token: string): void {
  reply.setCookie(cookieName(settings), token, { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(settings) });
}

/** Takes the cookie away, and what the browser kept of what the person saw. Cookies of neighbours of our host stay. */
export function clearSessionCookie(reply: FastifyReply, settings: WebSettings): void {
  reply.header('clear-site-data', '"cache", "storage"');
  reply.clearCookie(cookieName(settings), { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure(settings) });
}

/** The session token in the request's cookie. */
export function sessionCookieOf(request: FastifyRequest, settings: WebSettings): string | undefined {
  return request.cookies[cookieName(settings)];
}
