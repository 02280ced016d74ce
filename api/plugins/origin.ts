import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { withOrigin } from '../../store/index.js';

/** What the rest of a request does is asked for from its network address: the audit trail says so. */
export const origin = fp(
  async (app) => {
    // Not earlier: what reads the body goes on from the socket, which knows nothing of the request.
    app.addHook('preValidation', (request, _reply, done) => withOrigin(addressOf(request), done));
  },
  { name: 'origin', fastify: '5.x' },
);

/** As the proxies that we believe say; the connection's own where what they say is no address. IPv4 in its own form. */
function addressOf(request: FastifyRequest): string | null {
  const address = [request.ip, request.socket.remoteAddress].find((one) => one !== undefined && isIP(one) > 0);
  return address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null;
}
