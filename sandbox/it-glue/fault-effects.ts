// How each fault looks on the wire.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from './engine.js';
import { ApiError, forbidden, gatewayMessage, notFoundPage, serverError } from './errors.js';
import type { FaultRule } from './faults.js';
import type { Answer } from './handling.js';
import type { ApiKey } from './keys.js';

const stallMs = 30_000;

/** The connection is gone on purpose: nothing is answered any more. */
export class Cut extends Error {}

/** One request on its way, as faults see it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly started: number;
  key: ApiKey | null;
  fault: FaultRule | null;
}

/** A wait that the end of the stand-in ends: the connection is gone then and nothing more may be written. */
export async function pause(engine: Engine, ms: number): Promise<void> {
  try {
    await wait(ms, undefined, { signal: engine.stopping.signal });
  } catch {
    throw new Cut();
  }
}

function cut(exchange: Exchange): never {
  const socket = exchange.request.socket;
  if (exchange.fault?.how === 'reset') socket.resetAndDestroy();
  else socket.destroy();
  throw new Cut();
}

/** Faults that take the place of handling the request. */
export async function before(engine: Engine, exchange: Exchange): Promise<void> {
  const rule = exchange.fault;
  switch (rule?.fault) {
    case 'cutBeforeCommit':
      return cut(exchange);
    case 'status500Before':
      throw serverError();
    case 'status502Before':
      throw new ApiError(502, '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>', 'html');
    case 'status503Before':
      throw new ApiError(503, '<html><head><title>503 Service Temporarily Unavailable</title></head></html>', 'html');
    case 'status504Before':
      throw gatewayMessage(504, 'Endpoint request timed out');
    case 'message500Before':
      throw gatewayMessage(500, 'Internal server error');
    case 'html404':
      throw new ApiError(404, notFoundPage, 'html');
    case 'rateLimited':
      throw gatewayMessage(429, 'Too Many Requests', rule.retryAfter === undefined ? {} : { 'retry-after': String(rule.retryAfter) });
    case 'revokeKeyBefore':
      if (exchange.key !== null) engine.keys.revoke(exchange.key.label);
      throw forbidden();
    case 'stallBefore':
      await pause(engine, rule.ms ?? stallMs);
      return;
    default:
  }
}

/** Faults that happen when the request has been handled: the write stands, the answer suffers. */
export async function after(engine: Engine, exchange: Exchange, answer: Answer): Promise<Answer> {
  const rule = exchange.fault;
  switch (rule?.fault) {
    case 'cutAfterCommit':
      return cut(exchange);
    case 'status500After':
      throw serverError();
    case 'message500After':
      throw gatewayMessage(500, 'Internal server error');
    case 'status504After':
      throw gatewayMessage(504, 'Endpoint request timed out');
    case 'revokeKeyAfter':
      if (exchange.key !== null) engine.keys.revoke(exchange.key.label);
      return answer;
    case 'stallAfter':
      await pause(engine, rule.ms ?? stallMs);
      return answer;
    case 'malformedJson':
      return { ...answer, text: `${answer.text.slice(0, -1)},]` };
    case 'truncatedJson':
      return { ...answer, text: answer.text.slice(0, Math.floor(answer.text.length / 2)) };
    case 'emptyBody':
      return { ...answer, text: '' };
    case 'extraFields':
      return { ...answer, text: answer.text.replaceAll('"attributes":{', '"attributes":{"unheard-of":{"nested":[1,null]},').replace(/^\{/, '{"jsonapi":{"version":"1.0"},') };
    default:
      return answer;
  }
}

/** Faults of the answer's way back. True when it has been sent here. */
export async function sendFaulty(exchange: Exchange, bytes: Buffer): Promise<boolean> {
  const { response, fault } = exchange;
  if (bytes.length === 0) return false;
  if (fault?.fault === 'trickle') {
    await trickle(response, bytes, fault.ms ?? stallMs);
    return true;
  }
  if (fault?.fault !== 'cutMidAnswer') return false;
  await new Promise<void>((done) => response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => done()));
  return cut(exchange);
}

async function trickle(response: ServerResponse, bytes: Buffer, totalMs: number): Promise<void> {
  const steps = Math.min(20, bytes.length);
  for (let step = 0; step < steps && !response.destroyed; step += 1) {
    response.write(bytes.subarray(Math.floor((step * bytes.length) / steps), Math.floor(((step + 1) * bytes.length) / steps)));
    await wait(totalMs / steps, undefined, { ref: false });
  }
  response.end();
}
