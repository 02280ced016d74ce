import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cookie from '@fastify/cookie';
import Fastify from 'fastify';
import { auth } from '../../api/plugins/auth.js';
import { limits } from '../../api/plugins/limits.js';
import { beginRequest, endAccess, endRequest, Vault } from '../../store/index.js';
import { FolderKeyStore } from '../../store/vault/folder-key-store.js';
import { LocalKeyEncryption } from '../../store/vault/local-key-encryption.js';
import { externalSession, newClient, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi({ perMinute: 150 });
});
afterAll(() => test.close());

const key = (name: string) => ({ 'idempotency-key': name });

describe('the same request under the same key', () => {
  it('makes one client, and gives the same answer', async () => {
    const first = await test.call('sales_rep', 'POST', '/v1/clients', { company: 'Once' }, key('client-once-1'));
    const second = await test.call('sales_rep', 'POST', '/v1/clients', { company: 'Once' }, key('client-once-1'));
    // How long nothing has happened goes on counting.
    expect([first.status, second.status, second.body]).toEqual([201, 201, { ...first.body, idleSeconds: second.body.idleSeconds }]);
    expect(await test.store.db.client.count()).toBe(1);
  });

  it('adds one record, while another person\'s key is their own', async () => {
    const client = await newClient(test);
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'accounting' } });
    const url = `/v1/clients/${client}/personnel`;
    const body = { fields: { firstName: 'Ada' } };
    const first = await test.call('manager', 'POST', url, body, key('record-once-1'));
    expect((await test.call('manager', 'POST', url, body, key('record-once-1'))).body).toEqual(first.body);
    const theirs = await test.call('onboarding_engineer', 'POST', url, body, key('record-once-1'));
    expect(theirs.body.id).not.toBe(first.body.id);
    const other = await test.call('manager', 'POST', url, { fields: { firstName: 'Eve' } }, key('record-once-1'));
    expect([other.status, other.body.code]).toEqual([422, 'key_reused']);
    const file = Buffer.from('First name\nAda');
    const csv = { 'content-type': 'text/csv', ...key('import-once-1') };
    const imports = `/v1/clients/${client}/sections/accounting/imports`;
    const sent = await test.call('manager', 'POST', `${imports}?records=personnel`, file, csv);
    expect((await test.call('manager', 'POST', `${imports}?records=personnel`, file, csv)).body).toEqual(sent.body);
    const another = await test.call('manager', 'POST', `${imports}?records=personnel`, Buffer.from('First name\nEve'), csv);
    expect([another.status, another.body.code]).toEqual([422, 'key_reused']);
    const carryOut = () => test.call('manager', 'POST', `${imports}/${sent.body.id}/carry-out`, { rows: 'all' });
    expect((await carryOut()).body).toEqual((await carryOut()).body);
    expect(await test.store.db.record.count({ where: { clientId: client, kind: 'person' } })).toBe(3);
  });

  it('may be tried again after it failed', async () => {
    const taken = await test.call('sales_rep', 'POST', '/v1/clients', { company: 'Once' }, key('client-again-1'));
    expect(taken.status).toBe(409);
    await test.store.db.client.updateMany({ data: { nameHash: 'renamed' }, where: { stage: 'sales' } });
    expect((await test.call('sales_rep', 'POST', '/v1/clients', { company: 'Once' }, key('client-again-1'))).status).toBe(201);
  });

  it('waits for its turn while the first is running', async () => {
    const prompt = test.process;
    let release = () => {};
    const begun = new Promise<void>((resolve) => {
      test.process = { ...prompt, start: () => (resolve(), new Promise<void>((end) => { release = end; })) };
    });
    const first = test.call('sales_rep', 'POST', '/v1/clients', { company: 'Slow' }, key('client-slow-1'));
    await begun;
    const second = await test.call('sales_rep', 'POST', '/v1/clients', { company: 'Slow' }, key('client-slow-1'));
    expect([second.status, second.body.code, second.headers['retry-after']]).toEqual([409, 'request_running', '1']);
    release();
    expect((await first).status).toBe(201);
    test.process = prompt;
  });

  it('is not carried out again where the service died between doing and answering', async () => {
    const client = await newClient(test);
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'accounting' } });
    const add = () => test.call('manager', 'POST', `/v1/clients/${client}/personnel`, { fields: { firstName: 'Ada' } }, key('died-between-1'));
    await test.store.db.$executeRaw`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the process is dead'; END $$`;
    // Neither the answer nor that there is none can be noted any more.
    await test.store.db.$executeRaw`CREATE TRIGGER die BEFORE UPDATE OR DELETE ON "IdempotencyKey" FOR EACH ROW WHEN (OLD."state" = 'committed') EXECUTE FUNCTION die()`;
    try {
      expect((await add()).status).toBe(500);
    } finally {
      await test.store.db.$executeRaw`DROP TRIGGER die ON "IdempotencyKey"`;
    }
    expect((await add()).body.code).toBe('request_running');
    await test.store.db.idempotencyKey.updateMany({ where: { key: 'died-between-1' }, data: { createdAt: new Date(Date.now() - 120_000) } });
    const again = await add();
    expect([again.status, again.body.code]).toEqual([409, 'answer_lost']);
    expect(await test.store.db.record.count({ where: { clientId: client, kind: 'person' } })).toBe(1);
  });
});

