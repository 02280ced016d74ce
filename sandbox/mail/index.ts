// Entry for programs: starts the mail catcher in this process.

import type { AddressInfo } from 'node:net';
import { Faults, type FaultRule } from './faults.js';
import { createMailPages } from './http.js';
import { Mailbox, type CaughtMail } from './mailbox.js';
import { startSmtp, type SmtpOptions } from './smtp.js';

export type { CaughtMail } from './mailbox.js';
export { ControlError, faultActions, type FaultAction, type FaultRule } from './faults.js';

export interface MailCatcherOptions {
  /** 0 (the default): a free port. */
  readonly smtpPort?: number;
  readonly webPort?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Folder that keeps the mails. Absent: in memory only. */
  readonly folder?: string;
  /** When given, senders must sign in with it. */
  readonly login?: SmtpOptions['login'];
}

export interface MailCatcher {
  /** As smtp://host:port, without the login. */
  readonly smtpUrl: string;
  /** Address of the page; control routes are under /__sandbox. */
  readonly webUrl: string;
  mails(filter?: { to?: string; after?: number }): CaughtMail[];
  clear(): void;
  /** Replaces all faults. */
  setFaults(...rules: FaultRule[]): void;
  close(): Promise<void>;
}

export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const host = options.host ?? '127.0.0.1';
  const mailbox = await Mailbox.open(options.folder);
  const faults = new Faults();
  const smtp = await startSmtp(mailbox, faults, { host, port: options.smtpPort ?? 0, login: options.login });
  const pages = createMailPages(mailbox, faults);
  try {
    await new Promise<void>((resolve, reject) => {
      pages.once('error', reject);
      pages.listen(options.webPort ?? 0, host, resolve);
    });
  } catch (error) {
    await smtp.close();
    throw error;
  }
  return {
    smtpUrl: `smtp://${host}:${smtp.port}`,
    webUrl: `http://${host}:${(pages.address() as AddressInfo).port}`,
    mails: (filter) => mailbox.list(filter),
    clear: () => void mailbox.clear(),
    setFaults: (...rules) => faults.set(rules),
    close: async () => {
      await smtp.close();
      await new Promise<void>((resolve) => {
        pages.close(() => resolve());
        pages.closeAllConnections();
      });
    },
  };
}
