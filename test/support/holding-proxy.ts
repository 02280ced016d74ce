/** Stands between the product and another server, and leaves requests unanswered while a test wants the product to wait there. */
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HoldingProxy {
  readonly url: string;
  /** From now on requests are held whose path it says so of; without it none are. */
  hold(which?: (path: string) => boolean): void;
  /** How many requests have been held. */
  readonly held: number;
  close(): Promise<void>;
}

/** @param target address of the server, http only; it sees the Host that the product has signed */
export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  let isHeld: (path: string) => boolean = () => false;
  let held = 0;
  const server = createServer((incoming, outgoing) => {
    if (isHeld(incoming.url!)) {
      held += 1;
      return;
    }
    const onward = send(target + incoming.url!, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (which = () => false) => void (isHeld = which),
    get held() {
      return held;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
