/**
 * Holes that another product of this class had and told of in its history of changes (ITFlow). Each is played here against
 * the API, so that it never becomes ours.
 */
import ExcelJS from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from '../../api/openapi.js';
import { createUser, issueOneTime, startSession, type User } from '../../store/index.js';
import { mailPlace } from '../../store/mail/queue.js';
import { readXlsx, unzipped } from './files.js';
import { download } from '../api/downloading.js';
import { newClient, outsider, startTestApi, userId, type TestApi } from '../api/support.js';

interface Documented {
  'x-operation'?: string;
  requestBody?: { content: Record<string, unknown> };
}
const document = (await openapiDocument()) as { paths: Record<string, Record<string, Documented>> };
const routes = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, documented]) => ({ method: method.toUpperCase(), path, documented })));

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi({ publicUrl: 'https://onboarding.example' });
});
afterAll(() => test.close());

const policy = { idleMs: 3_600_000, absoluteMs: 3_600_000 };
let people = 0;
let addresses = 0;
const nextAddress = () => `10.4.${(addresses += 1) >> 8}.${addresses & 255}`;
const open = async (stage: string) => {
  const id = await newClient(test);
  await test.store.db.client.update({ where: { id }, data: { stage } });
  return id;
};

describe('a formula in what a client typed was run by the spreadsheet of whoever downloaded it', () => {
  const formulas = ['=HYPERLINK("http://evil.example","x")', '+1+cmd|\' /C calc\'!A0', '-2+3', '@SUM(1)', "'=1", '＝1+1', '=1\n=2'];

  it('in no download of the client, no report and no audit trail', async () => {
    const client = await open('export_blocked');
    const url = `/v1/clients/${client}`;
    for (const formula of formulas) {
      const answer = await test.call('manager', 'POST', `${url}/passwords`, { fields: { name: formula.replace('\n', ' '), username: 'u', password: formula, notes: formula } });
      expect(answer.status, answer.text).toBe(201);
    }
    const zip = await download(test, client, { format: 'csv' });
    const csv = (await unzipped(zip.bytes)).get('passwords.csv')!.toString('utf8');
    expect(csv).toContain(`'=HYPERLINK`);
    // No cell begins with what starts a formula, quoted or not.
    for (const cell of csv.replace(/^\uFEFF/, '').match(/(?:^|,)("(?:[^"]|"")*"|[^,\r\n]*)/gm) ?? []) expect(cell).not.toMatch(/^,?"?[=+\-@\t＝]/);
    const book = await readXlsx((await download(test, client, { format: 'xlsx' })).bytes);
    let cells = 0;
    book.eachSheet((sheet) => sheet.eachRow((row) => row.eachCell((cell) => {
      cells += 1;
      expect(cell.type, String(cell.value)).not.toBe(ExcelJS.ValueType.Formula);
      expect(String(cell.value)).not.toMatch(/^[=+\-@\t＝]/);
    })));
    expect(cells).toBeGreaterThan(formulas.length);
    const trail = await test.call('administrator', 'GET', '/v1/audit/download');
    expect(trail.status).toBe(200);
    for (const cell of trail.text.split(/\r\n|,/)) expect(cell).not.toMatch(/^"?[=+@\t]/);
  });
});

describe('the view limit of a shared link was passed by asking side by side', () => {
  it('a link, a code and a step are used up by one of many who come at the same moment', async () => {
    const user = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['manager'], firstName: 'R', lastName: 'R', email: `race${(people += 1)}@x.example`, scope: null });
    const { token } = await issueOneTime(test.store, user, 'invitation');
    const statuses = await Promise.all([1, 2, 3, 4].map(async () => (await test.app.inject({ method: 'POST', url: '/v1/sign-in/set-password', payload: { token, password: 'tide-lamp-orchard' }, remoteAddress: nextAddress() })).statusCode));
    expect(statuses.sort()).toEqual([200, 401, 401, 401]);

    const external = await accountant();
    const { challenge, code } = await askedCode(external);
    const taken = await Promise.all([1, 2, 3, 4].map(() => enter(challenge, code)));
    expect(taken.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401, 401, 401]);
  });
});

