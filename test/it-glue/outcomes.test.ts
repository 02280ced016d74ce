import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { inspect } from 'node:util';
import type { Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createItGlueClient, ItGlueError, unpaced, type Pace } from '../../it-glue/index.js';
import { announceStart } from '../../it-glue/transport.js';
import { API_KEY, created, failure, json, startScriptedServer, type Respond, type ScriptedServer } from './scripted-server.js';

let server: ScriptedServer;
beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(() => server.close());

const createOrganization = (client = server.client({ timeoutMs: 400 })) => client.organizations.create({ name: 'Bergwerk AG' });
const showOrganization = (client = server.client({ timeoutMs: 400 })) => client.organizations.show('7');

describe('a write whose sender must be asked first', () => {
  const create = (beforeSend: () => Promise<void>) => server.client({ timeoutMs: 400 }).organizations.create({ name: 'Bergwerk AG' }, { beforeSend });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is not sent when that says no', async () => {
    await expect(create(() => Promise.reject(new Error('taken over')))).rejects.toThrow('taken over');
    expect(server.received).toEqual([]);
  });

  it('is asked for again before it is sent once more after a 429', async () => {
    const asked = vi.fn(() => Promise.resolve());
    server.respond = (response, request, nth) => (nth === 1 ? json(429, '', { 'retry-after': '0' }) : created('7'))(response, request, nth);
    await create(asked);
    expect([asked.mock.calls.length, server.received.length]).toEqual([2, 2]);
  });

  it('is not sent when the process has stood still since, and again when it was asked once more', async () => {
    const now = Date.now.bind(Date);
    let stood = 0;
    const error = await failure(create(() => {
      stood += 20_000;
      vi.spyOn(Date, 'now').mockImplementation(() => now() + stood);
      return Promise.resolve();
    }));
    expect(stood).toBe(40_000);
    expect(error).toMatchObject({ kind: 'busy', effect: 'none' });
    expect(server.received).toEqual([]);
  });
});

describe('a write that waits for its turn', () => {
  const now = Date.now.bind(Date);
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Creates with a turn that comes after so many ms of the clock. @returns what happened, in order */
  async function createAfter(waitMs: number, beforeSend: () => Promise<void> = () => Promise.resolve()) {
    const happened: string[] = [];
    server.respond = (...all) => (happened.push('sent'), created('7')(...all));
    const creating = server.client({ timeoutMs: 400 }).organizations.create({ name: 'Bergwerk AG' }, {
      beforeSend: () => (happened.push('asked'), beforeSend()),
      turn: () => {
        vi.spyOn(Date, 'now').mockImplementation(() => now() + waitMs);
        happened.push('turn');
        return Promise.resolve(() => happened.push('left'));
      },
    });
    await creating.catch((error: Error) => happened.push(error.message));
    return happened;
  }

  it('is asked for before, and gives the turn back when it is answered', async () => {
    expect(await createAfter(1_000)).toEqual(['asked', 'turn', 'sent', 'left']);
  });

  it('is asked for again after a long wait, however long that was', async () => {
    expect(await createAfter(60_000)).toEqual(['asked', 'turn', 'asked', 'sent', 'left']);
  });

  it('is not sent when that says no then, and gives the turn back', async () => {
    const answers = [Promise.resolve(), Promise.reject(new Error('taken over'))];
    expect(await createAfter(60_000, () => answers.shift()!)).toEqual(['asked', 'turn', 'asked', 'left', 'taken over']);
    expect(server.received).toEqual([]);
  });

  it('gives the turn back when it is not answered', async () => {
    server.respond = (response) => response.destroy();
    const left = vi.fn();
    await failure(server.client({ timeoutMs: 400 }).organizations.create({ name: 'Bergwerk AG' }, { turn: () => Promise.resolve(left) }));
    expect(left).toHaveBeenCalledOnce();
  });
});

