import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import proto from '@temporalio/proto';
import type { PayloadCodec } from '@temporalio/common';

const { Payloads } = proto.temporal.api.common.v1;
/** The Web UI asks for one page of history at a time. */
const largestBody = 8 * 1024 * 1024;

/**
 * Decodes payloads for the Temporal Web UI (its "remote codec" protocol: POST /decode with `Payloads` as JSON). Listens on
 * this machine only and answers the given origin only. Payloads hold ids, dates and enums; summaries are what people read.
 */
export async function startCodecEndpoint(options: { port: number; allowedOrigin: string; codec: PayloadCodec }): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', options.allowedOrigin);
    response.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization');
    response.setHeader('cache-control', 'no-store');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    // A browser always names its origin on such a request; anything else has no business here.
    if (request.method !== 'POST' || request.headers.origin !== options.allowedOrigin) return response.writeHead(403).end();
    if (request.url !== '/decode') return response.writeHead(404).end();
    void decode(request, options.codec).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(body),
      () => response.writeHead(400).end(),
    );
  });
  server.requestTimeout = 10_000;
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function decode(request: IncomingMessage, codec: PayloadCodec): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Error('too large');
    chunks.push(chunk);
  }
  const { payloads } = Payloads.fromObject(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
  const decoded = await codec.decode(payloads);
  return JSON.stringify(Payloads.toObject(Payloads.create({ payloads: decoded }), { bytes: String }));
}
