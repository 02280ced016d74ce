/** Secrets are seen one at a time by those who may, each look is in the audit trail, limited, and shown to the manager. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderMail } from '../../domain/mail/render.js';
import { composeMail, destroyClientKey } from '../../store/index.js';
import { download } from '../api/downloading.js';
import { newClient, outsider, startTestApi, userId, type TestApi, type Who } from '../api/support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

const secret = 'hunter2-canary';
let company = 0;
let client: string;
let url: string;
let reveal: string;

beforeEach(async () => {
  client = await newClient(test, `Reveal ${(company += 1)}`);
  await test.store.db.client.update({ where: { id: client }, data: { stage: 'msp' } });
  await test.store.db.mail.deleteMany({});
  url = `/v1/clients/${client}`;
  const made = await test.call('onboarding_engineer', 'POST', `${url}/passwords`, { fields: { name: 'Domain admin', username: 'root', password: secret } });
  reveal = `${url}/passwords/${made.body.id}/reveal`;
});

const look = (as: Who | { token: string }) => test.call(as, 'POST', reveal, { field: 'password' });
const mailsOf = (who: string) => test.store.db.mail.findMany({ where: { template: 'secrets_shown', userId: who } });
/** The manager's mail as it would be sent then. */
async function mailed(who: string, now = new Date()) {
  const [row] = await mailsOf(who);
  const composed = row && (await composeMail(test.store, row, 'https://on.example', now));
  return composed ? renderMail(composed.source) : null;
}

describe('a secret', () => {
  it('is shown alone: no request asks for two, and nothing but asking for it shows it', async () => {
    expect((await test.call('manager', 'POST', reveal, { field: ['password', 'password'] })).status).toBe(400);
    expect((await test.call('manager', 'POST', reveal, { field: 'password', fields: ['password'] })).status).toBe(400);
    expect((await test.call('manager', 'GET', reveal)).status).toBe(404);
    for (const path of ['/passwords', '/activity', '/reveals', '/downloads', '/provenance']) expect((await test.call('manager', 'GET', `${url}${path}`)).text, path).not.toContain(secret);
    expect((await look('manager')).body).toEqual({ value: secret });
  });

  it('that was shown is in the list of its client, with who, which and when, for managers', async () => {
    const msp = await outsider(test, client, 'msp');
    for (const as of ['onboarding_engineer', { token: msp.token }] as const) expect((await look(as)).status).toBe(200);
    const list = await test.call('manager', 'GET', `${url}/reveals`);
    expect(list.body.items.map((one: { actor: string; actorId: string; party: string; what: string; kind: string; field: string; title: string }) => [one.actorId, one.party, one.what, one.kind, one.field, one.title])).toEqual([
      [msp.id, 'outgoing_msp', 'secret', 'password', 'password', 'Domain admin'],
      [await userId(test, 'onboarding_engineer'), 'internal', 'secret', 'password', 'password', 'Domain admin'],
    ]);
    expect(list.body.items[0].actor).toBe('Olga Reyes');
    expect(list.text).not.toContain(secret);
    expect((await test.call('administrator', 'GET', `${url}/reveals`)).body.items).toHaveLength(2);
    for (const as of ['sales_rep', 'onboarding_engineer', { token: msp.token }] as const) expect((await test.call(as, 'GET', `${url}/reveals`)).status).toBe(403);
    expect((await test.call({ token: test.token('manager', 1) }, 'GET', `${url}/reveals`)).status).toBe(404);
  });

  it('that left in a download is in the list too; a download without secrets is not', async () => {
    await look('onboarding_engineer');
    await download(test, client, { format: 'json' }, 'onboarding_engineer');
    await download(test, client, { format: 'csv', passwords: 'include' }, 'onboarding_engineer');
    const first = await test.call('manager', 'GET', `${url}/reveals?limit=1`);
    expect(first.body.items).toMatchObject([{ what: 'download', format: 'csv', recordId: null }]);
    const rest = await test.call('manager', 'GET', `${url}/reveals?limit=5&cursor=${first.body.nextCursor}`);
    expect(rest.body.items).toMatchObject([{ what: 'secret' }]);
    expect(rest.body.nextCursor).toBeNull();
  });
});

describe('the manager of the client', () => {
  it('is told of the looks of a day by one mail, the day after, without what was seen', async () => {
    const manager = await userId(test, 'manager');
    await look('onboarding_engineer');
    await look('onboarding_engineer');
    await download(test, client, { format: 'json', passwords: 'include' }, 'onboarding_engineer');
    const rows = await mailsOf(manager);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.dueAt > new Date()).toBe(true);
    const mail = (await mailed(manager, rows[0]!.dueAt))!;
    expect(mail.text).toContain(`Reveal ${company}: 2 secrets shown, 1 download with all secrets, by 1 person`);
    expect(mail.text).toContain(`https://on.example/clients/${client}/reveals`);
    for (const hidden of [secret, 'Domain admin', 'root']) expect(mail.text + mail.html).not.toContain(hidden);
  });

  it('is not told of what they looked at themselves', async () => {
    await look('manager');
    const manager = await userId(test, 'manager');
    expect(await mailsOf(manager)).toEqual([]);
    await look('administrator');
    expect((await mailed(manager))!.text).toContain('1 secret shown, by 1 person');
  });

  it('gets no mail about a client that was removed meanwhile', async () => {
    await look('onboarding_engineer');
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'retention', purgeAt: new Date(0) } });
    await destroyClientKey(test.store, { tenantId: test.tenants[0]!.id, clientId: client });
    expect(await mailed(await userId(test, 'manager'))).toBeNull();
  });
});

it('a person sees at most sixty in ten minutes, whichever process they ask, and others go on', async () => {
  const second = await test.beside();
  const ask = (n: number) => (n % 2 === 0 ? test.app : second.app).inject({ method: 'POST', url: reveal, payload: { field: 'password' }, headers: { authorization: `Bearer ${test.token('administrator')}` } });
  let seen = 0;
  for (let n = 0; n < 62; n += 1) if ((await ask(n)).statusCode === 200) seen += 1;
  // One look of this person was in a test before.
  expect(seen).toBeGreaterThanOrEqual(58);
  const refused = await ask(0);
  expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([429, 'too_many_requests']);
  expect((await look('onboarding_engineer')).status).toBe(200);
  await second.close();
});
