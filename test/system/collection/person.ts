/** Somebody at a screen with a mailbox: all that they know comes from answers and mails. */
import { Secret, TOTP } from 'otpauth';
import { expect } from 'vitest';
import type { CaughtMail } from '../../../sandbox/mail/index.js';
import { publicUrl, type Scenery } from './scenery.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = any;

export class Person {
  private token = '';
  private readMails = 0;

  constructor(
    private readonly scenery: Scenery,
    readonly firstName: string,
    readonly lastName: string,
    readonly email: string,
  ) {}

  /** The next mail that the person has not read yet, once it is there. */
  async nextMail(subject: RegExp): Promise<CaughtMail> {
    const unread = () => this.mails().slice(this.readMails).findIndex((mail) => subject.test(mail.subject));
    await expect.poll(unread, { timeout: 30_000 }).toBeGreaterThanOrEqual(0).catch(() => {
      throw new Error(`${this.firstName} waits for a mail ${String(subject)}; there are: ${this.mails().map((mail) => mail.subject).join(' | ')}`);
    });
    const at = this.readMails + unread();
    this.readMails = at + 1;
    return this.mails()[at]!;
  }

  mails(): CaughtMail[] {
    return this.scenery.mailbox.mails({ to: this.email }).toSorted((a, b) => a.id - b.id);
  }

  /** Internal people: password and second factor, from the link of the invitation. */
  async setUp(token: string): Promise<void> {
    const step = await this.open('/sign-in/set-password', { token, password: `${this.firstName} rides a green bicycle` });
    expect(step.next).toBe('enrol_second_factor');
    const { challenge } = step;
    const { secret } = await this.open('/sign-in/second-factor/enrol', { challenge });
    const code = new TOTP({ secret: Secret.fromBase32(secret as string) }).generate();
    this.token = (await this.open('/sign-in/second-factor/confirm', { challenge, code, deliver: 'token' })).session.token as string;
  }

  async setUpByMail(): Promise<void> {
    await this.setUp(/#(coo_[\w-]+)/.exec(linkIn(await this.nextMail(/./)))![1]!);
  }

  /** External people: the link says who, the code in the second mail proves it. */
  async signInByCode(): Promise<void> {
    const person = linkIn(await this.nextMail(/./)).split('/').at(-1)!;
    const { challenge } = await this.open('/sign-in/external', { person, deliver: 'token' });
    const code = /\b\d{6}\b/.exec((await this.nextMail(/code/i)).text)![0];
    this.token = (await this.open('/sign-in/external/code', { code, challenge, deliver: 'token' })).token as string;
  }

  /** A request that is to be granted. */
  async does(method: string, url: string, body?: unknown): Promise<Body> {
    const answer = await this.scenery.send(method, url, { token: this.token, body });
    expect(answer.status, `${this.firstName}: ${method} ${url}: ${answer.text.slice(0, 500)}`).toBeLessThan(300);
    return answer.body;
  }

  /** The status of a request that may be refused. */
  async tries(method: string, url: string, body?: unknown): Promise<number> {
    return (await this.scenery.send(method, url, { token: this.token, body })).status;
  }

  /** What a request is refused with, by field. */
  async faults(method: string, url: string, body?: unknown): Promise<readonly { field: string; message: string }[]> {
    const answer = await this.scenery.send(method, url, { token: this.token, body });
    return (answer.body as { errors?: { field: string; message: string }[] }).errors ?? [];
  }

  private async open(url: string, body: unknown): Promise<Body> {
    const answer = await this.scenery.send('POST', url, { body });
    expect(answer.status, `${this.firstName}: ${url}: ${answer.text.slice(0, 300)}`).toBeLessThan(300);
    return answer.body;
  }
}

/** The one link of a mail. */
function linkIn(mail: CaughtMail): string {
  const links = mail.text.match(/https?:\/\/\S+/g) ?? [];
  expect(links, mail.subject).toHaveLength(1);
  expect(links[0]!.startsWith(publicUrl)).toBe(true);
  return links[0]!;
}
