import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { b64, start, type Client } from './support.js';

let sandbox: Sandbox;
let api: Client;
let organization: string;
const nasty = '<script>alert("1")</script>&\'';
const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;';

beforeAll(async () => {
  ({ sandbox, api } = await start());
  organization = await api.make('/organizations', { name: nasty, 'quick-notes': '<b>html</b>' });
  const under = `/organizations/${organization}/relationships`;
  const location = await api.make(`${under}/locations`, { name: `HQ ${nasty}`, city: nasty, 'country-id': 2 });
  await api.make(`${under}/contacts`, { 'first-name': nasty, 'contact-emails': [{ value: 'a@b.test', 'label-name': nasty }] });
  await api.make(`${under}/passwords`, { name: 'Router', username: nasty, password: 'top secret', 'otp-secret': 'JBSWY3DPEHPK3PXP' });
  await api.post(`/locations/${location}/relationships/attachments`, { attachment: { content: b64('x'), file_name: `${nasty}.txt` } });
  const maker = await api.make('/manufacturers', { name: 'Dell' });
  await api.make(`/manufacturers/${maker}/relationships/models`, { name: 'R740' });
});
afterAll(() => sandbox.close());

async function page(path: string, method = 'GET'): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${sandbox.webUrl}${path}`, { method });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe('pages', () => {
  it.each(['', '/ORG', '/ORG/locations', '/ORG/contacts', '/ORG/configurations', '/ORG/passwords', '/ORG/attachments', '/manufacturers'])(
    '%s says that it is a stand-in, escapes every value and allows no script',
    async (path) => {
      const { status, text, headers } = await page(path.replace('ORG', organization));
      expect(status).toBe(200);
      expect(text).toContain('This is a stand-in for IT Glue');
      expect(text).not.toContain('<script');
      expect(text).not.toContain('alert("1")');
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('list organizations, newest first, each linking to its own page', async () => {
    const { text } = await page('');
    expect(text).toContain(`<a href="/web/${organization}">${escaped}</a>`);
    expect(text.indexOf(organization)).toBeLessThan(text.indexOf('Stand-in MSP'));
  });

  it('show what is in an organization, tab by tab, with links to each record', async () => {
    expect((await page(`/${organization}`)).text).toContain('&lt;b&gt;html&lt;/b&gt;');
    const { text } = await page(`/${organization}/locations`);
    expect(text).toContain('United States');
    expect(text).toContain('aria-current="page">Locations (1)');
    const record = /href="(\/web\/\d+\/locations\/\d+)"/.exec(text)?.[1] ?? '';
    expect((await page(record.replace('/web', ''))).text).toContain(`HQ ${escaped}`);
    expect((await page('/manufacturers')).text).toContain('R740');
  });

  it('open at the resource-url that the API gives', async () => {
    const url = (await api.get('/locations')).data[0].attributes['resource-url'];
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(`HQ ${escaped}`)]);
  });

  it('never show a password or a one-time secret', async () => {
    const list = (await page(`/${organization}/passwords`)).text;
    const record = /href="\/web(\/\d+\/passwords\/\d+)"/.exec(list)?.[1] ?? '';
    for (const text of [list, (await page(record)).text]) {
      expect(text).toContain('••••••••');
      expect(text).not.toMatch(/top secret|JBSWY3DPEHPK3PXP/);
    }
  });

  it('serve attached files as downloads', async () => {
    const { text } = await page(`/${organization}/attachments`);
    const address = /href="(http[^"]*\/__sandbox\/files[^"]*)"/.exec(text)?.[1]?.replaceAll('&#39;', "'") ?? '';
    const file = await fetch(address);
    expect([await file.text(), file.headers.get('content-disposition')]).toEqual(['x', expect.stringContaining('attachment;')]);
  });

  it('answer 404 to what is not there and take nothing but reading', async () => {
    expect((await page('/123')).status).toBe(404);
    expect((await page(`/${organization}/nonsense`)).status).toBe(404);
    expect((await page(`/${organization}/locations/1`)).text).toContain('There is no such record here.');
    expect((await page('', 'POST')).status).toBe(405);
  });

  it('are where a browser that opens the address of the API ends up', async () => {
    const response = await fetch(sandbox.url, { headers: { accept: 'text/html,*/*' } });
    expect([response.status, response.url]).toEqual([200, sandbox.webUrl]);
  });

  it('leave the addresses of the API alone', async () => {
    const response = await fetch(`${sandbox.url}/organizations`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(403);
  });
});
