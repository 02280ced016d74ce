import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../../sandbox/mail/index.js';

const folder = mkdtempSync(join(tmpdir(), 'mail-catcher-'));
let catcher: MailCatcher;
beforeAll(async () => void (catcher = await startMailCatcher({ folder })));
afterAll(async () => {
  await catcher.close();
  rmSync(folder, { recursive: true, force: true });
});

async function send(to: string, subject: string): Promise<void> {
  const transport = createTransport(catcher.smtpUrl, { from: 'us@sender.example' });
  await transport.sendMail({ to, subject, text: `${subject} as text`, html: `<p>${subject}</p><script>alert(1)</script>` });
  transport.close();
}

const ask = async (path: string, init?: RequestInit) => {
  const response = await fetch(`${catcher.webUrl}${path}`, init);
  const text = await response.text();
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  return { status: response.status, text, policy: response.headers.get('content-security-policy'), json: text.startsWith('{') ? (JSON.parse(text) as any) : undefined };
};

describe('the mail catcher', () => {
  it('shows what it caught on its page and as JSON, and runs no script of a mail', async () => {
    await send('ana@reader.example', 'Grüße & <b>more</b>');
    const { json } = await ask('/__sandbox/mails?to=ANA@reader.example');
    expect(json.mails).toMatchObject([{ recipients: ['ana@reader.example'], subject: 'Grüße & <b>more</b>', sender: 'us@sender.example' }]);
    const { id } = json.mails[0];
    expect((await ask('/')).text).toContain('Grüße &amp; &lt;b&gt;more&lt;/b&gt;');
    expect((await ask(`/mails/${id}`)).text).toContain('Grüße &amp; &lt;b&gt;more&lt;/b&gt; as text');
    const shown = await ask(`/mails/${id}/html`);
    expect(shown.text).toContain('<script>');
    expect(shown.policy).toMatch(/default-src 'none'(?!.*script-src)/);
  });

  it('does wrong as it is told, as often as it is told', async () => {
    await ask('/__sandbox/faults', { method: 'PUT', body: JSON.stringify([{ to: 'bo@reader.example', action: 'refuse_550', times: 1 }]) });
    await expect(send('bo@reader.example', 'x')).rejects.toMatchObject({ responseCode: 550 });
    await send('bo@reader.example', 'second');
    expect(catcher.mails({ to: 'bo@reader.example' }).map((mail) => mail.subject)).toEqual(['second']);
    expect((await ask('/__sandbox/faults', { method: 'PUT', body: '[{"action":"explode"}]' })).json.error).toContain('action must be one of');
    await ask('/__sandbox/faults', { method: 'DELETE' });
  });

  it('takes no orders from pages of other sites', async () => {
    expect((await ask('/__sandbox/mails', { method: 'DELETE', headers: { origin: 'https://evil.example' } })).status).toBe(403);
  });

  it('keeps mails over a restart, and forgets the ones that were removed', async () => {
    await send('cy@reader.example', 'stays');
    await send('cy@reader.example', 'goes');
    const [, goes] = catcher.mails({ to: 'cy@reader.example' });
    expect((await ask(`/__sandbox/mails/${goes!.id}`, { method: 'DELETE' })).status).toBe(200);
    await catcher.close();
    catcher = await startMailCatcher({ folder });
    expect(catcher.mails({ to: 'cy@reader.example' }).map((mail) => mail.subject)).toEqual(['stays']);
  });
});
