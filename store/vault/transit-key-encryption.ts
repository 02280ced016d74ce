import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { z } from 'zod';
import { KeyEncryptionError, type KeyEncryption } from './key-encryption.js';

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

const encrypted = z.object({ data: z.object({ ciphertext: z.string() }) });
const decrypted = z.object({ data: z.object({ plaintext: z.string() }) });
const described = z.object({ data: z.object({ latest_version: z.number().int() }) });

/**
 * Key encryption by a Vault-compatible transit engine (HashiCorp Vault, OpenBao): the key-encryption key never leaves that
 * server. Routes and fields: the transit secrets engine's HTTP API, `encrypt`, `decrypt`, `rewrap`, `keys`.
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

  async rewrap(wrapped: Buffer, owner: string): Promise<Buffer> {
    const { data } = encrypted.parse(await this.call('POST', `rewrap/${this.at.key}`, { ciphertext: wrapped.toString(), associated_data: associated(owner) }));
    return Buffer.from(data.ciphertext);
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
      if (answer.status === 200) return answer.body;
      const again = answer.status === null || answer.status === 403 || answer.status === 429 || answer.status >= 500;
      if (!again || attempt >= attempts) throw new KeyEncryptionError(this.reason(answer.status));
      if (answer.status === 403) this.token = undefined;
      else await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
    }
  }

  /** @returns status null when nobody answered in time */
  private async send(method: 'GET' | 'POST', route: string, body?: Record<string, string>): Promise<{ status: number | null; body: unknown }> {
    this.token ??= (await readFile(this.at.tokenFile, 'utf8')).trim();
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
      if (answer.statusCode !== 200 || text.length > answerBytes) return { status: answer.statusCode === 200 ? 500 : answer.statusCode, body: null };
      return { status: 200, body: JSON.parse(text) as unknown };
    } catch {
      // The error of a failed request may carry its headers, and so the token: only the fact goes on.
      return { status: null, body: null };
    }
  }

  private reason(status: number | null): string {
    if (status === null) return `${this.place} did not answer. Data cannot be opened until it does.`;
    if (status === 403) return `${this.place} refuses the token in ${this.at.tokenFile}`;
    if (status === 404) return `${this.place} does not exist there`;
    if (status === 400) return `${this.place} does not open this data key: it was wrapped by another key or for another owner`;
    return `${this.place} answers ${status}`;
  }
}

const associated = (owner: string) => Buffer.from(`data-key|${owner}`).toString('base64');