describe('what is kept of a request for its repetition', () => {
  const fingerprint = 'POST /v1/clients/1/passwords {"password":"Tr0ub4dor&3"}';
  const keyed = async (clientId: string | null, name: string) => ({ tenantId: test.tenants[0]!.id, actorId: await userId(test, 'manager'), key: name, clientId, fingerprint });

  it.each(['client', 'tenant'] as const)('cannot be found by trying requests without the key of the %s', async (whose) => {
    const request = await keyed(whose === 'client' ? await newClient(test) : null, `guess-${whose}-1`);
    const folder = await mkdtemp(join(tmpdir(), 'client-onboarder-other-keys-'));
    try {
      const vault = new Vault(LocalKeyEncryption.fromKey(randomBytes(32)), new FolderKeyStore(folder), randomBytes(32));
      await vault.createKey({ tenantId: request.tenantId, clientId: request.clientId });
      const rows: Record<string, unknown>[] = [];
      for (const store of [test.store, { ...test.store, vault }]) {
        expect((await beginRequest(store, request)).state).toBe('new');
        await endRequest(store, request, { status: 200, body: { password: 'Tr0ub4dor&3' } });
        rows.push(await test.store.db.idempotencyKey.delete({ where: { tenantId_actorId_key: { tenantId: request.tenantId, actorId: request.actorId, key: request.key } } }));
      }
      const same = Object.entries(rows[0]!).filter(([name, value]) => JSON.stringify(value) === JSON.stringify(rows[1]![name])).map(([name]) => name);
      // All of it is who asked and how it ended.
      expect(same.filter((name) => name !== 'createdAt').sort()).toEqual(['actorId', 'clientId', 'key', 'state', 'status', 'tenantId']);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('tells requests apart by every sign, also where names would count as the same', async () => {
    const request = await keyed(await newClient(test), 'by-every-sign-1');
    expect((await beginRequest(test.store, request)).state).toBe('new');
    expect((await beginRequest(test.store, { ...request, fingerprint: fingerprint.toUpperCase() })).state).toBe('different');
    expect((await beginRequest(test.store, { ...request, fingerprint: `${fingerprint} ` })).state).toBe('different');
    expect((await beginRequest(test.store, request)).state).toBe('running');
  });

  it('counts as another request where an older version kept a hash without a key: nothing is done twice', async () => {
    const request = await keyed(await newClient(test), 'older-version-1');
    const { fingerprint: _, ...row } = request;
    await test.store.db.idempotencyKey.create({ data: { ...row, requestHash: createHash('sha256').update(fingerprint).digest('hex') } });
    expect((await beginRequest(test.store, request)).state).toBe('different');
  });
});

describe('who asks', () => {
  it('is an external person only as long as their section goes on', async () => {
    const client = await newClient(test);
    const url = `/v1/clients/${client}`;
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'accounting' } });
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'sales' } });
    await test.call('manager', 'PUT', `${url}/accounting-contact`, { fields: { firstName: 'A', lastName: 'B', email: 'a@b.example' } });
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'accounting' } });
    const [one, two] = [await externalSession(test, client, 'accounting'), await externalSession(test, client, 'accounting')];
    expect((await test.call({ token: two.token }, 'GET', `${url}/sections`)).body.sections.map((one: { section: string }) => one.section)).toEqual(['accounting']);
    await endAccess(test.store, { clientId: client }, 'section_approved');
    for (const { token } of [one, two]) expect((await test.call({ token }, 'GET', '/v1/me')).status).toBe(401);
  });

  it('is listed for managers only', async () => {
    const users = await test.call('manager', 'GET', '/v1/users?limit=2');
    expect(users.body.items).toHaveLength(2);
    const rest = await test.call('manager', 'GET', `/v1/users?limit=100&cursor=${users.body.nextCursor}`);
    const engineer = rest.body.items.find((user: { roles: string[] }) => user.roles.includes('onboarding_engineer'));
    expect(engineer).toMatchObject({ id: await userId(test, 'onboarding_engineer'), external: false, active: true });
    expect((await test.call('onboarding_engineer', 'GET', '/v1/users')).status).toBe(403);
  });
});

describe('limits', () => {
  it('stop one person without stopping the others', async () => {
    let last = 200;
    for (let count = 0; count <= 150 && last === 200; count += 1) last = (await test.call('administrator', 'GET', '/v1/me')).status;
    const refused = await test.call('administrator', 'GET', '/v1/me');
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_requests']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await test.call('manager', 'GET', '/v1/me')).status).toBe(200);
  });

  it('stop somebody who guesses tokens', async () => {
    const guess = () => test.app.inject({ url: '/v1/me', remoteAddress: '192.0.2.1', headers: { authorization: 'Bearer cob_guessed-token' } });
    for (let count = 0; count < 60; count += 1) expect((await guess()).statusCode).toBe(401);
    expect((await guess()).statusCode).toBe(429);
  });

  it('hold for the header and for what is no HTTP', async () => {
    await test.app.listen({ host: '127.0.0.1', port: 0 });
    const port = (test.app.server.address() as AddressInfo).port;
    const send = async (request: string) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(request);
      return text(socket);
    };
    expect(await send(`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 [\s\S]*application\/problem\+json[\s\S]*"code":"headers_too_large"/);
    expect(await send('lunch\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"invalid_request"/);
  });
});

describe('a route', () => {
  it('that names no operation cannot be registered', async () => {
    const app = Fastify();
    await app.register(limits, { perMinute: 10 });
    await app.register(cookie);
    await app.register(auth, { store: test.store, settings: { SESSION_IDLE_MINUTES: 30, SESSION_HOURS: 12 } });
    expect(() => app.get('/open', async () => 'everything')).toThrow('names no operation');
    await app.close();
  });
});

describe('probes', () => {
  it('say that the process runs, and that the database is gone', async () => {
    expect((await test.app.inject('/livez')).json()).toEqual({ status: 'ok' });
    expect((await test.app.inject('/readyz')).json()).toEqual({ status: 'ready', database: 'ok', temporal: 'ok' });
  });
});
