import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { RenderedMail } from '../../domain/mail/render.js';
import type { MailOutcome } from '../../domain/mail/outcome.js';

/** The mail server that takes our mails. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `required`: STARTTLS or nothing is sent; `if_offered`; `none`. */
  readonly tls: 'implicit' | 'required' | 'if_offered' | 'none';
  readonly login: { readonly user: string; readonly password: string } | null;
  /** Address that mails come from. */
  readonly from: string;
}

export interface OutgoingMail extends RenderedMail {
  /** The mail's id: the stable half of its Message-ID. */
  readonly id: string;
  readonly senderName: string;
  readonly to: { readonly name: string; readonly address: string };
}

export interface Mailer {
  /** One attempt to hand a mail over. Never throws for what the server says or does. */
  send(mail: OutgoingMail): Promise<MailOutcome>;
}

/** An attempt is broken off after this long; a lease on a mail (store/mail/sending) must be longer. */
export const attemptMs = 60_000;

/** A connection for each mail: a pool would send a mail again by itself when a connection breaks. */
export function smtpMailer(server: SmtpServer, deadlineMs = attemptMs): Mailer {
  return {
    async send(mail) {
      const message = await compose(server, mail);
      const attempt = new Attempt(server, deadlineMs);
      return attempt.run({ from: server.from, to: mail.to.address }, message);
    },
  };
}

async function compose(server: SmtpServer, mail: OutgoingMail): Promise<Buffer> {
  const composer = new MailComposer({
    from: { name: mail.senderName, address: server.from },
    to: { name: mail.to.name, address: mail.to.address },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: messageId(mail.id, server.from),
    // Answering machines keep quiet, and nobody's holiday note comes back.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** The same at every attempt, so that a receiver knows a repetition for what it is. */
export function messageId(id: string, from: string): string {
  return `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

class Attempt {
  readonly #connection: SMTPConnection;
  /** Whether the whole text was handed to the connection: from then on silence means that nobody knows. */
  #textSent = false;

  constructor(
    private readonly server: SmtpServer,
    private readonly deadlineMs: number,
  ) {
    this.#connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      secure: server.tls === 'implicit',
      requireTLS: server.tls === 'required',
      ignoreTLS: server.tls === 'none',
      connectionTimeout: deadlineMs / 3,
      greetingTimeout: deadlineMs / 3,
      socketTimeout: deadlineMs,
      logger: false,
    });
  }

  async run(envelope: { from: string; to: string }, message: Buffer): Promise<MailOutcome> {
    let late: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        this.#talk(envelope, message),
        new Promise<never>((_, reject) => {
          this.#connection.once('error', reject);
          late = setTimeout(() => reject(new Error('no answer within the deadline')), this.deadlineMs);
        }),
      ]);
      return 'accepted';
    } catch (error) {
      return outcomeOf(error as SmtpFailure, this.#textSent);
    } finally {
      clearTimeout(late);
      // What breaks while closing has no meaning any more.
      this.#connection.removeAllListeners('error');
      this.#connection.on('error', () => undefined);
      this.#connection.close();
    }
  }

  async #talk(envelope: { from: string; to: string }, message: Buffer): Promise<void> {
    const { login } = this.server;
    await called((done) => this.#connection.connect(done));
    if (login) await called((done) => this.#connection.login({ user: login.user, credentials: { user: login.user, pass: login.password } }, done));
    const text = Readable.from([message]);
    text.once('end', () => (this.#textSent = true));
    await called((done) => this.#connection.send({ from: envelope.from, to: [envelope.to] }, text, done));
    this.#connection.quit();
  }
}

interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

function outcomeOf({ code, command, responseCode }: SmtpFailure, textSent: boolean): MailOutcome {
  if (responseCode === undefined) return code === 'EAUTH' || code === 'ETLS' ? 'sender_refused' : textSent ? 'no_answer' : 'no_connection';
  const forGood = responseCode >= 500;
  if (command === 'RCPT TO') return forGood ? 'mailbox_refused' : 'try_later';
  if (command === 'DATA') return forGood ? 'text_refused' : 'try_later';
  // Greeting, sign-in, sender: what the server has against us, not against the person.
  return forGood ? 'sender_refused' : 'try_later';
}

function called(work: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
}
