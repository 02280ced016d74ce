import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { z } from 'zod';
import { KeyEncryptionError, KeyOutOfReachError, type KeyEncryption } from './key-encryption.js';

export interface TransitPlace {
  /** Base address of the server, such as https://vault.example:8200 */
  readonly url: string;
  /** Where the transit engine is mounted. */
  readonly mount: string;
  /** Name of the key in it. */
  readonly key: string;
  /** File with the token; read again when it is refused, since agents renew it. */
  readonly tokenFile: string;
  readonly namespace?: string | undefined;
}

const deadlineMs = 5_000;
const attempts = 3;
const answerBytes = 65_536;

type Answer = { readonly body: unknown } | Refused;

interface Refused {
  /** Null when nobody answered in time. */
  readonly status: number | null;
  /** What the server said instead. */
  readonly errors: string;
}

const encrypted = z.object({ data: z.object({ ciphertext: z.string() }) });
const decrypted = z.object({ data: z.object({ plaintext: z.string() }) });
const described = z.object({ data: z.object({ latest_version: z.number().int() }) });

/**
 * Key encryption by a Vault-compatible transit engine (HashiCorp Vault, OpenBao): the key-encryption key never leaves that
 * server. Routes and fields: the transit secrets engine's HTTP API, `encrypt`, `decrypt`, `keys`.
 */
export class TransitKeyEncryption implements KeyEncryption {
  private token: string | undefined;

  constructor(private readonly at: TransitPlace) {}

  get place(): string {
    return `the transit key "${this.at.key}" at ${this.at.url}`;
  }

  async wrap(dataKey: Buffer, owner: string): Promise<Buffer> {
    const { data } = encrypted.parse(await this.call('POST', `encrypt/${this.at.key}`, { plaintext: dataKey.toString('base64'), associated_data: associated(owner) }));
    return Buffer.from(data.ciphertext);
  }

  async unwrap(wrapped: Buffer, owner: string): Promise<Buffer> {
    const { data } = decrypted.parse(await this.call('POST', `decrypt/${this.at.key}`, { ciphertext: wrapped.toString(), associated_data: associated(owner) }));
    return Buffer.from(data.plaintext, 'base64');
  }

  /** Not by the engine's own `rewrap`: that takes no associated data, and so opens nothing of ours (hashicorp/vault issue 29532). */
  async rewrap(wrapped: Buffer, owner: string): Promise<Buffer> {
    return this.wrap(await this.unwrap(wrapped, owner), owner);
  }

  keyOf(wrapped: Buffer): Promise<string> {
    const version = /^vault:(v\d+):/.exec(wrapped.toString())?.[1];
    return Promise.resolve(version ?? 'another provider');
  }

  async currentKey(): Promise<string> {
    const { data } = described.parse(await this.call('GET', `keys/${this.at.key}`));
    return `v${data.latest_version}`;
  }

  private async call(method: 'GET' | 'POST', route: string, body?: Record<string, string>): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send(method, route, body);
      if ('body' in answer) return answer.body;
      const again = answer.status === null || answer.status === 403 || answer.status === 429 || answer.status >= 500;
      if (!again || attempt >= attempts) throw this.refusal(answer, method, route);
      if (answer.status === 403) this.token = undefined;
      else await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
    }
  }

  private async send(method: 'GET' | 'POST', route: string, body?: Record<string, string>): Promise<Answer> {
    this.token ??= await this.readToken();
    const headers = {
      'x-vault-token': this.token,
      'x-vault-request': 'true',
      'content-type': 'application/json',
      ...(this.at.namespace ? { 'x-vault-namespace': this.at.namespace } : {}),
    };
    try {
      const url = `${this.at.url.replace(/\/+$/, '')}/v1/${this.at.mount}/${route}`;
      const answer = await request(url, { method, headers, body: body ? JSON.stringify(body) : null, signal: AbortSignal.timeout(deadlineMs) });
      const text = await answer.body.text();
      if (text.length > answerBytes) return { status: 500, errors: '' };
      if (answer.statusCode !== 200) return { status: answer.statusCode, errors: text };
      return { body: JSON.parse(text) as unknown };
    } catch {
      // The error of a failed request may carry its headers, and so the token: only the fact goes on.
      return { status: null, errors: '' };
    }
  }

  private async readToken(): Promise<string> {
    const text = await readFile(this.at.tokenFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new KeyOutOfReachError(`${this.at.tokenFile} cannot be read (${error.code ?? 'no reason given'}); it must hold the token for ${this.place}`);
    });
    const token = text.trim();
    if (!/^[\x21-\x7e]+$/.test(token)) throw new KeyOutOfReachError(`${this.at.tokenFile} must hold the token for ${this.place}, and nothing else`);
    return token;
  }

  /** Why, in words: of what the server says only known phrases count, and none of it is passed on. */
  private refusal({ status, errors }: Refused, method: 'GET' | 'POST', route: string): KeyEncryptionError {
    if (status === null) return new KeyOutOfReachError(`${this.place} did not answer. Data cannot be opened until it does.`);
    if (status === 403) {
      const right = `"${method === 'GET' ? 'read' : 'update'}" on ${this.at.mount}/${route}`;
      return new KeyOutOfReachError(`${this.place} refuses the token in ${this.at.tokenFile}: it is not known there, has run out, or lacks the right ${right}`);
    }
    if (status === 503 && errors.includes('sealed')) return new KeyOutOfReachError(`${this.place} cannot be used: the server is sealed. Data cannot be opened until somebody unseals it.`);
    if (status === 404 || (status === 400 && errors.includes('encryption key not found'))) return new KeyOutOfReachError(`${this.place} does not exist there (in the transit engine mounted at "${this.at.mount}")`);
    if (status !== 400) return new KeyOutOfReachError(`${this.place} answers ${status}`);
    if (errors.includes('too old')) {
      return new KeyOutOfReachError(
        `${this.place} is told not to open what its older versions wrapped (min_decryption_version), but some data keys still are. ` +
          'Lower it again there, run npm run keys -- rewrap, and raise it when npm run keys -- status shows no older version.',
      );
    }
    if (errors.includes('too new')) return new KeyEncryptionError(`${this.place} does not have the version that wrapped this data key: the key was put back from an older backup, or is another one of that name`);
    if (errors.includes('key derivation') || errors.includes('non-AEAD')) return new KeyOutOfReachError(`${this.place} cannot be used: it must be of the type aes256-gcm96, without derivation`);
    return new KeyEncryptionError(`${this.place} does not open this data key: it was wrapped by another key or for another owner`);
  }
}

const associated = (owner: string) => Buffer.from(`data-key|${owner}`).toString('base64');
