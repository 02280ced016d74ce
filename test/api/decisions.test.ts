import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporalProcess } from '../../api/temporal-process.js';
import { ProcessUnavailable } from '../../api/process.js';
import { applyDecision, Refusal } from '../../store/index.js';
import { externalSession, newClient, promptProcess, startTestApi, userId, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());
afterEach(() => {
  test.process = promptProcess(test.store, test.asked);
});

const contact = { firstName: 'Ada', lastName: 'Byron', email: 'ada@acme.example' };

async function withSales(): Promise<string> {
  const url = `/v1/clients/${await newClient(test)}`;
  await test.call('sales_rep', 'PUT', `${url}/sales-contact`, { fields: contact });
  await test.call('sales_rep', 'PUT', `${url}/accounting-contact`, { fields: { ...contact, email: 'books@acme.example' } });
  return url;
}

describe('the way of a client', () => {
  it('goes from section to section by the right people, to sign-off and export', async () => {
    const url = await withSales();
    const decide = async (as: Parameters<TestApi['call']>[0], path: string, body?: unknown) => {
      const answer = await test.call(as, 'POST', `${url}/${path}`, body);
      expect(answer.text).toContain('decisionId');
      return answer.body.stage as string;
    };
    expect(await decide('sales_rep', 'sections/sales/submit')).toBe('sales_review');
    expect(await decide('manager', 'sections/sales/send-back', { reasons: [{ text: 'Which Ada?', page: 'sales-contact', field: 'lastName' }] })).toBe('sales');
    const sections = await test.call('sales_rep', 'GET', `${url}/sections`);
    expect(sections.body.sections).toHaveLength(1);
    expect(sections.body.sections[0]).toMatchObject({ state: 'sent_back', sentBack: { reason: 'Which Ada?', reasons: [{ text: 'Which Ada?', page: 'sales-contact', field: 'lastName', resolved: null }], by: await userId(test, 'manager') } });
    await decide('sales_rep', 'sections/sales/submit');
    expect(await decide('manager', 'sections/sales/approve')).toBe('accounting');

    const accountant = await externalSession(test, url.split('/').at(-1)!, 'accounting');
    expect((await test.call(accountant, 'GET', '/v1/me')).body).toMatchObject({ external: true, section: 'accounting' });
    for (const path of ['company', 'vendors', 'downloads', 'activity']) expect([403, 404]).toContain((await test.call(accountant, 'GET', `${url}/${path}`)).status);
    await test.call(accountant, 'PUT', `${url}/accountant`, { fields: contact });
    await test.call(accountant, 'PUT', `${url}/current-msp`, { fields: { ...contact, company: 'Heron' } });
    await test.call(accountant, 'POST', `${url}/sites`, { fields: { name: 'Main', address1: '1 Main St', city: 'Salem', state: 'OR', zip: '97301' } });
    await test.call(accountant, 'POST', `${url}/personnel`, { fields: { firstName: 'Ada', lastName: 'Byron' } });
    expect(await decide(accountant, 'sections/accounting/submit')).toBe('accounting_review');
    expect(await decide('onboarding_engineer', 'sections/accounting/approve')).toBe('msp');

    for (const page of ['vendors', 'configurations', 'applications', 'passwords', 'attachments']) await test.call('manager', 'PUT', `${url}/sections/msp/pages/${page}/answer`, { answer: 'none' });
    expect(await decide('manager', 'sections/msp/stand-in', { reason: 'The old MSP does not answer' })).toBe('sign_off');
    expect(await decide('onboarding_engineer', 'sign-off')).toBe('sign_off');
    expect(await decide('manager', 'sign-off', {})).toBe('ready');
    const preview = await test.call('onboarding_engineer', 'POST', `${url}/previews`);
    expect([preview.status, preview.body.state, preview.body.target.standIn]).toEqual([201, 'ready', true]);
    expect((await test.call('manager', 'GET', preview.headers['location'] as string)).body).toEqual(preview.body);
    expect(await decide('onboarding_engineer', 'exports', { previewId: preview.body.id })).toBe('exporting');
    expect((await test.call('manager', 'GET', `${url}/exports/current`)).body).toMatchObject({ state: 'running', number: 1, progress: [], failures: [] });
    const words = (await test.call('manager', 'GET', `${url}/activity`)).body.items.map((item: { words: string }) => item.words);
    expect(words[0]).toBe('Your organization started the export. Being exported to IT Glue.');
    expect(words).toContain('Your organization sent the sales section back: Which Ada?. Sales data is being entered.');
  });

  it('names what is missing, by page, record and field', async () => {
    const url = `/v1/clients/${await newClient(test)}`;
    await test.call('sales_rep', 'PUT', `${url}/sales-contact`, { fields: { ...contact, email: null } });
    const answer = await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`);
    expect([answer.status, answer.body.code]).toEqual([422, 'incomplete']);
    expect(answer.body.errors).toEqual([
      expect.objectContaining({ kind: 'accounting-contact', recordId: null, message: expect.stringContaining('is missing') as string }),
      expect.objectContaining({ kind: 'sales-contact', field: 'email', message: 'Email is missing' }),
    ]);
  });

  it('does not let anybody approve what they submitted', async () => {
    const url = await withSales();
    await test.call('manager', 'POST', `${url}/sections/sales/submit`);
    const answer = await test.call('manager', 'POST', `${url}/sections/sales/approve`);
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  });

  it('is deleted and restored', async () => {
    const url = await withSales();
    expect((await test.call('manager', 'POST', `${url}/delete`)).body.stage).toBe('deleted');
    expect((await test.call('manager', 'GET', '/v1/clients?stage=deleted')).body.items).toHaveLength(1);
    const moved = new Date(Date.now() + 3 * 86_400_000).toISOString();
    expect((await test.call('manager', 'POST', `${url}/retention`, { purgeAt: moved })).status).toBe(200);
    expect((await test.call('manager', 'GET', url)).body.purgeAt).toBe(moved);
    const past = await test.call('manager', 'POST', `${url}/retention`, { purgeAt: '2020-01-01T00:00:00Z' });
    expect([past.status, past.body.errors]).toEqual([422, [{ field: 'purgeAt', message: 'must be in the future' }]]);
    expect((await test.call('manager', 'POST', `${url}/restore`)).body.stage).toBe('sales');
  });
});

describe('several clients', () => {
  const remove = (clientIds: string[]) => test.call('manager', 'POST', '/v1/clients/delete', { clientIds });
  const stages = (ids: string[]) => Promise.all(ids.map(async (id) => (await test.store.db.client.findUniqueOrThrow({ where: { id } })).stage));

  it('are deleted at once, each by itself: one that cannot be does not keep the others', async () => {
    const [first, exporting, last] = [await newClient(test), await newClient(test), await newClient(test)];
    await test.store.db.client.update({ where: { id: exporting }, data: { stage: 'exporting' } });
    const unknown = '00000000-0000-7000-8000-000000000000';
    const { status, body } = await remove([first, exporting, unknown, last, first]);
    expect([status, body.items]).toMatchObject([
      200,
      [
        { clientId: first, deleted: true, code: null },
        { clientId: exporting, deleted: false, code: 'wrong_stage' },
        { clientId: unknown, deleted: false, code: 'not_found' },
        { clientId: last, deleted: true, code: null },
      ],
    ]);
    expect(await stages([first, exporting, last])).toEqual(['deleted', 'exporting', 'deleted']);
    const foreign = await test.call({ token: test.token('manager', 1) }, 'POST', '/v1/clients/delete', { clientIds: [exporting] });
    expect(foreign.body.items).toMatchObject([{ deleted: false, code: 'not_found' }]);
  });

  it('of which some were deleted when the workers went away are answered one by one, and at once', async () => {
    const ids = [await newClient(test), await newClient(test), await newClient(test)];
    const prompt = promptProcess(test.store, test.asked);
    let asked = 0;
    test.process = { ...prompt, decide: (...all) => ((asked += 1) === 1 ? prompt.decide(...all) : Promise.reject(new ProcessUnavailable('no_worker'))) };
    expect((await remove(ids)).body.items.map((item: { deleted: boolean; code: string | null }) => [item.deleted, item.code])).toEqual([[true, null], [false, 'no_worker'], [false, 'no_worker']]);
    expect([asked, await stages(ids)]).toEqual([2, ['deleted', 'sales', 'sales']]);
    expect((await remove(ids.slice(1))).status, 'nothing was changed').toBe(503);
  });
});

describe('a decision', () => {
  it('that is sent twice under one key is one decision', async () => {
    const url = await withSales();
    const key = { 'idempotency-key': 'submit-once-0001' };
    const first = await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`, undefined, key);
    const second = await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`, undefined, key);
    expect([second.status, second.body]).toEqual([200, first.body]);
    const other = await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`, undefined, { 'idempotency-key': 'submit-once-0002' });
    expect(other.status).toBe(409);
  });

  it('that nobody answers is taken back, and can be taken again under its key', async () => {
    const url = await withSales();
    const key = { 'idempotency-key': 'submit-later-001' };
    test.process = { ...promptProcess(test.store), decide: () => Promise.reject(new ProcessUnavailable('no_worker')) };
    const unanswered = await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`, undefined, key);
    expect([unanswered.status, unanswered.body.code, unanswered.headers['retry-after']]).toEqual([503, 'no_worker', '2']);
    const decision = await test.store.db.decision.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
    expect(decision.state).toBe('withdrawn');
    await expect(applyDecision(test.store, { tenantId: decision.tenantId, clientId: decision.clientId }, decision.id)).rejects.toBeInstanceOf(Refusal);
    test.process = promptProcess(test.store);
    const again = await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`, undefined, key);
    expect([again.status, again.body]).toEqual([200, { decisionId: decision.id, stage: 'sales_review' }]);
  });

  it('that was carried out although its answer was lost is told as done', async () => {
    const url = await withSales();
    test.process = {
      ...promptProcess(test.store),
      async decide(client, message) {
        await applyDecision(test.store, client, message.decisionId);
        throw new ProcessUnavailable('no_worker');
      },
    };
    expect((await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`)).body.stage).toBe('sales_review');
  });

  it('that the message of an earlier attempt has carried out meanwhile is told as done', async () => {
    const url = await withSales();
    test.process = {
      ...promptProcess(test.store),
      async decide(client, message) {
        await applyDecision(test.store, client, message.decisionId);
        throw new Refusal('wrong_stage', 'Not possible now: Sales data is being reviewed');
      },
    };
    const answer = await test.call('sales_rep', 'POST', `${url}/sections/sales/submit`);
    expect([answer.status, answer.body.stage]).toEqual([200, 'sales_review']);
  });
});

describe('a workflow service that takes connections and never answers', () => {
  const sockets = new Set<Socket>();
  let silent: Server;
  beforeAll(async () => {
    silent = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('makes decisions answer 503 within 5 s, while data entry goes on', async () => {
    const port = (silent.address() as AddressInfo).port;
    const process = temporalProcess({ connection: { address: `127.0.0.1:${port}` }, namespace: 'default', dataConverter: {} });
    test.process = process;
    try {
      const url = await withSales();
      const started = Date.now();
      const [decision, preview] = await Promise.all([
        test.call('sales_rep', 'POST', `${url}/sections/sales/submit`),
        test.call('manager', 'POST', `${url}/previews`),
      ]);
      expect(Date.now() - started).toBeLessThan(5_000);
      for (const answer of [decision, preview]) expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([503, 'temporal_unavailable', '2']);
      const saved = await test.call('sales_rep', 'PUT', `${url}/company`, { version: 1, fields: { company: 'Still here' } });
      expect(saved.status).toBe(200);
      const ready = await test.app.inject('/readyz');
      expect(ready.json()).toEqual({ status: 'ready', database: 'ok', temporal: 'unreachable' });
    } finally {
      await process.close();
    }
  }, 30_000);
});