describe('secrets were shown without a trace', () => {
  const reveals = routes.filter(({ path }) => path.endsWith('/reveal'));

  it.each(reveals)('$path leaves an entry in the audit trail before it answers', async ({ path }) => {
    const client = await open('export_blocked');
    const list = path.replace('{clientId}', client).replace('/{recordId}/reveal', '');
    const made = await test.call('manager', 'POST', list, { fields: { name: 'n' } });
    expect(made.status, made.text).toBe(201);
    const count = () => test.store.db.auditEntry.count({ where: { clientId: client, action: 'secret.revealed' } });
    for (const field of Object.keys(made.body.secrets)) {
      const before = await count();
      expect((await test.call('manager', 'POST', `${list}/${made.body.id}/reveal`, { field })).status).toBe(200);
      expect(await count()).toBe(before + 1);
    }
  });

  it('nothing is shown when the trace cannot be kept', async () => {
    const client = await open('msp');
    const made = await test.call('manager', 'POST', `/v1/clients/${client}/passwords`, { fields: { name: 'n', password: 'hunter2-untold' } });
    await test.store.db.$executeRawUnsafe(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''full''; END'`);
    await test.store.db.$executeRawUnsafe('CREATE TRIGGER refuse BEFORE INSERT ON "AuditEntry" FOR EACH ROW EXECUTE FUNCTION refuse()');
    const answer = await test.call('manager', 'POST', `/v1/clients/${client}/passwords/${made.body.id}/reveal`, { field: 'password' });
    const file = await download(test, client, { format: 'json', passwords: 'include' });
    await test.store.db.$executeRawUnsafe('DROP TRIGGER refuse ON "AuditEntry"');
    for (const { status, text } of [answer, file]) {
      expect(status).toBeGreaterThanOrEqual(500);
      expect(text).not.toContain('hunter2-untold');
    }
  });
});

describe('contacts of the portal changed their own record', () => {
  it('an external person changes neither their address, their role nor whom a section belongs to', async () => {
    const client = await open('sales');
    const url = `/v1/clients/${client}`;
    await test.call('manager', 'PUT', `${url}/accounting-contact`, { fields: { firstName: 'A', lastName: 'B', email: 'ana@client.example' } });
    await test.store.db.client.update({ where: { id: client }, data: { stage: 'accounting' } });
    const person = await outsider(test, client, 'accounting');
    const as = { token: person.token };
    const before = await test.store.db.user.findUniqueOrThrow({ where: { id: person.id } });
    const fields = { firstName: 'Eve', lastName: 'E', email: 'eve@evil.example' };
    const attempts = [
      test.call(as, 'PUT', `${url}/accounting-contact`, { fields }),
      test.call(as, 'PATCH', `${url}/accounting-contact`, { version: 1, fields }),
      test.call(as, 'PATCH', `/v1/users/${person.id}`, { email: 'eve@evil.example', roles: ['administrator'] }),
      test.call(as, 'PATCH', `${url}/people/${person.id}`, { email: 'eve@evil.example' }),
      test.call(as, 'POST', `${url}/people`, { section: 'accounting', ...fields }),
      test.call(as, 'POST', '/v1/users', { ...fields, roles: ['administrator'] }),
      test.call(as, 'PATCH', url, { version: 1, managerId: person.id }),
      test.call(as, 'POST', '/v1/me/tokens', { label: 'x', operations: ['client.list'], expiresAt: new Date(Date.now() + 60_000).toISOString() }),
    ];
    for (const { status, text } of await Promise.all(attempts)) expect([400, 403, 404, 405], text).toContain(status);
    expect(await test.store.db.user.findUniqueOrThrow({ where: { id: person.id } })).toEqual(before);
    expect((await test.call('manager', 'GET', `${url}/accounting-contact`)).body.fields.email).toBe('ana@client.example');
    expect(await test.store.db.user.count({ where: { tenantId: test.tenants[0]!.id, clientId: null, roles: { has: 'administrator' } } })).toBe(1);
  });
});

describe('people of an archived client could still sign in', () => {
  it('with the deletion their sessions end, a code of before is worth nothing, and no other one is sent', async () => {
    const user = await accountant();
    const session = await startSession(test.store, user, { method: 'mail_code', userAgent: 'x', policy });
    const me = async () => (await test.call({ token: session.token }, 'GET', '/v1/me')).status;
    expect(await me()).toBe(200);
    const { challenge, code } = await askedCode(user);
    expect((await test.call('manager', 'POST', `/v1/clients/${user.clientId}/delete`)).status).toBeLessThan(300);
    expect(await me()).toBe(401);
    expect((await enter(challenge, code)).statusCode).toBe(401);
    await test.store.db.mail.deleteMany({ where: { userId: user.id } });
    expect((await ask(user)).statusCode).toBe(202);
    expect(await test.store.db.mail.count({ where: { userId: user.id } })).toBe(0);
    // What was begun before does not come back with the client.
    expect((await test.call('manager', 'POST', `/v1/clients/${user.clientId}/restore`)).status).toBeLessThan(300);
    expect(await me()).toBe(401);
  });
});

describe('a client was not checked when something of it was named by its id', () => {
  it('somebody of one client reaches nothing of another by its ids, in the path or in the body', async () => {
    const [own, other] = [await open('msp'), await open('msp')];
    const theirs = `/v1/clients/${other}`;
    const make = async (path: string, fields: object) => (await test.call('manager', 'POST', `${theirs}/${path}`, { fields })).body.id as string;
    const records = {
      vendors: await make('vendors', { company: 'ZqTheirs' }),
      configurations: await make('configurations', { name: 'ZqTheirs' }),
      passwords: await make('passwords', { name: 'ZqTheirs', password: 'ZqTheirs' }),
      attachments: await make('attachments', { fileName: 'ZqTheirs.txt' }),
    };
    await test.call('manager', 'PUT', `${theirs}/attachments/${records.attachments}/content`, Buffer.from('ZqTheirs'), { 'content-type': 'application/octet-stream' });
    const question = (await test.call('manager', 'POST', `${theirs}/sections/msp/questions`, { page: 'vendors', text: 'ZqTheirs?' })).body.id as string;
    const imported = (await test.call('manager', 'POST', `${theirs}/sections/msp/imports?records=vendors`, Buffer.from('Company\nZqTheirs'), { 'content-type': 'text/csv' })).body.id as string;
    for (const id of [...Object.values(records), question, imported]) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const rows = async () => test.store.db.record.findMany({ where: { clientId: other }, orderBy: { id: 'asc' } });
    const before = await rows();

    const { token } = await outsider(test, own, 'msp');
    const mine = `/v1/clients/${own}`;
    for (const as of [{ token }, 'manager'] as const) {
      const attempts: Promise<{ status: number; text: string }>[] = [];
      for (const [path, id] of Object.entries(records)) {
        attempts.push(test.call(as, 'GET', `${mine}/${path}/${id}`), test.call(as, 'DELETE', `${mine}/${path}/${id}`, undefined, { 'if-match': '"1"' }), test.call(as, 'PATCH', `${mine}/${path}/${id}`, { version: 1, fields: { notes: 'x' } }));
      }
      attempts.push(
        test.call(as, 'POST', `${mine}/passwords/${records.passwords}/reveal`, { field: 'password' }),
        test.call(as, 'GET', `${mine}/attachments/${records.attachments}/content`),
        test.call(as, 'PUT', `${mine}/attachments/${records.attachments}/content`, Buffer.from('x'), { 'content-type': 'application/octet-stream' }),
        test.call(as, 'POST', `${mine}/sections/msp/questions/${question}/answers`, { text: 'x' }),
        test.call(as, 'GET', `${mine}/sections/msp/imports/${imported}`),
        test.call(as, 'POST', `${mine}/sections/msp/imports/${imported}/carry-out`, { rows: 'all' }),
        test.call(as, 'POST', `${mine}/passwords`, { fields: { name: 'linked' }, references: { configuration: records.configurations } }),
        test.call(as, 'POST', `${mine}/sections/msp/questions`, { page: 'vendors', recordId: records.vendors, text: 'x' }),
      );
      for (const { status, text } of await Promise.all(attempts)) {
        expect([400, 404, 409, 422], text).toContain(status);
        expect(text).not.toContain('ZqTheirs');
      }
    }
    expect(await rows()).toEqual(before);
    expect(await test.store.db.record.count({ where: { clientId: own, kind: { in: ['vendor', 'password'] } } })).toBe(0);
  });

  it('nobody is assigned who belongs to another tenant', async () => {
    const client = await open('sales');
    const stranger = await userId(test, 'manager', 1);
    const { version } = (await test.call('manager', 'GET', `/v1/clients/${client}`)).body;
    const answer = await test.call('manager', 'PATCH', `/v1/clients/${client}`, { version, managerId: stranger });
    expect([400, 404, 422], answer.text).toContain(answer.status);
    expect((await test.call('manager', 'POST', '/v1/clients', { company: 'Foreign hands', engineerId: stranger })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('only deletions were guarded against forged requests', () => {
  const changing = routes.filter(({ method, path, documented }) => method !== 'GET' && path.startsWith('/v1/') && documented['x-operation'] !== undefined);

  it.each([
    ['says that it comes from another site', { 'sec-fetch-site': 'cross-site' }],
    ['says that it comes from a neighbour of ours', { 'sec-fetch-site': 'same-site' }],
    ['names another origin', { origin: 'https://evil.example' }],
    ['names none, as a sandboxed frame does', { origin: 'null' }],
    ['says nothing', {}],
  ])('a request that %s changes nothing with the cookie of a person', async (_name, headers) => {
    const { token } = await startSession(test.store, { id: await userId(test, 'administrator'), tenantId: test.tenants[0]!.id, clientId: null, section: null }, { method: 'password', userAgent: 'x', policy });
    expect(changing.length).toBeGreaterThan(80);
    for (const { method, path, documented } of changing) {
      // Where nobody is signed in yet, what comes from no browser is let through.
      if (documented['x-operation'] === 'public' && Object.keys(headers).length === 0) continue;
      const url = path.replace(/\{\w+Id\}/g, '00000000-0000-7000-8000-000000000001').replace('{section}', 'sales').replace(/\{\w+\}/g, 'x');
      const type = Object.keys(documented.requestBody?.content ?? {})[0];
      const answer = await test.app.inject({ method: method as 'POST', url, remoteAddress: nextAddress(), headers: { cookie: `__Host-onboarder=${token}`, ...headers, ...(type ? { 'content-type': type } : {}) }, ...(type ? { payload: '{}' } : {}) });
      expect([answer.statusCode, answer.json<{ code: string }>().code], `${method} ${path}`).toEqual([403, 'forbidden']);
    }
  });

  it('no address changes anything when it is merely opened', () => {
    const opened = routes.filter(({ method }) => method === 'GET').filter(({ documented }) => documented['x-operation'] === 'public');
    // The way back from an identity provider; it needs the cookie of the browser that began.
    expect(opened.map(({ path }) => path)).toEqual(['/v1/sign-in/oidc/callback']);
  });
});

describe('an uploaded script was run by the server or the browser', () => {
  const scripts: [string, string][] = [
    ['shell.php', '<?php system($_GET["c"]); ?>'],
    ['page.html', '<!doctype html><script>alert(1)</script>'],
    ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['../../../etc/cron.d/job', '* * * * * root id'],
    ['run.jsp%00.png', '<% Runtime.getRuntime(); %>'],
    ['a"; filename="b.exe', 'MZ'],
  ];

  it.each(scripts)('%s comes back as a file to keep, typed by its bytes, under a clean name', async (fileName, content) => {
    const client = await open('msp');
    const list = `/v1/clients/${client}/attachments`;
    const made = await test.call('manager', 'POST', list, { fields: { fileName } });
    expect(made.status, made.text).toBe(201);
    expect(made.body.fields.fileName).not.toMatch(/[/\\"<>]|\.\./);
    const url = `${list}/${made.body.id}/content`;
    expect((await test.call('manager', 'PUT', url, Buffer.from(content), { 'content-type': 'text/html' })).status).toBe(200);
    const { headers } = await test.call('manager', 'GET', url);
    expect(headers['content-type']).not.toMatch(/html|svg|javascript|php/);
    expect(headers['content-disposition']).toMatch(/^attachment; filename="[^"]*"; filename\*=UTF-8''[^ ";]*$/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'content-security-policy': expect.stringContaining("default-src 'none'") });
    // Nothing of it is served by its name.
    for (const path of [`/${fileName}`, `/uploads/${fileName}`]) expect((await test.app.inject({ url: encodeURI(path) })).statusCode, path).toBeGreaterThanOrEqual(400);
  });
});

describe('links that everybody could open published all details', () => {
  it('without a sign-in there is nothing but signing in, probes and the document', () => {
    const open = routes.filter(({ documented }) => documented['x-operation'] === 'public' || documented['x-operation'] === undefined).map(({ path }) => path);
    expect(open.filter((path) => !path.startsWith('/v1/sign-in/')).sort()).toEqual(['/livez', '/readyz']);
  });

  it('the link of an invitation says who somebody is and opens nothing; no address takes a token', async () => {
    const user = await accountant();
    const nobody = '00000000-0000-7000-8000-000000000001';
    const page = async (id: string) => (await test.app.inject({ url: `/enter/${id}` })).body.replaceAll(id, 'ID');
    expect(await page(user.id), 'the page says the same to whoever opens it').toBe(await page(nobody));
    const addresses = [`/v1/clients/${user.clientId}`, `/v1/clients/${user.clientId}?token=${user.id}`, `/v1/me?access_token=${test.token('manager')}`];
    for (const url of addresses) {
      const answer = await test.app.inject({ url });
      expect([400, 401, 404], url).toContain(answer.statusCode);
      expect(answer.body).not.toContain('Company');
    }
    for (const { path } of routes) expect(path).not.toMatch(/\{(token|code|challenge|secret)\}/);
  });

  it('a mail scanner that opens every link of a mail uses up nothing', async () => {
    const user = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['manager'], firstName: 'S', lastName: 'S', email: `scan${(people += 1)}@x.example`, scope: null });
    const { token } = await issueOneTime(test.store, user, 'invitation');
    for (const url of ['/set-password', `/set-password?token=${token}`]) for (const method of ['GET', 'HEAD'] as const) await test.app.inject({ method, url });
    const { statusCode } = await test.app.inject({ method: 'POST', url: '/v1/sign-in/set-password', payload: { token, password: 'tide-lamp-orchard' }, remoteAddress: nextAddress() });
    expect(statusCode).toBe(200);
  });
});

/** An accountant whose section is being worked on. */
async function accountant(): Promise<User & { clientId: string }> {
  const clientId = await open('accounting');
  const user = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['accountant'], firstName: 'Ana', lastName: 'Count', email: `c${(people += 1)}@client.example`, scope: { clientId, section: 'accounting' } });
  return { ...user, clientId };
}

const ask = (user: User) => test.app.inject({ method: 'POST', url: '/v1/sign-in/external', payload: { person: user.id, deliver: 'token' }, remoteAddress: nextAddress() });

/** Asks for a code and reads the mail that it comes by. */
async function askedCode(user: User & { clientId: string }): Promise<{ challenge: string; code: string }> {
  const { challenge } = (await ask(user)).json<{ challenge: string }>();
  const row = await test.store.db.mail.findFirstOrThrow({ where: { userId: user.id, template: 'sign_in_code' }, orderBy: { id: 'desc' } });
  const { code } = await test.store.vault.openJson<{ code: string }>(user, mailPlace(row.id), row.content!);
  return { challenge, code };
}

const enter = (challenge: string, code: string) => test.app.inject({ method: 'POST', url: '/v1/sign-in/external/code', payload: { challenge, code, deliver: 'token' }, remoteAddress: nextAddress() });
