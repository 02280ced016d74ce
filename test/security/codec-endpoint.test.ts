/** The endpoint that decodes Temporal's payloads for the Web UI answers that page on this machine, and nobody else. */
import type { Server } from 'node:http';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import proto from '@temporalio/proto';
import { EncryptionCodec } from '../../temporal/payload-codec.js';
import { startCodecEndpoint } from '../../worker/codec-endpoint.js';

const allowedOrigin = 'http://127.0.0.1:8233';
const { Payloads } = proto.temporal.api.common.v1;
const codec = new EncryptionCodec(randomBytes(32));
let endpoint: { url: string; server: Server };
let body: string;
beforeAll(async () => {
  endpoint = await startCodecEndpoint({ port: 0, allowedOrigin, codec });
  const payloads = await codec.encode([{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"stage: ready"') }]);
  body = JSON.stringify(Payloads.toObject(Payloads.create({ payloads }), { bytes: String }));
});
afterAll(async () => new Promise((resolve) => endpoint.server.close(resolve)));

const ask = (headers: Record<string, string>, init: RequestInit = {}) => fetch(`${endpoint.url}/decode`, { method: 'POST', body, ...init, headers: { 'content-type': 'application/json', ...headers } });

describe('the codec endpoint', () => {
  it('decodes for the page that it was set up for', async () => {
    const answer = await ask({ origin: allowedOrigin });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(allowedOrigin);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Buffer.from((await answer.json() as { payloads: { data: string }[] }).payloads[0]!.data, 'base64').toString()).toBe('"stage: ready"');
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a frame without an origin', { origin: 'null' }],
    ['a program', {}],
  ])('refuses %s', async (_name, headers) => expect((await ask(headers)).status).toBe(403));

  it('refuses what is no list of payloads, or of another key', async () => {
    expect((await ask({ origin: allowedOrigin }, { body: 'no JSON' })).status).toBe(400);
    const foreign = await new EncryptionCodec(randomBytes(32)).encode([{ metadata: {}, data: Buffer.from('x') }]);
    expect((await ask({ origin: allowedOrigin }, { body: JSON.stringify(Payloads.toObject(Payloads.create({ payloads: foreign }), { bytes: String })) })).status).toBe(400);
    expect((await fetch(`${endpoint.url}/decode`, { headers: { origin: allowedOrigin } })).status).toBe(403);
  });
});
