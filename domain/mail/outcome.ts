/**
 * How an attempt to send a mail ended, as it is kept and shown. Never the server's own words: they may repeat addresses.
 * - `accepted`: the server took it.
 * - `mailbox_refused`, `text_refused`: refused for good (5xx) at the recipient or after the text.
 * - `try_later`: refused for now (4xx).
 * - `no_connection`: the server cannot be reached, or broke off before it had the whole text.
 * - `no_answer`: the text was sent whole and no answer came: nobody knows whether it was taken.
 * - `sender_refused`: the server refuses us (sign-in, TLS or the sender's address): the operator's to mend.
 * - `bounced`: taken, and sent back later.
 * - `internal`: we could not write it.
 * - `not_wanted`: what it says is no longer true, or nobody is there to read it; it was not sent.
 */
export const mailOutcomes = ['accepted', 'mailbox_refused', 'text_refused', 'try_later', 'no_connection', 'no_answer', 'sender_refused', 'bounced', 'internal', 'not_wanted'] as const;
export type MailOutcome = (typeof mailOutcomes)[number];

/** Outcomes that are about the person's mailbox and are shown at the person. */
export const mailProblems = ['mailbox_refused', 'text_refused', 'bounced', 'try_later', 'no_answer'] as const satisfies readonly MailOutcome[];
export type MailProblem = (typeof mailProblems)[number];

/** The states of a mail in the queue. */
export const mailStates = ['queued', 'sending', 'sent', 'refused', 'failed', 'withheld'] as const;
export type MailState = (typeof mailStates)[number];

/** Waits between the attempts, in minutes: greylisting lets a mail pass after some, an outage may last hours. */
export const retryMinutes: readonly number[] = [1, 5, 15, 60, 180, 360, 720];

/** Milliseconds to wait after that many attempts that failed for now, or null when it is given up. */
export function retryDelayMs(attempts: number): number | null {
  const minutes = retryMinutes[attempts - 1];
  return minutes === undefined ? null : minutes * 60_000;
}
