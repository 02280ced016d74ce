import type { IncomingMessage } from 'node:http';

const loopbackAddress = /^(127\.|::1$|::ffff:127\.)/;
const loopbackName = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/i;

/**
 * Whether a request to this machine alone also names it. A page of another site can have its own name mean 127.0.0.1 a moment
 * later (DNS rebinding) and would then read, as a page of ours, what is for nobody but the person at this machine.
 */
export function namesThisMachine({ headers, socket }: IncomingMessage): boolean {
  return !loopbackAddress.test(socket.localAddress ?? '') || loopbackName.test(headers.host ?? '');
}
