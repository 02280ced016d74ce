import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createItGlueClient, unpaced, type ItGlueClient, type ItGlueClientOptions } from '../../it-glue/index.js';

export interface Received {
  readonly method: string;
  /** Decoded path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Respond = (response: ServerResponse, request: Received, nth: number) => void;

export interface ScriptedServer {
  readonly url: string;
  /** Every request whose headers arrived, in order. */
  readonly received: Received[];
  respond: Respond;
  client(options?: Partial<Omit<ItGlueClientOptions, 'region' | 'baseUrl'>>): ItGlueClient;
  close(): Promise<void>;
}

export const API_KEY = 'ITG.canary-key-7f3a9';

/** A server of the test's own that answers as the test says, faults included. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const clients: ItGlueClient[] = [];
  const scripted: ScriptedServer = {
    url: '',
    received: [],
    respond: (response) => response.end(),
    client(options = {}) {
      const client = createItGlueClient({ baseUrl: this.url, apiKey: API_KEY, pace: unpaced, timeoutMs: 2_000, ...options });
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = decodeURIComponent(request.url ?? '');
      const received = { method: request.method ?? '', url, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      scripted.received.push(received);
      scripted.respond(response, received, scripted.received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(scripted, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/vnd.api+json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

export const created = (id: string, attributes: object = {}) => json(201, { data: { id, type: 'organizations', attributes } });

/** The error that a promise ends with; fails the test when it does not. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure, got an answer');
}
