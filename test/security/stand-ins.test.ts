/** The stand-ins hold mails with codes and exported passwords: pages of other sites must not get at them through somebody's browser. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../../sandbox/mail/index.js';
import { start } from '../sandbox/support.js';

let catcher: MailCatcher;
let itGlue: Awaited<ReturnType<typeof start>>;
beforeAll(async () => void ([catcher, itGlue] = await Promise.all([startMailCatcher(), start()])));
afterAll(async () => void (await Promise.all([catcher.close(), itGlue.sandbox.close()])));

const statusOf = (address: string, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(address, { headers: { host } }, (answer) => (answer.resume(), resolve(answer.statusCode)))
      .on('error', reject)
      .end();
  });

describe('a page whose name was made to mean this machine', () => {
  const pages: [string, () => string][] = [
    ['the caught mails', () => `${catcher.webUrl}/__sandbox/mails`],
    ['the pages of the catcher', () => `${catcher.webUrl}/`],
    ['the pages of the IT Glue stand-in', () => itGlue.sandbox.webUrl],
    ['its control interface', () => `${new URL(itGlue.sandbox.webUrl).origin}/__sandbox/state`],
  ];
  it.each(pages)('does not read %s', async (_name, address) => {
    const { port } = new URL(address());
    for (const foreign of [`evil.example:${port}`, 'evil.example', `127.0.0.1.evil.example:${port}`, `localhost.evil.example`]) expect(await statusOf(address(), foreign), foreign).toBe(421);
    for (const own of [`127.0.0.1:${port}`, `localhost:${port}`]) expect(await statusOf(address(), own), own).not.toBe(421);
  });
});
