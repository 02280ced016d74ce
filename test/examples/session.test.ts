import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiProblem, Session } from '../../examples/demo/api.js';
import { Narrator } from '../../examples/demo/narrator.js';

interface Seen {
  readonly key: string | undefined;
  readonly body: string;
}

let server: Server | undefined;

afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** A server whose answers are played one after the other; the last one stays. */
async function serve(...answers: ((response: ServerResponse) => void)[]): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString('utf8');
    seen.push({ key: request.headers['idempotency-key'] as string | undefined, body });
    answers[Math.min(seen.length, answers.length) - 1]!(response);
  };
  server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
const away = json(503, { code: 'no_worker' }, { 'retry-after': '0' });

describe('a call of the demo', () => {
  test('is sent again while no worker answers, as the same decision', async () => {
    const { url, seen } = await serve(away, away, json(200, { stage: 'accounting' }));
    const told: string[] = [];
    const session = new Session(url, 'token', (message) => told.push(message));
    expect(await session.post('/clients/1/sections/sales/approve')).toEqual({ stage: 'accounting' });
    expect(seen).toHaveLength(3);
    expect(new Set(seen.map((one) => one.key)).size).toBe(1);
    expect(seen[0]!.key).toMatch(/^.{8,100}$/);
    expect(told).toEqual(['waiting: no worker answers (503)']);
  });

  test('goes on after the connection broke, with the whole body again', async () => {
    const { url, seen } = await serve((response) => response.destroy(), json(200, {}));
    const open = () => PassThrough.from(['all ', 'bytes']);
    await new Session(url, 'token').send('PUT', '/content', { bytes: { contentType: 'application/octet-stream', open } });
    expect(seen.map((one) => one.body)).toEqual(['all bytes', 'all bytes']);
  });

  test('that is refused ends with the field and the reason', async () => {
    const { url, seen } = await serve(json(422, { code: 'invalid', detail: 'One field is wrong', errors: [{ field: 'email', message: 'must be a mail address' }] }));
    const refused = new Session(url, 'token').post('/clients');
    await expect(refused).rejects.toThrow(ApiProblem);
    await expect(refused).rejects.toThrow(/422 invalid[^]*email: must be a mail address/);
    expect(seen).toHaveLength(1);
  });
});

describe('the narration', () => {
  test('is plain text where nobody watches a terminal, with a line for each tenth of a bar', () => {
    const out = new PassThrough();
    const narrator = new Narrator(out as unknown as NodeJS.WriteStream);
    narrator.step('Sam (sales rep)', 'creates the client');
    for (let done = 0; done <= 100; done += 1) narrator.progress(done / 100, `${done} of 100`);
    narrator.good('done');
    const lines = String(out.read()).split('\n').filter(Boolean);
    expect(lines[0]).toBe(' 1. Sam (sales rep) creates the client');
    expect(lines.filter((line) => line.includes('['))).toHaveLength(11);
    expect(lines.join('\n')).not.toMatch(/\u001b/);
  });
});
