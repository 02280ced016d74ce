// A running stand-in and a plain HTTP client for it, for the tests of this folder.

import { startItGlueSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/it-glue/index.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are looked into freely; a wrong path fails the test */
export interface Got {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** Parsed body, or undefined when it is not JSON. */
  readonly json: any;
  /** `data` of the body. */
  readonly data: any;
}

export class Client {
  constructor(readonly url: string, readonly key: string) {}

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Got> {
    const raw = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData;
    const response = await fetch(this.url + path, {
      method,
      headers: { 'x-api-key': this.key, ...(body instanceof FormData ? {} : { 'content-type': 'application/vnd.api+json' }), ...headers },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    let json: any;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, text, headers: response.headers, json, data: json?.data };
  }

  get(path: string): Promise<Got> {
    return this.send('GET', path);
  }

  post(path: string, attributes: unknown, more: object = {}): Promise<Got> {
    return this.send('POST', path, { data: { type: 'any', attributes, ...more } });
  }

  patch(path: string, attributes: unknown): Promise<Got> {
    return this.send('PATCH', path, { data: { type: 'any', attributes } });
  }

  /** Creates and gives the id; throws when refused. */
  async make(path: string, attributes: object, more: object = {}): Promise<string> {
    const got = await this.post(path, attributes, more);
    if (got.status >= 300) throw new Error(`${path}: ${got.status} ${got.text}`);
    return got.data.id as string;
  }
}

export async function start(options: SandboxOptions = {}): Promise<{ sandbox: Sandbox; api: Client }> {
  const sandbox = await startItGlueSandbox(options);
  return { sandbox, api: new Client(sandbox.url, sandbox.apiKey) };
}

/** The first id of a lookup list. */
export async function firstId(api: Client, list: string): Promise<string> {
  return (await api.get(`/${list}?page[size]=1`)).data[0].id as string;
}

export const b64 = (text: string): string => Buffer.from(text).toString('base64');
