// One test per fault. The table is typed: a fault without a test does not compile.

import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultKind, FaultRule, Sandbox } from '../../sandbox/it-glue/index.js';
import { start, type Client, type Got } from './support.js';

let sandbox: Sandbox;
let api: Client;
beforeAll(async () => ({ sandbox, api } = await start()));
beforeEach(() => sandbox.control.reset());
afterAll(() => sandbox.close());

const arm = (rule: Omit<FaultRule, 'fault'> & { fault: FaultKind }): void => void sandbox.control.addFaults({ times: 1, route: '/manufacturers', ...rule });
const write = (): Promise<Got> => api.post('/manufacturers', { name: 'Dell' });
const written = async (): Promise<number> => sandbox.control.counts().manufacturers;

/** Sends a create over a bare connection: gives all bytes that came back until it ended, and how long it took. */
function raw(): Promise<{ text: string; ms: number }> {
  const body = '{"data":{"type":"manufacturers","attributes":{"name":"Dell"}}}';
  const { port } = new URL(sandbox.url);
  const started = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`POST /manufacturers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-api-key: ${sandbox.apiKey}\r\nContent-Type: application/vnd.api+json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve({ text, ms: performance.now() - started }));
  });
}

const cases: Record<FaultKind, () => Promise<void>> = {
  cutBeforeCommit: async () => {
    for (const how of ['close', 'reset'] as const) {
      arm({ fault: 'cutBeforeCommit', how });
      await expect(write()).rejects.toThrow();
    }
    expect(await written()).toBe(0);
  },
  cutAfterCommit: async () => {
    arm({ fault: 'cutAfterCommit' });
    expect((await raw()).text).toBe('');
    expect(await written()).toBe(1);
  },
  cutMidAnswer: async () => {
    arm({ fault: 'cutMidAnswer' });
    const { text } = await raw();
    expect(text).toContain('HTTP/1.1 201');
    expect(text).not.toMatch(/\}$/);
    expect(await written()).toBe(1);
  },
  status500Before: async () => {
    arm({ fault: 'status500Before' });
    expect([(await write()).status, await written()]).toEqual([500, 0]);
  },
  status500After: async () => {
    arm({ fault: 'status500After' });
    expect([(await write()).status, await written()]).toEqual([500, 1]);
  },
  status502Before: async () => {
    arm({ fault: 'status502Before' });
    const got = await write();
    expect([got.status, got.json, await written()]).toEqual([502, undefined, 0]);
  },
  status503Before: async () => {
    arm({ fault: 'status503Before' });
    expect([(await write()).status, await written()]).toEqual([503, 0]);
  },
  status504Before: async () => {
    arm({ fault: 'status504Before' });
    expect([(await write()).status, await written()]).toEqual([504, 0]);
  },
  status504After: async () => {
    arm({ fault: 'status504After' });
    const got = await write();
    expect([got.status, got.json, await written()]).toEqual([504, { message: 'Endpoint request timed out' }, 1]);
  },
  stallBefore: async () => {
    arm({ fault: 'stallBefore', ms: 200 });
    const answer = fetch(`${sandbox.url}/manufacturers`, {
      method: 'POST', headers: { 'x-api-key': sandbox.apiKey, 'content-type': 'application/vnd.api+json' }, body: '{"data":{"attributes":{"name":"Dell"}}}', signal: AbortSignal.timeout(50),
    });
    await expect(answer).rejects.toThrow();
    expect(await written()).toBe(0);
    // The caller is long gone, and the write still happens.
    await expect.poll(written).toBe(1);
  },
  stallAfter: async () => {
    arm({ fault: 'stallAfter', ms: 200 });
    const answer = write();
    await expect.poll(written).toBe(1);
    expect((await answer).status).toBe(201);
  },
  trickle: async () => {
    arm({ fault: 'trickle', ms: 200 });
    const { text, ms } = await raw();
    expect(text).toMatch(/\}$/);
    expect(ms).toBeGreaterThan(180);
  },
  html404: async () => {
    arm({ fault: 'html404' });
    const got = await write();
    expect([got.status, got.text.includes('(404)'), await written()]).toEqual([404, true, 0]);
  },
  message500Before: async () => {
    arm({ fault: 'message500Before' });
    expect([(await write()).text, await written()]).toEqual(['{"message":"Internal server error"}', 0]);
  },
  message500After: async () => {
    arm({ fault: 'message500After' });
    expect([(await write()).text, await written()]).toEqual(['{"message":"Internal server error"}', 1]);
  },
  malformedJson: async () => {
    arm({ fault: 'malformedJson' });
    const got = await write();
    expect([got.status, got.json, await written()]).toEqual([201, undefined, 1]);
  },
  truncatedJson: async () => {
    arm({ fault: 'truncatedJson' });
    const got = await write();
    expect([got.status, got.json, await written()]).toEqual([201, undefined, 1]);
  },
  emptyBody: async () => {
    arm({ fault: 'emptyBody' });
    expect([(await write()).text, await written()]).toEqual(['', 1]);
  },
  extraFields: async () => {
    arm({ fault: 'extraFields' });
    const got = await write();
    expect([got.json.jsonapi, got.data.attributes['unheard-of'], got.data.attributes.name]).toEqual([{ version: '1.0' }, { nested: [1, null] }, 'Dell']);
  },
  rateLimited: async () => {
    arm({ fault: 'rateLimited' });
    arm({ fault: 'rateLimited', retryAfter: 7, nth: 2 });
    const [one, two, three] = [await write(), await write(), await write()];
    expect([one, two, three].map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([[429, null], [429, '7'], [201, null]]);
    expect(await written()).toBe(1);
  },
  revokeKeyBefore: async () => {
    sandbox.control.addKey({ label: 'default', key: sandbox.apiKey });
    arm({ fault: 'revokeKeyBefore', nth: 2 });
    expect([(await write()).status, (await write()).status, (await write()).status, await written()]).toEqual([201, 403, 403, 1]);
    sandbox.control.addKey({ label: 'default', key: sandbox.apiKey });
  },
  revokeKeyAfter: async () => {
    arm({ fault: 'revokeKeyAfter', nth: 2 });
    expect([(await write()).status, (await write()).status, (await write()).status, await written()]).toEqual([201, 201, 403, 2]);
    sandbox.control.addKey({ label: 'default', key: sandbox.apiKey });
  },
};

describe('fault', () => {
  it.each(Object.entries(cases))('%s', (_, run) => run());
});

describe('rules', () => {
  const statuses = async (count: number, send: () => Promise<Got>): Promise<number[]> => {
    const list: number[] = [];
    for (let at = 0; at < count; at += 1) list.push((await send()).status);
    return list;
  };

  it('fire on the nth matching request, on several, or on every so-manieth', async () => {
    sandbox.control.addFaults({ fault: 'status500Before', nth: [2, 3], method: 'POST' });
    expect(await statuses(4, write)).toEqual([201, 500, 500, 201]);
    sandbox.control.clearFaults();
    sandbox.control.addFaults({ fault: 'status500Before', every: 2 });
    expect(await statuses(4, () => api.get('/platforms'))).toEqual([200, 500, 200, 500]);
    expect(sandbox.control.faults()).toMatchObject([{ seen: 4, hits: 2 }]);
  });

  it('are for a verb, a route with wildcards, or a key', async () => {
    sandbox.control.addFaults({ fault: 'status500Before', method: 'post', route: '/organizations/*/relationships/**' });
    const id = await api.make('/organizations', { name: 'A' });
    expect((await api.post(`/organizations/${id}/relationships/locations`, { name: 'A' })).status).toBe(500);
    expect((await api.get(`/organizations/${id}/relationships/locations`)).status).toBe(200);
    sandbox.control.clearFaults();
    sandbox.control.addFaults({ fault: 'status500Before', key: 'somebody else' });
    expect((await write()).status).toBe(201);
  });

  it('fire by chance in the same order for the same seed', async () => {
    const run = async (seed: number): Promise<number[]> => {
      sandbox.control.clearFaults();
      sandbox.control.addFaults({ fault: 'status500Before', probability: 0.5, seed });
      return statuses(30, () => api.get('/platforms'));
    };
    const first = await run(7);
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });

  it.each([
    [{}, 'fault is missing'], [{ fault: 'explode' }, '"fault" of a fault must be one of'], [{ fault: 'html404', nth: 0 }, '"nth" of a fault must be'],
    [{ fault: 'html404', probability: 2 }, '"probability" of a fault must be'], [{ fault: 'html404', color: 1 }, 'unknown field "color"'],
  ])('are refused when wrong: %j', (rule, message) => {
    expect(() => sandbox.control.addFaults(rule as FaultRule)).toThrow(message);
    expect(sandbox.control.faults()).toEqual([]);
  });
});

it('the stand-in stops at once although a request is stalled', async () => {
  const other = await start();
  other.sandbox.control.addFaults({ fault: 'stallBefore' });
  const stalled = other.api.post('/manufacturers', { name: 'Dell' }).catch(() => 'cut');
  await expect.poll(() => other.sandbox.control.faults()[0]?.hits).toBe(1);
  const started = performance.now();
  await other.sandbox.close();
  expect(await stalled).toBe('cut');
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(other.sandbox.control.counts().manufacturers).toBe(0);
});

it('latency delays every request by so much', async () => {
  sandbox.control.setLatency(80);
  const started = performance.now();
  await api.get('/platforms');
  expect(performance.now() - started).toBeGreaterThanOrEqual(78);
});
