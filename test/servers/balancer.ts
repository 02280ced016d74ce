/** What stands in front of several API processes in earnest: passes each request on to the next one that answers. */
import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface Balancer {
  readonly url: string;
  /** Requests that each API has answered, in the order of the targets. */
  readonly answered: readonly number[];
  close(): Promise<void>;
}

/** Takes turns between the targets (base URLs). One that breaks a connection is left out from then on, and the caller asks again. */
export async function startBalancer(targets: readonly string[]): Promise<Balancer> {
  const answered = targets.map(() => 0);
  const away = new Set<number>();
  let turn = 0;

  function next(): number | undefined {
    const living = targets.map((_, index) => index).filter((index) => !away.has(index));
    turn += 1;
    return living[turn % living.length];
  }

  function pass(request: IncomingMessage, response: ServerResponse): void {
    const index = next();
    if (index === undefined) {
      response.writeHead(502).end();
      return;
    }
    const target = new URL(request.url ?? '/', targets[index]);
    // A connection for each request: a kept one would hide which API is asked.
    const onward = send(target, { method: request.method, headers: { ...request.headers, host: target.host }, agent: false }, (answer) => {
      answered[index]! += 1;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => undefined);
    });
    onward.on('error', () => {
      // Unless it was the caller who went away.
      if (!response.destroyed) away.add(index);
      response.destroy();
    });
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer(pass);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
