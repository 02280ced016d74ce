import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from '../../api/openapi.js';
import { clientPath, pathOf, revealsPath } from '../../domain/mail/links.js';
import { templateNames, templates } from '../../domain/mail/templates.js';
import { sections } from '../../domain/kinds/index.js';
import { createUser, mailSignInCode } from '../../store/index.js';
import { mailPlace } from '../../store/mail/queue.js';
import { dump } from '../store/support.js';
import { newClient, startTestApi, type TestApi } from './support.js';

const client = '0190a000-0000-7000-8000-000000000001';
const person = '0190a000-0000-7000-8000-000000000002';

/** Every address that a mail can lead to. */
const links = [
  ...new Set([
    ...templateNames.flatMap((template) => ('path' in templates[template].shape ? [] : (pathOf(template, { section: 'msp' }, client) ?? []))),
    ...sections.map((section) => clientPath(client, section)),
    clientPath(client),
    revealsPath(client),
    `/enter/${person}`,
    '/set-password',
  ]),
];

let test: TestApi;
let known: readonly string[];
beforeAll(async () => {
  test = await startTestApi();
  const { paths } = (await openapiDocument()) as { paths: Record<string, Record<string, unknown>> };
  known = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '*')}`));
});
afterAll(() => test.close());

const shape = (path: string) => path.replace(/[0-9a-f-]{36}|\{\w+\}/g, '*').replace(/sections\/(sales|accounting|msp)/, 'sections/*');

describe('a link of a mail', () => {
  it.each(links)('%s shows a page without scripts, and a program which requests of the API come next', async (url) => {
    const page = await test.app.inject({ url, headers: { accept: 'text/html,application/xhtml+xml' } });
    expect([page.statusCode, page.headers['content-type'], page.headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'no-store']);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.body).not.toContain('<script');
    const { steps } = (await test.app.inject({ url, headers: { accept: 'application/json' } })).json<{ steps: { method: string; path: string }[] }>();
    expect(steps.length).toBeGreaterThan(0);
    for (const { method, path } of steps) {
      expect(known, url).toContain(`${method} ${shape(path)}`);
      expect(page.body).toContain(`${method} ${path}`);
    }
  });

  it('that is not one of ours answers 404, whatever stands in it', async () => {
    for (const url of ['/enter/x', '/enter/%3Cscript%3E', '/clients/1', `/clients/${client}/other`, '/settings/x']) {
      const answer = await test.app.inject({ url, headers: { accept: 'text/html' } });
      expect([answer.statusCode, answer.headers['content-type']], url).toEqual([404, expect.stringContaining('application/problem+json')]);
    }
  });

  it('changes nothing when a mail scanner follows it, and tells nobody whether there is such a person', async () => {
    const clientId = await newClient(test);
    await test.store.db.client.update({ where: { id: clientId }, data: { stage: 'accounting' } });
    const user = await createUser(test.store, { tenantId: test.tenants[0]!.id, roles: ['accountant'], firstName: 'Ana', lastName: 'C', email: 'ana@client.example', scope: { clientId, section: 'accounting' } });
    const challenge = (await mailSignInCode(test.store, user.id))!.token;
    const before = await dump(test.store);
    for (const method of ['HEAD', 'GET'] as const) {
      const [real, nobody] = [await test.app.inject({ method, url: `/enter/${user.id}` }), await test.app.inject({ method, url: `/enter/${person}` })];
      expect(real.statusCode).toBe(200);
      expect(real.body.replaceAll(user.id, person)).toBe(nobody.body);
    }
    expect(await dump(test.store)).toEqual(before);
    const mail = await test.store.db.mail.findFirstOrThrow({ where: { userId: user.id, template: 'sign_in_code' } });
    const { code } = await test.store.vault.openJson<{ code: string }>({ tenantId: user.tenantId, clientId }, mailPlace(mail.id), mail.content!);
    const answer = await test.app.inject({ method: 'POST', url: '/v1/sign-in/external/code', payload: { code, challenge, deliver: 'token' } });
    expect(answer.statusCode, answer.body).toBe(200);
  });
});
