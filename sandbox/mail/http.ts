// The pages, and the control interface under /__sandbox: JSON in, JSON out; errors are {"error": "<sentence>"}.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { ControlError, type FaultRule, type Faults } from './faults.js';
import type { Mailbox } from './mailbox.js';
import { namesThisMachine } from '../own-host.js';
import { listPage, mailPage } from './pages.js';

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

const mostBytes = 1024 * 1024;

// The mail's own page may show its own styles and nothing else; the frame around it is sandboxed, too.
const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:; frame-ancestors 'self'";

const json = (status: number, value: unknown): Reply => ({ status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) });
const page = (body: string): Reply => ({ status: 200, type: 'text/html; charset=utf-8', body });
const absent: Reply = { status: 404, type: 'text/plain; charset=utf-8', body: 'There is no such page.' };

export function createMailPages(mailbox: Mailbox, faults: Faults): Server {
  return createServer((request, response) => {
    answer(request).then(
      ({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'content-security-policy': policy, 'x-content-type-options': 'nosniff' });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
      () => {
        response.writeHead(400).end();
      },
    );
  });

  async function answer(request: IncomingMessage): Promise<Reply> {
    if (!namesThisMachine(request)) return { status: 421, type: 'text/plain; charset=utf-8', body: 'Open this page as http://127.0.0.1 or http://localhost.' };
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://catcher');
    if (pathname.startsWith('/__sandbox')) return control(request, pathname.slice('/__sandbox'.length), searchParams);
    if (request.method !== 'GET' && request.method !== 'HEAD') return absent;
    if (pathname === '/') return page(listPage(mailbox.list()));
    const [, id, part] = /^\/mails\/(\d+)(?:\/(html|source))?$/.exec(pathname) ?? [];
    const found = id === undefined ? undefined : mailbox.get(Number(id));
    if (!found) return absent;
    if (part === 'html') return page(found.mail.html);
    if (part === 'source') return { status: 200, type: 'text/plain; charset=utf-8', body: found.raw };
    return page(mailPage(found.mail));
  }

  async function control(request: IncomingMessage, path: string, query: URLSearchParams): Promise<Reply> {
    // A page of another site must not steer the catcher through somebody's browser.
    const { origin, host } = request.headers;
    if (origin !== undefined && origin !== `http://${host ?? ''}`) return json(403, { error: 'requests from other sites are not taken' });
    const id = /^\/mails\/(\d+)$/.exec(path)?.[1];
    try {
      switch (`${request.method} ${id === undefined ? path : '/mails/*'}`) {
        case 'GET /mails':
          return json(200, { mails: mailbox.list({ ...(query.get('to') === null ? {} : { to: query.get('to')! }), after: Number(query.get('after') ?? 0) }) });
        case 'DELETE /mails':
          return json(200, { removed: mailbox.clear() });
        case 'GET /mails/*': {
          const found = mailbox.get(Number(id));
          return found ? json(200, found.mail) : json(404, { error: 'there is no such mail' });
        }
        case 'DELETE /mails/*':
          return mailbox.remove(Number(id)) ? json(200, { removed: 1 }) : json(404, { error: 'there is no such mail' });
        case 'GET /faults':
          return json(200, { faults: faults.all() });
        case 'PUT /faults':
          faults.set(asRules(await bodyOf(request)));
          return json(200, { faults: faults.all() });
        case 'DELETE /faults':
          faults.set([]);
          return json(200, { faults: [] });
        default:
          return json(404, { error: 'there are GET, DELETE /__sandbox/mails, /__sandbox/mails/<id>, and GET, PUT, DELETE /__sandbox/faults' });
      }
    } catch (error) {
      if (error instanceof ControlError) return json(400, { error: error.message });
      throw error;
    }
  }
}

function asRules(value: unknown): FaultRule[] {
  if (!Array.isArray(value)) throw new ControlError('the body must be a list of faults');
  return value as FaultRule[];
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) throw new ControlError('the body is too long');
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ControlError('the body is not JSON');
  }
}
