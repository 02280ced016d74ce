// HTTP in front of the engine: reads requests, plays the gateway (keys, rate, size), lets faults happen, writes answers.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { handle } from './api.js';
import type { Answer, Call } from './handling.js';
import { repeatingValues } from './repeated-values.js';
import { ApiError, forbidden, gatewayMessage, serverError } from './errors.js';
import type { Engine } from './engine.js';
import { after, before, Cut, pause, sendFaulty, type Exchange } from './fault-effects.js';
import type { ApiKey } from './keys.js';
import { namesThisMachine } from '../own-host.js';

/** What a part of the server beside the API answers with. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A part of the server beside the API; null when the path is not its own. */
export type Side = (request: { method: string; path: string; query: URLSearchParams; headers: IncomingMessage['headers']; body: Buffer }) => Promise<Reply> | Reply;

export interface Sides {
  readonly control: Side;
  readonly pages: Side;
}

async function readAll(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Past the limit the rest is read and dropped, so that the caller gets to read the answer.
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > limit ? null : chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function authenticate(engine: Engine, exchange: Exchange): ApiKey {
  if (exchange.key === null) throw forbidden();
  const { switches } = engine;
  const wait = engine.rateLimit.take(exchange.key.label, switches.rateLimit, switches.rateLimitWindowSeconds * 1_000, engine.now().getTime());
  if (wait > 0) throw gatewayMessage(429, 'Too Many Requests', switches.retryAfter === 'on' ? { 'retry-after': String(Math.ceil(wait / 1_000)) } : {});
  return exchange.key;
}

async function answerApi(engine: Engine, exchange: Exchange): Promise<Answer> {
  const { request, method, path, query } = exchange;
  const body = await readAll(request, engine.switches.maxBodyBytes);
  if (engine.latencyMs > 0) await pause(engine, engine.latencyMs);
  exchange.key = engine.keys.find(headerOf(request, 'x-api-key')) ?? null;
  exchange.fault = engine.faults.next({ method, path, key: exchange.key?.label ?? null });
  await before(engine, exchange);
  const actor = authenticate(engine, exchange);
  if (body === null) throw gatewayMessage(413, 'Request Too Long');
  engine.sweep();
  const answer = handled(engine, { method, path, query, contentType: headerOf(request, 'content-type'), body, actor }, originOf(request, engine));
  return after(engine, exchange, answer);
}

function handled(engine: Engine, call: Call, origin: string): Answer {
  try {
    return handle(engine, engine.scene(origin), call);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422 || engine.switches.refusalWords === 'plain') throw error;
    throw repeatingValues(error, call.body);
  }
}

const headerOf = (request: IncomingMessage, name: string): string => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
};

function originOf(request: IncomingMessage, engine: Engine): string {
  const { host } = request.headers;
  return host === undefined ? engine.url : `http://${host}`;
}

async function send(exchange: Exchange, status: number, text: string, contentType: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const { response } = exchange;
  const bytes = Buffer.from(text);
  if (response.destroyed) return;
  response.writeHead(status, status === 204 ? headers : { 'content-type': contentType, 'content-length': bytes.length, ...headers });
  if (await sendFaulty(exchange, bytes)) return;
  response.end(exchange.method === 'HEAD' || status === 204 ? undefined : bytes);
}

async function exchangeApi(engine: Engine, exchange: Exchange): Promise<number> {
  const json = engine.switches.responseType === 'vnd' ? 'application/vnd.api+json; charset=utf-8' : 'application/json; charset=utf-8';
  try {
    const answer = await answerApi(engine, exchange);
    await send(exchange, answer.status, answer.text, json, {});
    return answer.status;
  } catch (error) {
    if (error instanceof Cut || exchange.request.errored !== null) return 0;
    const refusal = error instanceof ApiError ? error : serverError();
    if (!(error instanceof ApiError)) console.error(`sandbox: ${exchange.method} ${exchange.path}: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown error'}`);
    const type = refusal.contentType === 'html' ? 'text/html; charset=utf-8' : refusal.body.startsWith('{"message"') ? 'application/json' : json;
    await send(exchange, refusal.status, refusal.body, type, refusal.headers).catch((reason: unknown) => {
      if (!(reason instanceof Cut)) throw reason;
    });
    return refusal.status;
  }
}

async function exchangeSide(side: Side, exchange: Exchange): Promise<number> {
  const { request, response, method, path, query } = exchange;
  if (!namesThisMachine(request)) {
    response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' }).end('Open this page as http://127.0.0.1 or http://localhost.');
    return 421;
  }
  const body = (await readAll(request, 256 * 1024 * 1024)) ?? Buffer.alloc(0);
  const reply = await side({ method, path, query, headers: request.headers, body });
  response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) });
  response.end(method === 'HEAD' ? undefined : reply.body);
  return reply.status;
}

/** Somebody opened the API's address in a browser: without a key, asking for HTML. No client of the API does that. */
function isVisitor({ method, headers }: IncomingMessage, path: string): boolean {
  return path === '/' && method === 'GET' && headers['x-api-key'] === undefined && headers.accept?.includes('text/html') === true;
}

function safeDecode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Builds the server; the caller listens and closes. `onRequest` is told of every finished exchange of the API. */
export function createSandboxServer(engine: Engine, sides: Sides, onRequest: (line: string) => void): Server {
  const server = createServer((request, response) => {
    const address = request.url ?? '/';
    const mark = address.indexOf('?');
    const path = safeDecode(mark < 0 ? address : address.slice(0, mark));
    const exchange: Exchange = {
      request, response, path, method: request.method ?? 'GET', query: new URLSearchParams(mark < 0 ? '' : address.slice(mark + 1)), started: performance.now(),
      key: null, fault: null,
    };
    const side = isVisitor(request, path) ? sides.pages : /^\/__sandbox(?:\/|$)/.test(path) ? sides.control : /^\/web(?:\/|$)/.test(path) ? sides.pages : null;
    const finished = side === null ? exchangeApi(engine, exchange) : exchangeSide(side, exchange);
    finished.then(
      (status) => {
        if (side !== null) return;
        const ms = Math.round((performance.now() - exchange.started) * 10) / 10;
        engine.log.add({ at: new Date().toISOString(), method: exchange.method, path, status, ms, key: exchange.key?.label ?? null, fault: exchange.fault?.fault ?? null });
        onRequest(`${exchange.method} ${path} ${status} ${ms}ms`);
      },
      (error: unknown) => {
        // The caller hung up while sending, or a side failed; there is nobody or nothing to answer with.
        if (!response.headersSent && !response.destroyed) response.writeHead(500).end();
        if (error instanceof Error && !/aborted|ECONNRESET|socket hang up/.test(error.message)) console.error(`sandbox: ${error.stack ?? error.message}`);
      },
    );
  });
  server.keepAliveTimeout = 65_000;
  return server;
}
