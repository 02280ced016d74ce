/** Some of a transit secrets engine's HTTP API, with the faults that a real server (test/servers/vault.test.ts) has at no wish. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TransitStandIn {
  readonly url: string;
  readonly token: string;
  rotate(): void;
  changeToken(token: string): void;
  /** The next answers are errors of the server. */
  failNext(times: number): void;
  /** While it is sealed it answers nothing else. */
  seal(sealed: boolean): void;
  close(): Promise<void>;
}

export async function startTransit(keyName = 'client-onboarder'): Promise<TransitStandIn> {
  const versions = [randomBytes(32)];
  let token = 'first-token-0000';
  let failures = 0;
  let sealed = false;

  const server = createServer((request, response) => {
    void (async () => {
      const [status, body] = answer(request, await bodyOf(request));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    })();
  });

  function answer(request: IncomingMessage, given: Record<string, string>): [number, unknown] {
    if (sealed) return [503, { errors: ['Vault is sealed'] }];
    if (failures > 0) {
      failures -= 1;
      return [500, { errors: ['internal error'] }];
    }
    if (request.headers['x-vault-token'] !== token) return [403, { errors: ['permission denied'] }];
    const [, operation, name] = /^\/v1\/transit\/(encrypt|decrypt|keys)\/([\w.-]+)$/.exec(request.url ?? '') ?? [];
    if (name !== keyName) return [404, { errors: [] }];
    if (operation === 'keys') return [200, { data: { name, type: 'aes256-gcm96', latest_version: versions.length, keys: {} } }];
    const associated = Buffer.from(given['associated_data'] ?? '', 'base64');
    try {
      if (operation === 'encrypt') return [200, { data: { ciphertext: encrypt(Buffer.from(given['plaintext']!, 'base64'), associated), key_version: versions.length } }];
      const plain = decrypt(given['ciphertext']!, associated);
      return [200, { data: { plaintext: plain.toString('base64') } }];
    } catch {
      return [400, { errors: ['cipher: message authentication failed'] }];
    }
  }

  function encrypt(plain: Buffer, associated: Buffer): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', versions.at(-1)!, nonce).setAAD(associated);
    return `vault:v${versions.length}:${Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64')}`;
  }

  function decrypt(text: string, associated: Buffer): Buffer {
    const [, version, encoded] = /^vault:v(\d+):(.+)$/.exec(text)!;
    const sealed = Buffer.from(encoded!, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', versions[Number(version) - 1]!, sealed.subarray(0, 12)).setAAD(associated).setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get token() {
      return token;
    },
    rotate: () => void versions.push(randomBytes(32)),
    changeToken: (next) => void (token = next),
    seal: (now) => void (sealed = now),
    failNext: (times) => void (failures = times),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>);
}
