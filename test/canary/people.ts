/** The people of a run, and what each of them types: always a canary. */
import { Session } from '../../examples/demo/api.js';
import { signInByMail } from '../../examples/demo/mailbox.js';
import type { InternalRole } from '../../domain/roles.js';
import type { CanaryStack } from './stack.js';
import type { Canaries } from './words.js';

export interface World {
  readonly stack: CanaryStack;
  readonly canaries: Canaries;
  /** What broken requests were answered, with their headers, by the address without what was typed. */
  readonly refusals: { readonly of: string; readonly answer: string }[];
  readonly report: (line: string) => void;
}

export const tokenOf = ({ stack }: World, role: InternalRole): string => stack.tenant.users.find((user) => user.role === role)!.token;

/** A session of somebody of the MSP. */
export const as = (world: World, role: InternalRole): Session => new Session(world.stack.info.urls.api, tokenOf(world, role));

export async function idOf(world: World, role: InternalRole): Promise<string> {
  return (await as(world, role).get<{ id: string }>('/me')).id;
}

/** Somebody of the client or the outgoing MSP comes in by the mails that they got, and works from a network address of their own. */
export async function signIn({ stack, canaries }: World, section: 'accounting' | 'msp', email: string, mailsBefore: number): Promise<Session> {
  const { api: apiUrl, mail } = stack.info.urls;
  const { token } = await signInByMail({ apiUrl, mailUrl: mail! }, email, mailsBefore);
  const address = canaries.make(`network address: ${section}`, 'ip').value;
  return new Session(apiUrl, token, undefined, { 'x-forwarded-for': address });
}

/** What somebody says in their own words. */
export const says = (world: World, what: string): string => world.canaries.make(what, 'word', (core) => `"${core}", he said & left <it>\n${core}`).value;

/** A request as a program may send it that has something wrong; whatever is answered, nothing of it may be kept. */
export async function sendBroken(world: World, role: InternalRole, method: string, path: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const answer = await fetch(`${world.stack.info.urls.api}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf(world, role)}`, 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const said = await answer.text();
  // A busy machine may have no answer in time; what must not be is an error that nobody foresaw.
  if (answer.status === 500) throw new Error(`A request that is wrong was answered ${answer.status}: ${method} ${path}`);
  if (!answer.ok) world.refusals.push({ of: `${method} ${path.split('?')[0]!.split('/').at(-1)!}`, answer: `${[...answer.headers].join('\n')}\n${said}` });
  return answer.status;
}