describe('a write whose effect is not known is sent once and says so', () => {
  const faults: Record<string, Respond> = {
    'connection cut after the request': (response) => response.destroy(),
    'no answer within the deadline': () => undefined,
    'answer that trickles for ever': (response) => {
      response.writeHead(201);
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    },
    'answer cut in the middle': (response) => {
      response.writeHead(201, { 'content-length': '500' });
      response.write('{"data":{"id":"1"');
      setTimeout(() => response.destroy(), 20);
    },
    '500': json(500, { message: 'Internal server error' }),
    '502 in HTML': json(502, '<html>bad gateway</html>'),
    '503': json(503, '', { 'retry-after': '1' }),
    '504': json(504, { message: 'Endpoint request timed out' }),
    '408': json(408, ''),
    'malformed JSON': json(201, '{"data":{"id":"1",'),
    'HTML with 200': json(200, '<!doctype html><p>Log in'),
    'empty 201': json(201, ''),
    'no content': json(204, ''),
    'no data': json(201, { meta: {} }),
    'a record without an id': json(201, { data: { type: 'organizations', attributes: {} } }),
    'an id that is no id': json(201, { data: { id: 'new', attributes: {} } }),
    'nesting beyond reason': json(201, `{"data":{"id":"1","attributes":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`),
    'a redirect': (response, request, nth) => json(307, '', { location: `/elsewhere/${nth}?${request.method}` })(response, request, nth),
    'see other': json(303, '', { location: '/organizations/1' }),
    'broken gzip': (response) => response.writeHead(201, { 'content-encoding': 'gzip' }).end(gzipSync('{"data":{"id":"1"}}').subarray(0, 15)),
    'an answer larger than allowed': json(201, { data: { id: '1', attributes: { notes: 'x'.repeat(200_000) } } }),
  };
  it.each(Object.entries(faults))('%s', async (_name, respond) => {
    server.respond = respond;
    const started = performance.now();
    const error = await failure(createOrganization(server.client({ timeoutMs: 400, maxAnswerBytes: 100_000 })));
    expect(error).toBeInstanceOf(ItGlueError);
    expect(error).toMatchObject({ kind: 'unknownOutcome', effect: 'unknown' });
    expect(server.received).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('what certainly was not carried out', () => {
  it('a refused connection is busy, with no effect', async () => {
    const client = createItGlueClient({ baseUrl: 'http://127.0.0.1:1', apiKey: API_KEY, pace: unpaced });
    expect(await failure(createOrganization(client))).toMatchObject({ kind: 'busy', effect: 'none' });
    expect(client.requestsSent()).toEqual({});
    await client.close();
  });

  it('a request given up while it waits for a connection is never sent', async () => {
    server.respond = (response, request) => {
      if (request.body.includes('first')) setTimeout(() => created('1')(response, request, 1), 400);
      else created('2')(response, request, 2);
    };
    const client = server.client({ maxConnections: 1 });
    const first = client.organizations.create({ name: 'first' });
    const cancel = new AbortController();
    const second = failure(client.organizations.create({ name: 'second' }, { signal: cancel.signal }));
    setTimeout(() => cancel.abort(new Error('cancelled by a person')), 50);
    expect(await second).toMatchObject({ message: 'cancelled by a person' });
    await first;
    await client.organizations.create({ name: 'third' });
    expect(server.received.map((request) => JSON.parse(request.body).data.attributes.name)).toEqual(['first', 'third']);
    expect(client.requestsSent()).toEqual({ 'POST /organizations': 2 });
  });

  it('a request that the connection pool starts a second time is not written again', () => {
    const aborted: boolean[] = [];
    const started: string[] = [];
    const controller = () => ({ abort: () => aborted.push(true) }) as unknown as Dispatcher.DispatchController;
    const dispatchTwice = announceStart((_options, handler) => {
      handler.onRequestStart?.(controller(), {});
      handler.onRequestStart?.(controller(), {});
      return true;
    });
    dispatchTwice({ path: '/', method: 'POST', mayStart: () => true } as Dispatcher.DispatchOptions, { onRequestStart: () => void started.push('sent') });
    expect([started, aborted]).toEqual([['sent'], [true]]);
  });

  it('a body beyond 10 MB is not sent', async () => {
    const big = server.client().organizations.create({ name: 'x', description: 'y'.repeat(10_000_001) });
    expect(await failure(big)).toMatchObject({ kind: 'tooLarge', effect: 'none' });
    expect(server.received).toHaveLength(0);
  });

  const unauthorized = { errors: [{ status: 401, title: 'Unauthorized', detail: 'Unauthorized resource access', source: { pointer: 'id' } }] };
  it.each([
    [403, { message: 'Forbidden' }, 'badKey'],
    [403, { errors: [{ title: 'Forbidden' }] }, 'noAccess'],
    [401, unauthorized, 'noAccess'],
    [404, { errors: [{ status: 404, title: 'Not Found' }] }, 'notFound'],
    [413, { message: 'Request Too Long' }, 'tooLarge'],
    [400, { errors: [{ title: 'Bad Request' }] }, 'invalid'],
    [415, '', 'invalid'],
    [422, { errors: [] }, 'invalid'],
  ])('%i %j is %s', async (status, body, kind) => {
    server.respond = json(status, body);
    expect(await failure(createOrganization())).toMatchObject({ kind, effect: 'none', place: { status } });
    expect(server.received).toHaveLength(1);
  });

  it('a page for 404 may come from something in front of the API: a write is sent once and looked for, a read is tried again', async () => {
    server.respond = json(404, '<html>The page you were looking for does not exist');
    expect(await failure(createOrganization())).toMatchObject({ kind: 'notFound', effect: 'unknown', isStrayPage: true });
    expect(server.received).toHaveLength(1);
    server.respond = (response, request, nth) => json(nth === 2 ? 404 : 200, nth === 2 ? '<html>' : { data: { id: '7', attributes: {} } })(response, request, nth);
    expect((await showOrganization()).id).toBe('7');
  });

  it('but a refusal of several records at once may have written the good ones', async () => {
    server.respond = json(422, { errors: [{ title: 'Unprocessable Entity', detail: 'must exist', source: { pointer: '/data/attributes/configuration-type' } }] });
    const error = await failure(server.client().locations.createMany('5', [{ name: 'A' }, { name: 'B' }]));
    expect(error).toMatchObject({ kind: 'invalid', effect: 'unknown', fields: [{ pointer: 'configuration-type-id', detail: 'must exist' }] });
  });
});

describe('bulk answers', () => {
  const answer = (...ids: string[]) => json(201, { data: ids.map((id) => ({ id, type: 'locations', attributes: { 'organization-id': 5 } })) });
  const createTwo = () => server.client().locations.createMany('5', [{ name: 'A' }, { name: 'B' }]);

  it('come back in the server’s order, ids as exact strings', async () => {
    server.respond = answer('99541234567404662', '3');
    expect((await createTwo()).map((record) => record.id)).toEqual(['99541234567404662', '3']);
  });

  it.each([
    ['too few records', answer('1')],
    ['too many records', answer('1', '2', '3')],
    ['one record twice', answer('1', '1')],
    ['one record twice beside the others', answer('1', '2', '2')],
    ['one record instead of a list', json(201, { data: { id: '1', attributes: {} } })],
    ['a record of another organization', json(201, { data: [{ id: '1', attributes: { 'organization-id': 5 } }, { id: '2', attributes: { 'organization-id': 6 } }] })],
  ])('with %s are of unknown outcome', async (_name, respond) => {
    server.respond = respond;
    expect(await failure(createTwo())).toMatchObject({ kind: 'unknownOutcome' });
  });
});

describe('reads are repeated', () => {
  it('after cuts, 5xx and unreadable answers, up to four times in all', async () => {
    server.respond = (response, request, nth) => {
      if (nth === 1) response.destroy();
      else if (nth === 2) json(502, '<html>')(response, request, nth);
      else if (nth === 3) json(200, '{"data":')(response, request, nth);
      else json(200, { data: { id: '7', attributes: { name: 'Bergwerk AG' } } })(response, request, nth);
    };
    expect((await showOrganization()).attributes.name).toBe('Bergwerk AG');
    expect(server.received).toHaveLength(4);
  });

  it('and end as busy after the fourth', async () => {
    server.respond = json(500, '');
    expect(await failure(showOrganization())).toMatchObject({ kind: 'busy', effect: 'none' });
    expect(server.received).toHaveLength(4);
  });

  it('no redirect is followed', async () => {
    server.respond = json(302, '', { location: '/elsewhere' });
    expect(await failure(showOrganization())).toMatchObject({ kind: 'busy', place: { reason: 'redirect' } });
    expect(new Set(server.received.map((request) => request.url))).toEqual(new Set(['/organizations/7']));
  });

  it('an answer with another id than the one asked for is not taken', async () => {
    server.respond = json(200, { data: { id: '8', attributes: {} } });
    expect(await failure(showOrganization())).toMatchObject({ kind: 'busy', place: { reason: 'unreadable' } });
  });

  it.each([
    ['gzip', (response: Parameters<Respond>[0]) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"data":{"id":"7","attributes":{"name":"Zürich"}}}'))],
    ['a byte order mark and a text/html label', (response: Parameters<Respond>[0]) => response.writeHead(200, { 'content-type': 'text/html' }).end('\uFEFF{"data":{"id":7,"attributes":{"name":"Zürich"}}}')],
  ])('%s is understood', async (_name, respond) => {
    server.respond = respond;
    expect(await showOrganization()).toMatchObject({ id: '7', attributes: { name: 'Zürich' } });
  });

  it('a gzip bomb is not unpacked beyond the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    server.respond = (response) => response.writeHead(200).end(bomb);
    const error = await failure(showOrganization(server.client({ maxAnswerBytes: 1_000_000, timeoutMs: 20_000 })));
    expect(error).toMatchObject({ kind: 'busy', place: { reason: 'oversize' } });
  });
});

describe('connections', () => {
  it('are kept open and never more than allowed', async () => {
    let open = 0;
    let most = 0;
    const seen = new Set<unknown>();
    server.respond = (response, request, nth) => {
      seen.add(response.socket);
      most = Math.max(most, (open += 1));
      setTimeout(() => {
        open -= 1;
        created(String(nth))(response, request, nth);
      }, 10);
    };
    const client = server.client({ maxConnections: 3 });
    await Promise.all(Array.from({ length: 20 }, () => createOrganization(client)));
    expect([most, seen.size]).toEqual([3, 3]);
  });

  it('settings that cannot work are refused by name, without their value', () => {
    const make = (apiKey: string, timeoutMs = 1_000) => () => createItGlueClient({ region: 'eu', apiKey, pace: unpaced, timeoutMs });
    expect(make('ITG.canary\r\nx-evil: 1')).toThrow(/^apiKey: (?!.*canary)/);
    expect(make('ITG.fine', 0)).toThrow(/^timeoutMs:/);
  });
});

describe('a cancelled call', () => {
  it('of a read ends with the reason given', async () => {
    server.respond = () => undefined;
    const signal = AbortSignal.timeout(50);
    expect(await failure(server.client().organizations.show('7', { signal }))).toBe(signal.reason);
  });

  it('of a write that was sent is of unknown outcome', async () => {
    const cancel = new AbortController();
    server.respond = () => cancel.abort(new Error('shutdown'));
    const error = await failure(server.client().organizations.create({ name: 'x' }, { signal: cancel.signal }));
    expect(error).toMatchObject({ kind: 'unknownOutcome', place: { reason: 'cancelled' } });
  });
});

describe('429', () => {
  function watchedPace(): Pace & { pausesMs: number[] } {
    const pausesMs: number[] = [];
    return { pausesMs, take: async () => undefined, penalise: async (untilMs) => void pausesMs.push(Math.round((untilMs - Date.now()) / 100) / 10) };
  }

  it('is waited out as told, for writes as well, and is no error', async () => {
    server.respond = (response, request, nth) => (nth === 1 ? json(429, { message: 'Too Many Requests' }, { 'retry-after': '7' }) : created('1'))(response, request, nth);
    const pace = watchedPace();
    expect((await createOrganization(server.client({ pace }))).id).toBe('1');
    expect(pace.pausesMs).toEqual([7]);
  });

  it('without Retry-After pauses a minute, then longer and longer, up to five', async () => {
    server.respond = (response, request, nth) => setTimeout(() => json(429, '')(response, request, nth), 3);
    const pace = watchedPace();
    expect(await failure(createOrganization(server.client({ pace })))).toMatchObject({ kind: 'rateLimited', retryAfterMs: null, effect: 'none' });
    expect(pace.pausesMs).toEqual([60, 120, 240, 300, 300, 300]);
  });

  it('understands a date, read against the server’s own clock', async () => {
    server.respond = json(429, '', { date: 'Tue, 01 Jan 2030 00:00:00 GMT', 'retry-after': 'Tue, 01 Jan 2030 00:00:30 GMT' });
    const pace = watchedPace();
    expect(await failure(createOrganization(server.client({ pace, maxRateLimitWaits: 0 })))).toMatchObject({ retryAfterMs: 30_000 });
    expect(pace.pausesMs).toEqual([30]);
  });

  it('is no longer waited out by a write whose patience ends, and nothing more is sent', async () => {
    server.respond = json(429, '', { 'retry-after': '60' });
    const patience = new AbortController();
    // Waits until it is told not to, as the pace that workers share does.
    const pace: Pace = {
      take: async (signal) => {
        if (server.received.length > 0) await sleep(120_000, undefined, { signal: signal! }).catch(() => signal!.throwIfAborted());
      },
      penalise: () => Promise.resolve(patience.abort(new Error('stopped by a person'))),
    };
    await expect(server.client({ pace }).organizations.create({ name: 'Bergwerk AG' }, { signal: new AbortController().signal, patience: patience.signal })).rejects.toThrow('stopped by a person');
    expect(server.received).toHaveLength(1);
  });

  it('counts requests that failed together as one', async () => {
    server.respond = (response, request, nth) => setTimeout(() => json(429, '')(response, request, nth), 100);
    const pace = watchedPace();
    const client = server.client({ pace, maxRateLimitWaits: 0 });
    await Promise.all([1, 2, 3].map(() => failure(createOrganization(client))));
    expect(pace.pausesMs).toEqual([60, 60, 60]);
  });
});

describe('secrets', () => {
  const canaries = ['canary-password-81', 'canary-name-82', 'canary-notes-83', '4242424242424242', API_KEY];
  const echo = (status: number): Respond =>
    json(status, {
      errors: [
        { title: "Password canary-password-81 is too long (maximum is 20 characters)", detail: 'Name "canary-name-82" is invalid: canary-notes-83', status, source: { pointer: '/data/0/attributes/canary-name-82' } },
        { title: `key ${API_KEY}`, source: { pointer: 'data/attributes/password' } },
      ],
      message: API_KEY,
    });
  const faults: Record<string, Respond> = {
    'refusal that echoes': echo(422),
    'no access that echoes': echo(401),
    '500 that echoes': echo(500),
    '2xx that echoes': (response, request) => response.writeHead(200).end(request.body.slice(0, -2)),
    'cut': (response) => response.destroy(),
    'stall': () => undefined,
    'redirect with the key': json(302, '', { location: `https://elsewhere.test/${API_KEY}` }),
  };
  it.each(Object.entries(faults))('never show in an error: %s', async (_name, respond) => {
    server.respond = respond;
    const client = server.client({ timeoutMs: 200 });
    const write = client.passwords.createMany('4242424242424242', [{ name: 'canary-name-82', password: 'canary-password-81', notes: 'canary-notes-83' }]);
    const error = await failure(write);
    const shown = [String(error), JSON.stringify(error), inspect(error, { depth: 20, showHidden: true }), (error as Error).stack, inspect(client, { depth: 20, showHidden: true })].join('\n');
    for (const canary of canaries) expect(shown).not.toContain(canary);
    expect((error as Error).cause).toBeUndefined();
  });

  it('but a known reason and the field stay', async () => {
    server.respond = echo(422);
    const error = (await failure(server.client().passwords.createMany('5', [{ name: 'n', password: 'p' }]))) as ItGlueError;
    expect(error.fields[0]).toMatchObject({ index: 0, title: 'Password … is too long (maximum is 20 characters)' });
    expect(error.fields[1]).toMatchObject({ pointer: 'password', title: 'key …' });
  });

  it('requests are reported and counted by route, without ids', async () => {
    const reports: unknown[] = [];
    server.respond = json(200, { data: [{ id: '1', attributes: {} }] });
    const client = server.client({ onRequest: (report) => { reports.push(report); throw new Error('a listener’s own fault'); } });
    await client.locations.createMany('4242424242424242', [{ name: 'A' }]);
    expect(client.requestsSent()).toEqual({ 'POST /organizations/:organizationId/relationships/locations': 1 });
    expect(reports).toMatchObject([{ method: 'POST', route: '/organizations/:organizationId/relationships/locations', status: 200 }]);
  });
});
