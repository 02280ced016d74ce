import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from 'undici';

export interface CaughtMail {
  readonly id: number;
  /** ISO 8601 */
  readonly receivedAt: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const patienceMs = 60_000;

/**
 * Signs an outside person in as they would do it: the link in the invitation says who they are, and the code in a second mail
 * proves it. Their mailbox is the stack's mail catcher.
 * @param sentBefore id of the newest mail before they were invited
 */
export async function signInByMail(stack: { apiUrl: string; mailUrl: string }, email: string, sentBefore: number): Promise<{ userId: string; token: string }> {
  const invitation = await nextMail(stack.mailUrl, email, sentBefore, /https?:\/\/\S+\/([0-9a-f-]{36})\b/);
  const userId = invitation.found;
  const { challenge } = await post<{ challenge: string }>(stack.apiUrl, '/sign-in/external', { person: userId, deliver: 'token' });
  const { found: code } = await nextMail(stack.mailUrl, email, invitation.id, /\b(\d{6})\b/);
  const { token } = await post<{ token: string }>(stack.apiUrl, '/sign-in/external/code', { code, challenge, deliver: 'token' });
  return { userId, token };
}

/** The id of the newest mail that was caught so far; 0 when there is none. */
export async function newestMail(mailUrl: string): Promise<number> {
  return (await caught(mailUrl, '')).at(-1)?.id ?? 0;
}

/** The warnings that the removal of the company's data is near, in the order in which they came. */
export async function warningsOf(mailUrl: string, company: string, after: number): Promise<readonly CaughtMail[]> {
  return (await caught(mailUrl, `?after=${after}`)).filter(({ subject }) => subject.startsWith(`${company} is removed for good`));
}

/** Waits for a mail to the address, newer than that one, in which the pattern is found. */
async function nextMail(mailUrl: string, email: string, after: number, pattern: RegExp): Promise<{ id: number; found: string }> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await sleep(200)) {
    for (const mail of await caught(mailUrl, `?to=${encodeURIComponent(email)}&after=${after}`)) {
      const found = pattern.exec(mail.text)?.[1];
      if (found) return { id: mail.id, found };
    }
  }
  throw new Error(`No such mail to ${email} was caught within ${patienceMs / 1_000} s; look at ${mailUrl}`);
}

async function caught(mailUrl: string, query: string): Promise<readonly CaughtMail[]> {
  const answer = await fetch(`${mailUrl}/__sandbox/mails${query}`, { signal: AbortSignal.timeout(10_000) });
  return ((await answer.json()) as { mails: readonly CaughtMail[] }).mails.toSorted((a, b) => a.id - b.id);
}

async function post<T>(apiUrl: string, path: string, body: unknown): Promise<T> {
  const answer = await fetch(`${apiUrl}/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`POST ${path} was refused (${answer.status})`);
  return (await answer.json()) as T;
}
