import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createItGlueClient, ItGlueError, unpaced, type ItGlueClient, type ItGlueClientOptions } from '../../it-glue/index.js';
import { faultKinds } from '../../sandbox/it-glue/faults.js';
import { startItGlueSandbox, type Sandbox, type Switches } from '../../sandbox/it-glue/index.js';
import { switchTable } from '../../sandbox/it-glue/switches.js';
import { onboard, watched } from './every-route.js';
import { failure } from './scripted-server.js';

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
});

async function start(switches: Partial<Switches> = {}, options: Partial<Omit<ItGlueClientOptions, 'region' | 'baseUrl'>> = {}): Promise<{ sandbox: Sandbox; client: ItGlueClient }> {
  const sandbox = await startItGlueSandbox({ switches });
  const client = createItGlueClient({ baseUrl: sandbox.url, apiKey: sandbox.apiKey, pace: unpaced, settleDelaysMs: [10, 20, 40], ...options });
  running.push(async () => {
    await client.close();
    await sandbox.close();
  });
  return { sandbox, client };
}

/** Every address that is written down in the client's sources; what is filled in there may be any word. */
async function routesInSource(): Promise<RegExp[]> {
  const folder = new URL('../../it-glue/resources/', import.meta.url);
  const sources = await Promise.all((await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')));
  const templates = sources.flatMap((source) => [...source.matchAll(/\broute\(\s*[`']([^`']+)[`']/g)].map((found) => found[1]!));
  if (templates.length < 10) throw new Error('routes are no longer written as this test reads them');
  return templates.map((template) => new RegExp(`^${template.replace(/\$\{[^}]+\}/g, '[a-z_]+')}$`));
}

describe('every route that the client uses', () => {
  it('works, with GET and POST only, and nothing else is reached', async () => {
    const { sandbox, client: plain } = await start();
    const { client, uncalled } = watched(plain);
    await onboard(client);
    expect(uncalled(), 'functions of the client without a contract test').toEqual([]);
    const sent = Object.keys(client.requestsSent()).map((one) => one.replace(/^\w+ /, ''));
    expect((await routesInSource()).filter((known) => !sent.some((one) => known.test(one))), 'routes without a contract test').toEqual([]);
    const requests = sandbox.control.requests();
    expect(requests.filter((request) => request.status >= 300 || request.status < 200)).toEqual([]);
    expect(new Set(requests.map((request) => request.method))).toEqual(new Set(['GET', 'POST']));
    expect(Object.values(client.requestsSent()).reduce((sum, count) => sum + count, 0)).toBe(requests.length);
  });

  const others = Object.entries(switchTable).flatMap(([name, row]) => (row.kind === 'choice' ? row.values.slice(1).map((value) => ({ [name]: value })) : []));
  it.each(others.map((switches) => [JSON.stringify(switches), switches]))('works with %s', async (_name, switches) => {
    const { client } = await start(switches);
    await onboard(client);
  });

  it('carries 17-digit ids exactly', async () => {
    const { client } = await start({ idMode: 'large17' });
    const organization = await client.organizations.create({ name: 'Large' });
    expect(organization.id).toMatch(/^\d{17}$/);
    const [location] = await client.locations.createMany(organization.id, [{ name: 'A' }]);
    expect(location!.attributes.organizationId).toBe(organization.id);
  });

  it('carries files larger than base64 allows as multipart, byte by byte', async () => {
    const { sandbox, client } = await start();
    const organization = await client.organizations.create({ name: 'Files' });
    const [site] = await client.locations.createMany(organization.id, [{ name: 'A' }]);
    const content = randomBytes(8_500_000);
    const saved = await client.attachments.create('locations', site!.id, { fileName: 'Plan Ä.pdf', content });
    expect(saved.attributes).toMatchObject({ attachmentFileName: 'Plan Ä.pdf', attachmentFileSize: content.length });
    expect(sandbox.control.attachments()[0]?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    const tooLarge = client.attachments.create('locations', site!.id, { fileName: 'x', content: Buffer.alloc(10_000_000) });
    expect(await failure(tooLarge)).toMatchObject({ kind: 'tooLarge', effect: 'none' });
  });

  it('pages through more than one page', async () => {
    const { sandbox, client } = await start();
    const organization = await client.organizations.create({ name: 'Many' });
    sandbox.control.seed(Array.from({ length: 2_300 }, (_, at) => ({ resource: 'locations', attributes: { name: `Site ${at}`, organization_id: organization.id } })));
    const listed = await client.locations.list(organization.id);
    expect(new Set(listed.map((each) => each.attributes.name)).size).toBe(2_300);
    expect(client.requestsSent()['GET /organizations/:organizationId/relationships/locations']).toBe(3);
  });
});

describe('refusals', () => {
  it('a wrong key is told from an id without access, in either form', async () => {
    const { sandbox, client } = await start();
    const stranger = createItGlueClient({ baseUrl: sandbox.url, apiKey: 'ITG.wrong', pace: unpaced });
    running.unshift(() => stranger.close());
    expect(await failure(stranger.organizationTypes.list())).toMatchObject({ kind: 'badKey' });
    expect(await failure(client.locations.createMany('99999999', [{ name: 'A' }]))).toMatchObject({ effect: 'none', kind: expect.stringMatching(/^(noAccess|notFound)$/) });
  });

  it.each([['json'], ['html']] as const)('an unknown id is notFound when the page is %s', async (notFoundForm) => {
    const { client } = await start({ notFoundForm });
    expect(await failure(client.organizations.show('99999999'))).toMatchObject({ kind: 'notFound' });
  });

  it('a missing type and a value too long name their fields', async () => {
    const { client } = await start();
    const { id } = await client.organizations.create({ name: 'X' });
    const noType = (await failure(client.configurations.createMany(id, [{ name: 'A', configurationTypeId: undefined as unknown as string }]))) as ItGlueError;
    expect(noType).toMatchObject({ kind: 'invalid', fields: [{ pointer: 'configuration-type-id', detail: 'must exist' }] });
    const tooLong = (await failure(client.locations.createMany(id, [{ name: 'n'.repeat(300) }]))) as ItGlueError;
    expect(tooLong.fields[0]).toMatchObject({ pointer: 'name' });
    expect(tooLong.message).toContain('255');
  });

  it.each([['401'], ['422']] as const)('a reference to somebody else’s record is refused (%s)', async (unknownForeignKey) => {
    const { client } = await start({ unknownForeignKey });
    const { id } = await client.organizations.create({ name: 'X' });
    const error = (await failure(client.contacts.createMany(id, [{ firstName: 'A', locationId: '99999999' }]))) as ItGlueError;
    expect(error.kind).toBe(unknownForeignKey === '401' ? 'noAccess' : 'invalid');
    expect(await client.contacts.list(id)).toEqual([]);
  });

  it('a body over the server’s own limit is tooLarge', async () => {
    const { client } = await start({ maxBodyBytes: 2_000 });
    expect(await failure(client.organizations.create({ name: 'X', description: 'y'.repeat(5_000) }))).toMatchObject({ kind: 'tooLarge', effect: 'none' });
  });

  it.each([['allOrNothing', 'invalid', 0], ['partial', 'invalid', 1], ['partialSilent', 'unknownOutcome', 1]] as const)('one bad record in a bulk write (%s) never looks like none or all', async (bulkAtomicity, kind, written) => {
    const { client } = await start({ bulkAtomicity });
    const { id } = await client.organizations.create({ name: 'X' });
    const error = await failure(client.locations.createMany(id, [{ name: 'Good' }, { name: '' }]));
    expect(error).toMatchObject({ kind, effect: 'unknown' });
    expect(await client.locations.list(id)).toHaveLength(written);
  });

  it('a key without password access is found out, whether the value is dropped or refused', async () => {
    const { sandbox, client } = await start({ passwordWithoutPermission: 'omit' });
    const { id } = await client.organizations.create({ name: 'X' });
    const [kept] = await client.passwords.createMany(id, [{ name: 'A', password: 'S3cret' }]);
    expect(await client.passwords.checkValue(kept!.id, 'S3cret')).toBe('same');
    expect(await client.passwords.checkValue(kept!.id, 'another')).toBe('different');

    const { key } = sandbox.control.addKey({ label: 'limited', passwordAccess: false });
    const limited = createItGlueClient({ baseUrl: sandbox.url, apiKey: key, pace: unpaced });
    running.unshift(() => limited.close());
    const [dropped] = await limited.passwords.createMany(id, [{ name: 'B', password: 'S3cret' }]);
    expect(await limited.passwords.checkValue(dropped!.id, 'S3cret')).toBe('absent');
    sandbox.control.setSwitches({ passwordWithoutPermission: 'reject' });
    expect(await failure(limited.passwords.createMany(id, [{ name: 'C', password: 'S3cret' }]))).toMatchObject({ kind: 'invalid', effect: 'none' });
  });

  it.each([['off'], ['on']] as const)('a 429 (Retry-After %s) is waited out', async (retryAfter) => {
    const pauses: number[] = [];
    const pace = { take: async () => undefined, penalise: async (untilMs: number) => { pauses.push(untilMs - Date.now()); await new Promise((resolve) => setTimeout(resolve, 1_100)); } };
    const { client } = await start({ rateLimit: 2, rateLimitWindowSeconds: 1, retryAfter }, { pace });
    for (let at = 0; at < 3; at += 1) await client.organizations.create({ name: `Org ${at}` });
    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toBeGreaterThan(retryAfter === 'on' ? 500 : 59_000);
  });
});

describe('faults of the stand-in', () => {
  it.each([...faultKinds])('%s: what the client says about a write agrees with what is there', async (fault) => {
    const { sandbox, client } = await start({}, { timeoutMs: 500, maxRateLimitWaits: 1 });
    const { id } = await client.organizations.create({ name: 'X' });
    sandbox.control.addFaults({ fault, method: 'POST', ms: 1_500 });
    const outcome = await client.locations.createMany(id, [{ name: 'A' }, { name: 'B' }]).catch((error: unknown) => error);
    sandbox.control.clearFaults();
    const there = sandbox.control.counts().locations;
    if (outcome instanceof ItGlueError) {
      if (outcome.effect === 'none') expect(there).toBe(0);
      expect([0, 2]).toContain(there);
    } else {
      expect(outcome).toHaveLength(2);
      expect(there).toBe(2);
    }
    expect(client.requestsSent()['POST /organizations/:organizationId/relationships/locations']).toBe(fault === 'rateLimited' ? 2 : 1);
  });

  it.each([...faultKinds].filter((fault) => !fault.startsWith('revoke')))('%s: a read gets through once it is over', async (fault) => {
    const { sandbox, client } = await start({}, { timeoutMs: 500 });
    sandbox.control.addFaults({ fault, method: 'GET', ms: 1_500, nth: [1, 2] });
    expect((await client.organizationTypes.list()).length).toBeGreaterThan(2);
  });
});
