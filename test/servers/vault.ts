/** HashiCorp Vault's transit engine as a server of its own, in memory, for one test file. */
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { findVaultServer } from '../../local/vault-server.js';
import { Processes } from './processes.js';

export interface VaultServer {
  readonly url: string;
  /** A new token that may do what docs/operations.md says that the product needs, or only some of it. */
  token(rights?: readonly Right[]): Promise<string>;
  revoke(token: string): Promise<void>;
  /** A token that was good for a second, after it. */
  expiredToken(): Promise<string>;
  makeKey(name: string, type: object): Promise<void>;
  /** A new version of the key. */
  rotate(): Promise<void>;
  /** What older versions have wrapped is not opened any more. */
  setOldest(version: number): Promise<void>;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  close(): Promise<void>;
}

export type Right = keyof typeof rights;

export const keyName = 'client-onboarder';
const rights = { encrypt: ['encrypt', 'update'], decrypt: ['decrypt', 'update'], read: ['keys', 'read'] } as const;
const allRights = Object.keys(rights) as Right[];

/** @throws when it is not there and cannot be built, with how to get it */
export async function startVault(): Promise<VaultServer> {
  const program = await findVaultServer((line) => console.error(line));
  const processes = new Processes();
  let root = '';
  let policies = 0;
  try {
    const { ready } = await processes.start({ name: 'Vault', command: program, args: ['127.0.0.1:0'], cwd: tmpdir() });
    const url = String(ready['url']);
    const ask = async <T>(method: string, path: string, body: object = {}): Promise<T> => {
      const answer = await fetch(`${url}/v1/${path}`, { method, headers: { 'x-vault-token': root }, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`Vault answers ${answer.status} to ${method} ${path}: ${text}`);
      return (text === '' ? null : JSON.parse(text)) as T;
    };
    const made = await ask<{ keys: string[]; root_token: string }>('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
    root = made.root_token;
    const newToken = async (given: readonly Right[], life: { ttl?: string } = {}): Promise<string> => {
      const name = `product-${(policies += 1)}`;
      const policy = given.map((right) => `path "transit/${rights[right][0]}/*" { capabilities = ["${rights[right][1]}"] }`).join('\n');
      await ask('PUT', `sys/policies/acl/${name}`, { policy });
      const { auth } = await ask<{ auth: { client_token: string } }>('POST', 'auth/token/create', { policies: [name], no_default_policy: true, ...life });
      return auth.client_token;
    };
    const isKnown = (token: string) => ask('POST', 'auth/token/lookup', { token }).then(() => true, () => false);
    const server: VaultServer = {
      url,
      token: (given = allRights) => newToken(given),
      revoke: (token) => ask('POST', 'auth/token/revoke', { token }),
      async expiredToken() {
        const token = await newToken(allRights, { ttl: '1s' });
        const deadline = Date.now() + 60_000;
        while (await isKnown(token)) {
          if (Date.now() > deadline) throw new Error('The token does not run out');
          await sleep(100);
        }
        return token;
      },
      makeKey: (name, type) => ask('POST', `transit/keys/${name}`, type),
      rotate: () => ask('POST', `transit/keys/${keyName}/rotate`),
      setOldest: (version) => ask('POST', `transit/keys/${keyName}/config`, { min_decryption_version: version }),
      seal: () => ask('PUT', 'sys/seal'),
      unseal: () => ask('PUT', 'sys/unseal', { key: made.keys[0] }),
      close: () => processes.stopAll(),
    };
    await server.unseal();
    await ask('POST', 'sys/mounts/transit', { type: 'transit' });
    await server.makeKey(keyName, { type: 'aes256-gcm96' });
    return server;
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
}
