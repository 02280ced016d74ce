// The mails that were caught: in memory, and in a folder as .eml files when one is given, so that a restart keeps them.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';

export interface CaughtMail {
  /** Counts from 1 in the order of arrival. */
  readonly id: number;
  /** ISO 8601 */
  readonly receivedAt: string;
  /** The envelope: who the server was told to deliver to, whatever the header says. */
  readonly sender: string;
  readonly recipients: readonly string[];
  /** `taken`: the sender was told so; `unanswered`: it was kept, but the connection was cut before the answer. */
  readonly answer: 'taken' | 'unanswered';
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Most mails that are kept; the oldest give way. */
const mostMails = 2_000;

export class Mailbox {
  readonly #mails: CaughtMail[] = [];
  readonly #raw = new Map<number, Buffer>();
  #last = 0;

  private constructor(private readonly folder: string | undefined) {}

  static async open(folder: string | undefined): Promise<Mailbox> {
    const mailbox = new Mailbox(folder);
    if (folder !== undefined) await mailbox.#load(folder);
    return mailbox;
  }

  async add(raw: Buffer, envelope: Pick<CaughtMail, 'sender' | 'recipients' | 'answer'>): Promise<CaughtMail> {
    const id = (this.#last += 1);
    const receivedAt = new Date().toISOString();
    const mail = await read(id, raw, { ...envelope, receivedAt });
    if (this.folder !== undefined) {
      writeFileSync(join(this.folder, `${id}.eml`), raw, { mode: 0o600 });
      writeFileSync(join(this.folder, `${id}.json`), JSON.stringify({ ...envelope, receivedAt }), { mode: 0o600 });
    }
    this.#keep(mail, raw);
    return mail;
  }

  /** Oldest first. `to`: one recipient's only; `after`: those that came after that id. */
  list(filter: { to?: string; after?: number } = {}): CaughtMail[] {
    const to = filter.to?.toLowerCase();
    return this.#mails.filter((mail) => mail.id > (filter.after ?? 0) && (to === undefined || mail.recipients.some((one) => one.toLowerCase() === to)));
  }

  get(id: number): { mail: CaughtMail; raw: Buffer } | undefined {
    const mail = this.#mails.find((one) => one.id === id);
    return mail && { mail, raw: this.#raw.get(id)! };
  }

  remove(id: number): boolean {
    const at = this.#mails.findIndex((one) => one.id === id);
    if (at < 0) return false;
    this.#mails.splice(at, 1);
    this.#raw.delete(id);
    if (this.folder !== undefined) for (const end of ['eml', 'json']) rmSync(join(this.folder, `${id}.${end}`), { force: true });
    return true;
  }

  clear(): number {
    const all = this.#mails.map((mail) => mail.id);
    for (const id of all) this.remove(id);
    return all.length;
  }

  #keep(mail: CaughtMail, raw: Buffer): void {
    this.#mails.push(mail);
    this.#mails.sort((a, b) => a.id - b.id);
    this.#raw.set(mail.id, raw);
    if (this.#mails.length > mostMails) this.remove(this.#mails[0]!.id);
  }

  async #load(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const ids = readdirSync(folder).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
    for (const id of ids) {
      try {
        const envelope = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as Parameters<typeof read>[2];
        const raw = readFileSync(join(folder, `${id}.eml`));
        this.#keep(await read(id, raw, envelope), raw);
      } catch {
        // Half written when the process was killed: it was never answered, so its sender sends it again.
      }
      this.#last = id;
    }
  }
}

async function read(id: number, raw: Buffer, envelope: Pick<CaughtMail, 'sender' | 'recipients' | 'answer' | 'receivedAt'>): Promise<CaughtMail> {
  const mail = await PostalMime.parse(raw);
  const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key, value]));
  return {
    id,
    ...envelope,
    messageId: mail.messageId ?? '',
    from: headers['from'] ?? '',
    to: headers['to'] ?? '',
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers,
  };
}
