// The SMTP side: takes every mail for every address, unless a fault says otherwise.

import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Faults } from './faults.js';
import type { Mailbox } from './mailbox.js';

const mostBytes = 25 * 1024 * 1024;

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** When given, a sender must sign in with it. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
}

export interface SmtpSide {
  readonly port: number;
  close(): Promise<void>;
}

export async function startSmtp(mailbox: Mailbox, faults: Faults, options: SmtpOptions): Promise<SmtpSide> {
  const { login } = options;
  const server = new SMTPServer({
    banner: 'mail catcher, delivers nothing',
    size: mostBytes,
    disabledCommands: login ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    authOptional: !login,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    onAuth: (auth, _session, done) => (auth.username === login?.user && auth.password === login?.password ? done(null, { user: login?.user }) : done(null, { responseCode: 535, message: 'wrong user or password' })),
    onRcptTo: ({ address }, _session, done) => {
      const rule = faults.strike([address], ['refuse_550', 'refuse_451']);
      if (!rule) return done();
      done(rule.action === 'refuse_550' ? reply(550, '5.1.1 no such mailbox') : reply(451, '4.7.1 try again later'));
    },
    onData: (stream, session, done) => void take(stream, session).then((error) => done(error), done),
  });
  // A sender that breaks off is its own affair.
  server.on('error', () => undefined);

  async function take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Error | null> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (stream.sizeExceeded) return reply(552, '5.3.4 too large');
    const recipients = session.envelope.rcptTo.map(({ address }) => address);
    const sender = session.envelope.mailFrom ? session.envelope.mailFrom.address : '';
    const rule = faults.strike(recipients, ['reject_text_554', 'cut_kept', 'cut_lost', 'slow']);
    if (rule?.action === 'reject_text_554') return reply(554, '5.7.1 not wanted here');
    if (rule?.action === 'slow') await new Promise((resolve) => setTimeout(resolve, rule.ms ?? 1_000));
    const cut = rule?.action === 'cut_kept' || rule?.action === 'cut_lost';
    if (rule?.action !== 'cut_lost') await mailbox.add(Buffer.concat(chunks), { sender, recipients, answer: cut ? 'unanswered' : 'taken' });
    if (cut) for (const connection of server.connections) if (connection.session.id === session.id) connection._socket.destroy();
    return null;
  }

  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of server.connections) connection._socket.destroy();
      }),
  };
}

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
